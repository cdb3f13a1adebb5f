// What only a browser can tell of drugs, injections and examinations: long records, bars,
// what was ordered and given.
import assert from "node:assert/strict";
import { CHUO, MINAMI, open } from "./browser.mjs";

/** A period of a long record: what reaches into it is shown, and counted out of what is not. */
export async function period({ browser, server, check }) {
	await check("a period says what it shows of before it, and what it does not", async () => {
		const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
		const page = await context.newPage();
		await page.route("**/views/**", async (route) => {
			assert.match(route.request().url(), /since=\d{8}$/);
			const answer = await route.fetch();
			const body = (await answer.text()).replace('data-earlier="0"', 'data-earlier="2"');
			await route.fulfill({ response: answer, body });
		});
		await page.goto(`${server.url}/ja/medications-years.html`);
		await page.waitForFunction(() => /うち6件/.test(document.querySelector(".fetched-period").textContent));
		const said = await page.locator(".fetched-period").textContent();
		assert.match(
			said,
			/それより前の記録が\d+件あります（表示していません）。\s*うち6件は、この期間にかかるため表示しています。/,
		);
		assert.match(said, /終わりの日の記載がない頓用・外用などは、開始から1年以内のもの/);
		await context.close();
	});
}

/** Older years of a long list are folded; opening one gives its rows, and paper says what is not open. */
export async function folds({ browser, server, check, axe }) {
	await check("a long list is folded by year, opens by keyboard, and prints what it lacks", async () => {
		const context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
		const page = await context.newPage();
		const row = (facility, day, drug) =>
			`<tr data-sort="${day}1000|${facility}" data-facility="${facility}" data-last="2019-06-30"><td>${day}</td><td></td><th scope="row">${drug}</th><td></td><td></td><td></td><td></td></tr>`;
		const year = (facility, ...drugs) =>
			`<script type="text/html" data-fold="medications" data-of="2019" data-rows="${drugs.length}" data-sort="201906021000|${facility}" data-last="2019-06-30">${drugs.map((d, i) => row(facility, `2019060${i + 1}`, d)).join("")}</script>`;
		await page.route("**/views/**", async (route) => {
			const facility = /views\/\w+\/(\w+)/.exec(route.request().url())[1];
			const answer = await route.fetch();
			const folded = { [CHUO]: year(CHUO, "古い薬甲", "古い薬乙"), [MINAMI]: year(MINAMI, "古い薬丙") }[facility] ?? "";
			await route.fulfill({ response: answer, body: (await answer.text()) + folded });
		});
		await page.goto(`${server.url}/ja/medications.html`);
		await page.waitForLoadState("networkidle");
		assert.equal(await page.getByText("2019年の").count(), 2, "one row of both facilities");
		assert.equal(
			await page.locator("#medications").getByRole("button", { name: "2019年" }).count(),
			0,
			"not within a year",
		);
		assert.match(
			await page.locator("#medications").locator("xpath=ancestor::section").locator(".earlier").textContent(),
			/\d+件を隠しています/,
		);
		await page.locator("[data-courses-span] [data-span=all]").click();
		await page.emulateMedia({ media: "print" });
		assert.ok(await page.getByText("2019年の3件は開いていないため、ここには含まれません。").isVisible());
		await page.emulateMedia({ media: "screen" });
		await axe(page);
		await page.getByRole("button", { name: "2019年の3件を開く" }).press("Enter");
		assert.equal(await page.locator("#medications tr.folded").count(), 0);
		assert.deepEqual(
			await page.locator("#medications tr:visible th[scope=row]", { hasText: "古い薬" }).allTextContents(),
			["古い薬乙", "古い薬丙", "古い薬甲"],
		);
		assert.match(
			await page.evaluate(() => document.activeElement?.textContent ?? ""),
			/古い薬乙|古い薬丙/,
			"the focus is in what was opened",
		);
		await context.close();
	});
}

