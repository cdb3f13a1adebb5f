// Pictures of all fixture pages, for people to look at: node check/shots.mjs DIR [NAME…]
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { open, withFixtures } from "./browser.mjs";

const [dir = "shots", ...only] = process.argv.slice(2);
const CHUO = "aaaaaaaaaaaaaaaaaaaaaaaaa2";
const MINAMI = "aaaaaaaaaaaaaaaaaaaaaaaaa3";
const SIZES = [
	{ width: 1366, height: 768 },
	{ width: 1920, height: 1080 },
];

/** What a reader would do on a page before the picture is taken. */
const actions = {
	timeline: (page) => page.locator("[data-open]:visible").nth(12).click(),
	"timeline-list": (page) => page.locator("[data-open]:visible").nth(2).click(),
	labs: async (page) => {
		for (const name of ["クレアチニン", "HbA1c"]) {
			await page
				.getByRole("button", { name: new RegExp(`^${name}`) })
				.first()
				.click();
		}
	},
	notes: async (page) => {
		await page.locator(`[data-open][href*="${CHUO}"]:visible`).nth(1).click();
	},
	"notes-kinds": async (page) => {
		await page.locator(`[data-open][href*="${MINAMI}"]:visible`).first().click();
		await page.locator(".pdf-page canvas").first().waitFor();
	},
	exams: (page) => page.locator("[data-open]:visible").nth(1).click(),
	"links-none": (page) => page.keyboard.press("?"),
};

await withFixtures(async ({ browser, server, pages }) => {
	mkdirSync(dir, { recursive: true });
	const names = readdirSync(join(pages, "ja")).map((f) => f.replace(/\.html$/, ""));
	for (const name of names.filter(
		(n) => !n.startsWith("part-") && !n.startsWith("items") && (only.length === 0 || only.includes(n)),
	)) {
		for (const size of SIZES) {
			const { page, complaints, close } = await open(browser, server, `/ja/${name}.html`, size);
			await page.screenshot({ path: join(dir, `${name}-${size.width}.png`) });
			if (actions[name]) {
				await actions[name](page);
				await page.waitForTimeout(600);
				await page.screenshot({ path: join(dir, `${name}-act-${size.width}.png`) });
			}
			for (const c of complaints) {
				console.log(`${name}: ${c}`);
			}
			await close();
		}
	}
});
