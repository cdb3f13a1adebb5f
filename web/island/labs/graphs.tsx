/** The graphs of the chosen tests, below each other on one axis of time. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { list, t } from "../text/text.ts";
import { Flag, Mark } from "./cell.tsx";
import type { draw as Draw, dress as Dress, GraphSeries } from "./graph.ts";
import { clock, day, type Row, series, unitOf } from "./model.ts";
import { shapePath } from "./shape.ts";
import { chosen, known, rows, toggle } from "./state.ts";
import { type Axis, axes } from "./unit.ts";

interface Drawing {
	draw: typeof Draw;
	dress: typeof Dress;
}
/** The library for graphs comes with the first of them. */
const drawing = signal<Drawing | undefined>(undefined);

/** One axis: the series that share its unit, and which of them were converted for it. */
function AxisPlot({ axis, several, from, to }: AxisProps): JSX.Element {
	const host = useRef<HTMLDivElement>(null);
	const lib = drawing.value;
	useEffect(
		() => (lib && host.current ? lib.draw(host.current, axis.series, from, to) : undefined),
		[lib, axis, from, to],
	);
	const converted = [...new Set(axis.converted.map((s) => s.name))];
	return (
		<div class="labs-axis">
			{several && <h4 title={axis.unit}>{axis.shown ? t("lab_unit", { unit: axis.shown }) : t("lab_unit_none")}</h4>}
			<ul class="labs-legend">
				{axis.series.map((s) => (
					<li key={s.method}>
						<svg viewBox="0 0 14 14" aria-hidden="true">
							<path d={shapePath(s.shape, 7, 7, 5)} fill={s.colour} />
						</svg>
						{s.name}{" "}
						<small>
							{s.points[s.points.length - 1]?.lab.range} {axis.converted.includes(s) && s.shown}
						</small>
					</li>
				))}
			</ul>
			{converted.length > 0 && (
				<p class="labs-converted">{t("lab_converted", { facilities: list(converted), unit: axis.shown })}</p>
			)}
			<div ref={host} aria-hidden="true" />
		</div>
	);
}

interface AxisProps {
	axis: Axis<GraphSeries>;
	several: boolean;
	from: number;
	to: number;
}

function Plot({ row, from, to }: { row: Row; from: number; to: number }): JSX.Element {
	const lib = drawing.value;
	const parted = useMemo(() => (lib ? axes(lib.dress(series(row), known.value)) : []), [lib, row, known.value]);
	const only = parted.length === 1 ? parted[0] : undefined;
	return (
		<div class="labs-plot">
			<h3>
				{row.name} <small title={only?.unit}>{only?.shown}</small>
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
			{parted.map((axis) => (
				<AxisPlot key={axis.unit} axis={axis} several={parted.length > 1} from={from} to={to} />
			))}
			<details class="labs-values">
				<summary>
					{t("lab_table")}
					<span class="visually-hidden"> {row.name}</span>
				</summary>
				<table class="grid compact">
					<tbody>
						{row.labs
							.filter((lab) => lab.number !== undefined)
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
									<td title={lab.unit}>{unitOf(lab)}</td>
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
