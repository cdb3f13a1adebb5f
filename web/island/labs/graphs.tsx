/** The graphs of the chosen tests, below each other on one axis of time. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../text/text.ts";
import { Flag, Mark } from "./cell.tsx";
import type { draw as Draw, dress as Dress, GraphSeries } from "./graph.ts";
import { clock, day, type Row, series } from "./model.ts";
import { shapePath } from "./shape.ts";
import { chosen, known, rows, toggle } from "./state.ts";

interface Drawing {
	draw: typeof Draw;
	dress: typeof Dress;
}
/** The library for graphs comes with the first of them. */
const drawing = signal<Drawing | undefined>(undefined);

function Plot({ row, from, to }: { row: Row; from: number; to: number }): JSX.Element {
	const host = useRef<HTMLDivElement>(null);
	const lib = drawing.value;
	const all: GraphSeries[] = lib ? lib.dress(series(row), known.value) : [];
	useEffect(
		() => (lib && host.current && all.length > 0 ? lib.draw(host.current, all, from, to) : undefined),
		[lib, row, from, to],
	);
	return (
		<div class="labs-plot">
			<h3>
				{row.name} <small>{row.unit}</small>
				<button
					type="button"
					class="quiet"
					onClick={() => toggle(row.key)}
					aria-label={`${t("lab_close")} ${row.name}`}
				>
					<svg class="i" aria-hidden="true">
						<use href="#i-close" />
					</svg>
				</button>
			</h3>
			<ul class="labs-legend">
				{all.map((s) => (
					<li key={s.method}>
						<svg viewBox="0 0 14 14" aria-hidden="true">
							<path d={shapePath(s.shape, 7, 7, 5)} fill={s.colour} />
						</svg>
						{s.name} {row.unit === "" && s.unit} <small>{s.points[s.points.length - 1]?.lab.range}</small>
					</li>
				))}
			</ul>
			<div ref={host} aria-hidden="true" />
			<details class="labs-values">
				<summary>
					{t("lab_table")}
					<span class="visually-hidden"> {row.name}</span>
				</summary>
				<table class="grid compact">
					<tbody>
						{all
							.flatMap((s) => s.points.map((p) => p.lab))
							.sort((a, b) => (a.at < b.at ? 1 : -1))
							.map((lab) => (
								<tr key={lab.method + lab.at}>
									<td class="date">{`${day(lab.at)} ${clock(lab.at)}`}</td>
									<td>
										<Mark id={lab.facility} />
									</td>
									<td class="num">
										{lab.value} <Flag lab={lab} />
									</td>
									<td>{lab.unit}</td>
									<td>{lab.range}</td>
								</tr>
							))}
					</tbody>
				</table>
			</details>
		</div>
	);
}

export function Graphs(): JSX.Element | null {
	useEffect(() => {
		if (chosen.value.length > 0 && !drawing.value) {
			void import("./graph.ts").then((lib) => {
				drawing.value = { draw: lib.draw, dress: lib.dress };
			});
		}
	}, [chosen.value.length]);
	const open = chosen.value.map((k) => rows.value.get(k)).filter((r): r is Row => r !== undefined);
	if (open.length === 0) {
		return null;
	}
	const xs = open.flatMap((r) => series(r).flatMap((s) => s.points.map((p) => p.x)));
	const margin = Math.max(((Math.max(...xs) - Math.min(...xs)) * 3) / 100, 5 * 86_400);
	return (
		<section class="labs-graph" aria-label={t("lab_graph")}>
			<div class="labs-graph-head">
				<h2>{t("lab_graph")}</h2>
				<button type="button" class="quiet" onClick={() => (chosen.value = [])}>
					<svg class="i" aria-hidden="true">
						<use href="#i-close" />
					</svg>
					{t("lab_close")}
				</button>
			</div>
			<p class="labs-hint">{t("lab_unlike")}</p>
			{open.map((r) => (
				<Plot key={r.key} row={r} from={Math.min(...xs) - margin} to={Math.max(...xs) + margin} />
			))}
		</section>
	);
}
