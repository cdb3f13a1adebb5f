import { expect, test } from "vitest";
import { within } from "./within.ts";

test.each([
	["ended before", "2025-11-26", "2025-11-27", false],
	["ended on its first day", "2025-11-27", "2025-11-27", true],
	["still taken", "2026-01-20", "2025-11-27", true],
	["no day is known", "", "2025-11-27", true],
	["all time", "2019-01-01", "", true],
])("what %s is within the span: %s from %s is %s", (_, last, from, want) => {
	expect(within(last, from)).toBe(want);
});
