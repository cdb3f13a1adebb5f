/**
 * What a bar means, to mouse, keyboard and finger: most are too narrow for words. The chart
 * is one stop of the Tab key; arrows go along a row and from row to row. The box stays while
 * the mouse goes to it and goes away by Esc (WCAG 1.4.13).
 */

const NEAR = 12; // pixels: a mark is narrower than a finger
const DELAY = 250;

/** What is said of a bar, a line each; the first is the most wanted. */
const said = new WeakMap<Element, string[]>();

export function tell(bar: Element, lines: readonly string[]): void {
	const all = lines.filter((l) => l !== "");
	said.set(bar, all);
	bar.setAttribute("aria-label", all.join(" "));
}

export class About {
	private readonly box = document.createElement("div");
	private at: Element | undefined;
	private leaving: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly table: HTMLTableElement) {
		this.box.className = "course-about";
		this.box.setAttribute("role", "tooltip");
		this.box.hidden = true;
		table.after(this.box);
		table.addEventListener("focusin", (e) => this.show((e.target as Element).closest(".course")));
		table.addEventListener("focusout", () => this.hide());
		table.addEventListener("pointermove", (e) => e.pointerType === "mouse" && this.show(nearest(e)));
		table.addEventListener("pointerleave", () => this.later());
		table.addEventListener("click", (e) => nearest(e)?.focus());
		table.addEventListener("keydown", (e) => this.key(e));
		this.box.addEventListener("pointerenter", () => clearTimeout(this.leaving));
		this.box.addEventListener("pointerleave", () => this.later());
		document.addEventListener("keydown", (e) => e.key === "Escape" && this.hide());
		document.addEventListener("scroll", () => this.place(), { capture: true, passive: true });
	}

	/** Begins anew with the bars that were drawn: the first row's latest is the Tab key's stop. */
	drawn(): void {
		this.hide();
		const first = this.table.querySelector("tbody svg");
		[...(first?.querySelectorAll(".course") ?? [])].at(-1)?.setAttribute("tabindex", "0");
	}

	private focused(): Element | null {
		const on = document.activeElement;
		return on && this.table.contains(on) ? on.closest(".course") : null;
	}

	private later(): void {
		clearTimeout(this.leaving);
		this.leaving = setTimeout(() => this.hide(), DELAY);
	}

	private show(bar: Element | null): void {
		clearTimeout(this.leaving);
		if (!bar) {
			this.later();
			return;
		}
		if (this.at === bar && !this.box.hidden) {
			return;
		}
		this.at = bar;
		const [first = "", ...others] = said.get(bar) ?? [];
		const strong = document.createElement("b");
		strong.textContent = first;
		const lines = others.map((line) => {
			const p = document.createElement("p");
			p.textContent = line;
			return p;
		});
		this.box.replaceChildren(strong, ...lines);
		this.box.hidden = false;
		this.place();
	}

	private hide(): void {
		clearTimeout(this.leaving);
		this.box.hidden = true;
		this.at = undefined;
	}

	/** Below the bar or, where the screen ends, above it: never over what it speaks of. */
	private place(): void {
		if (!this.at || this.box.hidden) {
			return;
		}
		const bar = this.at.getBoundingClientRect();
		const own = this.box.getBoundingClientRect();
		const middle = (Math.max(bar.left, 0) + Math.min(bar.right, innerWidth)) / 2;
		const below = bar.bottom + 6;
		this.box.style.left = `${Math.max(8, Math.min(middle - own.width / 2, innerWidth - own.width - 8))}px`;
		this.box.style.top = `${below + own.height > innerHeight ? bar.top - own.height - 6 : below}px`;
	}

	private key(e: KeyboardEvent): void {
		const bar = this.focused();
		if (!bar || e.altKey || e.ctrlKey || e.metaKey) {
			return;
		}
		const to = step(this.table, bar, e.key);
		if (to) {
			e.preventDefault();
			e.stopPropagation();
			for (const stop of this.table.querySelectorAll(".course[tabindex='0']")) {
				stop.setAttribute("tabindex", "-1");
			}
			to.setAttribute("tabindex", "0");
			to.focus();
		}
	}
}

const barsOf = (row: Element | null | undefined): SVGElement[] => [
	...(row?.querySelectorAll<SVGElement>(".course") ?? []),
];

const middle = (bar: Element): number => {
	const at = bar.getBoundingClientRect();
	return (at.left + at.right) / 2;
};

/** The bar to which a key goes from another; undefined for keys that go nowhere. */
function step(table: HTMLTableElement, from: Element, key: string): SVGElement | undefined {
	const row = from.closest("tr");
	const along = barsOf(row);
	const at = along.indexOf(from as SVGElement);
	switch (key) {
		case "ArrowLeft":
			return along[Math.max(at - 1, 0)];
		case "ArrowRight":
			return along[Math.min(at + 1, along.length - 1)];
		case "Home":
			return along[0];
		case "End":
			return along.at(-1);
		case "ArrowUp":
		case "ArrowDown": {
			const rows = [...table.querySelectorAll("tbody tr")];
			const next = rows[rows.indexOf(row as Element) + (key === "ArrowUp" ? -1 : 1)];
			return closest(barsOf(next), middle(from));
		}
	}
	return undefined;
}

const closest = (bars: readonly SVGElement[], x: number): SVGElement | undefined =>
	bars.reduce<SVGElement | undefined>(
		(best, b) => (best && Math.abs(middle(best) - x) <= Math.abs(middle(b) - x) ? best : b),
		undefined,
	);

/** The bar at, or near to, where a pointer is. */
function nearest(e: MouseEvent): SVGElement | null {
	const on = (e.target as Element).closest<SVGElement>(".course");
	if (on) {
		return on;
	}
	const away = (b: SVGElement): number => {
		const at = b.getBoundingClientRect();
		return Math.max(at.left - e.clientX, e.clientX - at.right, at.top - e.clientY, e.clientY - at.bottom, 0);
	};
	const near = barsOf((e.target as Element).closest("svg")).filter((b) => away(b) <= NEAR);
	return near.sort((a, b) => away(a) - away(b))[0] ?? null;
}
