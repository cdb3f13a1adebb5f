/** How long before the session locks itself the reader is warned, in milliseconds; never more than a third of it. */
const WARN = 2 * 60_000;

/** How often at most a hand on the page is told to the server, and while a warning is shown. */
const TELL = 60_000;
const TELL_WARNED = 1000;

/**
 * When a page has to do what about its session. All times are milliseconds of one clock.
 * What the server says counts; in between the page reckons.
 */
export class Clock {
	private locksAt = 0;
	private whole = 0;
	private told = 0;

	/** The session locks itself in so many milliseconds, as the server has just said. */
	heard(now: number, locksIn: number): void {
		this.whole = Math.max(this.whole, locksIn);
		this.locksAt = now + locksIn;
	}

	/** Whether a hand on the page now is to be told to the server, which then counts as done. */
	tells(now: number, warned = false): boolean {
		if (now - this.told < (warned ? TELL_WARNED : Math.min(TELL, this.whole / 4))) {
			return false;
		}
		this.told = now;
		return true;
	}

	/** Milliseconds until the session locks itself; none when it has. */
	left(now: number): number {
		return Math.max(0, this.locksAt - now);
	}

	/** Whether the reader is to be warned. */
	warns(now: number): boolean {
		return this.left(now) <= Math.min(WARN, this.whole / 3);
	}

	/** Milliseconds until the warning is due, or, from then on, until the next second of it. */
	next(now: number): number {
		return this.warns(now) ? Math.min(1000, this.left(now)) : this.left(now) - Math.min(WARN, this.whole / 3);
	}
}
