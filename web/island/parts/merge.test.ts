import { expect, test } from "vitest";
import { merge, place } from "./merge.ts";

test.each([
	["into nothing", [], "2026", 0],
	["newest first", ["2025", "2024"], "2026", 0],
	["between", ["2026", "2024"], "2025", 1],
	["oldest last", ["2026", "2025"], "2024", 2],
	["behind its equals", ["2026", "2026", "2025"], "2026", 2],
])("place %s", (_name, sorted, key, want) => {
	expect(place(sorted, key)).toBe(want);
});

/** As much of an element as merge uses. */
class Row {
	children: Row[] = [];
	parent: Row | undefined;
	constructor(
		readonly sort: string,
		readonly key: string | null = null,
	) {}
	getAttribute(name: string): string | null {
		return name === "data-sort" ? this.sort : this.key;
	}
	remove(): void {
		this.parent?.children.splice(this.parent.children.indexOf(this), 1);
	}
	insertBefore(row: Row, before: Row | null): void {
		row.parent = this;
		this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, row);
	}
}

const run = (...parts: Row[][]): string[] => {
	const into = new Row("");
	for (const part of parts) {
		merge(into as unknown as Element, part as unknown as Element[]);
	}
	return into.children.map((r) => r.sort);
};

test("merge gives one order in whatever order the facilities answer", () => {
	const make = () => [
		["3a", "1a"].map((s) => new Row(s)),
		["2b", "4b"].map((s) => new Row(s)),
		["0c", "5c"].map((s) => new Row(s)),
	];
	const want = ["5c", "4b", "3a", "2b", "1a", "0c"];
	for (const order of [
		[0, 1, 2],
		[2, 1, 0],
		[1, 2, 0],
	]) {
		const parts = make();
		expect(run(...order.map((i) => parts[i] as Row[]))).toEqual(want);
	}
});

test("merge lets several rows take the place of one with their key", () => {
	const unfetched = [new Row("0", "f1"), new Row("0", "f2")];
	const answered = [new Row("9b", "f1"), new Row("9a", "f1")];
	expect(run(unfetched, answered)).toEqual(["9b", "9a", "0"]);
});
