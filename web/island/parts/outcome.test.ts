import { expect, test, vi } from "vitest";
import { asked, nothing, type Outcome } from "./outcome.ts";

vi.mock("../text/text.ts", () => ({
	t: (key: string, params: Record<string, string> = {}) => [key, ...Object.values(params)].join(" "),
	list: (names: string[]) => names.join("+"),
}));

const outcome = (facility: string, came: boolean, ...kinds: string[]): Outcome => ({
	facility,
	name: facility.toUpperCase(),
	kinds,
	answered: came,
	came,
	lacking: [],
});

const lacks = (facility: string, kind: string): Outcome => ({ ...outcome(facility, true, "lab"), lacking: [kind] });

test.each<[string, Outcome[], string]>([
	["all have answered", [outcome("a", true, "lab"), outcome("b", true, "lab")], "no results"],
	["one is missing", [outcome("a", true, "lab"), outcome("b", false, "lab")], "none_answered B"],
	[
		"two are missing",
		[outcome("a", true, "lab"), outcome("b", false, "lab"), outcome("c", false, "lab")],
		"none_answered B+C",
	],
	["nobody has answered", [outcome("a", false, "lab"), outcome("b", false, "lab")], "none_fetched"],
	["nobody was asked", [], "none_shared"],
	["one has what cannot be read", [outcome("a", true, "lab"), lacks("b", "lab")], "none_unreadable B"],
	["one has what cannot be read, of another kind", [lacks("b", "allergy")], "no results"],
	[
		"one is missing, one has what cannot be read",
		[lacks("a", "lab"), outcome("b", false, "lab"), outcome("c", true, "lab")],
		"none_answered B+A",
	],
	["nobody shares the kind", [outcome("a", true, "injection")], "none_shared"],
	[
		"whoever is missing does not share the kind",
		[outcome("a", true, "lab"), outcome("b", false, "injection")],
		"no results",
	],
	[
		"whoever answered does not share the kind",
		[outcome("a", true, "injection"), outcome("b", false, "lab")],
		"none_fetched",
	],
])("nothing: %s", (_name, outcomes, want) => {
	expect(nothing(outcomes, ["lab"], "no results")).toBe(want);
});

test("nothing: a period of the record is not all of it", () => {
	vi.stubGlobal("document", { querySelector: () => ({ dataset: { since: "20241128" } }) });
	expect(nothing([outcome("a", true, "lab")], ["lab"], "no results")).toBe("none_period");
	expect(nothing([outcome("a", true, "lab"), outcome("b", false, "lab")], ["lab"], "no results")).toBe(
		"in_periodnone_answered B",
	);
	vi.unstubAllGlobals();
});

test("asked: any of the kinds, or all facilities", () => {
	const all = [outcome("a", true, "prescription"), outcome("b", true, "dispensing", "lab"), outcome("c", true)];
	expect(asked(all, ["prescription", "dispensing"]).map((o) => o.facility)).toEqual(["a", "b"]);
	expect(asked(all, []).length).toBe(3);
});
