import { expect, test } from "vitest";
import { build, choose, filter, type Lab, level, type Row, seconds, series } from "./model.ts";

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

test("filter keeps rows by name in any width and by flags in the columns shown", () => {
	const m = build([lab({ name: "ＡＳＴ", key: "ast" }), lab({ key: "cr", flag: "H" })]);
	const shown = new Set(m.columns.map((c) => c.key));
	expect(filter(m, "ast", false, shown).panels[0]?.rows.map((r) => r.key)).toEqual(["ast"]);
	expect(filter(m, "", true, shown).panels[0]?.rows.map((r) => r.key)).toEqual(["cr"]);
	expect(filter(m, "", true, new Set()).panels).toEqual([]);
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
