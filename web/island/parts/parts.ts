/**
 * Fetches what every facility contributes to the page, all at once. A facility that has
 * not begun to answer after a second is shown as silent; its content may still come and then
 * takes its place. One that has begun is being fetched for as long as that takes: a record
 * of twenty years does not come in a moment. One silent or slow facility delays nothing.
 */
import { language, list, t } from "../text/text.ts";
import { fetchFragment } from "../trusted/trusted.ts";
import { foldInto, withdrawFolded } from "./fold.ts";
import { merge } from "./merge.ts";
import { asked, kindsOf, nothing, type Outcome } from "./outcome.ts";
import { endRecord, endSession } from "./session.ts";

const SILENT_AFTER = 1000;
const GIVE_UP_AFTER = 6500;
/** The center gives up before. */
const GIVE_UP_SENDING_AFTER = 60_000;

/** Data for an island: dispatched on the document as each facility answers. */
export interface PartData {
	name: string;
	facility: string;
	data: unknown;
}
export const DATA = "mizuhiki:data";
/** Dispatched once everybody has answered or been given up, with what became of each ([Outcome]). */
export const SETTLED = "mizuhiki:settled";

type State = "fetched" | "fetching" | "silent" | "unshared";

function show(facility: string, state: State, at = ""): void {
	const source = document.querySelector<HTMLElement>(`[data-source="${facility}"]`);
	if (!source) {
		return;
	}
	source.dataset.state = state;
	source.querySelector("use")?.setAttribute("href", `#i-source-${state}`);
	const word = source.querySelector("b");
	if (word) {
		word.textContent = t(state);
	}
	// Allergies are placeholders until a facility answers: what is not known says why.
	const allergy = document.querySelector(`#allergies [data-key="allergy-${facility}"].allergy-unfetched span`);
	if (allergy && state === "silent") {
		allergy.textContent = t("allergy_silent");
	} else if (allergy && state === "unshared") {
		allergy.textContent = t("allergy_unshared");
	} else if (allergy) {
		allergy.textContent = t("fetching");
	}
	const time = source.querySelector(".source-time");
	if (time && state === "fetched") {
		time.textContent = t("at", { time: at });
	} else if (time && state === "silent") {
		time.textContent = source.dataset.last ? t("last", { time: source.dataset.last }) : "";
	} else if (time) {
		time.textContent = "";
	}
}

/** Takes away what a facility had contributed. */
function withdraw(facility: string): void {
	for (const row of document.querySelectorAll(`main [data-facility="${facility}"]:not([data-part])`)) {
		row.remove();
	}
	withdrawFolded(facility);
	document.dispatchEvent(new CustomEvent<PartData>(DATA, { detail: { name: "*", facility, data: null } }));
}

interface Taken {
	at: string; // when the facility answered
	complete: boolean; // its gateway held nothing back
	lacking: string[]; // see [Outcome]
	earlier: number; // documents of before the period that reach into it
}

function take(content: DocumentFragment, facility: string): Taken {
	for (const template of content.querySelectorAll("template")) {
		const into = document.getElementById(template.dataset.into ?? "");
		if (into) {
			merge(into, [...template.content.children]);
			settle(into);
		}
	}
	for (const text of content.querySelectorAll<HTMLScriptElement>("script[data-fold]")) {
		const into = document.getElementById(text.dataset.fold ?? "");
		text.dataset.facility = facility;
		if (into) {
			foldInto(into, text);
			settle(into);
		}
	}
	for (const block of content.querySelectorAll<HTMLElement>("script[data-for]")) {
		const detail = { name: block.dataset.for ?? "", facility, data: JSON.parse(block.textContent ?? "null") };
		document.dispatchEvent(new CustomEvent<PartData>(DATA, { detail }));
	}
	const answer = content.querySelector<HTMLElement>("[data-answer]")?.dataset;
	const lacking = (answer?.lacking ?? "").split(" ").filter((kind) => kind !== "");
	const earlier = Number(answer?.earlier ?? 0);
	return { at: answer?.at ?? "", complete: (answer?.refused ?? "0") === "0", lacking, earlier };
}

