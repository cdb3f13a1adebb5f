import { ANSWERED, startPasskeys } from "../passkey/passkey.ts";
import { fetchNow, LOCKED } from "../trusted/trusted.ts";
import { Clock } from "./clock.ts";
import { Shade, Warning } from "./shade.ts";

/** How long the server may take to say how the session stands. */
const ANSWER = 8000;

/** How often the page looks at the clock at least: a machine that slept has stopped its timers. */
const LOOK = 10_000;

/** How long until a lock by hand that did not reach the server is tried again. */
const RETRY = 5000;

/** Keeps over a reload that the page was locked by hand and the server may not know. */
const MARK = "mizuhiki-locked";

/** What tabs tell each other: whose session they show ("" on the sign-in page), that it was locked, that it goes on. */
type Word = { session: string } | "locked" | "open";

const others = new BroadcastChannel("mizuhiki-session");

/** Tells other tabs that nobody is signed in here any more. */
export function tellSignedOut(): void {
	others.postMessage({ session: "" } satisfies Word);
}

/**
 * A session that is left alone locks itself. This warns before, and when it happens takes
 * the page out of the document and shows the lock screen in its place: what was typed
 * comes back for whose session it is. The server decides; a page that slept asks it
 * before it shows anything again, and one that gets no answer locks itself.
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
		const response = await fetch("/session", {
			method,
			credentials: "same-origin",
			redirect: "error",
			signal: AbortSignal.timeout(ANSWER),
		});
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

class Guard {
	private readonly clock = new Clock();
	private readonly warning = new Warning(() => this.hand());
	private shade: Shade | undefined; // over the page while it is covered
	private timer = 0;
	private covers = 0; // how often the page was to be covered: what was asked before says nothing of after
	private proof = false; // locked by hand, and the server does not know: nothing but a proof uncovers
	private busy = false; // a proof is on its way
	private leaving = false;

	constructor(
		private readonly session: string,
		locksIn: number,
	) {
		this.clock.heard(now(), locksIn);
	}

	start(): void {
		for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) {
			document.addEventListener(kind, () => this.hand(), { passive: true, capture: true });
		}
		document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.look());
		addEventListener("pageshow", (e) => e.persisted && this.verify());
		document.addEventListener(LOCKED, () => this.cover());
		document.addEventListener("submit", (e) => this.byHand(e));
		others.onmessage = (e) => this.heard(e.data as Word);
		others.postMessage({ session: this.session } satisfies Word);
		this.wait();
		if (sessionStorage.getItem(MARK)) {
			this.lockByHand(); // loaded anew before the server knew
		}
	}

	private heard(word: Word): void {
		if (word === "locked") {
			this.cover();
		} else if (word === "open") {
			void this.check();
		} else if (word.session !== this.session) {
			this.leave(); // signed out, or somebody else has come: this page is not theirs
		}
	}

	/** A hand on the page keeps the session from locking itself. */
	private hand(): void {
		if (this.shade) {
			return;
		}
		if (this.clock.left(now()) === 0) {
			this.verify();
		} else if (this.clock.tells(now(), this.warning.open)) {
			void this.check("POST");
		}
	}

	/** A page that comes into sight: another tab may have signed out, the machine may have slept. */
	private look(): void {
		if (this.clock.left(now()) === 0) {
			this.verify();
		} else {
			void this.check();
		}
	}

	/** Shows nothing before it is known whether it may be shown. */
	private verify(): void {
		this.cover();
		void this.check();
	}

	private wait(): void {
		clearTimeout(this.timer);
		if (!this.shade) {
			this.timer = window.setTimeout(() => this.due(), Math.min(LOOK, this.clock.next(now())));
		}
	}

	private due(): void {
		if (this.clock.left(now()) === 0) {
			this.verify();
		} else if (this.clock.warns(now())) {
			if (!this.warning.open) {
				void this.check().then(() => !this.shade && this.clock.warns(now()) && this.warn()); // another tab may have been in use
			} else {
				this.warn();
			}
		}
		this.wait();
	}

	private warn(): void {
		this.warning.show(Math.ceil(this.clock.left(now()) / 1000));
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
			this.leave();
		} else if (state.kind === "open" && covers === this.covers && !this.proof) {
			this.clock.heard(now(), state.locks);
			if (!this.clock.warns(now())) {
				this.warning.close();
			}
			this.uncover();
		}
		return state.kind !== "silent";
	}

	/** Leaves a page that is nobody's any more; what it shows does not stay until the next one is there. */
	private leave(): void {
		if (this.leaving) {
			return;
		}
		this.leaving = true;
		this.cover();
		location.assign("/");
	}

	/** The form that locks by hand. */
	private byHand(e: SubmitEvent): void {
		const form = e.target as HTMLFormElement;
		if (form.matches("[data-lock]")) {
			e.preventDefault();
			this.lockByHand();
		}
	}

	private lockByHand(): void {
		this.proof = true;
		sessionStorage.setItem(MARK, "1");
		others.postMessage("locked" satisfies Word);
		this.cover(() => this.tellLock());
	}

	/** Tells the server of a lock by hand, again and again until it knows. */
	private async tellLock(): Promise<void> {
		if (!this.proof) {
			return;
		}
		try {
			const signal = AbortSignal.timeout(ANSWER);
			const answer = await fetch("/lock", { method: "POST", credentials: "same-origin", redirect: "manual", signal });
			if (answer.type === "opaqueredirect" || answer.status === 423) {
				this.known();
				this.covers++; // what was asked before the lock was there says nothing either
				return;
			}
		} catch {
			// tried again
		}
		setTimeout(() => void this.tellLock(), RETRY);
	}

	/** The server knows of the lock, or of a proof since. */
	private known(): void {
		this.proof = false;
		sessionStorage.removeItem(MARK);
	}

	/** Covers the page. What first does is waited for before the lock screen is asked for. */
	private cover(first: () => Promise<void> = async () => {}): void {
		this.covers++;
		if (this.shade) {
			return;
		}
		this.warning.remove();
		this.shade = new Shade();
		const shade = this.shade.element;
		shade.addEventListener("submit", (e) => {
			const form = e.target as HTMLFormElement;
			if (form.matches("[data-unlock]")) {
				e.preventDefault();
				void this.unlock(form);
			}
		});
		shade.addEventListener(ANSWERED, (e) => {
			e.preventDefault();
			void this.unlock(e.target as HTMLFormElement);
		});
		void first().then(() => this.show());
	}

	/** Shows the lock screen, or how to get at it while the server does not answer. Whether a proof was taken. */
	private async show(form?: URLSearchParams): Promise<boolean> {
		const answer = await fetchNow(form ? "/unlock" : "/lock", AbortSignal.timeout(15_000), form);
		const shade = this.shade;
		if (!shade || this.leaving) {
			return false;
		}
		if (answer === "locked" || answer.kind === "silent") {
			shade.unreachable(() => void this.show());
			return false;
		}
		if (answer.kind !== "content") {
			// Ended, unless another tab's proof has just changed the secret: that decides.
			return form !== undefined && (await ask("GET")).kind === "open" ? true : this.leaveNow();
		}
		if (answer.content.childElementCount === 0) {
			return true;
		}
		shade.show(answer.content);
		startPasskeys(shade.element);
		return false;
	}

	private leaveNow(): boolean {
		this.leave();
		return false;
	}

	private async unlock(form: HTMLFormElement): Promise<void> {
		if (this.busy) {
			return;
		}
		this.busy = true;
		const fields = new URLSearchParams();
		for (const [name, value] of new FormData(form)) {
			fields.append(name, value as string);
		}
		if (await this.show(fields)) {
			this.known();
			if (await this.check()) {
				others.postMessage("open" satisfies Word);
			} else {
				this.shade?.unreachable(() => void this.show());
			}
		}
		this.busy = false;
	}

	private uncover(): void {
		this.shade?.lift();
		this.shade = undefined;
		this.wait();
	}
}

/**
 * Milliseconds that go on while a machine sleeps and when its clock is set back: the wall
 * clock, or time since the page was loaded where that has gone further.
 */
function now(): number {
	return Math.max(Date.now() - LOADED, performance.now());
}

const LOADED = Date.now() - performance.now();
