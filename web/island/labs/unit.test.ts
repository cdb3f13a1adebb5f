import { expect, test } from "vitest";
import { build, type Lab, type Row, series } from "./model.ts";
import { axes, exponent } from "./unit.ts";

test.each<[string, string, number | undefined]>([
	["/uL", "10*3/uL", -3],
	["10*4/uL", "10*3/uL", 1],
	["10^3/μL", "×10*9/L", 0],
	["/mm3", "/uL", 0],
	["×10³/µL", "10*3/uL", 0],
	["10¹²/L", "10*6/uL", 0],
	["万/μL", "10*4/uL", 0],
	["千/μL", "/uL", 3],
	["10e3/uL", "10**3/uL", 0],
	["103/uL", "10*3/uL", undefined],
	["mcg/mL", "µg/mL", 0],
	["pg/L", "ng/L", -3],
	["mg/dL", "g/L", -2],
	["ng/mL", "pg/mL", 3],
	["umol/L", "mmol/L", -3],
	["U/L", "Ｕ／Ｌ", 0],
	["%", "/1000", 1],
	["sec", "秒", 0],
	["mIU/mL", "[iU]/L", 0],
	["mg/dL", "umol/L", undefined],
	["U/L", "IU/L", undefined],
	["mEq/L", "mmol/L", undefined],
	["%", "mmol/mol", undefined],
	["sec", "%", undefined],
	["", "mg/dL", undefined],
	["点", "mg/dL", undefined],
	["", "", 0],
	["点", "点", 0],
])("%s to %s", (from, to, want) => {
	const got = exponent(from, to);
	expect(got === undefined ? undefined : got + 0).toBe(want);
});

const lab = (facility: string, number: number, unit: string, more: Partial<Lab> = {}): Lab => ({
	facility,
	item: "i",
	at: "202611010815",
	key: "2A010|019",
	method: `${facility}|${unit}`,
	name: "白血球数",
	panel: "blood",
	order: "1",
	value: String(number),
	number,
	unit,
	...more,
});
const row = (labs: Lab[]): Row => build(labs).panels[0]?.rows[0] as Row;

test("a leukocytosis of one laboratory does not lie on the zero line of another", () => {
	const [axis, ...more] = axes(
		series(
			row([
				lab("a", 13.9, "10*3/uL", { low: 3.3, high: 8.6 }),
				lab("a", 11, "10*3/uL", { at: "20260901" }),
				lab("b", 6000, "/uL", { low: 3300, high: 8600 }),
			]),
		),
	);
	expect(more).toEqual([]);
	expect(axis?.unit).toBe("10*3/uL");
	expect(axis?.series.map((s) => s.points.map((p) => p.y))).toEqual([[11, 13.9], [6]]);
	expect(axis?.series.map((s) => [s.low, s.high])).toEqual([
		[3.3, 8.6],
		[3.3, 8.6],
	]);
	expect(axis?.converted.map((s) => s.facility)).toEqual(["b"]);
	expect(axis?.converted[0]?.points[0]?.lab.value).toBe("6000");
});

test("units that nothing exact joins have an axis each", () => {
	const all = axes(series(row([lab("a", 0.9, "mg/dL"), lab("b", 80, "umol/L"), lab("c", 3, "")])));
	expect(all.map((a) => [a.unit, a.series.length, a.converted.length])).toEqual([
		["mg/dL", 1, 0],
		["umol/L", 1, 0],
		["", 1, 0],
	]);
});

test("the words of a unit are written differently without being converted", () => {
	const [axis] = axes(series(row([lab("a", 24, "U/L"), lab("b", 30, "Ｕ/Ｌ")])));
	expect([axis?.series.length, axis?.converted.length]).toEqual([2, 0]);
});
