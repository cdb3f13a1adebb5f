/** A text as a string of CSS: nothing in a name can end it. */
export function quote(text: string): string {
	return `"${text.replace(/[^\p{L}\p{N} .,:/()-]/gu, (c) => `\\${(c.codePointAt(0) ?? 0).toString(16)} `)}"`;
}

/** The rule that puts a text at the head of every printed page, and which page it is of how many. */
export const pageRule = (text: string): string =>
	`@page { margin-top: 20mm; @top-left { content: ${quote(text)}; font-size: 9pt; } @top-right { content: counter(page) " / " counter(pages); font-size: 9pt; } }`;
