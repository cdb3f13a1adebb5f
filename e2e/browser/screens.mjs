// Pictures of every screen of a running region, for docs/screens and for people to look at.
import { mkdirSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { addAuthenticator, signInWithPasskey } from "./authenticator.mjs";
import { launch, minutesGoBy, root, signIn, signInConsole, startDemo, userAt } from "./demo.mjs";

const out = join(root, "docs", "screens");
mkdirSync(out, { recursive: true });
const sizes = [{ width: 1366, height: 768 }, { width: 1920, height: 1080 }];

// With the word console: those of a gateway's console; with terminal: those of a terminal's
// registration alone; otherwise those of the portal, with these.
const only = process.argv[2];
const persons = Number(process.env.PERSONS ?? 300);
// The portal's region lies below the repository, so that the start page shows paths as a
// reader has them; consoles show whole paths, so theirs lies in a temporary folder.
const demo = await (only === "console" ? startDemo(persons) : startDemo(persons, mkdtempSync(join(root, "bin", "region-"))));
const browser = await launch();
const { ready } = demo;
const facility = (kind) => ready.facilities.find((f) => f.kind === kind).id;
const clinic = facility("clinic");
const hospital = facility("hospital");
const linked = ready.persons.filter((p) => p.links.some((l) => l.facility === clinic) && p.links.length >= 4);
const person = linked.find((p) => p.name.startsWith("池田")) ?? linked[0];
const unlinked = ready.unlinked[0];

async function shots(user, pages) {
  for (const viewport of sizes) {
    const context = await browser.newContext({ viewport, locale: "ja-JP" });
    const page = await context.newPage();
    await signIn(page, demo, user);
    for (const [name, path, act] of pages) {
      await page.goto(demo.terminal(user.facility) + path);
      await page.waitForLoadState("networkidle");
      if (act) await act(page);
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(out, `${name}-${viewport.width}.png`) });
    }
    await context.close();
  }
}

async function graph(page) {
  for (const name of ["クレアチニン", "カリウム"]) {
    await page.locator("[data-island=labs] tbody th button").filter({ hasText: name }).first().click();
  }
  await page.locator("[data-island=labs] canvas").first().waitFor();
}

async function openItem(page) {
  await page.locator("[data-open]").first().click();
  await page.locator("#panel:not([hidden])").waitFor();
  await page.waitForTimeout(500);
}

async function onlyKind(page, kind) {
  await page.click(`.filter-item[data-filter=kinds][data-value=${kind}]`);
  return page.locator("[data-open]:visible");
}

/** Opens the first note of a physician in place. */
async function openNote(page) {
  await (await onlyKind(page, "physician_note")).first().click();
  await page.locator("#panel .item").first().waitFor();
  await page.waitForTimeout(500);
}

/** Opens reports until one has a PDF, which is drawn in place. */
async function openPDF(page) {
  const reports = await onlyKind(page, "report");
  for (let i = 0; i < (await reports.count()); i++) {
    await reports.nth(i).click();
    await page.waitForTimeout(1500);
    if (await page.locator("#panel canvas").count()) return;
  }
  throw new Error("no report with a PDF");
}

async function openExam(page) {
  await page.locator("#exams [data-open]").first().click();
  await page.locator("#panel .exam").first().waitFor();
}

async function charted(page) {
  await page.locator("canvas").first().waitFor();
  await page.waitForTimeout(500);
}

async function search(page) {
  await page.fill("#kana", unlinked.kana);
  await page.fill("#birth_date", unlinked.birth_date);
  await page.check(`input[name=sex][value=${unlinked.sex}]`);
  await page.click("button[formaction='/register/find']");
  await page.waitForLoadState("networkidle");
}

/** The console of the hospital with broken files: as it stands, and with its storage taken away. */
async function consoleShots() {
  const console = ready.consoles[1];
  const storages = readdirSync(join(demo.dir, "storage")).filter((name) => !name.endsWith("-extended"));
  const storage = join(demo.dir, "storage", storages[1]);
  const contexts = [];
  for (const viewport of sizes) {
    const context = await browser.newContext({ viewport, locale: "ja-JP" });
    const page = await context.newPage();
    await page.goto(console.url);
    await page.screenshot({ path: join(out, `console-signin-${viewport.width}.png`) });
    await signInConsole(page, console);
    contexts.push([page, viewport.width]);
  }
  const shot = async (name, path) => {
    for (const [page, width] of contexts) {
      await page.goto(console.url + path);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(out, `${name}-${width}.png`) });
    }
  };
  await shot("console", "");
  await shot("console-files", "unreadable");
  await shot("console-quarantine", "quarantine");
  await shot("console-suspended", "suspended");
  await shot("console-messages", "messages");
  await shot("console-history", "activity");
  renameSync(storage, `${storage}.away`);
  const [[page]] = contexts;
  for (let i = 0; i < 60; i++) {
    await page.goto(console.url);
    if (await page.locator(".verdict-bad").count()) break;
    await page.waitForTimeout(500);
  }
  await shot("console-trouble", "");
  renameSync(`${storage}.away`, storage);
  for (const [page] of contexts) await page.context().close();
}

