/**
 * Fetches what every facility contributes to the page, all at once. A facility that has
 * not answered after a second is shown as silent; its content may still come and then
 * takes its place. One silent facility delays nothing.
 */
import { t } from "../text/text.ts";
import { fetchFragment } from "../trusted/trusted.ts";
import { merge } from "./merge.ts";
import { endSession } from "./session.ts";

const SILENT_AFTER = 1000;
const GIVE_UP_AFTER = 6500;

/** Data for an island: dispatched on the document as each facility answers. */
export interface PartData {
	name: string;
	facility: string;
	data: unknown;
}
export const DATA = "mizuhiki:data";
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
	const time = source.querySelector(".source-time");
	if (time && state === "fetched") {
		time.textContent = t("at", { time: at });
	} else if (time && state === "silent") {
		time.textContent = source.dataset.last ? t("last", { time: source.dataset.last }) : "";
	} else if (time && state === "unshared") {
		time.textContent = "";
	}
}

/** Takes away what a facility had contributed. */
function withdraw(facility: string): void {
	for (const row of document.querySelectorAll(`main [data-facility="${facility}"]:not([data-part])`)) {
		row.remove();
	}
	document.dispatchEvent(new CustomEvent<PartData>(DATA, { detail: { name: "*", facility, data: null } }));
}

function take(content: DocumentFragment, facility: string): string {
	for (const template of content.querySelectorAll("template")) {
		const into = document.getElementById(template.dataset.into ?? "");
		if (into) {
			merge(into, [...template.content.children]);
			settle(into, false);
		}
	}
	for (const block of content.querySelectorAll<HTMLElement>("script[data-for]")) {
		const detail = { name: block.dataset.for ?? "", facility, data: JSON.parse(block.textContent ?? "null") };
		document.dispatchEvent(new CustomEvent<PartData>(DATA, { detail }));
	}
	return content.querySelector<HTMLElement>("[data-answer]")?.dataset.at ?? "";
}

/** Hides "fetching" where something stands; once all have answered, says what is not there. */
function settle(target: Element, final: boolean): void {
	const around = target.closest("section, [data-island]");
	const some = target.childElementCount > 0;
	const waiting = around?.querySelector<HTMLElement>("[data-waiting]");
	const empty = around?.querySelector<HTMLElement>("[data-empty]");
	if (waiting && (some || final)) {
		waiting.hidden = true;
	}
	if (empty) {
		empty.hidden = some || !final;
	}
}

async function fetchPart(part: HTMLElement): Promise<boolean> {
	const facility = part.dataset.facility ?? "";
	const stop = new AbortController();
	const silent = setTimeout(() => show(facility, "silent"), SILENT_AFTER);
	const giveUp = setTimeout(() => stop.abort(), GIVE_UP_AFTER);
	show(facility, "fetching");
	const answer = await fetchFragment(part.dataset.part ?? "", stop.signal);
	clearTimeout(silent);
	clearTimeout(giveUp);
	switch (answer.kind) {
		case "content":
			show(facility, "fetched", take(answer.content, facility));
			return true;
		case "session":
			endSession();
			return false;
		case "withdrawn":
			withdraw(facility);
			show(facility, "unshared");
			return false;
		default:
			show(facility, "silent");
			return false;
	}
}

/** Says above the content which facilities it is without: "none on record" must not be read where nobody answered. */
function sayMissing(names: string[]): void {
	const old = document.querySelector(".missing-sources");
	old?.remove();
	if (names.length === 0) {
		return;
	}
	const p = document.createElement("p");
	p.className = "missing-sources";
	p.setAttribute("role", "status");
	p.textContent = t("missing", { facilities: names.join("、") });
	document.querySelector(".parts")?.after(p);
}

export async function startParts(): Promise<void> {
	const parts = [...document.querySelectorAll<HTMLElement>("[data-part]")];
	const came = await Promise.all(parts.map(fetchPart));
	const content = document.querySelector("tbody[id], [data-island=labs], [data-island=courses]") !== null;
	if (content) {
		sayMissing(parts.filter((_, i) => !came[i]).map((p) => p.dataset.name ?? ""));
	}
	for (const target of document.querySelectorAll("tbody[id]")) {
		settle(target, true);
	}
	document.dispatchEvent(new Event(SETTLED));
}
