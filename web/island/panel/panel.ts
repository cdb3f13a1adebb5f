/**
 * Content in place: a link marked data-open is fetched into the panel, the focus goes
 * there, Esc brings it back. Without script the link is an ordinary one.
 */

import { endRecord, endSession } from "../parts/session.ts";
import { t } from "../text/text.ts";
import { fetchFragment } from "../trusted/trusted.ts";

/** Dispatched on the document with what was opened, and once more with nothing when it goes. */
export const OPENED = "mizuhiki:opened";

const tell = (content: HTMLElement | undefined): boolean =>
	document.dispatchEvent(new CustomEvent<HTMLElement | undefined>(OPENED, { detail: content }));

/** The gateway may take 5 s; what comes later is lost anyway. */
const TIMEOUT = 6000;

let opener: HTMLElement | undefined;
let running: AbortController | undefined;

export function closePanel(): void {
	const panel = document.getElementById("panel");
	if (!panel || panel.hidden) {
		return;
	}
	running?.abort();
	panel.hidden = true;
	panel.parentElement?.classList.remove("has-panel");
	tell(undefined);
	document.getElementById("panel-body")?.replaceChildren();
	mark(undefined);
}

function mark(link: HTMLElement | undefined): void {
	opener?.classList.remove("opened");
	opener?.focus();
	opener = link;
	link?.classList.add("opened");
}

/** The panel bears the name of what is open in it, else that it shows content. */
function title(text: string | undefined): void {
	const head = document.getElementById("panel-title");
	if (head) {
		head.textContent = text || t("content");
	}
}

/** A document that was opened tells its title and who wrote it; its row keeps them. */
function name(link: HTMLElement, content: DocumentFragment): void {
	const items = content.querySelectorAll<HTMLElement>(".item[data-title]");
	const [item] = items;
	if (!item || items.length > 1) {
		title("");
		return;
	}
	link.dataset.title = item.dataset.title ?? "";
	title(item.dataset.title);
	const place = link.querySelector(".entry-title");
	if (place) {
		place.textContent = [item.dataset.title, item.dataset.authors].filter((s) => s).join(" ");
	}
}

function say(body: HTMLElement, text: string, retry?: () => void): void {
	const p = document.createElement("p");
	p.className = "empty";
	p.textContent = text;
	body.replaceChildren(p);
	if (retry) {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = t("retry");
		button.addEventListener("click", retry);
		body.append(button);
	}
}

async function open(link: HTMLAnchorElement): Promise<void> {
	const panel = document.getElementById("panel");
	const body = document.getElementById("panel-body");
	if (!panel || !body) {
		location.assign(link.href);
		return;
	}
	running?.abort();
	running = new AbortController();
	const mine = running;
	opener?.classList.remove("opened");
	opener = link;
	link.classList.add("opened");
	const stood = link.getBoundingClientRect().top;
	panel.hidden = false;
	panel.parentElement?.classList.add("has-panel");
	title(link.dataset.title);
	tell(undefined);
	say(body, t("opening"));
	// The list makes room for the panel; what was clicked stays where the pointer is.
	scrollBy(0, link.getBoundingClientRect().top - stood);
	panel.focus({ preventScroll: true });
	const timer = setTimeout(() => mine.abort(), TIMEOUT);
	const answer = await fetchFragment(link.href, mine.signal);
	clearTimeout(timer);
	if (mine !== running) {
		return; // another one was opened meanwhile
	}
	if (answer.kind === "content") {
		name(link, answer.content);
		body.replaceChildren(answer.content);
		body.scrollTop = 0;
		tell(body);
	} else if (answer.kind === "session") {
		endSession();
	} else if (answer.kind === "withdrawn") {
		const [, facility = ""] = /\/items\/([^/]+)/.exec(new URL(link.href).pathname) ?? [];
		if (await endRecord(facility)) {
			tell(undefined);
			return;
		}
		if (mine === running) {
			say(body, t("withdrawn"));
		}
	} else {
		say(body, t("open_failed"), () => void open(link));
	}
	link.scrollIntoView({ block: "nearest" });
}

export function startPanel(): void {
	document.addEventListener("click", (e) => {
		const at = e.target as Element;
		if (at.closest("[data-panel-close]")) {
			closePanel();
			return;
		}
		const link = at.closest<HTMLAnchorElement>("a[data-open]");
		if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) {
			e.preventDefault();
			void open(link);
		}
	});
}
