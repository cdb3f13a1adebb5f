// What only a browser can tell of the fixture pages: accessibility, the content security
// policy, keys and the behaviour of the islands. Run: npm run test:browser
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { open, withFixtures } from "./browser.mjs";
import { old, printed } from "./files.mjs";
import { courses, folds, givings, period } from "./medications.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const MINAMI = "aaaaaaaaaaaaaaaaaaaaaaaaa3";
const CHUO = "aaaaaaaaaaaaaaaaaaaaaaaaa2";
const RYOKUFU = "aaaaaaaaaaaaaaaaaaaaaaaaa4";

let passed = 0;
let failed = 0;
async function check(name, work) {
	try {
		await work();
		passed++;
	} catch (e) {
		failed++;
		console.error(`FAILED ${name}\n${e.message ?? e}`);
	}
}

async function axe(page) {
	const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
	const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary ?? ""}`));
	assert.deepEqual(found, [], found.slice(0, 8).join("\n"));
}

/** Every page in both languages: no violation, no complaint of the browser. */
async function everyPage({ browser, server, pages }) {
	const todo = ["ja", "en"].flatMap((lang) =>
		readdirSync(join(pages, lang))
			.map((f) => f.replace(/\.html$/, ""))
			.filter((name) => !name.startsWith("part-") && !name.startsWith("items") && name !== "lockcard")
			.map((name) => `${lang}/${name}`),
	);
	assert.ok(todo.length > 0, "there are no pages");
	const worker = async () => {
		for (let path = todo.pop(); path; path = todo.pop()) {
			await check(path, () => onePage(browser, server, path));
		}
	};
	await Promise.all([worker(), worker(), worker()]);
}

async function onePage(browser, server, path) {
	const { page, complaints, close } = await open(browser, server, `/${path}.html`);
	await axe(page);
	assert.deepEqual(complaints, []);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	assert.ok(wide <= 0, `the page is ${wide} pixels wider than the screen`);
	await page.setViewportSize({ width: 390, height: 844 });
	const narrow = await page.evaluate(() => {
		const marks = [...document.querySelectorAll(".calendar td .ev:not([hidden])")];
		const over = marks.filter(
			(a) => a.getBoundingClientRect().right > a.closest("td").getBoundingClientRect().right + 2,
		);
		return { wide: document.documentElement.scrollWidth - innerWidth, over: over.length };
	});
	assert.deepEqual(
		narrow,
		{ wide: 0, over: 0 },
		"on a telephone the page scrolls sideways, or marks lie over their neighbours",
	);
	await close();
}

async function panel({ browser, server }) {
	for (const name of ["timeline", "timeline-list"]) {
		await check(`${name}: content opens in place`, async () => {
			const { page, close } = await open(browser, server, `/ja/${name}.html`);
			await page.keyboard.press("j");
			await page.keyboard.press("j");
			const link = await page.evaluate(() => document.activeElement?.getAttribute("href"));
			await page.keyboard.press("Enter");
			await page.locator("#panel .item").first().waitFor();
			assert.equal(await page.evaluate(() => document.activeElement?.id), "panel", "the focus goes into the panel");
			await axe(page);
			const covered = await page.evaluate(() => {
				const mark = document.querySelector(".opened")?.getBoundingClientRect();
				const over = document.getElementById("panel")?.getBoundingClientRect();
				return mark && over && mark.bottom > over.top && mark.right > over.left;
			});
			assert.ok(!covered, "what was opened is not covered by the panel");
			await page.keyboard.press("Escape");
			assert.ok(await page.locator("#panel").isHidden());
			assert.equal(
				await page.evaluate(() => document.activeElement?.getAttribute("href")),
				link,
				"the focus comes back",
			);
			await close();
		});
	}
}

async function calendar({ browser, server }) {
	await check("the calendar is one stop of the Tab key, arrows go from mark to mark", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/timeline.html");
		assert.equal(await page.locator('.ev[tabindex="0"]').count(), 1);
		await page.locator('.ev[tabindex="0"]').focus();
		const box = () => page.evaluate(() => document.activeElement?.getBoundingClientRect().toJSON());
		const first = await box();
		await page.keyboard.press("ArrowLeft");
		const second = await box();
		assert.ok(second.x < first.x, "left goes to something older");
		assert.equal(await page.locator('.ev[tabindex="0"]').count(), 1);
		await page.keyboard.press("Enter");
		await page.locator("#panel .item").first().waitFor();
		await page.keyboard.press("Escape");
		assert.deepEqual((await box()).x, second.x, "the focus comes back to where the arrows had gone");
		const kind = await page.evaluate(() => document.activeElement?.dataset.kind);
		await page.locator(`[data-filter=kinds]:not([data-value=${kind}])`).first().click();
		assert.equal(await page.locator('.ev[tabindex="0"]:visible').count(), 1, "a filter leaves a stop");
		assert.deepEqual(complaints, []);
		await close();
	});
}

async function keys({ browser, server }) {
	await check("keys are left alone while an input method composes", async () => {
		const { page, close } = await open(browser, server, "/ja/patients.html");
		await page.evaluate(() => {
			document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", isComposing: true, bubbles: true }));
			document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", keyCode: 229, bubbles: true }));
		});
		assert.equal(await page.locator(".at").count(), 0);
		assert.ok(await page.locator("#help").isHidden());
		await page.keyboard.press("/");
		assert.equal(await page.evaluate(() => document.activeElement?.id), "q");
		await page.keyboard.type("j?");
		assert.equal(await page.locator("#q").inputValue(), "j?");
		await close();
	});
	await check("help opens, and single-letter keys can be turned off", async () => {
		const { page, close } = await open(browser, server, "/ja/patients.html");
		await page.keyboard.press("?");
		await axe(page);
		await page.locator("#keys-off").check();
		await page.keyboard.press("Escape");
		await page.keyboard.press("j");
		assert.equal(await page.locator(".at").count(), 0);
		await close();
	});
}

async function filters({ browser, server }) {
	await check("filters hide, count and stand in the address", async () => {
		const { page, close } = await open(browser, server, "/ja/timeline.html");
		const shown = async () => Number(await page.locator("[data-shown]").textContent());
		const all = await shown();
		const labs = Number(await page.locator("[data-filter=kinds][data-value=lab] .count").textContent());
		await page.locator("[data-filter=kinds][data-value=lab]").click();
		assert.equal(await shown(), labs);
		assert.ok(labs < all);
		assert.match(page.url(), /kinds=lab/);
		assert.equal(await page.locator(".ev:visible:not([data-kind=lab])").count(), 0);
		const link = await page.locator(".tools a").first().getAttribute("href");
		assert.match(link, /kinds=lab/);
		await page.locator("[data-filter-clear]").click();
		assert.equal(await shown(), all);
		assert.doesNotMatch(page.url(), /kinds/);
		await close();
	});
}

const stateOf = (page, facility) => page.locator(`[data-source="${facility}"]`).getAttribute("data-state");

async function sources({ browser, server }) {
	await check("a silent facility delays nothing and is shown before a slow one answers", async () => {
		server.delay(RYOKUFU, "never");
		server.delay(MINAMI, 4000);
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.goto(`${server.url}/ja/medications.html`);
		await page.locator("#medications tr").first().waitFor();
		await page.waitForFunction(
			(f) => document.querySelector(`[data-source="${f}"]`)?.getAttribute("data-state") === "silent",
			RYOKUFU,
		);
		assert.notEqual(await stateOf(page, MINAMI), "fetched");
		assert.match(await page.locator(`[data-source="${RYOKUFU}"]`).textContent(), /応答なし/);
		await page.waitForFunction(
			(f) => document.querySelector(`[data-source="${f}"]`)?.getAttribute("data-state") === "fetched",
			MINAMI,
		);
		const dates = await page
			.locator("#medications tr")
			.evaluateAll((rows) => rows.map((r) => r.getAttribute("data-sort")));
		assert.deepEqual(dates, [...dates].sort().reverse(), "late rows stand in their order");
		assert.equal(
			await page.locator(`#allergies [data-key="allergy-${RYOKUFU}"].allergy-unfetched`).count(),
			1,
			"allergies of the silent facility stay unfetched",
		);
		assert.match(await page.locator(`#allergies [data-key="allergy-${RYOKUFU}"]`).textContent(), /応答なし/);
		assert.ok(await page.locator('.sources-help[data-of="silent"]').isVisible(), "what no answer means is said");
		server.delay(RYOKUFU, 0);
		server.delay(MINAMI, 0);
		await context.close();
	});
	await check("a facility that sends for long is being fetched, and not silent", async () => {
		server.delay(MINAMI, { sending: 2500 });
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.addInitScript(() => {
			globalThis.seen = [];
			new MutationObserver((all) => {
				for (const { target } of all) globalThis.seen.push(`${target.dataset?.source} ${target.dataset?.state}`);
			}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
		});
		await page.goto(`${server.url}/ja/medications.html`);
		await page.waitForFunction(
			(f) => document.querySelector(`[data-source="${f}"]`)?.getAttribute("data-state") === "fetched",
			MINAMI,
		);
		const seen = await page.evaluate(() => globalThis.seen);
		assert.ok(seen.includes(`${MINAMI} fetched`), "its states are seen");
		assert.ok(!seen.includes(`${MINAMI} silent`), "it was never shown as silent");
		server.delay(MINAMI, 0);
		await context.close();
	});
	for (const [status, name, want] of [
		[
			401,
			"a session that has ended takes the content away",
			async (page) => {
				await page.locator(".notice a[href='/signin']").waitFor();
				assert.equal(await page.locator("#medications, .banner").count(), 0);
			},
		],
		[
			404,
			"a facility that is no longer shared looks like one that never was",
			async (page) => {
				await page.waitForFunction(
					(f) => document.querySelector(`[data-source="${f}"]`)?.getAttribute("data-state") === "unshared",
					MINAMI,
				);
				assert.equal(await page.locator(`#medications [data-facility="${MINAMI}"]`).count(), 0);
			},
		],
	]) {
		await check(name, async () => {
			const context = await browser.newContext();
			const page = await context.newPage();
			await page.route(`**/views/*/${MINAMI}`, (route) => route.fulfill({ status }));
			await page.goto(`${server.url}/ja/medications.html`);
			await want(page);
			await context.close();
		});
	}
}

