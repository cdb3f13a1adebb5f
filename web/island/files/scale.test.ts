import { describe, expect, it } from "vitest";
import { current, density, fitting, step } from "./scale.ts";

describe("step", () => {
	it.each([
		[1, true, 1.25],
		[1, false, 0.75],
		[1.1, true, 1.25],
		[1.1, false, 1],
		[4, true, 4],
		[0.5, false, 0.5],
		[0.3, false, 0.5],
	])("%s up %s gives %s", (from, up, want) => {
		expect(step(from, up)).toBe(want);
	});
});

describe("fitting", () => {
	it.each([
		[600, 900, 1.5],
		[600, 60, 0.25],
		[600, 60_000, 4],
		[0, 900, 1],
		[600, 0, 1],
	])("a page of %s in %s", (page, place, want) => {
		expect(fitting(page, place)).toBe(want);
	});
});

describe("density", () => {
	it("is the screen's for a page of paper", () => {
		expect(density(800, 1100, 2)).toBe(2);
	});
	it("stays within what a browser can hold", () => {
		const d = density(10_000, 10_000, 2);
		expect(10_000 * 10_000 * d * d).toBeLessThanOrEqual(16_000_001);
	});
});

describe("current", () => {
	it.each([
		[[0, 1000, 2000], 0, 600, 1],
		[[0, 1000, 2000], 750, 600, 2],
		[[0, 1000, 2000], 9000, 600, 3],
		[[], 0, 600, 1],
	])("pages at %s, scrolled %s of %s: %s", (tops, scrolled, height, want) => {
		expect(current(tops, scrolled, height)).toBe(want);
	});
});
