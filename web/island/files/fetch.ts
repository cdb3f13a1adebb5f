import { LOCKED } from "../trusted/trusted.ts";

/** What became of asking for a file. */
export type Fetched =
	| { kind: "file"; file: Blob }
	| { kind: "session" } // signed out meanwhile
	| { kind: "gone" } // not there, or not for this reader any more
	| { kind: "failed" }; // no answer, cut off in the middle, or stopped

/**
 * Fetches a file of this server. A redirect leads to where one signs in, so it means
 * that the session has ended.
 */
export async function fetchFile(address: string, signal: AbortSignal): Promise<Fetched> {
	const url = new URL(address, location.href);
	if (url.origin !== location.origin) {
		return { kind: "gone" };
	}
	try {
		const response = await fetch(url, { signal, credentials: "same-origin", redirect: "manual" });
		if (response.status === 423) {
			document.dispatchEvent(new Event(LOCKED));
			return { kind: "failed" };
		}
		if (response.type === "opaqueredirect" || response.status === 401) {
			return { kind: "session" };
		}
		if (response.status === 404 || response.status === 403) {
			return { kind: "gone" };
		}
		if (!response.ok) {
			return { kind: "failed" };
		}
		return { kind: "file", file: await response.blob() };
	} catch {
		return { kind: "failed" };
	}
}
