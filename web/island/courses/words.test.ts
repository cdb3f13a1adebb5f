import { expect, test } from "vitest";
import { type Mark, placeWords } from "./words.ts";

const bar = (left: number, right: number, ...words: string[]): Mark => ({ left, right, words });
const ten = (words: string): number => 10 * words.length;

test.each<[string, Mark[], (string | undefined)[]]>([
	["what fits stands inside, the fullest first", [bar(0, 100, "1日1錠 朝", "1日1錠")], ["5 in 1日1錠 朝"]],
	["or what is shorter", [bar(0, 60, "1日1錠 朝食", "1日1錠")], ["5 in 1日1錠"]],
	["a narrow one says it at its right", [bar(0, 10, "1日1錠 朝食", "1錠")], ["14 out 1錠"]],
	["at the end at its left", [bar(190, 200, "1錠")], ["166 out 1錠"]],
	["before another at its left", [bar(100, 104, "1錠"), bar(110, 200, "1日1錠")], ["76 out 1錠", "115 in 1日1錠"]],
	["or not at all", [bar(0, 4, "1錠"), bar(10, 14, "1錠"), bar(20, 24, "1錠")], [undefined, undefined, "28 out 1錠"]],
	[
		"not over words that stand there",
		[bar(40, 44, "1錠"), bar(100, 104, "2錠"), bar(110, 114, "3錠")],
		["48 out 1錠", "76 out 2錠", "118 out 3錠"],
	],
	["not beside a bar that goes on behind it", [bar(0, 190, "1日1錠"), bar(50, 54, "2錠")], ["5 in 1日1錠", undefined]],
	["a series of one dose says it once", [bar(100, 104, "1錠"), bar(110, 114, "1錠")], [undefined, "118 out 1錠"]],
	["no words", [bar(0, 4)], [undefined]],
])("%s", (_name, marks, want) => {
	expect(placeWords(marks, 200, ten).map((p) => p && `${p.x} ${p.inside ? "in" : "out"} ${p.words}`)).toEqual(want);
});
