/** One time over which a drug was given; mirrors page.Course. */
export interface Course {
	key: string;
	drug: string;
	start: string; // YYYY-MM-DD
	end: string;
	dose?: string;
	usage?: string;
	tick?: boolean;
	open?: boolean; // ordered, and nothing says that it was given
	kind: string;
	facility: string;
	item: string;
}

export interface Bar extends Course {
	from: number; // day number
	to: number; // day number after the last day
	times: number; // prescriptions that the bar joins
}

export interface DrugRow {
	key: string;
	drug: string;
	facilities: string[];
	bars: Bar[];
	last: number; // day number of the last day
}

/** Supplies that follow each other within a week are one going on: people collect early and late. */
const GAP = 7;

export const dayNumber = (iso: string): number => Math.round(Date.parse(`${iso}T00:00:00Z`) / 86_400_000);

export const isoOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

// Raised digits and fractions stay: 10⁶ is not 106.
const fold = (name: string): string => name.replace(/\P{No}+/gu, (part) => part.normalize("NFKC")).replace(/\s/g, "");

/** What a key goes by: an ingredient's code (yj), a product's (hot), or a name. */
const system = (key: string): string => key.split(":", 1)[0] ?? "";

/**
 * The row of each key. Codes that agree give one key already; one name under keys of
 * different systems, as where a facility sends no code, is one drug as well. A name that
 * two codes of one system share tells nothing, in whatever order its courses came.
 */
function joined(courses: readonly Course[]): (key: string) => string {
	const parent = new Map<string, string>();
	const root = (key: string): string => {
		const up = parent.get(key);
		return up === undefined ? key : root(up);
	};
	const names = new Map<string, Set<string>>();
	for (const { key, drug } of courses) {
		names.set(fold(drug), (names.get(fold(drug)) ?? new Set()).add(key));
	}
	for (const keys of names.values()) {
		const [first, ...others] = new Set([...keys].map(system)).size === keys.size ? keys : [];
		for (const key of others) {
			if (first !== undefined && root(key) !== root(first)) {
				parent.set(root(key), root(first));
			}
		}
	}
	return root;
}

/** Lays courses out: a row for each drug across facilities, those still going on first. */
export function layOut(courses: readonly Course[], from: number, to: number): DrugRow[] {
	const rows = new Map<string, DrugRow>();
	const lastBar = new Map<string, Bar>(); // of each row and facility
	const rowOf = joined(courses);
	const bars = courses
		.map((c): Bar => ({ ...c, from: dayNumber(c.start), to: dayNumber(c.end) + 1, times: 1 }))
		.sort((a, b) => a.from - b.from || a.to - b.to);
	for (const bar of bars) {
		const key = rowOf(bar.key);
		let row = rows.get(key);
		if (!row) {
			row = { key, drug: bar.drug, facilities: [], bars: [], last: 0 };
			rows.set(key, row);
		}
		row.drug = bar.drug; // the newest name
		row.last = Math.max(row.last, bar.to - 1);
		if (!row.facilities.includes(bar.facility)) {
			row.facilities.push(bar.facility);
		}
		const at = `${key} ${bar.facility}`;
		const before = lastBar.get(at);
		// One row holds all strengths of an ingredient; one tablet of another is another dose.
		const same =
			before && fold(before.drug) === fold(bar.drug) && before.dose === bar.dose && before.usage === bar.usage;
		if (before && same && !bar.tick && bar.from <= before.to + GAP) {
			before.to = Math.max(before.to, bar.to);
			before.end = isoOf(before.to - 1);
			before.times++;
		} else {
			row.bars.push(bar);
			if (!bar.tick) {
				lastBar.set(at, bar);
			}
		}
	}
	return [...rows.values()]
		.filter((r) => r.bars.some((b) => b.to > from && b.from < to))
		.sort((a, b) => b.last - a.last || (a.drug < b.drug ? -1 : 1));
}

/** First days of months or years between two days, for the axis. */
export function ticks(from: number, to: number): { day: number; label: string; year: boolean }[] {
	const months = (to - from) / 30.4;
	const step = months <= 14 ? 1 : months <= 40 ? 3 : 12;
	const out: { day: number; label: string; year: boolean }[] = [];
	const start = new Date(from * 86_400_000);
	for (let m = 0; ; m++) {
		const first = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + m, 1);
		const day = Math.round(first / 86_400_000);
		if (day >= to) {
			return out;
		}
		const month = new Date(first).getUTCMonth();
		if (day >= from && month % step === 0) {
			const year = month === 0 || out.length === 0;
			out.push({
				day,
				label: year ? `${new Date(first).getUTCFullYear()}/${month + 1}` : String(month + 1),
				year: month === 0,
			});
		}
	}
}
