/** Vital signs on their charts; Vital mirrors page.Vital. */
export type Sign = "temperature" | "pulse" | "systolic" | "diastolic" | "respiration" | "spo2";

export interface Vital {
	facility: string;
	at: string; // YYYYMMDD or YYYYMMDDHHMM
	sign: Sign;
	number: number;
}

/** One chart: the signs that stand on one scale, with the scale that wards draw them on. */
export interface Chart {
	key: "temperature" | "pulse" | "pressure" | "respiration" | "spo2";
	signs: readonly Sign[];
	low: number;
	high: number;
}

export const CHARTS: readonly Chart[] = [
	{ key: "temperature", signs: ["temperature"], low: 35, high: 40 },
	{ key: "pulse", signs: ["pulse"], low: 40, high: 140 },
	{ key: "pressure", signs: ["systolic", "diastolic"], low: 40, high: 180 },
	{ key: "respiration", signs: ["respiration"], low: 8, high: 32 },
	{ key: "spo2", signs: ["spo2"], low: 88, high: 100 },
];

/** A line: one sign as one facility measured it. Facilities are never joined. */
export interface Line {
	sign: Sign;
	facility: string;
	points: { x: number; y: number }[]; // seconds, ascending
}

/** Seconds of a time in Japan; of a day without a time its noon. Undefined for what is no time. */
export function seconds(at: string): number | undefined {
	const m = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d))?$/.exec(at);
	if (!m) {
		return undefined;
	}
	const [year, month, day, hour, minute] = m.slice(1).map((s) => (s === undefined ? undefined : Number(s)));
	if (
		year === undefined ||
		month === undefined ||
		day === undefined ||
		month < 1 ||
		month > 12 ||
		day < 1 ||
		day > 31
	) {
		return undefined;
	}
	return Date.UTC(year, month - 1, day, (hour ?? 12) - 9, minute ?? 0) / 1000;
}

/** The lines of a chart between two instants. */
export function lines(all: readonly Vital[], chart: Chart, from: number, to: number): Line[] {
	const out = new Map<string, Line>();
	for (const v of all) {
		const x = seconds(v.at);
		if (!chart.signs.includes(v.sign) || x === undefined || x < from || x > to) {
			continue;
		}
		const key = `${v.sign}|${v.facility}`;
		const line = out.get(key) ?? { sign: v.sign, facility: v.facility, points: [] };
		line.points.push({ x, y: v.number });
		out.set(key, line);
	}
	for (const line of out.values()) {
		line.points.sort((a, b) => a.x - b.x);
	}
	return [...out.values()].sort((a, b) =>
		a.sign === b.sign ? (a.facility < b.facility ? -1 : 1) : a.sign < b.sign ? 1 : -1,
	);
}

/** The scale that a ward draws, widened where a value lies beyond it. */
export function scale(chart: Chart, drawn: readonly Line[]): [number, number] {
	let { low, high } = chart;
	for (const { y } of drawn.flatMap((l) => l.points)) {
		low = Math.min(low, y);
		high = Math.max(high, y);
	}
	return [low, high];
}

const DAY = 86_400;

/**
 * The time that is shown: the days up to the last measurement, not up to today, so that
 * a stay of last year can be read; "all" is everything.
 */
export function span(all: readonly Vital[], days: string): [number, number] {
	let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const v of all) {
		const x = seconds(v.at);
		if (x !== undefined) {
			first = Math.min(first, x);
			last = Math.max(last, x);
		}
	}
	if (first > last) {
		return [0, 0];
	}
	const midnight = (x: number): number => Math.floor((x + 9 * 3600) / DAY) * DAY - 9 * 3600;
	const to = midnight(last) + DAY;
	const n = Number(days);
	return [n > 0 ? to - n * DAY : midnight(first), to];
}
