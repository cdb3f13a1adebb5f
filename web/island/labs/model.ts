/** The matrix of laboratory results; Lab mirrors page.Lab on the server. */
export interface Lab {
	facility: string;
	item: string;
	at: string; // YYYYMMDD or YYYYMMDDHHMM
	key: string;
	method: string;
	local?: boolean;
	name: string;
	also?: string[]; // what people call it besides
	panel: string;
	order: string;
	specimen?: string;
	value: string;
	number?: number;
	bound?: string;
	unit?: string; // as written
	shown?: string; // as people read it, where that differs
	range?: string;
	low?: number;
	high?: number;
	flag?: string;
	status?: string;
	code?: string;
	comments?: string[];
}

export interface Column {
	key: string;
	at: string;
	facility: string;
}

export interface Row {
	key: string;
	name: string;
	specimen: string;
	panel: string;
	order: string;
	local: boolean;
	unit: string; // empty where the laboratories differ: each cell then shows its own
	shown: string; // the unit as people read it
	cells: Map<string, Lab[]>;
	labs: Lab[]; // newest first
}

export interface Matrix {
	columns: Column[];
	panels: { panel: string; rows: Row[] }[];
}

export const PANELS = [
	"blood",
	"coag",
	"liver",
	"kidney",
	"electro",
	"sugar",
	"lipid",
	"protein",
	"heart",
	"inflam",
	"hormone",
	"tumour",
	"infection",
	"urine",
	"gas",
	"drug",
	"other",
	"local",
];

/** The unit of a result as people read it. */
export const unitOf = (lab: Lab): string => lab.shown ?? lab.unit ?? "";

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Builds the matrix: newest column left, panels in the order in which they are read. */
export function build(labs: readonly Lab[]): Matrix {
	const columns = new Map<string, Column>();
	const rows = new Map<string, Row>();
	for (const lab of [...labs].sort((a, b) => compare(b.at, a.at) || compare(a.facility, b.facility))) {
		const key = `${lab.at}|${lab.facility}`;
		columns.set(key, { key, at: lab.at, facility: lab.facility });
		let row = rows.get(lab.key);
		if (!row) {
			row = {
				key: lab.key,
				name: lab.name,
				specimen: lab.specimen ?? "",
				panel: lab.panel,
				order: lab.order,
				local: lab.local === true,
				unit: lab.unit ?? "",
				shown: unitOf(lab),
				cells: new Map(),
				labs: [],
			};
			rows.set(lab.key, row);
		}
		if (row.unit !== (lab.unit ?? "") && lab.number !== undefined) {
			row.unit = "";
			row.shown = "";
		}
		row.labs.push(lab);
		const cell = row.cells.get(key);
		if (cell) {
			cell.push(lab);
		} else {
			row.cells.set(key, [lab]);
		}
	}
	const panels = PANELS.map((panel) => ({
		panel,
		rows: [...rows.values()]
			.filter((r) => r.panel === panel)
			.sort((a, b) => compare(a.order, b.order) || compare(a.name, b.name)),
	}));
	return { columns: [...columns.values()], panels: panels.filter((p) => p.rows.length > 0) };
}

export type Level = "high" | "low" | "odd" | "";

/** How a flag is drawn; the flag is the laboratory's own, nothing is judged here. */
export function level(lab: Lab): Level {
	const flag = lab.flag ?? "";
	if (flag.startsWith("H")) {
		return "high";
	}
	if (flag.startsWith("L")) {
		return "low";
	}
	return flag === "" ? "" : "odd";
}

/** What the reader wants to see of the matrix. */
export interface Wish {
	text: string; // part of a test's name, or the beginning of what it is called besides; see [fold]
	panel: string; // empty: all
	abnormal: boolean; // only tests with a flagged result in the columns shown
	columns: ReadonlySet<string>;
}

/** Makes names equal that differ in width, case, hyphens, spaces or the kind of kana. */
const fold = (s: string): string =>
	s
		.normalize("NFKC")
		.toLowerCase()
		.replace(/[\s\-‐‑–−・]/g, "")
		.replace(/[ぁ-ゖ]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60));

