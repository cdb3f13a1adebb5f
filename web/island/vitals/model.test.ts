import { describe, expect, it } from "vitest";
import { CHARTS, type Chart, lines, scale, seconds, span, type Vital } from "./model.ts";

const vital = (at: string, sign: Vital["sign"], number: number, facility = "a"): Vital => ({
	at,
	sign,
	number,
	facility,
});
const chart = (key: Chart["key"]): Chart => CHARTS.find((c) => c.key === key) as Chart;
const ALL: [number, number] = [0, 1e12];

describe("seconds", () => {
	it("takes times as Japan's", () => {
		expect(seconds("202611250900")).toBe(Date.UTC(2026, 10, 25, 0, 0) / 1000);
	});
	it("puts a day without a time at its noon", () => {
		expect(seconds("20261125")).toBe(seconds("202611251200"));
	});
	it("keeps hours past midnight, as wards write them", () => {
		expect(seconds("202611242530")).toBe(seconds("202611250130"));
	});
	it.each(["", "2026", "20261325", "20261100", "x"])("%s is no time", (at) => {
		expect(seconds(at)).toBeUndefined();
	});
});

describe("lines", () => {
	it("never joins two facilities", () => {
		const got = lines([vital("20261101", "pulse", 70), vital("20261102", "pulse", 80, "b")], chart("pulse"), ...ALL);
		expect(got.map((l) => [l.facility, l.points.length])).toEqual([
			["a", 1],
			["b", 1],
		]);
	});
	it("draws both pressures on one chart, the upper first", () => {
		const all = [
			vital("20261101", "diastolic", 70),
			vital("20261101", "systolic", 120),
			vital("20261101", "pulse", 60),
		];
		expect(lines(all, chart("pressure"), ...ALL).map((l) => l.sign)).toEqual(["systolic", "diastolic"]);
	});
	it("sorts by time and keeps to the span", () => {
		const all = [vital("20261103", "pulse", 3), vital("20261101", "pulse", 1), vital("20261201", "pulse", 9)];
		const to = seconds("20261110") as number;
		expect(lines(all, chart("pulse"), 0, to)[0]?.points.map((p) => p.y)).toEqual([1, 3]);
	});
});

describe("scale", () => {
	it("is the ward's", () => {
		expect(
			scale(chart("temperature"), lines([vital("20261101", "temperature", 36.5)], chart("temperature"), ...ALL)),
		).toEqual([35, 40]);
	});
	it("never hides a value beyond it", () => {
		const got = lines(
			[vital("20261101", "temperature", 41.2), vital("20261102", "temperature", 33)],
			chart("temperature"),
			...ALL,
		);
		expect(scale(chart("temperature"), got)).toEqual([33, 41.2]);
	});
});

describe("a monitor's month", () => {
	it("has a span and a scale", () => {
		const day = (i: number): string => `202601${String(1 + (i % 28)).padStart(2, "0")}0900`;
		const all = Array.from({ length: 200_000 }, (_, i) => vital(day(i), "pulse", 60 + (i % 100)));
		expect(span(all, "all")).toEqual([seconds("202601010000"), seconds("202601290000")]);
		expect(scale(chart("pulse"), lines(all, chart("pulse"), ...ALL))).toEqual([40, 159]);
	});
});

describe("span", () => {
	const all = [vital("202601011000", "pulse", 1), vital("202601201000", "pulse", 2)];
	it("ends with the day of the last measurement", () => {
		expect(span(all, "7")[1]).toBe(seconds("202601210000") as number);
	});
	it("goes back as many days as are asked for", () => {
		const [from, to] = span(all, "7");
		expect(to - from).toBe(7 * 86_400);
	});
	it("is everything", () => {
		expect(span(all, "all")[0]).toBe(seconds("202601010000"));
	});
	it("is nothing for nothing", () => {
		expect(span([], "7")).toEqual([0, 0]);
	});
});
