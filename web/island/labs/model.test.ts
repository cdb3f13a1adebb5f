import { expect, test } from "vitest";
import { build, choose, filter, type Lab, level, type Row, seconds, series, step, type Wish } from "./model.ts";

const lab = (l: Partial<Lab>): Lab => ({
	facility: "a",
	item: "i",
	at: "202611010815",
	key: "3C015|023",
	method: "a|1|mg/dL",
	name: "クレアチニン",
	panel: "kidney",
	order: "1",
	value: "0.9",
	number: 0.9,
	unit: "mg/dL",
	...l,
});
const onlyRow = (labs: Lab[]): Row => build(labs).panels[0]?.rows[0] as Row;

test("columns: newest left, laboratories of one day side by side", () => {
	const m = build([lab({ at: "20260101" }), lab({ facility: "b" }), lab({})]);
	expect(m.columns.map((c) => c.key)).toEqual(["202611010815|a", "202611010815|b", "20260101|a"]);
});

test("rows: one test of two laboratories is one row, a local code never joins", () => {
	const m = build([
		lab({}),
		lab({ facility: "b" }),
		lab({ key: "a:X1", local: true, panel: "local" }),
		lab({ key: "b:X1", local: true, panel: "local", facility: "b" }),
	]);
	expect(m.panels.map((p) => [p.panel, p.rows.length])).toEqual([
		["kidney", 1],
		["local", 2],
	]);
});

test("a row whose laboratories use different units has none of its own", () => {
	expect(onlyRow([lab({}), lab({})]).unit).toBe("mg/dL");
	expect(onlyRow([lab({}), lab({ facility: "b", unit: "umol/L" })]).unit).toBe("");
});

test("two results of one column are both kept", () => {
	const row = onlyRow([lab({ value: "0.9" }), lab({ value: "1.0" })]);
	expect(row.cells.get("202611010815|a")?.map((l) => l.value)).toEqual(["0.9", "1.0"]);
});

test.each([
	["H", "high"],
	["HH", "high"],
	["L", "low"],
	["A", "odd"],
	["", ""],
])("flag %s is drawn as %s", (flag, want) => {
	expect(level(lab({ flag }))).toBe(want);
});

test("series: unlike methods, units and laboratories are never joined", () => {
	const row = onlyRow([
		lab({}),
		lab({ at: "20260101", number: 0.8 }),
		lab({ facility: "b", method: "b|1|mg/dL" }),
		lab({ method: "a|2|mg/dL" }),
	]);
	expect(series(row).map((s) => s.points.length)).toEqual([2, 1, 1]);
});

test("series: oldest first, words left out, the band is the newest result's", () => {
	const row = onlyRow([
		lab({ low: 0.4, high: 0.8 }),
		lab({ at: "20260101", number: 0.7, low: 0.5, high: 1.0 }),
		{ ...lab({ at: "20250101", value: "溶血" }), number: undefined as unknown as number },
	]);
	const [s] = series(row);
	expect(s?.points.map((p) => p.y)).toEqual([0.7, 0.9]);
	expect([s?.low, s?.high]).toEqual([0.4, 0.8]);
});

test("filter keeps rows by name in any width, by panel and by flags in the columns shown", () => {
	const m = build([lab({ name: "ＡＳＴ", key: "ast", panel: "liver" }), lab({ key: "cr", flag: "H" })]);
	const every: Wish = { text: "", panel: "", abnormal: false, columns: new Set(m.columns.map((c) => c.key)) };
	const left = (wish: Partial<Wish>): string[] =>
		filter(m, { ...every, ...wish }).panels.flatMap((p) => p.rows.map((r) => r.key));
	expect(left({})).toEqual(["ast", "cr"]);
	expect(left({ text: " ast" })).toEqual(["ast"]);
	expect(left({ panel: "kidney" })).toEqual(["cr"]);
	expect(left({ abnormal: true })).toEqual(["cr"]);
	expect(left({ panel: "liver", abnormal: true })).toEqual([]);
	expect(left({ columns: new Set() })).toEqual([]);
});

