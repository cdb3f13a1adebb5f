// Starts the demo for browser tests and signs people in at its terminals.
import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
// The browser tests use what the portal's own package has installed.
const require = createRequire(join(root, "web", "package.json"));
export const { chromium } = require("playwright-core");
export const { AxeBuilder } = require("@axe-core/playwright");

export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Whether browser tests can run here; says so when they cannot. CI turns that into a failure. */
export function browserMissing() {
  if (existsSync(chromiumPath)) return false;
  const say = `no Chromium at ${chromiumPath}: browser tests are skipped (apt-get install chromium, or set CHROMIUM)`;
  if (process.env.MIZUHIKI_NO_SKIP) throw new Error(say);
  console.log(say);
  return say;
}

export function launch() {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** Starts a new region in a temporary folder and waits until everything answers. */
export async function startDemo(persons = 300, dir = mkdtempSync(join(tmpdir(), "mizuhiki-demo-"))) {
  const file = join(dir, "ready.json");
  const begun = Date.now();
  const child = spawn(join(root, "bin", "mizuhiki"), [
    "demo", "--dir", join(dir, "data"), "--listen", "127.0.0.1:0", "--ready", file, "--persons", String(persons),
  ], { cwd: root });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (d) => (output += d));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  while (!existsSync(file)) {
    if (child.exitCode !== null || Date.now() - begun > 120_000) {
      child.kill("SIGKILL");
      throw new Error(`the demo did not get ready: ${output}`);
    }
    await sleep(20);
  }
  const ready = JSON.parse(readFileSync(file, "utf8"));
  return {
    ready,
    readyAfter: Date.now() - begun,
    dir: join(dir, "data"),
    pid: child.pid,
    terminal: (facility) => ready.terminals.find((t) => t.facility === facility).url,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Six minutes go by at every screen: what was proved before is not fresh any more. */
export function minutesGoBy(demo) {
  execFileSync("go", ["run", "./e2e/browser/leftopen", join(demo.dir, "center", "center.db")], { cwd: root });
}

/** A week goes by for everybody's roles: whoever was made a manager a moment ago has been one for long. */
export function weekGoesBy(demo) {
  execFileSync("go", ["run", "./e2e/browser/longago", join(demo.dir, "center", "center.db")], { cwd: root });
}

/** The one-time code of a base32 secret (RFC 6238: SHA-1, 6 digits, 30 s). */
export function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/=+$/, "").toUpperCase()]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A user of a facility who holds a role. */
export function userAt(ready, facility, role, not = "") {
  return ready.users.find((u) => u.facility === facility && u.roles.includes(role) && u.login !== not);
}

/** The last code that each user has spent: a code is taken once. */
const spent = new Map();

/** The step of the next code that will be taken: this half minute's or the one after it, so
 *  that a third sign-in within a minute waits. */
async function nextStep(login) {
  const step = Math.max(Math.floor(Date.now() / 30_000), (spent.get(login) ?? 0) + 1);
  spent.set(login, step);
  await sleep(Math.max(0, (step - 1) * 30_000 - Date.now()));
  return step;
}

/** Signs hospital IT in at a gateway's console, by hand. */
export async function signInConsole(page, console) {
  const step = await nextStep(console.url);
  await page.goto(`${console.url}signin`);
  await page.fill("#login", console.login);
  await page.fill("#password", console.password);
  await page.fill("#code", totp(console.totp_secret, step * 30_000));
  await page.click("form[action='/signin'] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}

/** The next one-time code of a user, waited for if need be: each works once. */
export async function codeOf(user) {
  return totp(user.totp_secret, (await nextStep(user.login)) * 30_000);
}

/** Signs a user in at their facility's terminal, by hand as a person does. */
export async function signIn(page, demo, user) {
  const code = await codeOf(user);
  await page.goto(`${demo.terminal(user.facility)}/signin`);
  // Where people have passkeys the form stands behind them.
  if (!(await page.locator("#login").isVisible())) await page.click("details[data-passkey-other] summary");
  await page.fill("#login", user.login);
  await page.fill("#password", user.password);
  await page.fill("#code", code);
  await page.click("form[action='/signin'] button.primary");
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}

/** Collects what must not happen on any page: script errors and refusals of the content security policy. */
export function watch(page) {
  const troubles = [];
  page.on("pageerror", (e) => troubles.push(`error: ${e.message}`));
  page.on("console", (m) => {
    if (m.type() === "error" && !/status of (401|404|422|423|503)/.test(m.text())) troubles.push(`console: ${m.text()}`);
  });
  return troubles;
}
