import "./lock.css";
import { ANSWERED, startPasskeys } from "../passkey/passkey.ts";
import { t } from "../text/text.ts";
import { fetchFragment, LOCKED } from "../trusted/trusted.ts";
import { Clock } from "./clock.ts";

/**
 * A session that is left alone locks itself. This warns before, and when it happens takes
 * the page out of the document and shows the lock screen in its place: what was typed
 * comes back for whose session it is. The server decides; a page that slept asks it
 * before it shows anything again.
 */
export function startLock(): void {
	const top = document.querySelector<HTMLElement>("[data-session]");
	const session = top?.dataset.session;
	if (session) {
		new Guard(session, Number(top.dataset.locks) * 1000).start();
	}
}

type State = { kind: "open"; session: string; locks: number } | { kind: "locked" | "ended" | "silent" };

async function ask(method: "GET" | "POST"): Promise<State> {
	try {
		const response = await fetch("/session", { method, credentials: "same-origin", redirect: "error" });
		if (response.status === 423) {
			return { kind: "locked" };
		}
		if (response.status === 401) {
			return { kind: "ended" };
		}
		const { session, locks } = (await response.json()) as { session: string; locks: number };
		return { kind: "open", session, locks: locks * 1000 };
	} catch {
		return { kind: "silent" };
	}
}

/** What a covered page is put together from again. */
interface Held {
	nodes: Element[];
	title: string;
	scroll: number;
	focus: HTMLElement | null;
	dialogs: HTMLDialogElement[];
}

class Guard {
	private readonly clock = new Clock();
	private readonly others = new BroadcastChannel("mizuhiki-session");
	private readonly warning = warningDialog(() => this.hand());
	private held: Held | undefined;
	private timer = 0;
	private covers = 0; // how often the page was covered: what was asked before says nothing of after
	private proof = false; // locked by hand, and the server does not know: nothing but a proof uncovers

	constructor(
		private readonly session: string,
		locksIn: number,
	) {
		this.clock.heard(Date.now(), locksIn);
	}

