/** Filters of the timeline, as page.TimelineQuery on the server applies them. */
export interface Doc {
	k: string; // kind
	f: string; // facility
	d?: string; // department
	a?: boolean; // a flagged result
	o?: boolean; // only ordered: no result
}

export interface Filters {
	kinds: string[];
	facility: string[];
	department: string[];
	abnormal: boolean;
}

export const NAMES = ["kinds", "facility", "department"] as const;
export type Name = (typeof NAMES)[number];

const VALUE: Record<Name, (d: Doc) => string> = {
	kinds: (d) => d.k,
	facility: (d) => d.f,
	department: (d) => d.d ?? "",
};

export function read(params: URLSearchParams): Filters {
	const list = (name: string): string[] => params.getAll(name).flatMap((v) => v.split(",").filter((s) => s !== ""));
	return {
		kinds: list("kinds"),
		facility: list("facility"),
		department: list("department"),
		abnormal: params.get("abnormal") === "1",
	};
}

export function write(filters: Filters, params: URLSearchParams): void {
	for (const name of NAMES) {
		params.delete(name);
		if (filters[name].length > 0) {
			params.set(name, filters[name].join(","));
		}
	}
	params.delete("abnormal");
	if (filters.abnormal) {
		params.set("abnormal", "1");
	}
}

export function toggle(filters: Filters, name: Name | "abnormal", value: string): Filters {
	if (name === "abnormal") {
		return { ...filters, abnormal: !filters.abnormal };
	}
	const old = filters[name];
	return { ...filters, [name]: old.includes(value) ? old.filter((v) => v !== value) : [...old, value] };
}

export const any = (f: Filters): boolean => f.abnormal || NAMES.some((n) => f[n].length > 0);

export function admits(filters: Filters, doc: Doc): boolean {
	return (
		NAMES.every((n) => filters[n].length === 0 || filters[n].includes(VALUE[n](doc))) &&
		(!filters.abnormal || doc.a === true)
	);
}

const shown = (docs: readonly Doc[], filters: Filters, name: Name | "abnormal", value: string): Doc[] => {
	const others = name === "abnormal" ? { ...filters, abnormal: true } : { ...filters, [name]: [value] };
	return docs.filter((d) => admits(others, d));
};

/** How many documents a choice would show if it were the only one of its kind; of a kind, those that are no mere orders. */
export const count = (docs: readonly Doc[], filters: Filters, name: Name | "abnormal", value: string): number =>
	shown(docs, filters, name, value).filter((d) => name !== "kinds" || d.o !== true).length;

/** How many orders a kind would show beside. */
export const ordered = (docs: readonly Doc[], filters: Filters, value: string): number =>
	shown(docs, filters, "kinds", value).filter((d) => d.o === true).length;
