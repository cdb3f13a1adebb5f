// What only a browser can tell of the fixture pages: accessibility, the content security
// policy, keys and the behaviour of the islands. Run: npm run test:browser
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { open, withFixtures } from "./browser.mjs";
import { files, vitals } from "./contents.mjs";
import { cells, labs, written } from "./labs.mjs";
import { courses, folds, givings, period } from "./medications.mjs";
import { keys, paper, registration } from "./shell.mjs";
import { nothing, sources, withdrawal } from "./sources.mjs";
import { calendar, calendarOnPaper, filters, panel } from "./timeline.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

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
