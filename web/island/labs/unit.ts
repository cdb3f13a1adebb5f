/**
 * Values of different units never share an axis: 11 of 10*3/uL beside 6000 of /uL would
 * lie on the zero line. Units that differ by a power of ten are converted, since that is
 * exact; all others get a graph of their own.
 */
import type { Series } from "./model.ts";

/** A unit as what it measures and the power of ten that it is of that. */
interface Measure {
	of: string;
	power: number;
}

const PREFIX: Record<string, number> = { "": 0, f: -15, p: -12, n: -9, u: -6, m: -3, d: -1, k: 3 };

/** Counts, masses, moles, equivalents and units of activity per volume, as UCUM writes them. */
const PER_VOLUME = /^(?:(?:10\*(\d+))|([fpnumk]?)(g|mol|eq|Eq|IU|U|\[IU\]|\[iU\]))?\/(?:([fpnumd]?)[Ll]|mm3)$/;

export function measure(unit: string): Measure {
	const plain = unit.normalize("NFKC").replace(/[μµ]/g, "u").replace(/\^/g, "*").replace(/^[x×]/, "").trim();
	const m = PER_VOLUME.exec(plain);
	if (!m) {
		return { of: plain, power: 0 };
	}
	const [, ten, prefix = "", what = "", volume] = m;
	const below = volume === undefined ? -6 : (PREFIX[volume] ?? 0); // mm3 is uL
	const count = ten === undefined ? 0 : Number(ten);
	return { of: `${what.replace(/[[\]]/g, "").toLowerCase()}/l`, power: count + (PREFIX[prefix] ?? 0) - below };
}

const scaled = (v: number, power: number): number => (power >= 0 ? v * 10 ** power : v / 10 ** -power);

/** The series of one test that share an axis, in one unit. */
export interface Graph<S extends Series> {
	unit: string;
	series: S[];
	converted: S[]; // those whose values were reported in another unit
}

/** One graph for each kind of unit. Its unit is that of the newest result. */
export function graphs<S extends Series>(all: readonly S[]): Graph<S>[] {
	const kinds = new Map<string, S[]>();
	for (const s of all) {
		const { of } = measure(s.unit);
		kinds.set(of, [...(kinds.get(of) ?? []), s]);
	}
	return [...kinds.values()].map((same) => {
		const newest = (s: S): number => s.points[s.points.length - 1]?.x ?? 0;
		const unit = same.reduce((a, b) => (newest(b) > newest(a) ? b : a)).unit;
		const to = measure(unit).power;
		const series = same.map((s) => {
			const by = measure(s.unit).power - to;
			return by === 0
				? s
				: {
						...s,
						low: s.low === undefined ? undefined : scaled(s.low, by),
						high: s.high === undefined ? undefined : scaled(s.high, by),
						points: s.points.map((p) => ({ ...p, y: scaled(p.y, by) })),
					};
		});
		return { unit, series, converted: same.filter((s) => measure(s.unit).power !== to) };
	});
}
