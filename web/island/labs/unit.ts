/**
 * Units on one axis. Values share an axis only where their units measure the same kind of
 * quantity and differ by a power of ten; whatever this table does not know stands alone.
 * Mass, amount of substance, enzyme activity and international units are never turned into
 * each other: that takes the substance, or a standard, and is no matter of units.
 */
import type { Series } from "./model.ts";

interface Known {
	kind: string;
	exponent: number; // of ten, from the unit to the base of its kind
}

const KNOWN = new Map<string, Known>();
const enter = (kind: string, units: Record<string, number>): void => {
	for (const [unit, exponent] of Object.entries(units)) {
		KNOWN.set(unit, { kind, exponent });
	}
};
enter("count", { "/L": 0, "/dL": 1, "/mL": 3, "/uL": 6, "/mm3": 6, "/nL": 9 });
enter("mass", {
	...{ "g/L": 0, "mg/L": -3, "ug/L": -6, "ng/L": -9, "g/dL": 1, "mg/dL": -2, "ug/dL": -5, "ng/dL": -8 },
	...{ "g/mL": 3, "mg/mL": 0, "ug/mL": -3, "ng/mL": -6, "pg/mL": -9, "pg/dL": -11, "pg/L": -12 },
});
enter("substance", {
	...{ "mol/L": 0, "mmol/L": -3, "umol/L": -6, "nmol/L": -9, "pmol/L": -12 },
	...{ "mmol/dL": -2, "umol/dL": -5, "nmol/mL": -6, "pmol/mL": -9 },
});
enter("activity", { "U/L": 0, "mU/L": -3, "U/mL": 3, "mU/mL": 0, "uU/mL": -3 });
enter("international", { "IU/L": 0, "mIU/L": -3, "IU/mL": 3, "mIU/mL": 0, "uIU/mL": -3 });
enter("fraction", { "%": 1, "/1000": 0, "‰": 0 });
enter("time", { s: 0, sec: 0, 秒: 0 });

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** One way of writing: half width, u for micro, 10* for powers, no spaces. */
function plain(unit: string): string {
	return unit
		.replace(/10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, raised: string) => `10*${[...raised].map((d) => RAISED.indexOf(d)).join("")}`)
		.replace(/^万/, "10*4")
		.replace(/^千/, "10*3")
		.normalize("NFKC")
		.replace(/\s/g, "")
		.replace(/[µμ]/g, "u")
		.replace(/\[iU\]/gi, "IU")
		.replace(/^[×x](?=10)/, "")
		.replace(/^10(?:\^|\*\*|e)(?=\d)/i, "10*")
		.replace(/^mcg(?=\/)/, "ug")
		.replace(/^mcmol(?=\/)/, "umol")
		.replace(/l$/, "L");
}

function read(unit: string): Known | undefined {
	const text = plain(unit);
	const power = /^10\*(\d{1,2})(\/.+)$/.exec(text);
	const known = KNOWN.get(power?.[2] ?? text);
	return power && known ? { kind: known.kind, exponent: known.exponent + Number(power[1]) } : known;
}

/** The power of ten that takes a value from one unit to another; undefined where they share no axis. */
export function exponent(from: string, to: string): number | undefined {
	if (plain(from) === plain(to)) {
		return 0;
	}
	const a = read(from);
	const b = read(to);
	return a && b && a.kind === b.kind ? a.exponent - b.exponent : undefined;
}

/** Multiplies by a power of ten without an error of its own: 5500 becomes 5.5. */
export const shift = (value: number, by: number): number => (by < 0 ? value / 10 ** -by : value * 10 ** by);

/** Series that share an axis, all in one unit. */
export interface Axis<S extends Series> {
	unit: string; // as one of the laboratories writes it
	shown: string; // and as people read it
	series: S[];
	converted: S[]; // of these, those that were reported in another unit
}

const size = (all: readonly Series[]): number => all.reduce((n, s) => n + s.points.length, 0);

/** Parts series by axis. The unit of an axis is that of most of its values, so that few are converted. */
export function axes<S extends Series>(all: readonly S[]): Axis<S>[] {
	const groups: S[][] = [];
	for (const s of all) {
		const group = groups.find((g) => exponent(s.unit, (g[0] as S).unit) !== undefined);
		if (group) {
			group.push(s);
		} else {
			groups.push([s]);
		}
	}
	return groups.map((group) => {
		const same = (s: S): S[] => group.filter((o) => exponent(o.unit, s.unit) === 0);
		const most = group.reduce((best, s) => (size(same(s)) > size(same(best)) ? s : best));
		const series = group.map((s) => convert(s, exponent(s.unit, most.unit) ?? 0));
		return {
			unit: most.unit,
			shown: most.shown,
			series,
			converted: series.filter((_, i) => exponent((group[i] as S).unit, most.unit) !== 0),
		};
	});
}

/** The series in another unit; what its laboratory reported stays in each point's lab. */
function convert<S extends Series>(s: S, by: number): S {
	if (by === 0) {
		return s;
	}
	return {
		...s,
		low: s.low === undefined ? undefined : shift(s.low, by),
		high: s.high === undefined ? undefined : shift(s.high, by),
		points: s.points.map((p) => ({ ...p, y: shift(p.y, by) })),
	};
}