/** Most bars of drugs are too narrow for words: what they mean is said beside them, or on asking. */
export async function courses({ browser, server, check, axe }) {
	await check("a bar tells dose, days and facility to mouse, keyboard and finger, and goes by Esc", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/medications.html");
		const about = page.locator(".course-about");
		const said = async () =>
			(await about.isVisible()) ? (await about.locator("b, p").allTextContents()).join(" ") : "";
		assert.equal(await page.locator("#courses .course[tabindex='0']").count(), 1, "one stop of the Tab key");
		await page.locator("[data-courses-span] [data-span=all]").focus();
		await page.keyboard.press("Tab");
		assert.match(await said(), /^1日 .+ \d{4}\/\d\d\/\d\d – \d{4}\/\d\d\/\d\d .*病院/);
		await axe(page);
		const first = await said();
		await page.keyboard.press("ArrowDown");
		assert.notEqual(await said(), first);
		assert.equal(await page.locator("#courses .course[tabindex='0']").count(), 1);
		const clear = await page.evaluate(() => {
			const box = document.querySelector(".course-about").getBoundingClientRect();
			const bar = document.activeElement.getBoundingClientRect();
			return box.left >= 0 && box.right <= innerWidth && (box.top >= bar.bottom || box.bottom <= bar.top);
		});
		assert.ok(clear, "it is on the screen and covers not what it speaks of");
		await page.keyboard.press("Escape");
		assert.equal(await said(), "");
		const tick = page.locator("#courses rect.course[width='4']").first();
		await tick.scrollIntoViewIfNeeded();
		const at = await tick.boundingBox();
		await page.mouse.move(at.x + 12, at.y + 7);
		await about.waitFor();
		assert.equal(
			(await said()).replace(/\n/g, " "),
			await tick.getAttribute("aria-label"),
			"near a mark is at the mark",
		);
		await about.hover();
		await page.waitForTimeout(500);
		assert.ok(await about.isVisible(), "the mouse can go to it");
		await page.mouse.move(2, 2);
		await about.waitFor({ state: "hidden" });
		await page.mouse.click(at.x - 6, at.y + 7);
		await about.waitFor();
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("words of narrow bars stand beside them, and on paper at their drug", async () => {
		const { page, close } = await open(browser, server, "/ja/medications.html");
		const beside = page.locator("#courses .course-beside");
		assert.ok((await beside.count()) > 0);
		const over = await page.evaluate(
			() =>
				[...document.querySelectorAll("#courses svg")].flatMap((chart) => {
					const marks = [...chart.querySelectorAll(".course")].map((m) => m.getBoundingClientRect());
					return [...chart.querySelectorAll(".course-beside")].filter((text) => {
						const t = text.getBoundingClientRect();
						const on = marks.some((m) => m.left < t.right && m.right > t.left && m.top < t.bottom && m.bottom > t.top);
						return on || t.right > chart.getBoundingClientRect().right + 1;
					});
				}).length,
		);
		assert.equal(over, 0, "they lie over no bar and within the chart");
		await page.setViewportSize({ width: 390, height: 844 });
		await page.waitForFunction(() => document.querySelector("#courses .axis-unnamed"));
		const named = await page.evaluate(() => {
			const all = [...document.querySelectorAll("#courses .axis:not(.axis-unnamed)")].map((m) =>
				m.getBoundingClientRect(),
			);
			return { months: all.length, over: all.filter((m, i) => i > 0 && m.left < all[i - 1].right).length };
		});
		assert.ok(named.months > 1 && named.over === 0, "names of months lie over each other on a telephone");
		await page.emulateMedia({ media: "print" });
		assert.ok(await page.locator(".course-latest").first().isVisible());
		assert.ok(!(await beside.first().isVisible()));
		await close();
	});
}

/** What was ordered and what was given of it are one line; what is only one of them says so. */
export async function givings({ browser, server, check, axe }) {
	await check("an injection that was ordered and given is one line and one mark", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/medications.html");
		const rows = page.locator("#injections tr");
		assert.equal(await rows.count(), 10, "nine given and one that is only ordered, of nineteen documents");
		const states = await rows.locator("td:nth-child(5)").allTextContents();
		const said = states.map((s) => s.replace(/\s+/g, " ").trim());
		assert.match(said[0], /^オーダ 実施記録なし 架空 医師$/);
		assert.match(said[1], /^実施 架空 看護師 ?オーダ 2026\/09\/16 10:00 架空 医師$/);
		assert.equal(
			said.filter((s) => /オーダ内容 生理食塩液100mL 1 ?袋、フロセミド注20mg 1 ?管/.test(s)).length,
			1,
			"what was ordered otherwise",
		);
		assert.equal(said.filter((s) => /オーダ記録なし/.test(s)).length, 1, "what was given without an order");
		assert.equal(await page.locator("#courses .course-open").count(), 2, "one for each drug of what is only ordered");
		assert.match(
			await page.locator("#courses .course-open").first().getAttribute("aria-label"),
			/オーダ\(実施記録なし\)/,
		);
		await axe(page);
		assert.deepEqual(complaints, []);
		await close();
	});
	await check("an examination leads to its report, and back", async () => {
		const { page, complaints, close } = await open(browser, server, "/ja/exams.html");
		const report = page.getByRole("link", { name: "レポート CT検査レポート" });
		const exam = page.getByRole("link", { name: "検査 胸部CT(単純)" });
		assert.deepEqual([await report.count(), await exam.count()], [1, 1]);
		const of = (link) => link.evaluate((a) => a.closest("tr").querySelector("a").getAttribute("href"));
		assert.equal(await report.getAttribute("href"), await of(exam));
		assert.equal(await exam.getAttribute("href"), await of(report));
		await report.press("Enter");
		await page.locator("#panel .item").first().waitFor();
		await axe(page);
		assert.deepEqual(complaints, []);
		await close();
	});
}
