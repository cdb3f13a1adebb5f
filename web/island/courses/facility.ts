/** A facility as the strip of sources shows it. */
export interface Facility {
	id: string;
	name: string;
	mark: string;
	colour: string; // f1 … f8, f0
	order: number;
}

export function facilities(): Map<string, Facility> {
	const out = new Map<string, Facility>();
	for (const source of document.querySelectorAll<HTMLElement>("[data-source]")) {
		const mark = source.querySelector<HTMLElement>(".fm");
		const id = source.dataset.source ?? "";
		const colour = [...(mark?.classList ?? [])].find((c) => /^f\d$/.test(c)) ?? "f0";
		out.set(id, { id, name: mark?.title ?? "", mark: mark?.textContent ?? "", colour, order: out.size });
	}
	return out;
}
