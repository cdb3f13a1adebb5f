// What only a browser can tell of what all pages have, and of forms and dialogs.
import assert from "node:assert/strict";
import { open } from "./browser.mjs";

export async function keys({ browser, server, check, axe }) {
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

/** On paper: no tools, and every page's head says whose record it is and who printed it. */
export async function paper({ browser, server, check }) {
	await check("a page prints without its tools, with a head on every sheet", async () => {
		const { page, close } = await open(browser, server, "/ja/timeline-list.html");
		await page.emulateMedia({ media: "print" });
		assert.equal(await page.locator(".tabs:visible, .filters:visible, .tools:visible, main button:visible").count(), 0);
		const rule = await page.evaluate(() => document.adoptedStyleSheets[0]?.cssRules[0]?.cssText ?? "");
		assert.match(rule, /@top-left \{ content: "髙橋 花子 患者ID 0004711 さくら内科クリニック 佐藤 健一 印刷 \d/);
		await close();
	});
}

export async function registration({ browser, server, check, axe }) {
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