	start(): void {
		for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) {
			document.addEventListener(kind, () => this.hand(), { passive: true, capture: true });
		}
		document.addEventListener("visibilitychange", () => this.woke());
		addEventListener("pageshow", (e) => e.persisted && this.verify());
		document.addEventListener(LOCKED, () => this.cover());
		document.addEventListener("submit", (e) => this.byHand(e));
		this.others.onmessage = (e) => (e.data === "locked" ? this.cover() : void this.check());
		this.wait();
	}

	/** A hand on the page keeps the session from locking itself. */
	private hand(): void {
		if (!this.held && (this.warning.open || this.clock.tells(Date.now()))) {
			void this.check("POST");
		}
	}

	/** A page that was out of sight, or a machine that slept. */
	private woke(): void {
		if (document.visibilityState === "visible" && this.clock.left(Date.now()) === 0) {
			this.verify();
		}
	}

	/** Shows nothing before it is known whether it may be shown. */
	private verify(): void {
		this.cover();
		void this.check();
	}

	private wait(): void {
		clearTimeout(this.timer);
		if (!this.held) {
			this.timer = window.setTimeout(() => void this.due(), this.clock.next(Date.now()));
		}
	}

	private async due(): Promise<void> {
		if (!this.clock.warns(Date.now())) {
			this.wait();
			return;
		}
		if (!this.warning.open || this.clock.left(Date.now()) === 0) {
			await this.check(); // another tab may have been in use
		}
		if (!this.held && this.clock.warns(Date.now())) {
			this.warn();
		}
		this.wait();
	}

	private warn(): void {
		if (this.clock.left(Date.now()) === 0) {
			this.cover(); // the server does not answer: this page locks itself all the same
			return;
		}
		const seconds = Math.ceil(this.clock.left(Date.now()) / 1000);
		const place = this.warning.querySelector("[data-left]");
		if (place) {
			place.textContent = t("lock_left", { n: seconds });
		}
		if (!this.warning.open) {
			document.body.append(this.warning);
			this.warning.showModal();
		}
	}

	/**
	 * Asks the server how the session stands, and does what follows. Whether it answered.
	 * A page that was covered meanwhile stays so: the answer may be older than the lock.
	 */
	private async check(method: "GET" | "POST" = "GET"): Promise<boolean> {
		const covers = this.covers;
		const state = await ask(method);
		if (state.kind === "locked") {
			this.cover();
		} else if (state.kind === "ended" || (state.kind === "open" && state.session !== this.session)) {
			location.assign("/"); // signed out, or somebody else has come: this page is not theirs
		} else if (state.kind === "open" && covers === this.covers && !this.proof) {
			this.clock.heard(Date.now(), state.locks);
			if (!this.clock.warns(Date.now())) {
				this.warning.close();
			}
			this.uncover();
			this.wait();
		}
		return state.kind !== "silent";
	}

	/** The form that locks by hand. */
	private byHand(e: SubmitEvent): void {
		const form = e.target as HTMLFormElement;
		if (!form.matches("[data-lock]")) {
			return;
		}
		e.preventDefault();
		this.proof = true;
		this.cover(async () => {
			const answer = await fetch(form.action, { method: "POST", credentials: "same-origin", redirect: "manual" });
			if (answer.type === "opaqueredirect" || answer.status === 423) {
				this.covers++; // what was asked before the lock was there says nothing either
				this.proof = false;
				this.others.postMessage("locked");
			}
		});
	}

	/** Covers the page. What first does is waited for before the lock screen is asked for. */
	private cover(first: () => Promise<void> = async () => {}): void {
		if (this.held) {
			return;
		}
		this.covers++;
		this.warning.close();
		this.warning.remove();
		const dialogs = [...document.querySelectorAll<HTMLDialogElement>("dialog:modal")];
		// The symbols and the texts stay: the lock screen draws with them.
		const nodes = [...document.body.children].filter((e) => !e.matches(".sprite, #texts"));
		this.held = {
			nodes,
			title: document.title,
			scroll: scrollY,
			focus: document.activeElement as HTMLElement | null,
			dialogs,
		};
		for (const e of nodes) {
			e.remove();
		}
		document.title = t("lock_title");
		const shade = document.createElement("main");
		shade.className = "lock-shade";
		shade.addEventListener("submit", (e) => {
			const form = e.target as HTMLFormElement;
			if (form.matches("[data-unlock]")) {
				e.preventDefault();
				void this.unlock(shade, form);
			}
		});
		shade.addEventListener(ANSWERED, (e) => {
			e.preventDefault();
			void this.unlock(shade, e.target as HTMLFormElement);
		});
		document.body.append(shade);
		void first()
			.catch(() => {}) // the page is covered in any case; the server locks the session by itself in time
			.then(() => this.show(shade));
	}

	/** Shows the lock screen, or how to get at it while the server does not answer. */
	private async show(shade: HTMLElement, form?: URLSearchParams): Promise<boolean> {
		const answer = await fetchFragment(form ? "/unlock" : "/lock", AbortSignal.timeout(15_000), form);
		if (answer.kind === "session" || answer.kind === "withdrawn") {
			location.assign("/");
			return false;
		}
		if (answer.kind === "silent") {
			this.unreachable(shade);
			return false;
		}
		if (answer.content.childElementCount === 0) {
			return true;
		}
		shade.replaceChildren(answer.content);
		startPasskeys(shade);
		(
			shade.querySelector<HTMLElement>("form:not([hidden]) [autofocus]") ?? shade.querySelector<HTMLElement>("h1")
		)?.focus();
		return false;
	}

	/** Says that the server does not answer, and tries again at a press. */
	private unreachable(shade: HTMLElement): void {
		const note = document.createElement("p");
		note.setAttribute("role", "alert");
		note.textContent = t("lock_silent");
		const again = document.createElement("button");
		again.className = "primary";
		again.textContent = t("lock_again");
		again.addEventListener("click", () => void this.show(shade));
		const card = document.createElement("div");
		card.className = "lock-card";
		card.append(note, again);
		shade.replaceChildren(card);
		again.focus();
	}

	private async unlock(shade: HTMLElement, form: HTMLFormElement): Promise<void> {
		const fields = new URLSearchParams();
		for (const [name, value] of new FormData(form)) {
			fields.append(name, value as string);
		}
		if (!(await this.show(shade, fields))) {
			return;
		}
		this.proof = false;
		if (await this.check()) {
			this.others.postMessage("open");
		} else {
			this.unreachable(shade);
		}
	}

	private uncover(): void {
		const held = this.held;
		if (!held) {
			return;
		}
		this.held = undefined;
		document.querySelector(".lock-shade")?.remove();
		document.body.prepend(...held.nodes);
		document.title = held.title;
		scrollTo(0, held.scroll);
		for (const dialog of held.dialogs) {
			dialog.removeAttribute("open"); // out of the document it has left the top layer
			dialog.showModal();
		}
		held.focus?.focus({ preventScroll: true });
	}
}

function warningDialog(goOn: () => void): HTMLDialogElement {
	const dialog = document.createElement("dialog");
	dialog.className = "lock-warning";
	dialog.setAttribute("aria-labelledby", "lock-warning");
	const title = document.createElement("h2");
	title.id = "lock-warning";
	title.textContent = t("lock_soon");
	const left = document.createElement("p");
	left.dataset.left = "";
	left.setAttribute("role", "timer");
	const actions = document.createElement("p");
	actions.className = "actions";
	const button = document.createElement("button");
	button.className = "primary";
	button.textContent = t("lock_go_on");
	button.addEventListener("click", goOn);
	actions.append(button);
	dialog.append(title, left, actions);
	return dialog;
}