/** Hides "fetching" where something stands; once all are through, says why nothing does. */
function settle(target: HTMLElement, outcomes?: readonly Outcome[]): void {
	const around = target.closest("section, [data-island]");
	const some = target.childElementCount > 0;
	const waiting = around?.querySelector<HTMLElement>("[data-waiting]");
	const empty = around?.querySelector<HTMLElement>("[data-empty]");
	if (waiting && (some || outcomes)) {
		waiting.hidden = true;
	}
	if (empty && outcomes) {
		empty.hidden = some;
		empty.textContent = nothing(outcomes, kindsOf(target), empty.textContent ?? "");
	}
}

let reaching = 0;

/** Says behind how many documents are older than the period how many of them are shown all the same. */
function sayEarlier(more: number): void {
	reaching += more;
	const place = document.querySelector<HTMLElement>(".fetched-period [data-earlier]");
	if (place && reaching > 0) {
		place.hidden = false;
		place.textContent = t("period_earlier", { n: reaching });
	}
}

/** Asks one facility; reports whether it answered, and whether all that it was asked for came. */
async function fetchPart(part: HTMLElement): Promise<Pick<Outcome, "answered" | "came" | "lacking">> {
	const unanswered = { answered: false, came: false, lacking: [] };
	const facility = part.dataset.facility ?? "";
	const stop = new AbortController();
	const silent = setTimeout(() => show(facility, "silent"), SILENT_AFTER);
	let giveUp = setTimeout(() => stop.abort(), GIVE_UP_AFTER);
	show(facility, "fetching");
	const answer = await fetchFragment(part.dataset.part ?? "", stop.signal, () => {
		clearTimeout(silent);
		clearTimeout(giveUp);
		giveUp = setTimeout(() => stop.abort(), GIVE_UP_SENDING_AFTER);
		show(facility, "fetching");
	});
	clearTimeout(silent);
	clearTimeout(giveUp);
	switch (answer.kind) {
		case "content": {
			const { at, complete, lacking, earlier } = take(answer.content, facility);
			show(facility, "fetched", at);
			sayEarlier(earlier);
			return { answered: true, came: complete, lacking };
		}
		case "session":
			endSession();
			return unanswered;
		case "withdrawn":
			if (!(await endRecord(facility))) {
				withdraw(facility);
				show(facility, "unshared");
			}
			return unanswered;
		default:
			show(facility, "silent");
			return unanswered;
	}
}

/** Says above the content which facilities it is without, or without some of their documents. */
function sayMissing(outcomes: readonly Outcome[]): void {
	const missing = outcomes.filter((o) => !o.answered);
	const partly = outcomes.filter((o) => o.answered && !o.came);
	const words = [
		missing.length > 0 ? t("missing", { facilities: list(missing.map((o) => o.name)) }) : "",
		partly.length > 0 ? t("missing_part", { facilities: list(partly.map((o) => o.name)) }) : "",
	];
	if (words.every((w) => w === "")) {
		return;
	}
	const p = document.createElement("p");
	p.className = "missing-sources";
	p.setAttribute("role", "status");
	p.textContent = words.join(language() === "ja" ? "" : " ");
	document.querySelector(".parts")?.after(p);
}

export async function startParts(): Promise<void> {
	const outcomes = await Promise.all(
		[...document.querySelectorAll<HTMLElement>("[data-part]")].map(async (part) => ({
			facility: part.dataset.facility ?? "",
			name: part.dataset.name ?? "",
			kinds: kindsOf(part),
			...(await fetchPart(part)),
		})),
	);
	const places = [...document.querySelectorAll<HTMLElement>("main [data-kinds]:not([data-part])")];
	sayMissing(asked(outcomes, places.flatMap(kindsOf)).filter((o) => places.length > 0 && !o.came));
	for (const target of places.filter((p) => p.matches("tbody"))) {
		settle(target, outcomes);
	}
	document.dispatchEvent(new CustomEvent<Outcome[]>(SETTLED, { detail: outcomes }));
}