test.each([
	["bun", "un"],
	["ＢＵＮ", "un"],
	["尿素", "un"],
	["ggt", "ggt"],
	["γgtp", "ggt"],
	["γ－ＧＴ", "ggt"],
	["gpt", "alt"],
	["ｸﾚｱﾁﾆﾝ", "cr"],
	["くれあちにん", "cr"],
	["cr", "cr crp"],
	["k", "k"],
	["ldl コレ", "ldl"],
	["xyz", ""],
])("filter finds tests by what people call them: %s", (text, want) => {
	const m = build([
		lab({ key: "un", name: "尿素窒素", also: ["BUN", "UN", "尿素窒素"] }),
		lab({ key: "ggt", name: "γ-GT", also: ["γ-GT", "γ-GTP", "GGT"] }),
		lab({ key: "alt", name: "ALT", also: ["ALT", "GPT"] }),
		lab({ key: "cr", name: "クレアチニン", also: ["Cr", "Cre"] }),
		lab({ key: "crp", name: "CRP", also: ["CRP"] }),
		lab({ key: "k", name: "カリウム", also: ["K"] }),
		lab({ key: "ck", name: "クレアチンキナーゼ", also: ["CK", "CPK"] }),
		lab({ key: "ldl", name: "LDL-コレステロール" }),
	]);
	const all = new Set(m.columns.map((c) => c.key));
	const left = filter(m, { text, panel: "", abnormal: false, columns: all }).panels.flatMap((p) =>
		p.rows.map((r) => r.key),
	);
	expect(left.sort().join(" ")).toBe(want);
});

// Columns: 11/01, 06/01, 01/01; ast has all three, cr lacks the middle one, k has the middle one only.
const grid = build([
	...["20261101", "20260601", "20260101"].map((at) => lab({ at, key: "ast", panel: "liver" })),
	...["20261101", "20260101"].map((at) => lab({ at, key: "cr" })),
	lab({ at: "20260601", key: "k", panel: "electro" }),
]);
test.each<[string, string, number, string, string, number]>([
	["right into the row", "ast", -1, "ArrowRight", "ast", 0],
	["right over a gap", "cr", 0, "ArrowRight", "cr", 2],
	["right at the end", "cr", 2, "ArrowRight", "cr", 2],
	["left to the name", "k", 1, "ArrowLeft", "k", -1],
	["down over a gap", "ast", 1, "ArrowDown", "k", 1],
	["down where nothing is", "cr", 2, "ArrowDown", "cr", 2],
	["up among names", "k", -1, "ArrowUp", "cr", -1],
	["home", "ast", 2, "Home", "ast", -1],
])("step %s", (_name, row, column, key, wantRow, wantColumn) => {
	expect(step(grid, { row, column }, key, 3)).toEqual({ row: wantRow, column: wantColumn });
});

test("step leaves other keys, rows that are gone and columns not shown alone", () => {
	expect(step(grid, { row: "ast", column: 0 }, "Enter", 3)).toBeUndefined();
	expect(step(grid, { row: "gone", column: 0 }, "ArrowUp", 3)).toBeUndefined();
	expect(step(grid, { row: "ast", column: 1 }, "ArrowRight", 2)).toEqual({ row: "ast", column: 1 });
});

test("seconds reads times of Japan", () => {
	expect(seconds("202611010900")).toBe(Date.UTC(2026, 10, 1, 0, 0) / 1000);
	expect(seconds("20261101")).toBe(Date.UTC(2026, 10, 1, 3, 0) / 1000);
});

test("choose holds five graphs", () => {
	const five = ["a", "b", "c", "d", "e"];
	expect(choose(five, "f")).toEqual(five);
	expect(choose(five, "c")).toEqual(["a", "b", "d", "e"]);
});