/** What a doctor has open goes when consent or link end; a single document that went says so alone. */
async function withdrawal({ browser, server }) {
	for (const [name, again, gone] of [
		["consent withdrawn: the whole record goes", { status: 404 }, true],
		["nobody answers whether it was: the whole record goes", { status: 503 }, true],
		["a document was replaced: only the panel says so", undefined, false],
	]) {
		await check(name, async () => {
			const context = await browser.newContext();
			const page = await context.newPage();
			await page.route("**/items/**", (route) => route.fulfill({ status: 404 }));
			await page.goto(`${server.url}/ja/timeline.html`);
			await page.waitForLoadState("networkidle");
			if (again) {
				await page.route("**/timeline.html*", (route) => route.fulfill(again));
			}
			await page.locator("[data-open]:visible").first().click();
			if (gone) {
				await page.getByText("同意が撤回されたか、連携が解除されたため").waitFor();
				assert.equal(await page.locator(".banner, .sources, .timeline, #panel").count(), 0);
			} else {
				await page.getByText("この内容は表示できなくなりました。").waitFor();
				assert.equal(await page.locator(".banner, .timeline").count(), 2);
			}
			await context.close();
		});
	}
}

/** On paper: no tools, and every page's head says whose record it is and who printed it. */
async function paper({ browser, server }) {
	await check("a page prints without its tools, with a head on every sheet", async () => {
		const { page, close } = await open(browser, server, "/ja/timeline-list.html");
		await page.emulateMedia({ media: "print" });
		assert.equal(await page.locator(".tabs:visible, .filters:visible, .tools:visible, main button:visible").count(), 0);
		const rule = await page.evaluate(() => document.adoptedStyleSheets[0]?.cssRules[0]?.cssText ?? "");
		assert.match(rule, /@top-left \{ content: "髙橋 花子 患者ID 0004711 さくら内科クリニック 佐藤 健一 印刷 \d/);
		await close();
	});
}

/** The newest months stand at the right: a sheet that ends before them says that nothing is new. */
async function calendarOnPaper({ browser, server }) {
	await check("a calendar prints whole, across the sheet", async () => {
		const across = Math.floor(((297 - 2 * 12) / 25.4) * 96);
		const { page, close } = await open(browser, server, "/ja/timeline.html", { width: across, height: 700 });
		await page.emulateMedia({ media: "print" });
		const right = await page.evaluate(() => document.querySelector(".calendar").getBoundingClientRect().right);
		assert.ok(right <= across + 1, `the calendar ends at ${right} of ${across}`);
		await close();
	});
}

async function labs({ browser, server }) {
	await check("a test opens its graph, five at most", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/labs.html");
		const tests = page.locator(".labs .name button:enabled");
		for (let i = 0; i < 6; i++) {
			await tests.nth(i).click();
		}
		await page.locator(".labs-plot canvas").nth(4).waitFor();
		assert.equal(await page.locator(".labs-plot").count(), 5);
		assert.equal(
			await page.locator(".labs-plot").first().locator(".labs-legend li").count(),
			2,
			"a series for each laboratory",
		);
		await axe(page);
		assert.deepEqual(complaints, []);
		await page.keyboard.press("Escape");
		assert.equal(await page.locator(".labs-plot").count(), 4);
		await close();
	});
}

async function cells({ browser, server }) {
	await check("a result tells its unit, range and laboratory to mouse and keyboard", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/labs.html");
		const about = page.locator("#labs-about");
		await page.locator(".labs .name button:enabled").first().focus();
		await page.keyboard.press("ArrowRight");
		await about.waitFor();
		assert.match(await about.textContent(), /基準範囲.*採取.*施設/);
		assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-describedby")), "labs-about");
		await axe(page);
		const seen = await page.evaluate(() => {
			const cell = document.activeElement?.getBoundingClientRect();
			const box = document.getElementById("labs-about")?.getBoundingClientRect();
			return (
				cell &&
				box &&
				box.right <= innerWidth &&
				box.bottom <= innerHeight &&
				(box.top >= cell.bottom || box.bottom <= cell.top)
			);
		});
		assert.ok(seen, "it is on the screen and covers not what it speaks of");
		const place = () =>
			page.evaluate(() => [document.activeElement?.dataset.row, document.activeElement?.dataset.column]);
		const first = await place();
		await page.keyboard.press("ArrowDown");
		assert.notDeepEqual(await place(), first);
		await page.keyboard.press("Escape");
		assert.equal(await about.count(), 0);
		// The far end of the row: the table scrolls, what is said of the result comes along.
		for (let i = 0; i < 12; i++) {
			await page.keyboard.press("ArrowRight");
		}
		await page.waitForTimeout(100);
		assert.ok(await about.isVisible());
		await page.keyboard.press("Home");
		assert.equal(await page.evaluate(() => document.activeElement?.closest("th")?.dataset.column), "-1");
		await page.locator(".labs td[data-column='2']").first().hover();
		await about.waitFor();
		await about.hover();
		await page.waitForTimeout(500);
		assert.equal(await about.count(), 1, "the mouse can go to it");
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("tests are filtered by group and by what is flagged", async () => {
		const { page, close } = await open(browser, server, "/ja/labs.html");
		const groups = page.locator(".labs .panel-row");
		const all = await groups.count();
		await page.locator(".labs-tools select").selectOption({ index: 1 });
		assert.equal(await groups.count(), 1);
		await page.locator(".labs-tools select").selectOption("");
		assert.equal(await groups.count(), all);
		await page.locator(".labs-tools input[type=checkbox]").first().check();
		const rows = await page.locator(".labs tbody tr[data-nav]").count();
		assert.equal(await page.locator(".labs tbody tr[data-nav]:has(td.high, td.low, td.odd)").count(), rows);
		await close();
	});
}

async function written({ browser, server }) {
	await check("a document opens beside the list and is read as text", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/notes.html");
		await page.locator(`[data-open][href*="${CHUO}"]:visible`).first().click();
		await page.locator("#panel .written").first().waitFor();
		assert.ok(await page.locator("#panel .exam").first().isVisible());
		await axe(page);
		const beside = await page.evaluate(() => {
			const list = document.querySelector(".split-main").getBoundingClientRect();
			return document.getElementById("panel").getBoundingClientRect().left >= list.right;
		});
		assert.ok(beside, "the panel stands beside the list");
		await page.locator("#panel details.procedures").first().locator("summary").click();
		await axe(page);
		assert.deepEqual(complaints, []);
		await close();
	});
}

async function files({ browser, server }) {
	const opened = async () => {
		const world = await open(browser, server, "/ja/notes-kinds.html");
		await world.page.locator(`[data-open][href*="${MINAMI}"]:visible`).first().click();
		return world;
	};
	await check("the document itself, a PDF, shows its pages under the policy", async () => {
		const { page, complaints, close } = await opened();
		await page.locator(".pdf-page canvas").first().waitFor();
		assert.match(await page.locator(".pdf-tools [role=status]").textContent(), /1 \/ 3/);
		assert.match(await page.locator(".pdf-page p").first().textContent(), /診療情報提供書 1/);
		const ink = await page
			.locator(".pdf-page canvas")
			.first()
			.evaluate((c) => {
				const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
				return d.some((v, i) => i % 4 === 0 && v < 128);
			});
		assert.ok(ink, "something is drawn");
		await page.getByRole("button", { name: "次のページ" }).click();
		await page.waitForFunction(() => /2 \/ 3/.test(document.querySelector(".pdf-tools [role=status]").textContent));
		const before = await page
			.locator(".pdf-page")
			.first()
			.evaluate((e) => e.clientWidth);
		await page.getByRole("button", { name: "拡大" }).click();
		assert.ok(
			(await page
				.locator(".pdf-page")
				.first()
				.evaluate((e) => e.clientWidth)) > before,
		);
		await axe(page);
		await page.locator("[data-view=pdf]").click();
		assert.equal(await page.locator(".file-view").count(), 0);
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("a PDF with scripts, actions and a font that is not inside is drawn and does nothing", async () => {
		server.file(0, "application/pdf", old());
		const { page, complaints, close } = await opened();
		page.on("dialog", () => complaints.push("a dialog"));
		const asked = [];
		page.on("request", (r) => asked.push(r.url()));
		await page.locator(".pdf-page canvas").first().waitFor();
		await page.waitForFunction(() => document.querySelector(".pdf-page p")?.textContent.includes("問診票"));
		assert.ok(
			asked.every((u) => u.startsWith(server.url)),
			"nothing is asked of others",
		);
		assert.deepEqual(complaints, []);
		await close();
		server.file(0, "application/pdf", await printed(browser));
	});
	await check("a PDF that is none is said to be", async () => {
		server.file(0, "application/pdf", Buffer.from("<html><script>alert(1)</script>"));
		const { page, close } = await opened();
		await page.getByText("このファイルは表示できません").waitFor();
		await axe(page);
		await close();
		server.file(0, "application/pdf", await printed(browser));
	});
	await check("a picture is shown, what cannot be shown can be saved", async () => {
		const { page, complaints, close } = await opened();
		await page.locator("[data-view=image]").click();
		await page.waitForFunction(() => document.querySelector(".file-view img")?.naturalWidth > 0);
		assert.equal(await page.locator(".file").count(), 4);
		assert.equal(await page.locator(".file [download]").count(), 4);
		assert.equal(await page.locator(".file [data-view]").count(), 2);
		await axe(page);
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("a file that is withdrawn, and a session that has ended", async () => {
		for (const [status, want] of [
			[404, "このファイルは表示できなくなりました"],
			[303, "ログアウトしました"],
		]) {
			const context = await browser.newContext();
			const page = await context.newPage();
			await page.route("**/files/**", (route) => route.fulfill({ status, headers: { Location: "/signin" } }));
			await page.goto(`${server.url}/ja/notes-kinds.html`);
			await page.locator(`[data-open][href*="${MINAMI}"]:visible`).first().click();
			await page.getByText(want).waitFor();
			await context.close();
		}
	});
}

async function vitals({ browser, server }) {
	await check("vital signs: a chart for each, and the list says the same", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/vitals.html");
		await page.locator(".vital-plot canvas").nth(4).waitFor();
		assert.equal(await page.locator(".vital-plot").count(), 5);
		assert.equal(await page.locator("#vitals tr").count(), 45);
		const days = async () => (await page.locator(".vital-chart .hint").textContent()).match(/[\d/]{10}/g);
		assert.deepEqual(await days(), ["2026/09/09", "2026/09/22"]);
		await page.locator("[data-vitals-span] [data-span='7']").click();
		await page.waitForFunction(() => document.querySelector(".vital-chart .hint").textContent.includes("2026/09/16"));
		await axe(page);
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("vital signs of a monitor: older days are folded, and one opens", async () => {
		const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
		const page = await context.newPage();
		const errors = [];
		page.on("pageerror", (e) => errors.push(String(e)));
		const at = (i) => `20260908${String(Math.floor(i / 60) % 24).padStart(2, "0")}${String(i % 60).padStart(2, "0")}`;
		const minutes = Array.from({ length: 200_000 }, (_, i) => ({
			facility: CHUO,
			at: at(i),
			sign: "pulse",
			number: 70,
		}));
		const row = (i) =>
			`<tr data-sort="${at(i)}|x" data-facility="${CHUO}"><td class="date">${at(i)}</td><td></td>${"<td></td>".repeat(6)}</tr>`;
		await page.route("**/views/**", async (route) => {
			const answer = await route.fetch();
			const more = route.request().url().includes(CHUO)
				? `<script type="application/json" data-for="vitals">${JSON.stringify(minutes)}</script>` +
					`<script type="text/html" data-fold="vitals" data-of="20260908" data-rows="1440" data-sort="${at(1439)}" data-last="">${Array.from({ length: 1440 }, (_, i) => row(1439 - i)).join("")}</script>`
				: "";
			await route.fulfill({ response: answer, body: (await answer.text()) + more });
		});
		await page.goto(`${server.url}/ja/vitals.html`);
		await page.locator(".vital-plot canvas").first().waitFor();
		assert.equal(await page.locator("#vitals tr").count(), 46);
		await page.getByRole("button", { name: "2026/09/08の1,440件を開く" }).press("Enter");
		assert.equal(await page.locator("#vitals tr").count(), 45 + 1440);
		assert.deepEqual(errors, []);
		await context.close();
	});
}

async function nothing({ browser, server }) {
	for (const [name, fail, want] of [
		["one facility", [RYOKUFU], /取得できた施設には記録がありません。取得できなかった施設での有無は分かりません: /],
		["every facility", [""], /記録の有無は分かりません/],
	]) {
		await check(`"none on record" is not said while ${name} has not answered`, async () => {
			const context = await browser.newContext();
			const page = await context.newPage();
			const body = '<div data-answer data-at="08:15" data-refused="0"></div>';
			await page.route("**/views/**", (route) =>
				fail.some((f) => route.request().url().endsWith(f))
					? route.fulfill({ status: 503 })
					: route.fulfill({ contentType: "text/html", body }),
			);
			for (const tab of ["medications", "labs", "conditions", "encounters", "exams", "vitals"]) {
				await page.goto(`${server.url}/ja/${tab}.html`);
				const empties = page.locator("[data-empty]");
				await empties.first().waitFor();
				for (const text of await empties.allTextContents()) {
					assert.match(text, want, tab);
				}
				assert.equal(await page.locator("[data-waiting]:visible").count(), 0);
			}
			await context.close();
		});
	}
}

async function registration({ browser, server }) {
	await check("a birth date is read back in both calendars while it is typed", async () => {
		const { page, close } = await open(browser, server, "/ja/register.html");
		await page.locator("#birth_date").fill("Ｓ３５．４．１");
		assert.match(await page.locator("#birth_date-read").textContent(), /昭和35年4月1日\(1960\/4\/1\)/);
		await page.locator("#birth_date").fill("S64.1.8");
		assert.match(await page.locator("#birth_date-read").textContent(), /読み取れません/);
		await close();
	});
	await check("a dialog asks before a link is ended; progress of a fetch is shown", async () => {
		const { page, close } = await open(browser, server, "/ja/links.html");
		await page.locator("[data-dialog^=unlink]").first().click();
		await axe(page);
		await page.keyboard.press("Escape");
		const fetches = page.locator("[data-island=fetch]", { hasText: "読めない文書 " });
		await fetches.first().locator("[data-fetch-do]:enabled").click();
		await page.getByText("取得済(読めない文書 1件)").waitFor();
		assert.equal(
			(await fetches.first().textContent()).split("読めない文書").length,
			2,
			"what was counted before is gone",
		);
		await close();
	});
}

/** List pages load at most 30 KB of script, as browsers get it. */
async function budget() {
	const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
	for (const page of ["patients", "timeline", "notes", "exams", "vitals", "medications", "labs", "log"]) {
		await check(`${page}: script within 30 KB`, () => {
			const files = new Set();
			const follow = (key) => {
				files.add(manifest[key].file);
				for (const i of manifest[key].imports ?? []) {
					follow(i);
				}
			};
			follow(`portal/${page}/page.ts`);
			const size = [...files].reduce((sum, f) => sum + gzipSync(readFileSync(join(dist, f))).length, 0);
			assert.ok(size <= 30 * 1024, `${size} bytes`);
		});
	}
}

const parts = [
	everyPage,
	panel,
	calendar,
	keys,
	filters,
	sources,
	withdrawal,
	paper,
	calendarOnPaper,
	period,
	folds,
	courses,
	givings,
	nothing,
	labs,
	cells,
	written,
	files,
	vitals,
	registration,
	budget,
];
const only = process.argv.slice(2); // names of parts; none: all
await withFixtures(async (world) => {
	for (const part of parts.filter((p) => only.length === 0 || only.includes(p.name))) {
		await part({ ...world, check, axe });
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 ? 1 : 0;
});
