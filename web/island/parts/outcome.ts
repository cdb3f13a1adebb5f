import { list, t } from "../text/text.ts";

/** What became of asking one facility. */
export interface Outcome {
	facility: string;
	name: string;
	kinds: readonly string[]; // that it was asked for
	answered: boolean;
	came: boolean; // it answered, and held nothing back
	lacking: readonly string[]; // kinds of which it has something that did not come or cannot be read
}

/** The facilities that were asked for any of the kinds; no kinds mean all. */
export function asked(outcomes: readonly Outcome[], kinds: readonly string[]): Outcome[] {
	return outcomes.filter((o) => kinds.length === 0 || kinds.some((k) => o.kinds.includes(k)));
}

/** Why no facility was asked, as the server knows it: no consent, nobody linked, not for this reader. */
const noneShared = (): string =>
	(globalThis.document?.querySelector<HTMLElement>(".parts")?.dataset.none ?? "") || t("none_shared");

/**
 * The sentence for a place that stayed empty. "None on record" (own) is said only where
 * everybody asked has answered and nothing is unreadable: read elsewhere, it could harm.
 */
export function nothing(outcomes: readonly Outcome[], kinds: readonly string[], own: string): string {
	const all = asked(outcomes, kinds);
	const missing = all.filter((o) => !o.came);
	const lacking = all.filter((o) => o.came && o.lacking.some((k) => kinds.length === 0 || kinds.includes(k)));
	const facilities = list([...missing, ...lacking].map((o) => o.name));
	if (all.length === 0) {
		return noneShared();
	}
	if (missing.length === all.length) {
		return t("none_fetched");
	}
	const period = wholeRecord() ? "" : t("in_period");
	if (missing.length > 0) {
		return period + t("none_answered", { facilities });
	}
	if (lacking.length > 0) {
		return period + t("none_unreadable", { facilities });
	}
	return period === "" ? own : t("none_period");
}

/** Whether the page asks for all of the record, and not for a period of it. */
const wholeRecord = (): boolean => !globalThis.document?.querySelector<HTMLElement>(".parts")?.dataset.since;

/** The kinds that a place shows: its data-kinds. */
export const kindsOf = (place: HTMLElement | null): string[] =>
	(place?.dataset.kinds ?? "").split(" ").filter((k) => k !== "");
