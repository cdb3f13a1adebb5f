/** Where each incoming key belongs among keys that are sorted in descending order. Equal keys come after those that stand. */
export function place(sorted: readonly string[], key: string): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] as string) >= key) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sortOf = (e: Element): string => e.getAttribute("data-sort") ?? "";

/**
 * Merges rows of one facility among those of the others, newest first. Rows with a
 * data-key take the place of those that have the same one; nothing else moves, so that
 * focus and scroll stay where the reader has them.
 */
export function merge(into: Element, rows: readonly Element[]): void {
	const keys = new Set(rows.map((r) => r.getAttribute("data-key")).filter((k) => k !== null));
	for (const old of [...into.children]) {
		const key = old.getAttribute("data-key");
		if (key !== null && keys.has(key)) {
			old.remove();
		}
	}
	// Both in order, so that thousands of rows need one look at each: of the browser's list of
	// children every change would make it count anew.
	const standing = [...into.children];
	const sorted = standing.map(sortOf);
	const ordered = rows.map((row) => ({ row, sort: sortOf(row) })).sort((a, b) => compare(b.sort, a.sort));
	for (const { row, sort } of ordered) {
		into.insertBefore(row, standing[place(sorted, sort)] ?? null);
	}
}
