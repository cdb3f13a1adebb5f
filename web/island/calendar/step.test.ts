import { expect, test } from "vitest";
import { type Grid, type Place, step } from "./step.ts";

const grid: Grid = [
	[2, 0, 1],
	[0, 0, 0],
	[1, 1, 3],
];
const at = (row: number, column: number, index = 0): Place => ({ row, column, index });

test.each<[string, Place, string, Place]>([
	["right over an empty cell", at(0, 0, 1), "ArrowRight", at(0, 2, 0)],
	["right at the end", at(0, 2), "ArrowRight", at(0, 2)],
	["left keeps its place in the cell", at(2, 2, 0), "ArrowLeft", at(2, 1, 0)],
	["left from the third of three", at(2, 2, 2), "ArrowLeft", at(2, 1, 0)],
	["left at the beginning", at(2, 0), "ArrowLeft", at(2, 0)],
	["down within a cell", at(0, 0, 0), "ArrowDown", at(0, 0, 1)],
	["down over an empty row", at(0, 0, 1), "ArrowDown", at(2, 0, 0)],
	["down at the bottom", at(2, 2, 2), "ArrowDown", at(2, 2, 2)],
	["up within a cell", at(2, 2, 2), "ArrowUp", at(2, 2, 1)],
	["up to the last of a cell", at(2, 0), "ArrowUp", at(0, 0, 1)],
	["up where nothing is", at(2, 1), "ArrowUp", at(2, 1)],
	["another key", at(0, 0), "Home", at(0, 0)],
])("step %s", (_name, from, key, want) => {
	expect(step(grid, from, key)).toEqual(want);
});