/** The rows that a wish leaves, each with a result in the columns shown. */
export function filter(m: Matrix, wish: Wish): Matrix {
	const want = fold(wish.text);
	const called = (l: Lab): boolean =>
		fold(l.name).includes(want) || (l.also ?? []).some((word) => fold(word).startsWith(want));
	const keep = (r: Row): boolean =>
		(want === "" || r.labs.some(called)) &&
		[...r.cells].some(([key, labs]) => wish.columns.has(key) && (!wish.abnormal || labs.some((l) => level(l) !== "")));
	const panels = m.panels
		.filter((p) => wish.panel === "" || p.panel === wish.panel)
		.map((p) => ({ panel: p.panel, rows: p.rows.filter(keep) }));
	return { columns: m.columns, panels: panels.filter((p) => p.rows.length > 0) };
}

/** Where a key takes the focus from a cell (column -1: the test's name), empty cells skipped; undefined for keys that move nothing. */
export function step(
	m: Matrix,
	at: { row: string; column: number },
	key: string,
	width: number,
): { row: string; column: number } | undefined {
	const rows = m.panels.flatMap((p) => p.rows);
	const row = rows.findIndex((r) => r.key === at.row);
	const filled = (r: Row | undefined, column: number): boolean =>
		r !== undefined && (column === -1 || r.cells.has(m.columns[column]?.key ?? ""));
	// The nearest filled cell in one direction, or the one that has the focus.
	const seek = (from: number, by: number, first: number, last: number, at: (i: number) => boolean): number => {
		for (let i = from + by; first <= i && i <= last; i += by) {
			if (at(i)) {
				return i;
			}
		}
		return from;
	};
	const across = (by: number): number => seek(at.column, by, -1, width - 1, (i) => filled(rows[row], i));
	const along = (by: number): number => seek(row, by, 0, rows.length - 1, (i) => filled(rows[i], at.column));
	const to: Record<string, () => { row: number; column: number }> = {
		ArrowRight: () => ({ row, column: across(1) }),
		ArrowLeft: () => ({ row, column: across(-1) }),
		ArrowDown: () => ({ row: along(1), column: at.column }),
		ArrowUp: () => ({ row: along(-1), column: at.column }),
		Home: () => ({ row, column: -1 }),
	};
	const next = row < 0 ? undefined : to[key]?.();
	return next && { row: (rows[next.row] as Row).key, column: next.column };
}

export interface Series {
	method: string;
	facility: string;
	unit: string;
	shown: string;
	low?: number | undefined;
	high?: number | undefined;
	points: { x: number; y: number; lab: Lab }[]; // oldest first; x in seconds
}

/** Seconds of a time in Japan; a day without time stands at noon. */
export function seconds(at: string): number {
	const n = (from: number, to: number): number => Number(at.slice(from, to));
	const hour = at.length >= 12 ? n(8, 10) : 12;
	const minute = at.length >= 12 ? n(10, 12) : 0;
	return Date.UTC(n(0, 4), n(4, 6) - 1, n(6, 8), hour - 9, minute) / 1000;
}

/**
 * One series for each laboratory and method: results that a line may join. The reference
 * band of a series is that of its newest result, since ranges change with the method.
 */
export function series(row: Row): Series[] {
	const out = new Map<string, Series>();
	for (const lab of row.labs) {
		if (lab.number === undefined) {
			continue;
		}
		let s = out.get(lab.method);
		if (!s) {
			s = {
				method: lab.method,
				facility: lab.facility,
				unit: lab.unit ?? "",
				shown: unitOf(lab),
				low: lab.low,
				high: lab.high,
				points: [],
			};
			out.set(lab.method, s);
		}
		s.points.unshift({ x: seconds(lab.at), y: lab.number, lab });
	}
	return [...out.values()];
}

export function day(at: string): string {
	return `${at.slice(0, 4)}/${at.slice(4, 6)}/${at.slice(6, 8)}`;
}

export const clock = (at: string): string => (at.length >= 12 ? `${at.slice(8, 10)}:${at.slice(10, 12)}` : "");

export const MAX_GRAPHS = 5;

/** Turns a graph on or off; one more than fits changes nothing. */
export function choose(chosen: readonly string[], key: string): string[] {
	if (chosen.includes(key)) {
		return chosen.filter((k) => k !== key);
	}
	return chosen.length < MAX_GRAPHS ? [...chosen, key] : [...chosen];
}
