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
	const sorted = [...into.children].map(sortOf);
	for (const row of rows) {
		const at = place(sorted, sortOf(row));
		into.insertBefore(row, into.children[at] ?? null);
		sorted.splice(at, 0, sortOf(row));
	}
}
