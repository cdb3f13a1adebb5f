import { expect, test } from "vitest";
import type { Lab, Series } from "./model.ts";
import { graphs, measure } from "./unit.ts";

const series = (facility: string, unit: string, ys: number[], low?: number, high?: number): Series => ({
	method: `${facility}|${unit}`,
	facility,
	unit,
	low,
	high,
	points: ys.map((y, i) => ({ x: i + 1, y, lab: { unit } as Lab })),
});

test.each([
	["/uL", "/l", 6],
	["/μL", "/l", 6],
	["/mm3", "/l", 6],
	["10*2/uL", "/l", 8],
	["10*3/uL", "/l", 9],
	["×10^3/µL", "/l", 9],
	["10*4/uL", "/l", 10],
	["10*9/L", "/l", 9],
	["10*12/L", "/l", 12],
	["g/dL", "g/l", 1],
	["g/L", "g/l", 0],
	["mg/dL", "g/l", -2],
	["ug/mL", "g/l", -3],
	["ng/mL", "g/l", -6],
	["mmol/L", "mol/l", -3],
	["umol/L", "mol/l", -6],
	["mEq/L", "eq/l", -3],
	["U/L", "u/l", 0],
	["mIU/mL", "iu/l", 0],
	["[IU]/mL", "iu/l", 3],
	["%", "%", 0],
	["", "", 0],
	["sec", "sec", 0],
	["mL/min/1.73m2", "mL/min/1.73m2", 0],
	["Mg/dL", "Mg/dL", 0], // mega is no milli
])("%s measures %s by 10^%i", (unit, of, power) => {
	expect(measure(unit)).toEqual({ of, power });
});

test("counts of different powers share an axis in the unit of the newest result", () => {
	const [one, ...more] = graphs([
		series("a", "/uL", [6000, 5900], 3300, 8600),
		series("b", "10*3/uL", [11, 12.5, 13.9], 3.3, 8.6),
	]);
	expect(more).toEqual([]);
	expect(one?.unit).toBe("10*3/uL");
	expect(one?.series.map((s) => [s.low, s.high, s.points.map((p) => p.y)])).toEqual([
		[3.3, 8.6, [6, 5.9]],
		[3.3, 8.6, [11, 12.5, 13.9]],
	]);
	expect(one?.converted.map((s) => s.facility)).toEqual(["a"]);
	expect(one?.series[0]?.points[0]?.lab.unit).toBe("/uL"); // the result stays as it was reported
});

test("what no power of ten leads to has a graph of its own", () => {
	const got = graphs([
		series("a", "mg/dL", [1]),
		series("b", "umol/L", [88]),
		series("c", "g/L", [0.01]),
		series("d", "", [1]),
	]);
	expect(got.map((g) => [g.unit, g.series.map((s) => s.facility)])).toEqual([
		["mg/dL", ["a", "c"]],
		["umol/L", ["b"]],
		["", ["d"]],
	]);
	expect(got[0]?.series[1]?.points[0]?.y).toBe(1);
});
