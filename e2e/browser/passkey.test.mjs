// Passkeys in a browser, with an authenticator of Chromium's: make one, come in with it in
// two touches, prove with it who one is before accounts are changed, do without a password.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addAuthenticator, makePasskey, signInWithPasskey } from "./authenticator.mjs";
import { AxeBuilder, browserMissing, launch, minutesGoBy, signIn, startDemo, totp, userAt, watch } from "./demo.mjs";

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

/** A browser profile of its own, with an authenticator. */
async function desk() {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  const troubles = watch(page);
  const authenticator = await addAuthenticator(page);
  return { page, troubles, authenticator, leave: () => context.close() };
}

const hospital = () => demo.ready.facilities.find((f) => f.kind === "hospital");

test("a manager works with a passkey", { skip, timeout: 180_000 }, async () => {
  const manager = userAt(demo.ready, hospital().id, "manager");
  const terminal = demo.terminal(manager.facility);
  const { page, troubles, authenticator, leave } = await desk();

  await page.goto(`${terminal}/signin`);
  await accessible(page, "sign-in where nobody has a passkey");
  await signIn(page, demo, manager);
  await page.goto(`${terminal}/account/passkeys/new`);
  await accessible(page, "new passkey");
  await makePasskey(page, "地域連携室のPC");
  await page.locator(".passkeys th", { hasText: "地域連携室のPC" }).waitFor();
  await accessible(page, "my account");
  const [made] = await authenticator.passkeys();
  assert.equal(made.rpId, new URL(terminal).hostname);
  assert.equal(made.isResidentCredential, true);

  // A second passkey in the same authenticator is none.
  await page.click("a[href='/account/passkeys/new']");
  await page.fill("#name", "もう一つ");
  await page.click("form[data-passkey=create] button.primary");
  await page.locator("[data-passkey-state]", { hasText: "すでに登録" }).waitFor();

  await page.click("form[action='/signout'] button");
  await page.waitForURL(/\/signin$/);
  await accessible(page, "sign-in");
  assert.equal(await page.locator("#login").isVisible(), false, "the password's form stands behind the passkey");
  await signInWithPasskey(page, terminal);
  assert.match(page.url(), /\/(patients|manage\/users)$/);

  // A form that needs a proof goes on after it, with what was typed.
  await page.goto(`${terminal}/manage/users`);
  await page.fill("#display_name", "新人 看護子");
  await page.fill("#login", "shinjin.k");
  await page.selectOption("#profession", "nurse");
  await page.check(".choice-tall input[value=viewer]");
  minutesGoBy(demo);
  await page.click("form[action='/manage/users'] button.primary");
  await page.locator("h1", { hasText: "再認証" }).waitFor();
  await accessible(page, "step-up");
  await page.click("form[data-passkey=get] button.primary");
  await page.locator(".created code", { hasText: "shinjin.k" }).waitFor();
  await page.locator("#created-title", { hasText: "新人 看護子" }).waitFor();

  // The same by password, for a page that is only gone to.
  minutesGoBy(demo);
  await page.goto(`${terminal}/account/passkeys/new`);
  await page.click("details[data-passkey-other] summary");
  await page.fill("#stepup-password", manager.password);
  await page.fill("#stepup-code", totp(manager.totp_secret, Date.now() + 30_000)); // the sign-in's code is spent
  await page.click("details[data-passkey-other] button.primary");
  await page.waitForURL(/\/account\/passkeys\/new$/);

  assert.deepEqual(troubles, []);
  await leave();
});

test("a passkey is refused where it proves nothing", { skip, timeout: 180_000 }, async () => {
  const user = userAt(demo.ready, hospital().id, "viewer");
  const terminal = demo.terminal(user.facility);
  const { page, troubles, authenticator, leave } = await desk();
  await signIn(page, demo, user);
  await makePasskey(page, "診察室のPC");
  await page.click("form[action='/signout'] button");

  // Fingerprint not recognised: the browser gives nothing, and the other way opens.
  await authenticator.recognises(false);
  await page.click("form[data-passkey=get] button.primary");
  await page.locator("[data-passkey-state]", { hasText: "中止された" }).waitFor();
  assert.equal(await page.locator("#login").isVisible(), true);
  await authenticator.recognises(true);

  // A copy whose count lags behind.
  await signInWithPasskey(page, terminal);
  await page.click("form[action='/signout'] button");
  const [held] = await authenticator.passkeys();
  await authenticator.remove();
  const copy = await addAuthenticator(page);
  await copy.put({ ...held, signCount: 0 });
  await page.click("form[data-passkey=get] button.primary");
  await page.locator(".notice-refused", { hasText: "ログインできませんでした" }).waitFor();

  // At another facility's terminal the browser knows of no passkey.
  const other = demo.ready.terminals.find((t) => t.facility !== user.facility).url;
  await page.goto(`${other}/signin`);
  await page.click("form[data-passkey=get] button.primary");
  await page.locator("[data-passkey-state]", { hasText: "使えるパスキーがありません" }).waitFor();
  assert.deepEqual(troubles, []);
  await leave();
});

test("whoever gave the password up has none", { skip, timeout: 180_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const user = userAt(demo.ready, clinic.id, "viewer");
  const terminal = demo.terminal(user.facility);
  const { page, troubles, leave } = await desk();
  await signIn(page, demo, user);
  await makePasskey(page, "診察室のPC");
  assert.equal(await page.locator("[data-dialog=alone]").count(), 0, "not before the passkey has proved itself");
  await page.click("form[action='/signout'] button");
  await signInWithPasskey(page, terminal);
  await page.click("a[href='/account']");
  await page.click("[data-dialog=alone]");
  await accessible(page, "my account, dialog open");
  await page.click("#alone button.danger");
  await page.locator(".notice-done", { hasText: "パスワードを廃止しました" }).waitFor();
  await page.locator("[data-dialog^=remove-]").click();
  await page.click("dialog[open] button.danger");
  await page.locator(".notice-refused", { hasText: "最後のパスキー" }).waitFor();
  await page.click("form[action='/signout'] button");
  await page.click("details[data-passkey-other] summary");
  await page.fill("#login", user.login);
  await page.fill("#password", user.password);
  await page.fill("#code", totp(user.totp_secret, Date.now() + 30_000));
  await page.click("form[action='/signin'] button.primary");
  await page.locator(".notice-refused", { hasText: "ログインできませんでした" }).waitFor();
  await signInWithPasskey(page, terminal);
  assert.deepEqual(troubles, []);
  await leave();
});
