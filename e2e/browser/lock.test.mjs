// The lock screen in a browser: what was typed stays, what was shown is gone until its
// reader has proved who they are, and other tabs follow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserMissing, codeOf, launch, signIn, startDemo, userAt, watch } from "./demo.mjs";

const skip = browserMissing();
let demo;
let browser;

before(async () => {
  if (skip) return;
  demo = await startDemo(20);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function unlock(page, user, password) {
  await page.fill("#lock-password", password);
  await page.fill("#lock-code", await codeOf(user));
  await page.click("form[data-unlock] button.primary");
}

test("a clerk locks the screen and goes on", { skip, timeout: 180_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const user = userAt(demo.ready, clinic.id, "liaison");
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  const troubles = watch(page);
  await signIn(page, demo, user);
  await page.goto(new URL("/register", page.url()).href);
  await page.fill("#kana", "ミズヒキ タロウ");
  const other = await context.newPage();
  await other.goto(new URL("/patients", page.url()).href);

  await page.keyboard.press("Escape");
  await page.click("form[data-lock] button");
  await page.locator(".lock-card h1").waitFor();
  assert.equal(await page.locator("#kana").count(), 0, "the form is out of the document");
  assert.equal(await page.locator(".top").count(), 0, "the navigation is out of the document");
  assert.match(await page.title(), /画面ロック中/);
  await other.locator(".lock-card h1").waitFor();
  const third = await context.newPage();
  await third.goto(new URL("/patients", page.url()).href);
  await third.locator(".page-lock .lock-card").waitFor();
  await third.close();

  await unlock(page, user, "wrong-password-1");
  await page.locator(".lock-card .notice").waitFor();
  await unlock(page, user, user.password);
  await page.locator("#kana").waitFor();
  assert.equal(await page.inputValue("#kana"), "ミズヒキ タロウ", "what was typed is there again");
  await other.locator("h1").filter({ hasText: "患者" }).waitFor();
  assert.equal(await other.locator(".lock-card").count(), 0, "the other tab is open again");
  await page.click("a[href='/patients']");
  await page.locator("h1").waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});

test("a screen left alone warns, a hand keeps it open, and a lock holds", { skip, timeout: 180_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const user = userAt(demo.ready, clinic.id, "viewer");
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  await signIn(page, demo, user);
  let left = 900;
  let session = "";
  // The server's clock cannot be turned from here; what it would say of the time is said for it.
  await page.route("**/session", async (route) => {
    if (left <= 0) {
      return route.fulfill({ status: 423 });
    }
    if (route.request().method() === "POST") {
      left = 900;
    }
    return route.fulfill({ json: { session, locks: left } });
  });
  await page.clock.install();
  await page.goto(new URL("/patients", page.url()).href);
  session = await page.locator("[data-session]").getAttribute("data-session");
  left = 110;
  await page.clock.fastForward(13 * 60_000 + 10_000);
  await page.locator("dialog.lock-warning[open]").waitFor();
  assert.match(await page.locator(".lock-warning").innerText(), /あと\d+秒/);
  await page.keyboard.press("Enter");
  await page.locator("dialog.lock-warning[open]").waitFor({ state: "detached" });
  assert.equal(left, 900, "and the server was told");
  // What was asked before the page was covered does not uncover it when the answer comes late.
  let late = () => {};
  const held = new Promise((done) => {
    late = done;
  });
  await page.unroute("**/session");
  await page.route("**/session", async (route) => {
    await held;
    await route.fulfill({ json: { session, locks: 900 } });
  });
  await page.clock.fastForward(61_000);
  await page.keyboard.press("Shift");
  await page.click("form[data-lock] button");
  await page.locator(".lock-card h1").waitFor();
  late();
  await page.waitForResponse("**/session");
  await page.waitForTimeout(300).catch(() => {});
  assert.equal(await page.locator(".lock-card").count(), 1, "a late answer uncovers nothing");
  assert.equal(await page.locator("table").count(), 0, "the patients are out of the document");
  await context.close();
});

test("a screen locks itself where the server says nothing, and where a machine has slept", { skip, timeout: 180_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  await signIn(page, demo, userAt(demo.ready, clinic.id, "viewer"));
  await page.clock.install();
  await page.goto(new URL("/patients", page.url()).href);
  await page.route("**/session", () => {}); // never answered
  await page.clock.runFor(14 * 60_000);
  await page.keyboard.press("Shift");
  await page.clock.runFor(2 * 60_000);
  await page.locator(".lock-card").waitFor();
  assert.equal(await page.locator("table").count(), 0, "the patients are out of the document");
  await page.unroute("**/session");

  await page.goto(new URL("/patients", page.url()).href);
  await page.locator("table").first().waitFor();
  await page.route("**/session", () => {});
  await page.clock.setSystemTime(Date.now() + 8 * 3_600_000); // no timer has run
  await page.clock.runFor(11_000);
  await page.locator(".lock-card").waitFor();
  assert.equal(await page.locator("table").count(), 0, "nor after a sleep");
  await context.close();
});

test("a lock by hand holds without the server, and a sign-out empties the other tabs", { skip, timeout: 180_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const user = userAt(demo.ready, clinic.id, "viewer");
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  await signIn(page, demo, user);
  const patients = new URL("/patients", page.url()).href;
  await page.goto(patients);
  const other = await context.newPage();
  await other.goto(patients);

  await page.route("**/lock", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await page.click("form[data-lock] button");
  await page.locator(".lock-card").waitFor();
  await other.locator(".lock-card").waitFor();
  await page.reload();
  await page.locator(".lock-card").waitFor();
  assert.equal(await page.locator("table").count(), 0, "loading the page anew opens nothing");
  await page.unroute("**/lock");
  await page.locator("#lock-password").waitFor();
  await unlock(page, user, user.password);
  await page.locator("table").first().waitFor();
  await other.locator("table").first().waitFor();

  await page.click("form[action='/signout'] button");
  await page.waitForURL(/\/signin/);
  await other.waitForURL(/\/signin/);
  assert.equal(await other.locator("table").count(), 0);
  await context.close();
});
