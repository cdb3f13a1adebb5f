import { t } from "../text/text.ts";
import { type CreationOptions, type RequestOptions, readCreation, readRequest, write } from "./code.ts";

/** Told to a form when it holds the answer; whoever prevents what follows sends it otherwise. */
export const ANSWERED = "mizuhiki-passkey";

/** Says why nothing came of it; the key of a text. */
class Trouble extends Error {}

/**
 * Forms that stand for a passkey: the button asks the authenticator, and the form is sent
 * with its answer. They stay hidden where there is no script or no authenticator.
 */
export function startPasskeys(within: ParentNode = document): void {
	for (const form of within.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
		if (typeof PublicKeyCredential === "undefined" || !navigator.credentials) {
			openOther();
			continue;
		}
		form.hidden = false;
		form.querySelector<HTMLElement>("[autofocus]")?.focus(); // what was hidden did not get it
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			void run(form);
		});
	}
}

/** Opens what people use in place of a passkey. */
function openOther(): void {
	for (const other of document.querySelectorAll<HTMLDetailsElement>("details[data-passkey-other]")) {
		other.open = true;
	}
}

async function run(form: HTMLFormElement): Promise<void> {
	const button = form.querySelector<HTMLButtonElement>("button.primary");
	const answer = form.querySelector<HTMLInputElement>("[data-passkey-answer]");
	const state = form.querySelector<HTMLElement>("[data-passkey-state]");
	if (!button || !answer || !state || button.disabled) {
		return;
	}
	button.disabled = true;
	say(state, t("passkey_waiting"), false);
	try {
		answer.value = await ask(form.dataset.passkey === "create", form.dataset.options ?? "");
		if (form.dispatchEvent(new CustomEvent(ANSWERED, { bubbles: true, cancelable: true }))) {
			form.submit();
		}
	} catch (e) {
		button.disabled = false;
		button.focus();
		say(state, t(e instanceof Trouble ? e.message : troubleOf(e)), true);
		openOther();
	}
}

function say(state: HTMLElement, text: string, bad: boolean): void {
	state.hidden = false;
	state.textContent = text;
	state.classList.toggle("field-error", bad);
}

async function ask(create: boolean, address: string): Promise<string> {
	const options = await optionsOf(address);
	const made = create
		? await navigator.credentials.create({ publicKey: readCreation(options as CreationOptions) })
		: await navigator.credentials.get({ publicKey: readRequest(options as RequestOptions) });
	if (!(made instanceof PublicKeyCredential)) {
		throw new Trouble("passkey_failed");
	}
	return write(made);
}

async function optionsOf(address: string): Promise<unknown> {
	const response = await fetch(address, {
		method: "POST",
		body: new URLSearchParams({ origin: location.origin }),
		credentials: "same-origin",
		redirect: "error",
	}).catch(() => {
		throw new Trouble("passkey_silent");
	});
	if (response.status === 401 || response.status === 403) {
		location.reload(); // signed out, or a proof is wanted first: the page itself says which
		throw new Trouble("passkey_waiting");
	}
	if (response.status === 422) {
		throw new Trouble("passkey_address");
	}
	if (!response.ok) {
		throw new Trouble("passkey_silent");
	}
	return response.json();
}

function troubleOf(e: unknown): string {
	const name = e instanceof DOMException ? e.name : "";
	if (name === "InvalidStateError") {
		return "passkey_exists";
	}
	if (name === "NotAllowedError" || name === "AbortError") {
		return "passkey_cancelled";
	}
	return name === "SecurityError" ? "passkey_address" : "passkey_failed";
}
