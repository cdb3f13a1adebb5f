/** Where the words of bars go: into a bar that has room, else beside it as far as nothing stands there. */

export interface Mark {
	left: number; // in pixels, from the left of the chart
	right: number;
	words: readonly string[]; // from the fullest to the shortest; none may be empty
}

export interface Placed {
	x: number;
	words: string;
	inside: boolean;
}

const PAD = 4;

/**
 * Places the words of marks that stand in one line, in order of their beginning. Words are
 * written whole or not at all: a dose that is cut off is another dose. Beside a mark stands
 * the shortest only, right of it or, before what follows closely, left of it.
 */
export function placeWords(
	marks: readonly Mark[],
	width: number,
	measure: (words: string) => number,
): (Placed | undefined)[] {
	let taken = 0; // up to where something stands
	return marks.map((mark, i) => {
		const before = taken;
		taken = Math.max(taken, mark.right);
		const fits = mark.words.find((w) => measure(w) + 2 * PAD <= mark.right - mark.left);
		if (fits !== undefined) {
			return { x: mark.left + PAD + 1, words: fits, inside: true };
		}
		const words = mark.words.at(-1);
		if (words === undefined) {
			return undefined;
		}
		const room = measure(words) + 2 * PAD;
		if (before <= mark.right && mark.right + room <= Math.min(width, marks[i + 1]?.left ?? width)) {
			taken = mark.right + room;
			return { x: mark.right + PAD, words, inside: false };
		}
		// Before a mark stands what would be said of the next all the same: a series says it once.
		const again = marks[i + 1]?.words.at(-1) === words;
		return !again && before + room <= mark.left ? { x: mark.left - room + PAD, words, inside: false } : undefined;
	});
}
