/** Bars of every drug over time, merged across facilities, in SVG of the page itself. */

import { kindsOf, nothing, type Outcome } from "../parts/outcome.ts";
import { DATA, type PartData, SETTLED } from "../parts/parts.ts";
import { t } from "../text/text.ts";
import { About, tell } from "./about.ts";
import { type Facility, facilities } from "./facility.ts";
import { type Bar, type Course, type DrugRow, dayNumber, isoOf, layOut, ticks } from "./layout.ts";
import { showWithin } from "./within.ts";
import { placeWords } from "./words.ts";

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

const TICK = 4; // pixels, the width of a single giving

/** A bar as it was drawn: its place as parts of the chart's width, and where its words go. */
interface Drawn {
	from: number;
	to: number;
	words: string[];
	text: SVGTextElement;
}

/** The bars that stand in one line: those of one facility in a row. */
interface Line {
	chart: SVGElement;
	bars: Drawn[];
}

/** What of a drug was given last, by each facility. */
function latestDoses(row: DrugRow): string {
	const last = row.facilities.map((f) => row.bars.filter((b) => b.facility === f).at(-1));
	const doses = last.map((b) => [b?.dose, b?.usage].filter((s) => s).join(" ")).filter((d) => d !== "");
	return [...new Set(doses)].join(" / ");
}

class Chart {
	private readonly parts = new Map<string, Course[]>();
	private span = "1y";
	private readonly known: Map<string, Facility> = facilities();
	private readonly table = document.createElement("table");
	private lines: Line[] = [];
	private readonly about: About;
	private none = ""; // what an empty chart means, once that is known

	constructor(private readonly root: HTMLElement) {
		this.table.className = "courses";
		const hint = document.createElement("p");
		hint.className = "hint course-hint";
		hint.textContent = t("course_hint");
		root.append(hint, this.table);
		this.about = new About(this.table);
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
		const hint = this.root.querySelector<HTMLElement>(".course-hint");
		if (hint) {
			hint.hidden = rows.length === 0;
		}
		this.lines = [];
		this.table.replaceChildren(this.head(rows.length, from, to), this.body(rows, from, to, today));
		this.about.drawn();
		this.write();
	}

	/** Writes the words of the bars; all charts are measured before anything is written. */
	private write(): void {
		const widths = this.lines.map((line) => line.chart.getBoundingClientRect().width);
		const measure = this.ruler();
		let end = 0; // of the month that is named; one that has no room is not
		for (const name of this.table.querySelectorAll<SVGTextElement>(".axis")) {
			const at = (Number.parseFloat(name.getAttribute("x") ?? "0") / 100) * (widths[0] ?? 0);
			const fits = at >= end;
			name.classList.toggle("axis-unnamed", !fits);
			end = fits ? at + measure(name.textContent ?? "") + 6 : end;
		}
		this.lines.forEach((line, i) => {
			const width = widths[i] ?? 0;
			const marks = line.bars.map(({ from, to, words }) => ({
				left: from * width,
				right: Math.max(to * width, from * width + TICK),
				words,
			}));
			placeWords(marks, width, measure).forEach((placed, n) => {
				const text = line.bars[n]?.text;
				if (text) {
					text.textContent = placed?.words ?? "";
					text.setAttribute("x", String(placed?.x ?? 0));
					text.classList.toggle("course-beside", placed?.inside === false);
				}
			});
		});
	}

	/** Measures words in a place of their own, each once: a browser that must lay a page of
	 * thousands of rows out after every word needs minutes. */
	private ruler(): (words: string) => number {
		const place = svg("svg", { class: "course-ruler", "aria-hidden": "true" });
		const text = svg("text", { class: "course-dose" }) as SVGTextElement;
		place.append(text);
		this.root.querySelector(".course-ruler")?.remove();
		this.table.after(place);
		const known = new Map<string, number>();
		return (words) => {
			const length = known.get(words);
			if (length !== undefined) {
				return length;
			}
			text.textContent = words;
			known.set(words, text.getComputedTextLength());
			return known.get(words) ?? 0;
		};
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
			const latest = document.createElement("small"); // on paper, where bars have no words
			latest.className = "course-latest";
			latest.textContent = latestDoses(row);
			name.append(latest);
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
		const out = svg("svg", { height: String(height), role: "group", "aria-label": row.drug });
		for (const tick of ticks(from, to)) {
			const x = place(tick.day, from, to);
			out.append(
				svg("line", { x1: x, x2: x, y1: "0", y2: String(height), class: tick.year ? "year-line" : "grid-line" }),
			);
		}
		row.facilities.forEach((facility, i) => {
			const bars = shown.filter((b) => b.facility === facility);
			this.lines.push({ chart: out, bars: bars.map((b) => this.bar(out, b, 22 * i, from, to)) });
		});
		const now = place(today + 1, from, to);
		out.append(
			svg("line", { x1: now, x2: now, y1: "0", y2: String(height), class: "year-line", "stroke-dasharray": "2 2" }),
		);
		return out;
	}

	private bar(out: SVGElement, bar: Bar, y: number, from: number, to: number): Drawn {
		const colour = this.known.get(bar.facility)?.colour ?? "f0";
		const left = Math.max(bar.from, from);
		const width = (100 * (Math.min(bar.to, to) - left)) / (to - from);
		const shape = svg("rect", {
			x: place(left, from, to),
			y: String(y + (bar.tick ? 4 : 3)),
			width: bar.tick ? String(TICK) : `${width.toFixed(2)}%`,
			height: bar.tick ? "14" : "16",
			rx: bar.tick ? "2" : "3",
			class: `course ${colour}${bar.open ? " course-open" : ""}`,
			role: "img",
			tabindex: "-1",
		});
		tell(shape, this.saidOf(bar));
		const text = svg("text", { x: "0", y: String(y + 15), class: "course-dose", "aria-hidden": "true" });
		out.append(shape, text);
		const whole = [bar.dose, bar.usage].filter((s) => s).join(" ");
		return {
			from: (left - from) / (to - from),
			to: bar.tick ? 0 : (Math.min(bar.to, to) - from) / (to - from),
			words: [...new Set([whole, bar.dose ?? ""])].filter((w) => w !== ""),
			text: text as SVGTextElement,
		};
	}

	/** What is said of a bar: how much, of what, when, by whom. */
	private saidOf(bar: Bar): string[] {
		const days = bar.start === bar.end ? bar.start : `${bar.start} – ${bar.end}`;
		const much = [bar.dose, bar.usage].filter((s) => s).join(" ");
		return [much, bar.drug, days.replace(/-/g, "/"), this.known.get(bar.facility)?.name ?? ""];
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
