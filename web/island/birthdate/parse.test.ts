import { expect, test } from "vitest";
import { age, both, parseDay } from "./parse.ts";

const april = { year: 1960, month: 4, day: 1 };

test.each([
	"1960-04-01",
	"19600401",
	"1960/4/1",
	"1960.4.1",
	"1960年4月1日",
	"S35.4.1",
	"s350401",
	"S35/04/01",
	"昭35.4.1",
	"昭和35年4月1日",
	" Ｓ３５．４．１ ",
	"１９６０年４月１日",
])("parseDay reads %s", (input) => {
	expect(parseDay(input)).toEqual(april);
});

test("parseDay reads the first year of an era", () => {
	expect(parseDay("令和元年5月1日")).toEqual({ year: 2019, month: 5, day: 1 });
});

test.each(["", "山田", "1960-13-01", "2023-02-29", "S64.1.8", "R1.4.30", "35.4.1", "196041"])(
	"parseDay refuses %s",
	(input) => {
		expect(parseDay(input)).toBeUndefined();
	},
);

test.each([
	[april, "昭和35年4月1日(1960/4/1)"],
	[{ year: 2019, month: 5, day: 1 }, "令和元年5月1日(2019/5/1)"],
	[{ year: 1870, month: 1, day: 1 }, "1870/1/1"],
])("both says %o in both calendars", (d, want) => {
	expect(both(d)).toBe(want);
});

test("age is full on the birthday", () => {
	expect(age(april, { year: 2026, month: 3, day: 31 })).toEqual({ years: 65, months: 11 });
	expect(age(april, { year: 2026, month: 4, day: 1 })).toEqual({ years: 66, months: 0 });
	expect(age(april, { year: 1960, month: 3, day: 31 })).toBeUndefined();
});
