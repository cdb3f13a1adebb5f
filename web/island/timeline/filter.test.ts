import { expect, test } from "vitest";
import { admits, any, count, type Doc, type Filters, ordered, read, toggle, write } from "./filter.ts";

const docs: Doc[] = [
	{ k: "lab", f: "a", d: "01", a: true },
	{ k: "lab", f: "b", d: "01" },
	{ k: "prescription", f: "a", d: "10" },
];
const none: Filters = { kinds: [], facility: [], department: [], abnormal: false };

test.each<[string, Partial<Filters>, number]>([
	["no filter", {}, 3],
	["a kind", { kinds: ["lab"] }, 2],
	["two kinds", { kinds: ["lab", "prescription"] }, 3],
	["a kind at a facility", { kinds: ["lab"], facility: ["a"] }, 1],
	["a department", { department: ["10"] }, 1],
	["only abnormal", { abnormal: true }, 1],
	["what nobody has", { facility: ["z"] }, 0],
])("admits by %s", (_name, change, want) => {
	expect(docs.filter((d) => admits({ ...none, ...change }, d)).length).toBe(want);
});

test("counts say what a choice would show", () => {
	const f = { ...none, facility: ["a"], kinds: ["prescription"] };
	expect(count(docs, f, "kinds", "lab")).toBe(1);
	expect(count(docs, f, "facility", "b")).toBe(0);
	expect(count(docs, none, "abnormal", "1")).toBe(1);
});

test("filters survive the URL and defaults leave it", () => {
	const f = toggle(toggle(toggle(none, "kinds", "lab"), "kinds", "allergy"), "abnormal", "1");
	const params = new URLSearchParams("span=1m");
	write(f, params);
	expect(params.toString()).toBe("span=1m&kinds=lab%2Callergy&abnormal=1");
	expect(read(params)).toEqual(f);
	write(toggle(toggle(toggle(f, "kinds", "lab"), "kinds", "allergy"), "abnormal", "1"), params);
	expect(params.toString()).toBe("span=1m");
	expect(any(read(params))).toBe(false);
});

test("an order is no result: kinds count it apart", () => {
	const both: Doc[] = [...docs, { k: "lab", f: "a", d: "01", o: true }];
	expect(count(both, none, "kinds", "lab")).toBe(2);
	expect(ordered(both, none, "lab")).toBe(1);
	expect(count(both, none, "facility", "a")).toBe(3);
});
