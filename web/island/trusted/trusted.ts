import { whenShown } from "../lock/covered.ts";

/**
 * The only place where text becomes elements or script. The policy of Trusted Types is
 * not given out: what passes through it is an answer of this very server, or a worker of
 * its own build, and nothing else.
 */
interface Policy {
	createHTML(input: string): unknown;
	createScriptURL(input: string): unknown;
}
interface Factory {
	createPolicy(
		name: string,
		rules: { createHTML(input: string): string; createScriptURL(input: string): string },
	): Policy;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy: Policy | undefined = factory?.createPolicy("mizuhiki-fragment", {
	createHTML: (input) => input,
	createScriptURL: (input) => input,
});

/** Starts a worker of the build; any other address is a mistake of the program. */
export function startWorker(address: string): Worker {
	const url = new URL(address, location.href);
	if (url.origin !== location.origin || !url.pathname.startsWith("/assets/")) {
		throw new Error("a worker that is not of this build");
	}
	return new Worker((policy?.createScriptURL(url.href) ?? url.href) as string, { type: "module" });
}

/** Unfolds what came along in a fragment of this server as text: rows of an older year. */
export function unfold(folded: HTMLScriptElement): DocumentFragment {
	const html = folded.text;
	const holder = document.createElement("template");
	holder.innerHTML = (policy?.createHTML(html) ?? html) as string;
	return holder.content;
}

/** What became of a request for a fragment. */
export type Answer =
	| { kind: "content"; content: DocumentFragment }
	| { kind: "session" } // signed out meanwhile
	| { kind: "withdrawn" } // not there, or not for this reader any more
	| { kind: "silent" }; // no answer, or none that helps

/** Told to the document when the session turns out to be locked: the page is to be covered. */
export const LOCKED = "mizuhiki-locked";

/**
 * Fetches a fragment for the page. While the lock screen covers that, the answer waits, and
 * what a locked session did not get is asked for again. begun is called when an answer that
 * has content begins; all of it may come much later.
 */
export async function fetchFragment(url: string, signal: AbortSignal, begun?: () => void): Promise<Answer> {
	const answer = await fetchNow(url, signal, undefined, begun);
	if (answer !== "locked") {
		await whenShown();
		return answer;
	}
	document.dispatchEvent(new Event(LOCKED));
	await whenShown();
	const again = await fetchNow(url, AbortSignal.timeout(AGAIN), undefined, begun);
	return again === "locked" ? { kind: "silent" } : again;
}

/** How long what was asked for again may take. */
const AGAIN = 10_000;

/** Fetches a fragment, with a form by POST, whatever covers the page. An answer that holds nothing is an empty fragment. */
export async function fetchNow(
	url: string,
	signal: AbortSignal,
	form?: URLSearchParams,
	begun?: () => void,
): Promise<Answer | "locked"> {
	const target = new URL(url, location.href);
	if (target.origin !== location.origin) {
		return { kind: "withdrawn" };
	}
	try {
		const response = await fetch(target, {
			signal,
			credentials: "same-origin",
			redirect: "error",
			headers: { Accept: "text/html" },
			...(form ? { method: "POST", body: form } : {}),
		});
		if (response.status === 401) {
			return { kind: "session" };
		}
		if (response.status === 423) {
			return "locked";
		}
		if (response.status === 204) {
			return { kind: "content", content: document.createDocumentFragment() };
		}
		if (response.status === 404 || response.status === 403) {
			return { kind: "withdrawn" };
		}
		if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/html")) {
			return { kind: "silent" };
		}
		begun?.();
		const html = await response.text();
		const holder = document.createElement("template");
		holder.innerHTML = (policy?.createHTML(html) ?? html) as string;
		return { kind: "content", content: holder.content };
	} catch {
		return { kind: "silent" };
	}
}
