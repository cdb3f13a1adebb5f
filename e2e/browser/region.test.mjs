// A whole region in a browser: what a clerk and a physician do on a patient's first day,
// by hand as they do it, on pages that must be accessible and break no policy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder, browserMissing, launch, signIn, startDemo, userAt, watch } from "./demo.mjs";

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

/** A person at a terminal: a browser profile of its own. */
async function at(user) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "ja-JP" });
  const page = await context.newPage();
  const troubles = watch(page);
  await signIn(page, demo, user);
  return { page, troubles, leave: () => context.close() };
}

async function accessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), [], `axe on ${where}`);
}

test("a clerk registers a patient and a physician reads a laboratory graph", { skip, timeout: 120_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const patient = demo.ready.unlinked[0];
  const clerk = await at(userAt(demo.ready, clinic.id, "liaison"));
  let page = clerk.page;

  await page.click("a[href='/register']");
  await page.fill("#kana", patient.kana);
  await page.fill("#birth_date", patient.birth_date.replaceAll("-", "/"));
  await page.check(`input[name=sex][value=${patient.sex}]`);
  await accessible(page, "registration, step 1");
  await page.click("button[formaction='/register/find']");
  await page.fill("#name", patient.name);
  await page.check("input[name=basis][value=written]");
  await page.fill("#signer", patient.name);
  await page.fill("#consent_date", "R8.11.1");
  await page.fill("#own_id", "T-0001");
  await page.check("input[name=staff_verified]");
  await accessible(page, "registration, all steps open");
  await page.click("form[action='/register'] .actions button.primary");
  await page.waitForURL(/\/links$/);

  const row = page.locator(`#f-${patient.facility}`);
  await row.locator("button[formaction$='/candidates']").click();
  await page.locator(`#f-${patient.facility} .candidates button`).filter({ hasText: patient.patient_id }).click();
  await page.locator(`#f-${patient.facility} .chip-good`).waitFor();
  // The page fetches by itself what was just linked, and says so.
  await page.locator(`#f-${patient.facility} [data-fetch-state]`).filter({ hasText: /取得/ }).waitFor({ timeout: 15_000 });
  await accessible(page, "links");
  assert.deepEqual(clerk.troubles, []);
  await clerk.leave();

  // Whoever has laboratory results in depth; the patient of this day may have few.
  const person = demo.ready.persons
    .filter((p) => p.links.some((l) => l.facility === clinic.id))
    .sort((a, b) => b.links.length - a.links.length)[0];
  const doctor = await at(userAt(demo.ready, clinic.id, "viewer"));
  page = doctor.page;
  await page.fill("#q", person.birth_date.replaceAll("-", ""));
  await page.press("#q", "Enter");
  await page.click(`a[href='/patients/${person.id}']`);
  await accessible(page, "timeline");
  await page.click("nav.tabs a[href$='/labs']");
  const first = page.locator("[data-island=labs] table tbody tr").filter({ has: page.locator("td") });
  await first.first().waitFor();
  await page.locator("[data-island=labs] tbody th button").first().click();
  await page.locator("[data-island=labs] canvas").first().waitFor();
  await accessible(page, "laboratory results with a graph");
  for (const tab of ["medications", "conditions", "encounters"]) {
    await page.click(`nav.tabs a[href$='/${tab}']`);
    await page.locator("#sources [data-state=fetched]").first().waitFor();
    await accessible(page, tab);
  }
  assert.deepEqual(doctor.troubles, []);
  await doctor.leave();
});

test("a hospital that is stopped is named and delays nothing", { skip, timeout: 60_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const person = demo.ready.persons
    .filter((p) => p.links.some((l) => l.facility === clinic.id))
    .sort((a, b) => b.links.length - a.links.length)[0];
  const stop = await fetch(`${demo.ready.start}gateways/0/stop`, { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" } });
  assert.equal(stop.status, 303);
  const { page, leave } = await at(userAt(demo.ready, clinic.id, "viewer"));
  await page.goto(`${demo.terminal(clinic.id)}/patients/${person.id}`);
  await page.locator("#sources").getByText("応答なし").first().waitFor({ timeout: 15_000 });
  await page.locator("#sources").getByText("取得済").first().waitFor({ timeout: 15_000 });
  await leave();
  await fetch(`${demo.ready.start}gateways/0/start`, { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" } });
});

/** Opens the first entry of a kind in place. */
async function openFirst(page, kind) {
  await page.click(`.filter-item[data-filter=kinds][data-value=${kind}]`);
  await page.locator("[data-open]:visible").first().click();
  await page.locator("#panel .item").first().waitFor();
}

test("a physician reads another hospital's note and PDF, and its manager finds both in the access log", { skip, timeout: 120_000 }, async () => {
  const clinic = demo.ready.facilities.find((f) => f.kind === "clinic");
  const hospital = demo.ready.facilities.find((f) => f.kind === "hospital"); // the one that releases its notes
  const reader = userAt(demo.ready, clinic.id, "viewer");
  const doctor = await at(reader);
  const { page } = doctor;
  const both = demo.ready.persons.filter((p) => [clinic, hospital].every((f) => p.links.some((l) => l.facility === f.id)));
  let person;
  for (const candidate of both) {
    await page.goto(`${demo.terminal(clinic.id)}/patients/${candidate.id}/notes?facility=${hospital.id}`);
    const has = (kind) => page.locator(`.filter-item[data-filter=kinds][data-value=${kind}]`).count();
    if ((await has("physician_note")) && (await has("report"))) {
      person = candidate;
      break;
    }
  }
  assert.ok(person, `nobody of ${both.length} has a physician's note and a report at ${hospital.name}`);

  await openFirst(page, "physician_note");
  await page.locator("#panel .written .prose").first().waitFor();
  await accessible(page, "a note in place");
  await page.goto(`${demo.terminal(clinic.id)}/patients/${person.id}/notes?facility=${hospital.id}`);
  const file = page.waitForResponse((r) => r.url().includes("/files/"));
  await openFirst(page, "report");
  const answer = await file;
  assert.equal(answer.status(), 200);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  await page.locator("#panel canvas").first().waitFor();
  await accessible(page, "a PDF in place");
  assert.deepEqual(doctor.troubles, []);
  await doctor.leave();

  const manager = await at(userAt(demo.ready, hospital.id, "manager"));
  await manager.page.click("a[href='/manage/log']");
  const rows = manager.page.locator("table.log tbody tr").filter({ hasText: reader.display_name }).filter({ hasText: "診療情報の閲覧" });
  // The opened document and the file, each in a row that names nothing else.
  const note = rows.filter({ has: manager.page.locator("td:last-child", { hasText: /^\s*医師記録\s*$/ }) });
  const pdf = rows.filter({ has: manager.page.locator("td:last-child", { hasText: /^\s*ファイル\s*レポート\s*$/ }) });
  assert.ok(await note.count(), "the note is not in the access log");
  assert.ok(await pdf.count(), "the PDF is not in the access log");
  await accessible(manager.page, "access log");
  assert.deepEqual(manager.troubles, []);
  await manager.leave();
});
