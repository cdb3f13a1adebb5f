/** Bars of every drug over time, merged across facilities, in SVG of the page itself. */

import { kindsOf, nothing, type Outcome } from "../parts/outcome.ts";
import { DATA, type PartData, SETTLED } from "../parts/parts.ts";
import { t } from "../text/text.ts";
import { type Facility, facilities } from "./facility.ts";
import { type Bar, type Course, type DrugRow, dayNumber, isoOf, layOut, ticks } from "./layout.ts";
import { showWithin } from "./within.ts";

const SVG = "http://www.w3.org/2000/svg";
const MONTHS: Record<string, number> = { "1m": 1, "3m": 3, "1y": 12 };

function svg(name: string, attributes: Record<string, string>, text?: string): SVGElement {
	const e = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(attributes)) {
		e.setAttribute(key, value);
	}
	if (text !== undefined) {
		e.textContent = text;
	}
	return e;
}

class Chart {
	private readonly parts = new Map<string, Course[]>();
	private span = "1y";
	private readonly known: Map<string, Facility> = facilities();
	private readonly table = document.createElement("table");
	private none = ""; // what an empty chart means, once that is known

	constructor(private readonly root: HTMLElement) {
		this.table.className = "courses";
		root.append(this.table);
		document.addEventListener(DATA, (e) => {
			const { name, facility, data } = (e as CustomEvent<PartData>).detail;
			if (name === "*") {
				this.parts.delete(facility);
				this.draw();
			} else if (name === "courses") {
				this.parts.set(facility, data as Course[]);
				this.draw();
			}
		});
		document.addEventListener(SETTLED, (e) => {
			const own = root.querySelector("[data-empty]")?.textContent ?? "";
			this.none = nothing((e as CustomEvent<Outcome[]>).detail, kindsOf(root), own);
			this.draw();
		});
		addEventListener("resize", () => this.write());
		const choice = document.querySelector("[data-courses-span]");
		choice?.addEventListener("click", (e) => {
			const button = (e.target as Element).closest<HTMLElement>("[data-span]");
			if (button) {
				this.choose(button.dataset.span ?? "1y");
			}
		});
	}

	private choose(span: string): void {
		this.span = span;
		for (const b of document.querySelectorAll<HTMLElement>("[data-courses-span] [data-span]")) {
			b.setAttribute("aria-pressed", String(b.dataset.span === span));
		}
		this.draw();
	}

	private draw(): void {
		const courses = [...this.parts.values()].flat();
		const today = dayNumber(this.root.dataset.today ?? "");
		const ahead = courses.reduce((last, c) => Math.max(last, dayNumber(c.end)), today);
		const to = Math.min(ahead, today + 60) + 2;
		const months = MONTHS[this.span];
		const from = months
			? to - Math.round(months * 30.5)
			: courses.reduce((first, c) => Math.min(first, dayNumber(c.start)), today - 30);
		const rows = layOut(courses, from, to);
		const waiting = this.root.querySelector<HTMLElement>("[data-waiting]");
		const empty = this.root.querySelector<HTMLElement>("[data-empty]");
		if (waiting && (courses.length > 0 || this.none !== "")) {
			waiting.hidden = true;
		}
		if (empty && this.none !== "") {
			empty.hidden = rows.length > 0;
			empty.textContent = courses.length > 0 ? t("course_none") : this.none;
		}
		for (const list of document.querySelectorAll<HTMLElement>("[data-within]")) {
			showWithin(list, months ? isoOf(from) : "", () => this.choose("all"));
		}
		this.table.hidden = rows.length === 0;
		this.table.replaceChildren(this.head(rows.length, from, to), this.body(rows, from, to, today));
		this.write();
	}

	/** Writes into each bar as much as it has room for: a dose that is cut off is another dose. */
	private write(): void {
		const texts = [...this.table.querySelectorAll<SVGTextElement>(".course-dose")];
		// All is measured before anything is written, and beside the page: a browser that must
		// lay a page of thousands of rows out after every word needs minutes.
		const rooms = texts.map((text) => (text.ownerSVGElement?.width.baseVal.value ?? 0) - 8);
		const pen = document.createElement("canvas").getContext("2d");
		if (pen && texts[0]) {
			pen.font = getComputedStyle(texts[0]).font;
		}
		texts.forEach((text, i) => {
			const fits = (words: string): boolean => (pen?.measureText(words).width ?? 0) <= (rooms[i] ?? 0);
			text.textContent = [text.dataset.whole ?? "", text.dataset.dose ?? ""].find(fits) ?? "";
		});
	}

