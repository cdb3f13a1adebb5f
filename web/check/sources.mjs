// What only a browser can tell of the strip of sources: parts that come late, fail or are withdrawn.
import assert from "node:assert/strict";
import { MINAMI, RYOKUFU } from "./browser.mjs";

const stateOf = (page, facility) => page.locator(`[data-source="${facility}"]`).getAttribute("data-state");

export async function sources({ browser, server, check }) {
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
export async function withdrawal({ browser, server, check }) {
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

export async function nothing({ browser, server, check }) {
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
