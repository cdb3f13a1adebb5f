/**
 * Files of documents in place: a link marked data-view opens its file below itself, those
 * marked data-view-now by themselves. Without script the link is an ordinary one.
 */
import { OPENED } from "../panel/panel.ts";
import { endSession } from "../parts/session.ts";
import { t } from "../text/text.ts";
import { type Fetched, fetchFile } from "./fetch.ts";
import type { Shown } from "./pdf.ts";

interface View {
	host: HTMLElement;
	stop: AbortController;
	shown?: Shown;
}

/** What is open, by the link that opened it. */
const open = new Map<HTMLElement, View>();

function close(link: HTMLElement): void {
	const view = open.get(link);
	if (!view) {
		return;
	}
	open.delete(link);
	view.stop.abort();
	view.shown?.close();
	view.host.remove();
	link.setAttribute("aria-expanded", "false");
	name(link, t("file_show"));
}

/** The link says what it does next; the file's name, unseen, stays behind it. */
function name(link: HTMLElement, text: string): void {
	if (link.firstChild) {
		link.firstChild.textContent = text;
	}
}

function say(host: HTMLElement, text: string): void {
	const p = document.createElement("p");
	p.className = "empty";
	p.setAttribute("role", "status");
	p.textContent = text;
	host.replaceChildren(p);
}

/** The policy lets pictures come from this server or stand in their address, not from memory. */
function image(view: View, file: Blob, label: string): void {
	const reader = new FileReader();
	const img = document.createElement("img");
	img.alt = label;
	img.addEventListener("error", () => say(view.host, t("file_unreadable")));
	reader.addEventListener("load", () => {
		img.src = reader.result as string;
		view.host.replaceChildren(img);
	});
	reader.readAsDataURL(file);
}

async function show(link: HTMLAnchorElement): Promise<void> {
	const host = document.createElement("div");
	host.className = "file-view";
	const view: View = { host, stop: new AbortController() };
	open.set(link, view);
	link.closest(".file")?.append(host);
	link.setAttribute("aria-expanded", "true");
	name(link, t("file_hide"));
	say(host, t("file_loading"));
	const got: Fetched = await fetchFile(link.href, view.stop.signal);
	if (open.get(link) !== view) {
		return; // closed meanwhile
	}
	if (got.kind === "session") {
		endSession();
	} else if (got.kind !== "file") {
		say(host, got.kind === "gone" ? t("file_gone") : t("file_failed"));
	} else if (link.dataset.view === "image") {
		image(view, got.file, link.dataset.name ?? "");
	} else {
		await pdf(view, got.file, link.dataset.name ?? "");
	}
}

async function pdf(view: View, file: Blob, label: string): Promise<void> {
	try {
		const lib = await import("./pdf.ts");
		const shown = await lib.show(view.host, new Uint8Array(await file.arrayBuffer()), label);
		if (view.stop.signal.aborted) {
			shown.close();
		} else {
			view.shown = shown;
		}
	} catch (e) {
		say(view.host, (e as Error).name === "PasswordException" ? t("file_locked") : t("file_unreadable"));
	}
}

export function startFiles(): void {
	document.addEventListener("click", (e) => {
		const link = (e.target as Element).closest<HTMLAnchorElement>("a[data-view]");
		if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) {
			return;
		}
		e.preventDefault();
		if (open.has(link)) {
			close(link);
		} else {
			void show(link);
		}
	});
	document.addEventListener(OPENED, (e) => {
		for (const link of [...open.keys()]) {
			close(link);
		}
		const content = (e as CustomEvent<HTMLElement | undefined>).detail;
		for (const link of content?.querySelectorAll<HTMLAnchorElement>("a[data-view-now]") ?? []) {
			void show(link);
		}
	});
}
