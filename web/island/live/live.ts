/**
 * A page that follows by itself, as a screen on the wall of an IT office does: every
 * data-live seconds what stands in the element is fetched anew from data-url. It pauses
 * while something in it has the focus or a dialog is open, so that nothing is taken from
 * under a hand, and says so when what it shows has grown old.
 */
import { fetchFragment } from "../trusted/trusted.ts";

export function startLive(): void {
	const place = document.querySelector<HTMLElement>("[data-live]");
	const url = place?.dataset.url;
	if (!place || !url) {
		return;
	}
	const stale = document.querySelector<HTMLElement>("[data-live-stale]");
	setInterval(async () => {
		const busy = place.contains(document.activeElement) || document.querySelector("dialog[open]") !== null;
		if (busy || document.hidden) {
			return;
		}
		const answer = await fetchFragment(url, AbortSignal.timeout(8000));
		if (answer.kind === "session" || answer.kind === "withdrawn") {
			location.assign("/");
			return;
		}
		if (stale) {
			stale.hidden = answer.kind === "content";
		}
		const fresh = answer.kind === "content" ? answer.content.querySelector("[data-live]") : null;
		if (fresh) {
			place.replaceChildren(...fresh.childNodes);
		}
	}, Number(place.dataset.live) * 1000);
}
