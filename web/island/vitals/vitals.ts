/**
 * The chart of vital signs (経過表): a chart for each sign, below each other on one axis
 * of time. The library for graphs comes with the first measurement.
 */
import { facilities } from "../courses/facility.ts";
import { kindsOf, nothing, type Outcome } from "../parts/outcome.ts";
import { DATA, type PartData, SETTLED } from "../parts/parts.ts";
import { t } from "../text/text.ts";
import { CHARTS, lines, span, type Vital } from "./model.ts";

export class Board {
	private readonly parts = new Map<string, Vital[]>();
	private readonly known = facilities();
	private readonly charts = document.createElement("div");
	private readonly note = document.createElement("p");
	private days = "14";
	private drawn: (() => void)[] = [];
	private round = 0;

	constructor(private readonly root: HTMLElement) {
		this.charts.className = "vital-charts";
		this.note.className = "hint";
		root.append(this.note, this.charts);
		document.addEventListener(DATA, (e) => {
			const { name, facility, data } = (e as CustomEvent<PartData>).detail;
			if (name === "vitals") {
				this.parts.set(facility, data as Vital[]);
			} else if (name === "*") {
				this.parts.delete(facility);
			} else {
				return;
			}
			void this.draw();
		});
		document.addEventListener(SETTLED, (e) => this.settle((e as CustomEvent<Outcome[]>).detail));
		const choice = document.querySelector("[data-vitals-span]");
		choice?.addEventListener("click", (e) => {
			const button = (e.target as Element).closest<HTMLElement>("[data-span]");
			if (button) {
				this.days = button.dataset.span ?? "14";
				for (const b of choice.querySelectorAll("[data-span]")) {
					b.setAttribute("aria-pressed", String(b === button));
				}
				void this.draw();
			}
		});
	}

	private settle(outcomes: readonly Outcome[]): void {
		const waiting = this.root.querySelector<HTMLElement>("[data-waiting]");
		const empty = this.root.querySelector<HTMLElement>("[data-empty]");
		if (waiting) {
			waiting.hidden = true;
		}
		if (empty) {
			empty.hidden = this.parts.size > 0;
			empty.textContent = nothing(outcomes, kindsOf(this.root), empty.textContent ?? "");
		}
	}

	private async draw(): Promise<void> {
		const mine = ++this.round;
		const all = [...this.parts.values()].flat();
		const waiting = this.root.querySelector<HTMLElement>("[data-waiting]");
		if (waiting && all.length > 0) {
			waiting.hidden = true;
		}
		const lib = all.length > 0 ? await import("./graph.ts") : undefined;
		if (mine !== this.round) {
			return; // more has come meanwhile
		}
		for (const end of this.drawn) {
			end();
		}
		this.drawn = [];
		this.charts.replaceChildren();
		const [from, to] = span(all, this.days);
		this.note.textContent = lib ? t("vital_hint", { from: lib.dayOf(from), to: lib.dayOf(to - 1) }) : "";
		for (const chart of CHARTS) {
			const drawn = lines(all, chart, from, to);
			if (lib && drawn.length > 0) {
				this.drawn.push(lib.draw(this.charts, chart, drawn, this.known, from, to));
			}
		}
	}
}

export function startVitals(): void {
	const root = document.querySelector<HTMLElement>("[data-island=vitals]");
	if (root) {
		new Board(root);
	}
}
