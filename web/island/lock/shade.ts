/** What the guard draws: the shade that takes a page's place, and the warning before. */
import "./lock.css";
import { t } from "../text/text.ts";
import { covered, uncovered } from "./covered.ts";

/** Takes the page out of the document and stands in its place; what was typed is put back with it. */
export class Shade {
	readonly element = document.createElement("main");
	// The symbols and the texts stay: the lock screen draws with them.
	private readonly nodes = [...document.body.children].filter((e) => !e.matches(".sprite, #texts"));
	private readonly title = document.title;
	private readonly scroll = scrollY;
	private readonly focus = document.activeElement as HTMLElement | null;
	private readonly dialogs = [...document.querySelectorAll<HTMLDialogElement>("dialog:modal")];

	constructor() {
		covered();
		for (const e of this.nodes) {
			e.remove();
		}
		document.title = t("lock_title");
		this.element.className = "lock-shade";
		this.say();
		document.body.append(this.element);
	}

	/** Says that the screen is locked, and what else there is to say. */
	say(text = "", ...more: HTMLElement[]): void {
		const box = document.createElement("div");
		box.className = "lock-card";
		const head = document.createElement("h1");
		head.textContent = t("lock_title_short");
		box.append(head);
		if (text) {
			const note = document.createElement("p");
			note.setAttribute("role", "alert");
			note.textContent = text;
			box.append(note);
		}
		box.append(...more);
		this.element.replaceChildren(box);
	}

	/** Says that the server does not answer, with a button to try again. */
	unreachable(again: () => void): void {
		const button = document.createElement("button");
		button.className = "primary";
		button.textContent = t("lock_again");
		button.addEventListener("click", again);
		this.say(t("lock_silent"), button);
		button.focus();
	}

	/** Shows the lock screen that the server drew. */
	show(screen: DocumentFragment): void {
		this.element.replaceChildren(screen);
		const first = this.element.querySelector<HTMLElement>("form:not([hidden]) [autofocus]");
		(first ?? this.element.querySelector<HTMLElement>("h1"))?.focus();
	}

	/** Puts the page back as it was. */
	lift(): void {
		this.element.remove();
		document.body.prepend(...this.nodes);
		document.title = this.title;
		scrollTo(0, this.scroll);
		for (const dialog of this.dialogs.filter((d) => d.isConnected)) {
			dialog.removeAttribute("open"); // out of the document it has left the top layer
			dialog.showModal();
		}
		this.focus?.focus({ preventScroll: true });
		uncovered();
	}
}

/** Tells that the screen locks itself soon, and asks for a hand. */
export class Warning {
	private readonly dialog = document.createElement("dialog");
	private readonly left = document.createElement("p");

	constructor(goOn: () => void) {
		this.dialog.className = "lock-warning";
		this.dialog.setAttribute("aria-labelledby", "lock-warning");
		const title = document.createElement("h2");
		title.id = "lock-warning";
		title.textContent = t("lock_soon");
		this.left.setAttribute("role", "timer");
		const actions = document.createElement("p");
		actions.className = "actions";
		const button = document.createElement("button");
		button.className = "primary";
		button.textContent = t("lock_go_on");
		button.addEventListener("click", goOn);
		actions.append(button);
		this.dialog.append(title, this.left, actions);
	}

	get open(): boolean {
		return this.dialog.open;
	}

	/** Shows how many seconds are left. */
	show(seconds: number): void {
		this.left.textContent = t("lock_left", { n: seconds });
		if (!this.dialog.open) {
			document.body.append(this.dialog);
			this.dialog.showModal();
		}
	}

	close(): void {
		this.dialog.close();
	}

	/** Closes it and takes it out of the page. */
	remove(): void {
		this.dialog.close();
		this.dialog.remove();
	}
}
