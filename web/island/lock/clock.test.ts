import { expect, test } from "vitest";
import { Clock } from "./clock.ts";

const MINUTE = 60_000;

function started(minutes = 15): Clock {
	const c = new Clock();
	c.heard(0, minutes * MINUTE);
	return c;
}

test("warns two minutes before the lock, not earlier", () => {
	const c = started();
	expect(c.warns(13 * MINUTE - 1)).toBe(false);
	expect(c.warns(13 * MINUTE)).toBe(true);
	expect(c.next(0)).toBe(13 * MINUTE);
	expect(c.next(13 * MINUTE)).toBe(1000);
	expect(c.left(14 * MINUTE)).toBe(MINUTE);
});

test("a short time has a short warning", () => {
	const c = started(3);
	expect(c.warns(2 * MINUTE - 1)).toBe(false);
	expect(c.warns(2 * MINUTE)).toBe(true);
});

test("nothing is left after the lock", () => {
	expect(started().left(20 * MINUTE)).toBe(0);
	expect(started().next(20 * MINUTE)).toBe(0);
});

test("what the server says counts, also when another tab was in use", () => {
	const c = started();
	c.heard(13 * MINUTE, 14 * MINUTE);
	expect(c.warns(20 * MINUTE)).toBe(false);
	expect(c.warns(25 * MINUTE)).toBe(true);
});

test("a page that opens late in the time still warns of the whole", () => {
	const c = new Clock();
	c.heard(0, 30_000);
	c.heard(1000, 15 * MINUTE);
	expect(c.warns(10 * MINUTE)).toBe(false);
	expect(c.warns(13 * MINUTE + 1000)).toBe(true);
});

test("hands are told once a minute", () => {
	const c = started();
	expect([0, 30, 59, 60, 61, 119, 121].filter((s) => c.tells((s + 100) * 1000))).toEqual([0, 60, 121]);
});