	private head(count: number, from: number, to: number): HTMLElement {
		const head = document.createElement("thead");
		const tr = head.insertRow();
		const name = document.createElement("th");
		name.scope = "col";
		name.textContent = t("course_count", { n: count });
		const cell = document.createElement("td");
		const axis = svg("svg", { height: "18", "aria-hidden": "true" });
		for (const tick of ticks(from, to)) {
			axis.append(svg("text", { x: place(tick.day, from, to), y: "13", class: "axis" }, tick.label));
		}
		cell.append(axis);
		tr.append(name, cell);
		return head;
	}

	private body(rows: readonly DrugRow[], from: number, to: number, today: number): HTMLElement {
		const body = document.createElement("tbody");
		for (const row of rows) {
			const tr = body.insertRow();
			tr.className = row.last >= today ? "now" : "";
			const name = document.createElement("th");
			name.scope = "row";
			name.title = row.drug;
			for (const id of row.facilities) {
				name.append(mark(this.known.get(id)), " ");
			}
			name.append(row.drug);
			const cell = document.createElement("td");
			cell.append(this.bars(row, from, to, today));
			tr.append(name, cell);
		}
		return body;
	}

	/** Bars of several facilities stand below each other, so that none hides another. */
	private bars(row: DrugRow, from: number, to: number, today: number): SVGElement {
		const height = 22 * row.facilities.length;
		const shown = row.bars.filter((b) => b.to > from && b.from < to);
		const text = shown.map((b) => this.title(b)).join("、");
		const out = svg("svg", { height: String(height), role: "img", "aria-label": text });
		for (const tick of ticks(from, to)) {
			const x = place(tick.day, from, to);
			out.append(
				svg("line", { x1: x, x2: x, y1: "0", y2: String(height), class: tick.year ? "year-line" : "grid-line" }),
			);
		}
		for (const bar of shown) {
			this.bar(out, bar, row.facilities.indexOf(bar.facility) * 22, from, to);
		}
		const now = place(today + 1, from, to);
		out.append(
			svg("line", { x1: now, x2: now, y1: "0", y2: String(height), class: "year-line", "stroke-dasharray": "2 2" }),
		);
		return out;
	}

	private bar(out: SVGElement, bar: Bar, y: number, from: number, to: number): void {
		const colour = this.known.get(bar.facility)?.colour ?? "f0";
		const left = Math.max(bar.from, from);
		const width = (100 * (Math.min(bar.to, to) - left)) / (to - from);
		const shape = bar.tick
			? svg("rect", {
					x: place(left, from, to),
					y: String(y + 4),
					width: "4",
					height: "14",
					rx: "2",
					class: `course ${colour}`,
				})
			: svg("rect", {
					x: place(left, from, to),
					y: String(y + 3),
					width: `${width.toFixed(2)}%`,
					height: "16",
					rx: "3",
					class: `course ${colour}`,
				});
		shape.append(svg("title", {}, this.title(bar)));
		out.append(shape);
		if (!bar.tick && width > 3) {
			const clip = svg("svg", {
				x: place(left, from, to),
				y: String(y),
				width: `${width.toFixed(2)}%`,
				height: "22",
				overflow: "hidden",
			});
			const text = svg("text", { x: "5", y: "15", class: "course-dose" });
			text.dataset.dose = bar.dose ?? "";
			text.dataset.whole = [bar.dose, bar.usage].filter((s) => s).join(" ");
			clip.append(text);
			out.append(clip);
		}
	}

	private title(bar: Bar): string {
		const name = this.known.get(bar.facility)?.name ?? "";
		const days = bar.start === bar.end ? bar.start : `${bar.start} – ${bar.end}`;
		return [name, bar.drug, days.replace(/-/g, "/"), bar.dose, bar.usage].filter((s) => s).join(" ");
	}
}

function place(day: number, from: number, to: number): string {
	return `${((100 * (day - from)) / (to - from)).toFixed(2)}%`;
}

export function mark(f: Facility | undefined): HTMLElement {
	const e = document.createElement("abbr");
	e.className = `fm ${f?.colour ?? ""}`;
	e.title = f?.name ?? "";
	e.textContent = f?.mark ?? "";
	return e;
}

export function startCourses(): void {
	const root = document.querySelector<HTMLElement>("[data-island=courses]");
	if (root) {
		new Chart(root);
	}
}
