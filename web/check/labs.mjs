// What only a browser can tell of laboratory results and what is written of them.
import assert from "node:assert/strict";
import { CHUO, open } from "./browser.mjs";

export async function labs({ browser, server, check, axe }) {
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

export async function cells({ browser, server, check, axe }) {
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

export async function written({ browser, server, check, axe }) {
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
