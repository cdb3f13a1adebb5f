// What every check needs: fixture pages drawn by Go, served, and a browser to open them.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { photo, printed } from "./files.mjs";
import { serve } from "./serve.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Facilities of the fixture pages. */
export const CHUO = "aaaaaaaaaaaaaaaaaaaaaaaaa2";
export const MINAMI = "aaaaaaaaaaaaaaaaaaaaaaaaa3";
export const RYOKUFU = "aaaaaaaaaaaaaaaaaaaaaaaaa4";

/** Nothing but the page itself: no updates, no reports, no network of the browser's own. */
export const FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** Runs work with a server of fixtures and a browser; skips aloud where there is no browser. */
export async function withFixtures(work) {
	if (!existsSync(CHROMIUM)) {
		console.log(`skipped: no Chromium at ${CHROMIUM}`);
		process.exitCode = process.env.MIZUHIKI_NO_SKIP ? 1 : 0;
		return;
	}
	const pages = mkdtempSync(join(tmpdir(), "mizuhiki-pages-"));
	// A build while the checks run would take the files away that the pages name.
	const dist = join(pages, "dist");
	cpSync(join(root, "web", "dist"), dist, { recursive: true });
	for (const surface of ["./internal/center/portal/page", "./internal/gateway/console/page"]) {
		execFileSync("go", ["test", surface, "-count=1", "-run", "TestRender_everyPage", "-render", pages], {
			cwd: root,
			stdio: "inherit",
		});
	}
	const server = await serve(pages, dist);
	const browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: FLAGS,
	});
	server.file(0, "application/pdf", await printed(browser));
	server.file(1, "image/jpeg", await photo(browser));
	try {
		await work({ browser, server, pages });
	} finally {
		await browser.close();
		server.close();
		rmSync(pages, { recursive: true });
	}
}

/** Opens a page of fixtures and gathers whatever the browser complains about. */
export async function open(browser, server, path, viewport = { width: 1366, height: 768 }) {
	const context = await browser.newContext({ viewport, locale: "ja-JP", timezoneId: "Asia/Tokyo" });
	context.setDefaultTimeout(10_000);
	const page = await context.newPage();
	const complaints = [];
	page.on("console", (m) => {
		if (m.type() === "error" || m.type() === "warning") {
			complaints.push(m.text());
		}
	});
	page.on("pageerror", (e) => complaints.push(String(e)));
	await page.goto(`${server.url}${path}`);
	await page.waitForLoadState("networkidle");
	return { page, complaints, close: () => context.close() };
}
