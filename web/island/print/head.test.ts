import { expect, test } from "vitest";
import { pageRule, quote } from "./head.ts";

test.each([
	["髙橋 花子 0004711", '"髙橋 花子 0004711"'],
	['a"b\\c', '"a\\22 b\\5c c"'],
	["a\n}b;{", '"a\\a \\7d b\\3b \\7b "'],
])("quote %j", (text, want) => {
	expect(quote(text)).toBe(want);
});

test("the rule names whose page it is", () => {
	expect(pageRule("甲")).toContain('@top-left { content: "甲";');
});
