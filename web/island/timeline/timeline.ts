/**
 * Filters the timeline in place. The server has drawn every document of the span and
 * hidden what the URL's filters hide; here the same is done without asking it again,
 * and the URL follows, so that reload, back and a bookmark show the same.
 */
import { admits, any, count, type Doc, type Filters, type Name, ordered, read, toggle, write } from "./filter.ts";

interface Drawn {
	element: HTMLElement;
	docs: Doc[];
	count: HTMLElement | null;
}

export function startTimeline(): void {
	const root = document.querySelector<HTMLElement>("[data-island=timeline]");
	if (!root) {
		return;
	}
	const drawn: Drawn[] = [...root.querySelectorAll<HTMLElement>("[data-docs]")].map((element) => ({
		element,
		docs: JSON.parse(element.dataset.docs ?? "[]") as Doc[],
		count: element.querySelector<HTMLElement>("[data-count]"),
	}));
	const docs = drawn.flatMap((d) => d.docs);
	const calendar = root.querySelector<HTMLElement>(".calendar-scroll");
	if (calendar) {
		calendar.scrollLeft = calendar.scrollWidth; // where it does not fit, the latest is what people look for
	}
	let filters = read(new URLSearchParams(location.search));
	root.addEventListener("click", (e) => {
		const at = (e.target as Element).closest<HTMLElement>("[data-filter], [data-filter-clear]");
		const mouse = e as MouseEvent;
		if (!at || mouse.ctrlKey || mouse.metaKey || mouse.shiftKey) {
			return;
		}
		e.preventDefault();
		filters =
			at.dataset.filter === undefined
				? { kinds: [], facility: [], department: [], abnormal: false }
				: toggle(filters, at.dataset.filter as Name | "abnormal", at.dataset.value ?? "");
		apply(root, drawn, docs, filters);
	});
}

function apply(root: HTMLElement, drawn: readonly Drawn[], docs: readonly Doc[], filters: Filters): void {
	for (const d of drawn) {
		const n = d.docs.filter((doc) => admits(filters, doc)).length;
		d.element.hidden = n === 0;
		if (d.count) {
			d.count.textContent = n > 1 ? String(n) : "";
		}
	}
	for (const day of root.querySelectorAll<HTMLElement>("[data-day]")) {
		day.hidden = day.querySelector("[data-docs]:not([hidden])") === null;
	}
	for (const item of root.querySelectorAll<HTMLElement>("[data-filter]")) {
		const name = item.dataset.filter as Name | "abnormal";
		const value = item.dataset.value ?? "";
		const on = name === "abnormal" ? filters.abnormal : filters[name].includes(value);
		if (on) {
			item.setAttribute("aria-current", "true");
		} else {
			item.removeAttribute("aria-current");
		}
		const orders = item.querySelector(".count-ordered");
		if (orders) {
			orders.textContent = String(ordered(docs, filters, value));
		}
		const number = item.querySelector(".count");
		if (number) {
			number.textContent = String(count(docs, filters, name, value));
		}
	}
	const shown = root.querySelector("[data-shown]");
	if (shown) {
		shown.textContent = String(docs.filter((d) => admits(filters, d)).length);
	}
	const clear = root.querySelector<HTMLElement>("[data-filter-clear]");
	if (clear) {
		clear.hidden = !any(filters);
	}
	follow(root, filters);
}

/** Lets the address and the links to other spans and forms carry the filters. */
function follow(root: HTMLElement, filters: Filters): void {
	const here = new URL(location.href);
	write(filters, here.searchParams);
	history.replaceState(null, "", here);
	for (const link of root.querySelectorAll<HTMLAnchorElement>(".tools a")) {
		const url = new URL(link.href);
		write(filters, url.searchParams);
		link.href = url.href;
	}
}
