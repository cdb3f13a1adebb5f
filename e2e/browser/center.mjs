// A center from nothing with real PCs before it: Chromium with a user's folder of its own, in
// whose certificate store the terminal's certificate lies as `mizuhiki enroll` puts it there.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { browserMissing, chromium, chromiumPath, root, totp } from "./demo.mjs";

const mizuhiki = join(root, "bin", "mizuhiki");

/** Whether tests with client certificates can run here; says so when they cannot. */
export function storeMissing() {
  const browser = browserMissing();
  if (browser) return browser;
  try {
    execFileSync("certutil", ["-H"], { stdio: "ignore" });
  } catch (e) {
    if (e.code === "ENOENT") {
      const say = "no certutil: tests with client certificates are skipped (apt-get install libnss3-tools)";
      if (process.env.MIZUHIKI_NO_SKIP) throw new Error(say);
      console.log(say);
      return say;
    }
  }
  return false;
}

async function freePorts(n) {
  const servers = await Promise.all(Array.from({ length: n }, () => new Promise((resolve) => {
    const s = createServer().listen(0, "127.0.0.1", () => resolve(s));
  })));
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((resolve) => s.close(resolve))));
  return ports;
}

/** One value of an output of lines "name  value". */
function field(output, name) {
  const found = output.match(new RegExp(`^${name}\\s+(\\S+)`, "m"));
  if (!found) throw new Error(`no ${name} in:\n${output}`);
  return found[1];
}

/** Makes and starts a center with one facility and a manager. */
export async function startCenter() {
  const dir = mkdtempSync(join(tmpdir(), "mizuhiki-center-"));
  const [portal, link, enroll] = await freePorts(3);
  const run = (args, env = {}) => execFileSync(mizuhiki, args, { cwd: dir, encoding: "utf8", env: { ...process.env, ...env } });
  const code = "9910000001";
  const made = run([
    "init", "--dir", "center", "--host", "localhost", "--union", "試験ユニオン", "--facility-code", code, "--facility-name", "試験診療所",
    "--facility-kana", "シケンシンリョウジョ", "--facility-mark", "試験", "--facility-kind", "clinic", "--operator-login", "jimukyoku", "--operator-name", "事務局 担当",
    "--portal", `127.0.0.1:${portal}`, "--link", `127.0.0.1:${link}`, "--enroll", `127.0.0.1:${enroll}`,
    "--recipient", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", // nobody needs the offline keys
  ]);
  const child = spawn(mizuhiki, ["center", "--config", "center/center.toml"], { cwd: dir });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (d) => (output += d));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const begun = Date.now();
  while (!output.includes("center started")) {
    if (child.exitCode !== null || Date.now() - begun > 60_000) throw new Error(`the center did not start: ${output}`);
    await sleep(20);
  }
  const browsers = new Set();
  return {
    dir,
    browsers, // that are open at its PCs
    portal: `https://localhost:${portal}`,
    run,
    /** The certificate of the first terminal, as `init` hands it out: for import by hand. */
    firstTerminal: { file: field(made, "device_p12"), password: field(made, "device_p12_password"), root: join(dir, "center", "ca", "root.crt") },
    user(login, name, profession, role) {
      const added = run([
        "admin", "--config", "center/center.toml", "user", "add", "--facility", code, "--login", login, "--name", name,
        "--profession", profession, "--role", role, "--trained", "2026-04-01",
      ]);
      return { login, code: field(added, "setup_code") };
    },
    async stop() {
      await Promise.all([...browsers].map((b) => b.close()));
      child.kill("SIGTERM");
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Lets the certificates of all terminals end in so many days, as far as the center knows. */
export function endSoon(center, days) {
  execFileSync("go", ["run", "./e2e/browser/endsoon", join(center.dir, "center", "center.db"), String(days)], { cwd: root });
}

/** A PC with a user whose browsers look for certificates where those of Linux do. */
export function newPC(center, name) {
  const home = join(center.dir, name);
  const store = `sql:${join(home, ".pki", "nssdb")}`;
  const profile = join(home, "profile");
  // As the policy AutoSelectCertificateForUrls of a hospital's own IT: nobody is there to pick one.
  mkdirSync(join(profile, "Default"), { recursive: true });
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify({
    profile: { content_settings: { exceptions: { auto_select_certificate: { [`${center.portal},*`]: { setting: { filters: [{}] } } } } } },
  }));
  const env = { HOME: home, XDG_CONFIG_HOME: "", XDG_DATA_HOME: "" };
  return {
    store,
    /** Runs the program as the PC's user. */
    run: (args) => center.run(args, env),
    /** Imports a certificate by hand. */
    importFile({ file, password, root: ca }) {
      mkdirSync(join(home, ".pki", "nssdb"), { recursive: true });
      execFileSync("certutil", ["-N", "-d", store, "--empty-password"]);
      execFileSync("pk12util", ["-i", file, "-d", store, "-W", password, "-K", ""]);
      execFileSync("certutil", ["-A", "-d", store, "-n", "center", "-t", "C,,", "-i", ca]);
    },
    /** How many certificates with their keys lie in the store. */
    certificates: () => execFileSync("certutil", ["-L", "-d", store], { encoding: "utf8" }).split("\n").filter((l) => / u,u,u$/.test(l)).length,
    /** Starts the browser anew: what it held in memory, TLS sessions too, is gone. */
    async start() {
      const browser = await chromium.launchPersistentContext(profile, {
        executablePath: chromiumPath, env: { ...process.env, ...env }, viewport: { width: 1366, height: 768 }, locale: "ja-JP",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      });
      center.browsers.add(browser);
      browser.on("close", () => center.browsers.delete(browser));
      return browser;
    },
  };
}

/** Makes a passkey as the account's first credential, from the setup code on: the page must have an authenticator. */
export async function firstPasskey(page, center, user, name) {
  await comeWithCode(page, center, user);
  await page.fill("#name", name);
  await page.click("form[data-passkey=create] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/welcome"));
}

/** Makes a password with one-time codes as the account's first credential. */
export async function firstPassword(page, center, user, own) {
  await comeWithCode(page, center, user);
  if (!(await page.locator("#new").isVisible())) await page.click("details[data-passkey-other] summary");
  await page.fill("#new", own);
  await page.fill("#again", own);
  await page.fill("#code", totp(await page.locator(".first-code code").textContent()));
  await page.click("form[action='/welcome/password'] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/welcome"));
}

async function comeWithCode(page, center, user) {
  await page.goto(`${center.portal}/signin/setup`);
  await page.fill("#login", user.login);
  await page.fill("#setup-code", user.code);
  await page.click("form[action='/signin/setup'] button.primary");
  await page.check("input[name=pledge]");
  await page.click("form[action='/welcome'] button.primary");
}
