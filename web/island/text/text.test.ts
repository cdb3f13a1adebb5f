import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PANELS } from "../labs/model.ts";
import { CHARTS } from "../vitals/model.ts";
import { fill } from "./text.ts";

const catalogue = readFileSync("../internal/center/portal/page/text_ja.go", "utf8");
const known = new Set([...catalogue.matchAll(/"js\.([\w.]+)":/g)].map((m) => m[1] as string));
// Keys that are put together while the page runs.
const made = [
	...PANELS.map((p) => `panel.${p}`),
	...CHARTS.map((c) => `vital_${c.key}`),
	"vital_systolic",
	"vital_diastolic",
	...["fetched", "fetching", "silent", "unshared"],
	// What went wrong with a passkey is passed on as a key.
	...["address", "cancelled", "exists", "failed", "silent"].map((trouble) => `passkey_${trouble}`),
];

function asked(): string[] {
	const files = readdirSync("island", { recursive: true, encoding: "utf8" });
	return files
		.filter((f) => /\.tsx?$/.test(f) && !f.includes(".test."))
		.flatMap((f) => [...readFileSync(join("island", f), "utf8").matchAll(/\bt\(\s*"([\w.]+)"/g)])
		.map((m) => m[1] as string);
}

test("every text that a script asks for is in the catalogue", () => {
	expect([...asked(), ...made].filter((key) => !known.has(key))).toEqual([]);
});

test("the catalogue has no text for scripts that none asks for", () => {
	const used = new Set([...asked(), ...made]);
	expect([...known].filter((key) => !used.has(key))).toEqual([]);
});

test("a text has the word that its number asks for", () => {
	const text = "{n} {n:second|seconds} of {of}{other}";
	expect(fill(text, { n: 1, of: 2 })).toBe("1 second of 2{other}");
	expect(fill(text, { n: 2, of: "{n}" })).toBe("2 seconds of {n}{other}");
});
