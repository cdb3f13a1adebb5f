import { expect, test } from "vitest";
import { type Course, dayNumber, layOut, ticks } from "./layout.ts";

const course = (c: Partial<Course>): Course => ({
	key: "k",
	drug: "薬",
	start: "2026-01-01",
	end: "2026-01-28",
	dose: "1錠",
	kind: "prescription",
	facility: "a",
	item: "i",
	...c,
});
const all: [number, number] = [dayNumber("2025-01-01"), dayNumber("2027-01-01")];
const spans = (courses: Course[]) =>
	layOut(courses, ...all).map((r) => r.bars.map((b) => `${b.facility} ${b.start} ${b.end}`));

test.each<[string, Partial<Course>, string[]]>([
	["the next supply", { start: "2026-01-29", end: "2026-02-25" }, ["a 2026-01-01 2026-02-25"]],
	["one collected early", { start: "2026-01-25", end: "2026-02-21" }, ["a 2026-01-01 2026-02-21"]],
	["one a few days late", { start: "2026-02-02", end: "2026-03-01" }, ["a 2026-01-01 2026-03-01"]],
	[
		"one after a gap",
		{ start: "2026-03-01", end: "2026-03-28" },
		["a 2026-01-01 2026-01-28", "a 2026-03-01 2026-03-28"],
	],
	[
		"another dose",
		{ start: "2026-01-29", end: "2026-02-25", dose: "2錠" },
		["a 2026-01-01 2026-01-28", "a 2026-01-29 2026-02-25"],
	],
	[
		"one tablet of another strength",
		{ start: "2026-01-29", end: "2026-02-25", drug: "薬5mg" },
		["a 2026-01-01 2026-01-28", "a 2026-01-29 2026-02-25"],
	],
	["its name in another width", { start: "2026-01-29", end: "2026-02-25", drug: "薬 " }, ["a 2026-01-01 2026-02-25"]],
	[
		"another facility",
		{ start: "2026-01-29", end: "2026-02-25", facility: "b" },
		["a 2026-01-01 2026-01-28", "b 2026-01-29 2026-02-25"],
	],
	[
		"a single giving",
		{ start: "2026-01-29", end: "2026-01-29", tick: true },
		["a 2026-01-01 2026-01-28", "a 2026-01-29 2026-01-29"],
	],
])("a bar and %s", (_name, next, want) => {
	expect(spans([course(next), course({})])).toEqual([want]);
});

test("rows: what is still given stands first, one drug of two facilities is one row", () => {
	const rows = layOut(
		[
			course({ key: "old", drug: "旧" }),
			course({ key: "new", drug: "新", start: "2026-11-01", end: "2026-11-28" }),
			course({ key: "new", drug: "新", facility: "b" }),
		],
		...all,
	);
	expect(rows.map((r) => [r.drug, r.facilities])).toEqual([
		["新", ["b", "a"]],
		["旧", ["a"]],
	]);
});

test("rows outside the span are left out", () => {
	expect(layOut([course({})], dayNumber("2026-06-01"), dayNumber("2026-12-01"))).toEqual([]);
});

test("ticks name the year where it begins", () => {
	const got = ticks(dayNumber("2025-11-15"), dayNumber("2026-03-01")).map((t) => t.label);
	expect(got).toEqual(["2025/12", "2026/1", "2"]);
});

test("one name in two widths, with and without a code, is one row; two products of one system are two", () => {
	const name = "ロキソプロフェンＮａ錠６０ｍｇ";
	const rows = (courses: Course[]): number => layOut(courses, ...all).length;
	expect(
		rows([course({ key: "yj:1149019F1", drug: name }), course({ key: "name:x", drug: name.normalize("NFKC") })]),
	).toBe(1);
	expect(rows([course({ key: "yj:1149019F1", drug: name }), course({ key: "hot:1", drug: name })])).toBe(1);
	expect(rows([course({ key: "yj:1149019F1", drug: name }), course({ key: "yj:2", drug: name })])).toBe(2);
	expect(rows([course({ key: "yj:1149019F1", drug: name }), course({ key: "yj:1149019F1", drug: "別の名" })])).toBe(1);
});

test.each([
	[["hot:1", "name:x", "hot:2"], 3],
	[["hot:1", "hot:2", "name:x"], 3],
	[["name:x", "hot:1", "hot:2"], 3],
	[["name:x", "yj:9", "hot:1"], 1],
])("one name under the keys %j is %d rows, in whatever order", (keys, want) => {
	expect(
		layOut(
			keys.map((key) => course({ key })),
			...all,
		).length,
	).toBe(want);
});

test("a raised digit is no digit of a name", () => {
	expect(
		layOut([course({ key: "hot:1", drug: "甲10⁶単位" }), course({ key: "name:x", drug: "甲106単位" })], ...all).length,
	).toBe(2);
});
