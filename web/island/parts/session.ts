import { t } from "../text/text.ts";
import { fetchFragment } from "../trusted/trusted.ts";

/** Takes all content away and says why, with the one thing that can be done. */
function clear(words: string, href: string, label: string): void {
	for (const e of document.querySelectorAll(".banner, .sources, .tabs, .print-head")) {
		e.remove();
	}
	const main = document.getElementById("main");
	const notice = document.createElement("div");
	notice.className = "notice notice-trouble";
	notice.setAttribute("role", "alert");
	const text = document.createElement("p");
	text.textContent = words;
	const link = document.createElement("a");
	link.href = href;
	link.className = "button primary";
	link.textContent = label;
	notice.append(text, link);
	main?.replaceChildren(notice);
	link.focus();
}

/** Nobody is signed in any more: what the page shows must go. */
export const endSession = (): void => clear(t("session"), "/signin", t("signin"));

/** How long the question may take whether the page still shows a facility. */
const ASK_AGAIN = 6000;

/**
 * Content of a facility was refused. If the page itself, opened again, no longer shows the
 * facility, consent or link have ended and all of the record goes; so it does if nobody
 * answers. True: the record is gone. False: it was only that content.
 */
export async function endRecord(facility: string): Promise<boolean> {
	const answer = await fetchFragment(location.href, AbortSignal.timeout(ASK_AGAIN));
	if (answer.kind === "session") {
		endSession();
		return true;
	}
	if (answer.kind === "content" && answer.content.querySelector(`[data-part][data-facility="${facility}"]`)) {
		return false;
	}
	clear(t("record_gone"), "/patients", t("to_patients"));
	return true;
}