/** Passkeys, at the terminal of a pharmacy or another facility of which nothing else is shown. */
async function passkeyShots(viewport) {
  const user = ready.users.find((u) => ![clinic, hospital].includes(u.facility));
  const context = await browser.newContext({ viewport, locale: "ja-JP" });
  const page = await context.newPage();
  await addAuthenticator(page);
  await signIn(page, demo, user);
  const terminal = demo.terminal(user.facility);
  await page.goto(`${terminal}/account/passkeys/new`);
  await page.fill("#name", "受付のPC");
  await page.screenshot({ path: join(out, `passkey-new-${viewport.width}.png`) });
  await page.click("form[data-passkey=create] button.primary");
  await page.waitForURL(/\/account$/);
  await page.screenshot({ path: join(out, `account-${viewport.width}.png`) });
  await page.click("form[data-lock] button");
  await page.locator(".lock-card h1").waitFor();
  await page.screenshot({ path: join(out, `lock-${viewport.width}.png`) });
  await page.click(".lock-leave button");
  await page.waitForURL(/\/signin$/);
  await page.screenshot({ path: join(out, `signin-passkey-${viewport.width}.png`) });
  await signInWithPasskey(page, terminal);
  minutesGoBy(demo);
  await page.goto(`${terminal}/account/passkeys/new`);
  await page.screenshot({ path: join(out, `stepup-${viewport.width}.png`) });
  await context.close();
}

/** A terminal's registration: the manager's screen with a code, and what its link shows there. */
async function terminalShots() {
  const manager = userAt(ready, hospital, "manager");
  for (const viewport of sizes) {
    // Nobody has told this browser of the region's own root, as a terminal that is not enrolled.
    const context = await browser.newContext({ viewport, locale: "ja-JP", ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await signIn(page, demo, manager);
    const there = await context.newPage();
    const shot = (which, name) => which.screenshot({ path: join(out, `${name}-${viewport.width}.png`) });
    for (const method of ["helper", "pkcs12", "profile"]) {
      await page.goto(`${demo.terminal(hospital)}/manage/devices`);
      await page.fill("#name", "外来診察室2");
      await page.fill("#place", "1階 外来");
      await page.fill("#user_group", "内科外来");
      await page.check(`input[name=method][value=${method}]`);
      await page.click("form[action='/manage/devices'] button.primary");
      const link = (await page.locator(".ticket code").allTextContents()).find((c) => c.startsWith("https://"));
      if (method !== "profile") await shot(page, `devices-${method}`);
      await there.goto(link);
      await shot(there, `terminal-${method}`);
      if (method !== "profile") continue;
      await Promise.all([there.waitForEvent("download"), there.click("button.primary")]);
      await there.click("button.primary"); // the link works once
      await there.locator("[role=alert]").first().waitFor();
      await shot(there, "terminal-refused");
    }
    await context.close();
  }
}

/** The portal, its start page and every page of people at their terminals. */
async function portalShots() {
  for (const viewport of sizes) {
    const page = await browser.newPage({ viewport, locale: "ja-JP" });
    await page.goto(ready.start);
    await page.screenshot({ path: join(out, `start-${viewport.width}.png`) });
    await page.goto(`${demo.terminal(clinic)}/signin`);
    await page.screenshot({ path: join(out, `signin-${viewport.width}.png`) });
    await page.goto(`${demo.terminal(clinic)}/signin/setup`);
    await page.screenshot({ path: join(out, `setup-${viewport.width}.png`) });
    await page.close();
    await passkeyShots(viewport);
  }
  const record = `/patients/${person.id}`;
  await shots(userAt(ready, clinic, "viewer"), [
    ["patients", "/patients"],
    ["timeline", record],
    ["timeline-open", `${record}?form=list&span=3m`, openItem],
    ["medications", `${record}/medications`],
    ["notes", `${record}/notes`],
    ["notes-open", `${record}/notes`, openNote],
    ["pdf", `${record}/notes`, openPDF],
    ["exams", `${record}/exams`],
    ["exams-open", `${record}/exams`, openExam],
    ["vitals", `${record}/vitals`, charted],
    ["labs", `${record}/labs`],
    ["labs-graph", `${record}/labs`, graph],
    ["conditions", `${record}/conditions`],
    ["encounters", `${record}/encounters`],
  ]);
  await shots(userAt(ready, clinic, "liaison"), [
    ["register", "/register", search],
    ["links", `${record}/links`],
  ]);
  await shots(userAt(ready, hospital, "manager"), [
    ["users", "/manage/users"],
    ["release", "/manage/release"],
    ["log", "/manage/log"],
    ["devices", "/manage/devices"],
    ["sessions", "/manage/sessions"],
  ]);
  await terminalShots();
  await fetch(`${ready.start}gateways/1/stop`, { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" } });
  await shots(userAt(ready, clinic, "viewer"), [["silent", record]]);
}

await ({ console: consoleShots, terminal: terminalShots }[only] ?? portalShots)();
await browser.close();
await demo.stop();
