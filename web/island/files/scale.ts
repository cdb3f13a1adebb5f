/** Scales of a page: pure rules, so that they can be tested. */
export const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;

/** The next step up or down from a scale that need not be one. */
export function step(scale: number, up: boolean): number {
	const near = 0.01;
	const next = up ? STEPS.find((s) => s > scale + near) : [...STEPS].reverse().find((s) => s < scale - near);
	return next ?? (up ? STEPS[STEPS.length - 1] : STEPS[0]) ?? 1;
}

/** The scale at which a page is as wide as its place. */
export function fitting(page: number, place: number): number {
	const scale = place / page;
	return Number.isFinite(scale) && scale > 0 ? Math.min(Math.max(scale, 0.25), 4) : 1;
}

/** Pixels of the canvas for one of the page: sharp on fine screens, within what a browser can hold. */
export function density(width: number, height: number, ratio: number, most = 16_000_000): number {
	return Math.min(ratio, Math.sqrt(most / Math.max(width * height, 1)));
}

/** Which page is being read: the last whose top is above the middle of the place. */
export function current(tops: readonly number[], scrolled: number, height: number): number {
	let page = 0;
	tops.forEach((top, i) => {
		if (top <= scrolled + height / 2) {
			page = i;
		}
	});
	return page + 1;
}
