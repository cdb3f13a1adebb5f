// First use and recovery in a browser: a manager shows a code, the person makes a passkey or a
// password with an authenticator app by it, and two managers give a lost account back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addAuthenticator, signInWithPasskey } from "./authenticator.mjs";
import { AxeBuilder, browserMissing, launch, signIn, startDemo, totp, userAt, watch, weekGoesBy } from "./demo.mjs";

const skip = browserMissing();
let demo;
let browser;

before(async () => {
  if (skip) return;
  demo = await startDemo(60);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function accessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `axe on ${where}`);
}

async function desk() {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  const troubles = watch(page);
  await addAuthenticator(page);
  return { page, troubles, leave: () => context.close() };
}

/** Goes to an element and presses Enter there, as one does without a mouse. */
async function enter(locator) {
  await locator.focus();
  await locator.press("Enter");
}

const shownCode = (page) => page.locator(".created dd code").nth(1).innerText();

/** Types a code on the page for it, and waits for what is shown then. */
async function begin(page, terminal, login, code, shown = "h1:text-is('はじめに')") {
  await page.goto(`${terminal}/signin`);
  await enter(page.locator("a[href='/signin/setup']"));
  await page.waitForURL(/\/signin\/setup$/);
  await accessible(page, "setup code");
  await page.keyboard.type(login);
  await page.keyboard.press("Tab");
  await page.keyboard.type(code.toUpperCase().replaceAll("-", " "));
  await page.keyboard.press("Enter");
  await page.locator(shown).waitFor();
}

test("a new manager comes in by a code, and two give a lost account back", { skip, timeout: 180_000 }, async () => {
  const hospital = demo.ready.facilities.find((f) => f.kind === "hospital").id;
  const terminal = demo.terminal(hospital);
  const boss = userAt(demo.ready, hospital, "manager");
  const lost = userAt(demo.ready, hospital, "viewer", boss.login) ?? userAt(demo.ready, hospital, "liaison", boss.login);
  const first = await desk();
  await signIn(first.page, demo, boss);
  await first.page.goto(`${terminal}/manage/users`);
  await first.page.fill("#display_name", "管理 次郎");
  await first.page.fill("#login", "kanri.j");
  await first.page.selectOption("#profession", "clerk");
  await first.page.fill("#trained", "R8.4.1");
  await first.page.check(".choice-tall input[value=manager]");
  await enter(first.page.locator("form[action='/manage/users'] button.primary"));
  await first.page.locator("#created-title", { hasText: "管理 次郎" }).waitFor();
  await accessible(first.page, "users with a code");
  assert.equal(await first.page.locator(".created .qr").count(), 0, "a manager sees no key of anybody's");
  const code = await shownCode(first.page);

  const second = await desk();
  await begin(second.page, terminal, "kanri.j", "aaaa-aaaa-aaaa-aaaa", ".notice:has-text('設定を始められませんでした')"); // a guess
  await begin(second.page, terminal, "kanri.j", code);
  await second.page.check("input[name=pledge]");
  await enter(second.page.locator("form[action='/welcome'] button.primary"));
  await second.page.locator("#welcome-first").waitFor();
  await accessible(second.page, "first credential");
  assert.equal(await second.page.evaluate(() => document.activeElement?.id), "name", "the cursor waits in the passkey's name");
  await second.page.keyboard.type("管理室のPC");
  await second.page.keyboard.press("Enter");
  await second.page.waitForURL(/\/manage\/users$/);
  await second.page.locator(".notice", { hasText: "認証手段を登録しました" }).waitFor();
  await enter(second.page.locator("form[action='/signout'] button"));
  await second.page.waitForURL(/\/signin$/);
  await signInWithPasskey(second.page, terminal);

  // Somebody has lost their phone.
  const theirs = await desk();
  await signIn(theirs.page, demo, lost);
  await first.page.goto(`${terminal}/manage/users`);
  const row = first.page.locator("tr", { has: first.page.locator(`td code:text-is("${lost.login}")`) });
  await enter(row.locator("button[data-dialog^=reset-]"));
  const dialog = first.page.locator("dialog[open]");
  await dialog.waitFor();
  await accessible(first.page, "asking for a recovery");
  await dialog.locator("select").selectOption("lost");
  await enter(dialog.locator("button.primary"));
  await first.page.locator(".notice", { hasText: "再発行を申請しました" }).waitFor();
  assert.equal(await first.page.locator("button[data-dialog^=approve-]").count(), 0, "whoever asked cannot approve");

  await second.page.goto(`${terminal}/manage/users`);
  await second.page.locator(".waiting", { hasText: "7日たつまでは承認できません" }).waitFor();
  weekGoesBy(demo);
  await second.page.reload();
  await enter(second.page.locator("button[data-dialog^=approve-]"));
  await second.page.locator("dialog[open]").waitFor();
  await accessible(second.page, "approving a recovery");
  await enter(second.page.locator("dialog[open] button.primary"));
  await second.page.locator("#created-title", { hasText: "再発行を承認しました" }).waitFor();
  const again = await shownCode(second.page);

  await theirs.page.goto(`${terminal}/account`);
  await theirs.page.waitForURL(/\/signin/); // the session has ended
  await begin(theirs.page, terminal, lost.login, again);
  await theirs.page.locator("details.first-other summary").press("Enter");
  await theirs.page.locator(".first-code svg").waitFor();
  await accessible(theirs.page, "first credential by password");
  const key = await theirs.page.locator(".first-code code").innerText();
  await theirs.page.locator("#new").focus();
  for (const text of ["yama-to-kumo-48", "yama-to-kumo-48", "000000"]) {
    await theirs.page.keyboard.type(text);
    await theirs.page.keyboard.press("Tab");
  }
  await enter(theirs.page.locator("form[action='/welcome/password'] button.primary"));
  await theirs.page.locator("#code-error").waitFor();
  await accessible(theirs.page, "first credential refused");
  assert.equal(await theirs.page.locator(".first-code code").innerText(), key, "the key stays the same after a slip");
  await theirs.page.fill("#new", "yama-to-kumo-48");
  await theirs.page.fill("#again", "yama-to-kumo-48");
  await theirs.page.fill("#code", totp(key));
  await theirs.page.press("#code", "Enter");
  await theirs.page.waitForURL((url) => !/welcome|signin/.test(url.pathname));

  for (const d of [first, second, theirs]) {
    assert.deepEqual(d.troubles, []);
    await d.leave();
  }
});
