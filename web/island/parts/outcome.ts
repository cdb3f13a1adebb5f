import { list, t } from "../text/text.ts";

/** What became of asking one facility. */
export interface Outcome {
	facility: string;
	name: string;
	kinds: readonly string[]; // that it was asked for
	answered: boolean;
	came: boolean; // it answered, and held nothing back
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
 * everybody asked has answered: read where nobody did, it could harm.
 */
export function nothing(outcomes: readonly Outcome[], kinds: readonly string[], own: string): string {
	const all = asked(outcomes, kinds);
	const missing = all.filter((o) => !o.came);
	if (all.length === 0) {
		return noneShared();
	}
	if (missing.length === all.length) {
		return t("none_fetched");
	}
	return missing.length > 0 ? t("none_answered", { facilities: list(missing.map((o) => o.name)) }) : own;
}

/** The kinds that a place shows: its data-kinds. */
export const kindsOf = (place: HTMLElement | null): string[] =>
	(place?.dataset.kinds ?? "").split(" ").filter((k) => k !== "");
