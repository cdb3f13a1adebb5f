// What only a browser can tell of opened files and of vital signs.
import assert from "node:assert/strict";
import { CHUO, MINAMI, open } from "./browser.mjs";
import { old, printed } from "./files.mjs";

export async function files({ browser, server, check, axe }) {
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

export async function vitals({ browser, server, check, axe }) {
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
