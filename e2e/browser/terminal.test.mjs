// A terminal's life with a certificate that really lies in the browser's store: enrolled with
// what the facility manager's screen shows, signed in at with a passkey, replaced by another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addAuthenticator, signInWithPasskey } from "./authenticator.mjs";
import { endSoon, firstPasskey, firstPassword, newPC, startCenter, storeMissing } from "./center.mjs";
import { AxeBuilder, watch } from "./demo.mjs";

const skip = storeMissing();
let center;
let office; // the browser of the PC at which managers sit

before(async () => {
  if (skip) return;
  center = await startCenter();
  const pc = newPC(center, "office");
  pc.importFile(center.firstTerminal);
  office = await pc.start();
});

after(() => center?.stop());

/** A manager at the office's PC, who has signed in for the first time. */
async function officeDesk(login, own) {
  await office.clearCookies();
  const manager = await office.newPage();
  const troubles = watch(manager);
  await firstPassword(manager, center, center.user(login, "管理 花子", "clerk", "manager"), own);
  return { manager, troubles };
}

/** Registers a terminal that has the program. */
async function register(manager, name) {
  await manager.goto(`${center.portal}/manage/devices`);
  await manager.fill("#name", name);
  await manager.fill("#place", "1階");
  await manager.fill("#user_group", "外来");
  await manager.check("input[name=method][value=helper]");
  await manager.click("form[action='/manage/devices'] button.primary");
  return shownTicket(manager);
}

async function accessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `axe on ${where}`);
}

/** What the manager's screen shows for a terminal's own program: the command's words, and the
 *  link to how it is done. */
async function shownTicket(page) {
  const codes = await page.locator(".ticket code").allTextContents();
  const command = codes.find((c) => c.startsWith("mizuhiki enroll device "));
  const link = codes.find((c) => c.startsWith("https://"));
  assert.ok(command && link, `the ticket shows ${codes}`);
  return { command: command.split(" ").slice(1), link };
}

test("a terminal comes, works with a passkey and is replaced", { skip, timeout: 240_000 }, async () => {
  const doctor = center.user("ishi", "試験 太郎", "physician", "viewer");
  const { manager, troubles } = await officeDesk("kanri", "kumo-to-yama-48");

  // The manager registers a terminal, and the PC enrols with what the screen shows.
  const first = await register(manager, "診察室1");
  await accessible(manager, "terminals with a code");
  const how = await office.newPage();
  assert.equal((await how.goto(first.link)).status(), 200);
  await accessible(how, "how to enrol");
  await how.close();

  const old = newPC(center, "old");
  assert.match(old.run(first.command), /^terminal {2}診察室1$/m);
  assert.equal(old.certificates(), 1);
  assert.match(old.run(["enroll", "device", "--renew"]), /^not due yet/);
  assert.throws(() => newPC(center, "copy").run(first.command), /enroll\.refused/, "the code works once");

  // The manager's own PC got its certificate as a file: its system is what its browser says.
  await manager.goto(`${center.portal}/manage/devices`);
  await manager.locator("table.devices tr", { hasText: "この端末" }).locator("td", { hasText: /^Linux$/ }).waitFor();

  // A physician makes a passkey there, and comes in with it: two touches, of which one is the authenticator's.
  const oldBrowser = await old.start();
  const page = await oldBrowser.newPage();
  const pageTroubles = watch(page);
  const authenticator = await addAuthenticator(page);
  await firstPasskey(page, center, doctor, "診察室1");
  const [held] = await authenticator.passkeys();
  assert.equal(held.rpId, "localhost");
  await page.click("form[action='/signout'] button");
  await page.waitForURL(/\/signin$/);
  await signInWithPasskey(page, center.portal);
  assert.match(page.url(), /\/patients$/);

  // The terminal is replaced. Until the new one has enrolled the old one works.
  await manager.goto(`${center.portal}/manage/devices`);
  const row = manager.locator("table.devices tr", { hasText: "診察室1" });
  await row.locator("[data-dialog^=replace-]").click();
  await manager.click("dialog[open] button.primary");
  const second = await shownTicket(manager);
  await manager.locator(".ticket", { hasText: "診察室1" }).waitFor();
  await page.goto(`${center.portal}/patients`);
  assert.match(page.url(), /\/patients$/);
  const fresh = newPC(center, "fresh");
  fresh.run(second.command);

  // The old one is shut out with the session that was open there, also after a restart of its browser.
  assert.deepEqual(pageTroubles, []);
  assert.equal((await page.goto(`${center.portal}/patients`)).status(), 404);
  await page.locator("h1", { hasText: "この端末" }).waitFor();
  await oldBrowser.close();
  const again = await old.start();
  const refused = await again.newPage();
  assert.equal((await refused.goto(`${center.portal}/signin`)).status(), 404);
  await again.close();

  // The new one works, with the passkey that the physician carries over.
  const freshBrowser = await fresh.start();
  const there = await freshBrowser.newPage();
  const carried = await addAuthenticator(there);
  await carried.put({ ...held, signCount: held.signCount + 10 });
  await signInWithPasskey(there, center.portal);
  assert.match(there.url(), /\/patients$/);
  await freshBrowser.close();

  await manager.goto(`${center.portal}/manage/devices`);
  const rows = manager.locator("table.devices tr", { hasText: "診察室1" });
  assert.equal(await rows.count(), 2);
  assert.equal(await rows.locator(".chip-bad").count(), 1, "one of them is shown as revoked");
  assert.deepEqual(troubles, []);
  await manager.close();
});

test("a certificate is renewed while its browser is open", { skip, timeout: 240_000 }, async () => {
  const { manager, troubles } = await officeDesk("kanri2", "hoshi-to-kawa-37");
  const pc = newPC(center, "desk");
  pc.run((await register(manager, "受付1")).command);
  const browser = await pc.start();
  const page = await browser.newPage();
  await firstPassword(page, center, center.user("uketsuke", "受付 次郎", "clerk", "liaison"), "mori-to-umi-82");
  assert.equal(await page.locator(".expiry").count(), 0);
  endSoon(center, 40);
  await page.goto(`${center.portal}/patients`);
  await page.locator(".expiry", { hasText: "あと40日" }).waitFor();
  await page.locator(".expiry", { hasText: "施設管理者" }).waitFor();

  // One click of the manager's; the certificate that the open browser has goes on working.
  await manager.goto(`${center.portal}/manage/devices`);
  await manager.locator(".ending li", { hasText: "受付1" }).locator("button").click();
  const { command } = await shownTicket(manager);
  pc.run(command);
  assert.equal(pc.certificates(), 2);
  await page.goto(`${center.portal}/patients`);
  assert.match(page.url(), /\/patients$/);
  assert.equal(await page.locator(".expiry").count(), 0, "nobody need be told any more");
  assert.match(pc.run(["enroll", "device", "--renew"]), /^not due yet/);
  assert.equal(pc.certificates(), 2, "the browser that is open has the earlier one");
  await browser.close();

  // Started anew it takes the next, and that ends the one before.
  const again = await pc.start();
  const there = await again.newPage();
  assert.equal((await there.goto(`${center.portal}/signin`)).status(), 200);
  assert.match(pc.run(["enroll", "device", "--renew"]), /no longer in the browsers' store/);
  assert.equal(pc.certificates(), 1);
  assert.equal((await there.goto(`${center.portal}/signin`)).status(), 200);
  await again.close();
  assert.deepEqual(troubles, []);
  await manager.close();
});
