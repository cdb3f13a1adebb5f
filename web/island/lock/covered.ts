/** Whether the lock screen covers the page; who changes the page waits until it does not. */
let shown: Promise<void> | undefined;
let resolve: (() => void) | undefined;

export function covered(): void {
	shown ??= new Promise((done) => {
		resolve = done;
	});
}

export function uncovered(): void {
	resolve?.();
	shown = undefined;
	resolve = undefined;
}

/** Resolves when the page stands in the document; at once if it does. */
export const whenShown = (): Promise<void> => shown ?? Promise.resolve();
