/**
 * The icon calendar as one stop of the Tab key: years of marks would otherwise stand
 * between the filters and whatever follows. Arrow keys go from mark to mark.
 */
import { type Place, step } from "./step.ts";

type Cells = HTMLElement[][][];

const visible = (e: HTMLElement): boolean => !e.hidden;

function read(calendar: HTMLElement): Cells {
	return [...calendar.querySelectorAll<HTMLTableRowElement>("tbody tr")].map((row) =>
		[...row.cells]
			.filter((cell) => cell.tagName === "TD")
			.map((cell) => [...cell.querySelectorAll<HTMLElement>(".ev")].filter(visible)),
	);
}

function find(cells: Cells, mark: Element): Place | undefined {
	for (const [row, columns] of cells.entries()) {
		for (const [column, marks] of columns.entries()) {
			const index = marks.indexOf(mark as HTMLElement);
			if (index >= 0) {
				return { row, column, index };
			}
		}
	}
	return undefined;
}

/** The first mark of the last column that has any. */
function newest(cells: Cells): HTMLElement | undefined {
	for (let column = Math.max(0, ...cells.map((row) => row.length)) - 1; column >= 0; column--) {
		const mark = cells.map((row) => row[column]?.[0]).find((m) => m !== undefined);
		if (mark) {
			return mark;
		}
	}
	return undefined;
}

/** Leaves one mark to the Tab key. */
function hold(calendar: HTMLElement, stop: Element | undefined): void {
	for (const mark of calendar.querySelectorAll<HTMLElement>(".ev")) {
		mark.tabIndex = mark === stop ? 0 : -1;
	}
}

export function startCalendar(): void {
	const calendar = document.querySelector<HTMLElement>(".calendar");
	if (!calendar) {
		return;
	}
	hold(calendar, newest(read(calendar)));
	calendar.addEventListener("focusin", (e) => {
		const mark = (e.target as Element).closest(".ev");
		if (mark) {
			hold(calendar, mark);
		}
	});
	calendar.addEventListener("keydown", (e) => {
		const mark = (e.target as Element).closest(".ev");
		if (!mark || !e.key.startsWith("Arrow") || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) {
			return;
		}
		const cells = read(calendar);
		const from = find(cells, mark);
		if (!from) {
			return;
		}
		e.preventDefault();
		const to = step(
			cells.map((columns) => columns.map((marks) => marks.length)),
			from,
			e.key,
		);
		cells[to.row]?.[to.column]?.[to.index]?.focus();
	});
	// A filter may hide the very mark that the Tab key would reach.
	new MutationObserver(() => {
		const stop = calendar.querySelector<HTMLElement>('.ev[tabindex="0"]');
		if (!stop || !visible(stop)) {
			hold(calendar, newest(read(calendar)));
		}
	}).observe(calendar, { subtree: true, attributeFilter: ["hidden"] });
}
