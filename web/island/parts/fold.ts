/**
 * Older years or days of a long list. They come as text and stand in the list as one row
 * each, with how many rows it holds, until somebody opens it: a browser that builds the rows
 * of twenty years, or of a monitor's month, is busy for minutes.
 */
import { language, t } from "../text/text.ts";
import { unfold } from "../trusted/trusted.ts";
import { merge } from "./merge.ts";

/** Rows of a folded year or day, of any facilities, by the row that stands for them. */
const folded = new WeakMap<Element, HTMLScriptElement[]>();

const rowsOf = (texts: readonly HTMLScriptElement[]): number =>
	texts.reduce((sum, s) => sum + Number(s.dataset.rows ?? 0), 0);

const latest = (texts: readonly HTMLScriptElement[], key: "sort" | "last"): string =>
	texts
		.map((s) => s.dataset[key] ?? "")
		.sort()
		.at(-1) ?? "";

/** Puts a facility's text of one year or day into a list, with that of the others. */
export function foldInto(list: Element, text: HTMLScriptElement): void {
	const of = text.dataset.of ?? "";
	const before = [...list.children].find((r) => r.getAttribute("data-key") === `fold-${of}`);
	const texts = [...((before && folded.get(before)) ?? []), text];
	merge(list, [rowFor(list, of, texts)]);
}

/** A year (2026) or a day (20261125) as people write it. */
const written = (of: string): string =>
	of.length === 4 ? t("fold_year", { year: of }) : `${of.slice(0, 4)}/${of.slice(4, 6)}/${of.slice(6)}`;

function rowFor(list: Element, of: string, texts: HTMLScriptElement[]): HTMLElement {
	const row = document.createElement("tr");
	row.className = "folded";
	row.dataset.key = `fold-${of}`;
	row.dataset.sort = latest(texts, "sort");
	row.dataset.last = latest(texts, "last");
	row.dataset.rows = String(rowsOf(texts));
	folded.set(row, texts);
	const words = { of: written(of), n: rowsOf(texts).toLocaleString(language()) };
	const cell = document.createElement("td");
	cell.colSpan = list.closest("table")?.tHead?.rows[0]?.cells.length ?? 1;
	const button = document.createElement("button");
	button.type = "button";
	button.className = "quiet";
	button.textContent = t("fold_open", words);
	button.addEventListener("click", () => open(list, row));
	const shut = document.createElement("span"); // on paper, where no button is
	shut.className = "fold-shut";
	shut.textContent = t("fold_shut", words);
	cell.append(button, shut);
	row.append(cell);
	return row;
}

/** Opens what is folded; the focus goes to its first row, whose place the button had. */
function open(list: Element, row: HTMLElement): void {
	const texts = folded.get(row) ?? [];
	row.remove();
	const first: Element[] = [];
	for (const text of texts) {
		const rows = [...unfold(text).children];
		first.push(...rows.slice(0, 1));
		merge(list, rows);
	}
	const target = first.sort((a, b) =>
		(a.getAttribute("data-sort") ?? "") < (b.getAttribute("data-sort") ?? "") ? 1 : -1,
	)[0];
	if (target instanceof HTMLElement) {
		target.tabIndex = -1;
		target.focus();
	}
}

/** Takes what a facility has out of the folded rows of the page. */
export function withdrawFolded(facility: string): void {
	for (const row of document.querySelectorAll<HTMLElement>("tr.folded")) {
		const list = row.parentElement;
		const left = (folded.get(row) ?? []).filter((s) => s.dataset.facility !== facility);
		if (list && left.length < (folded.get(row)?.length ?? 0)) {
			row.remove();
			if (left.length > 0) {
				merge(list, [rowFor(list, (row.dataset.key ?? "").replace("fold-", ""), left)]);
			}
		}
	}
}
