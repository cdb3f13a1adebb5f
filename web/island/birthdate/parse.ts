/**
 * Reads a date as staff write it, as package wareki does on the server: it only echoes
 * what the server will read, and the server decides.
 */
export interface Day {
	year: number;
	month: number;
	day: number;
}

const ERAS = [
	{ name: "令和", letter: "R", first: [2019, 5, 1] },
	{ name: "平成", letter: "H", first: [1989, 1, 8] },
	{ name: "昭和", letter: "S", first: [1926, 12, 25] },
	{ name: "大正", letter: "T", first: [1912, 7, 30] },
	{ name: "明治", letter: "M", first: [1868, 1, 25] },
] as const;

const ERA = "(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])";
const FORMS = [
	new RegExp(`^${ERA}(元|\\d{1,2})[年./-](\\d{1,2})[月./-](\\d{1,2})日?$`),
	new RegExp(`^${ERA}(\\d{2})(\\d{2})(\\d{2})$`),
	/^()(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?$/,
	/^()(\d{4})(\d{2})(\d{2})$/,
];

const order = (d: Day): number => d.year * 10000 + d.month * 100 + d.day;

function exists(d: Day): boolean {
	const t = new Date(Date.UTC(d.year, d.month - 1, d.day));
	return t.getUTCMonth() === d.month - 1 && t.getUTCDate() === d.day;
}

function eraOf(d: Day): (typeof ERAS)[number] | undefined {
	if (order(d) < 18730101) {
		return undefined;
	}
	return ERAS.find((e) => order(d) >= order({ year: e.first[0], month: e.first[1], day: e.first[2] }));
}

export function parseDay(input: string): Day | undefined {
	const s = input.normalize("NFKC").toUpperCase().replace(/\s+/g, "");
	for (const form of FORMS) {
		const m = form.exec(s);
		if (!m) {
			continue;
		}
		const [, era, year, month, day] = m as unknown as [string, string, string, string, string];
		const d = { year: year === "元" ? 1 : Number(year), month: Number(month), day: Number(day) };
		const named = era ? ERAS.find((e) => e.name.startsWith(era) || e.letter === era) : undefined;
		if (named) {
			d.year += named.first[0] - 1;
		}
		return exists(d) && (!named || eraOf(d) === named) ? d : undefined;
	}
	return undefined;
}

/** Both calendars: 昭和35年4月1日(1960/4/1). */
export function both(d: Day): string {
	const era = eraOf(d);
	const western = `${d.year}/${d.month}/${d.day}`;
	if (!era) {
		return western;
	}
	const year = d.year - era.first[0] + 1;
	return `${era.name}${year === 1 ? "元" : year}年${d.month}月${d.day}日(${western})`;
}

/** Full years and months on a day; undefined for somebody who is not born yet. */
export function age(d: Day, at: Day): { years: number; months: number } | undefined {
	let months = (at.year - d.year) * 12 + at.month - d.month;
	if (at.day < d.day) {
		months--;
	}
	return order(d) > order(at) ? undefined : { years: Math.floor(months / 12), months: months % 12 };
}
