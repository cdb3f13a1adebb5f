// What only a browser can tell of the timeline: its panel, arrow keys, filters, paper.
import assert from "node:assert/strict";
import { open } from "./browser.mjs";

export async function panel({ browser, server, check, axe }) {
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

export async function calendar({ browser, server, check }) {
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

export async function filters({ browser, server, check }) {
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

/** The newest months stand at the right: a sheet that ends before them says that nothing is new. */
export async function calendarOnPaper({ browser, server, check }) {
	await check("a calendar prints whole, across the sheet", async () => {
		const across = Math.floor(((297 - 2 * 12) / 25.4) * 96);
		const { page, close } = await open(browser, server, "/ja/timeline.html", { width: across, height: 700 });
		await page.emulateMedia({ media: "print" });
		const right = await page.evaluate(() => document.querySelector(".calendar").getBoundingClientRect().right);
		assert.ok(right <= across + 1, `the calendar ends at ${right} of ${across}`);
		await close();
	});
}
