/** Draws one sign over time, a line for each facility. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Facility } from "../courses/facility.ts";
import { type Shape, shapeOf, shapePath } from "../labs/shape.ts";
import { language, t } from "../text/text.ts";
import { type Chart, type Line, scale } from "./model.ts";

const HEIGHT = 140;
const sync = uPlot.sync("vitals");

interface Drawn extends Line {
	colour: string;
	shape: Shape;
}

/** A day as people write it, of an instant in Japan. */
export function dayOf(seconds: number): string {
	const d = new Date((seconds + 9 * 3600) * 1000);
	const pad = (n: number): string => String(n).padStart(2, "0");
	return `${d.getUTCFullYear()}/${pad(d.getUTCMonth() + 1)}/${pad(d.getUTCDate())}`;
}

function axisDay(seconds: number, long: boolean): string {
	const [year, month, day] = dayOf(seconds).split("/");
	return long ? `${year}/${month}` : `${Number(month)}/${Number(day)}`;
}

/** Marks nearer to each other than this are a smear: of a monitor's values the line is drawn, and a mark now and then. */
const APART = 8;

function marks(u: uPlot, all: readonly Drawn[]): void {
	u.ctx.save();
	for (const line of all) {
		let before = Number.NEGATIVE_INFINITY;
		for (const p of line.points) {
			const at = [u.valToPos(p.x, "x", true), u.valToPos(p.y, "y", true)] as const;
			if (at[0] - before < APART * devicePixelRatio) {
				continue;
			}
			before = at[0];
			const path = new Path2D(shapePath(line.shape, at[0], at[1], 3.6 * devicePixelRatio));
			u.ctx.lineWidth = 1.5 * devicePixelRatio;
			u.ctx.strokeStyle = line.colour;
			u.ctx.fillStyle = line.sign === "diastolic" ? "#fff" : line.colour;
			u.ctx.fill(path);
			u.ctx.stroke(path);
		}
	}
	u.ctx.restore();
}

function legend(all: readonly Drawn[], known: ReadonlyMap<string, Facility>): HTMLElement {
	const list = document.createElement("ul");
	list.className = "vital-legend";
	for (const line of all) {
		const li = document.createElement("li");
		const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
		svg.setAttribute("viewBox", "0 0 14 14");
		svg.setAttribute("aria-hidden", "true");
		const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
		path.setAttribute("d", shapePath(line.shape, 7, 7, 5));
		path.setAttribute("stroke", line.colour);
		path.setAttribute("fill", line.sign === "diastolic" ? "none" : line.colour);
		svg.append(path);
		const pressure = line.sign === "systolic" || line.sign === "diastolic" ? ` ${t(`vital_${line.sign}`)}` : "";
		li.append(svg, `${known.get(line.facility)?.name ?? ""}${pressure}`);
		list.append(li);
	}
	return list;
}

/** Days on the axis at midnight in Japan, thinned out to those that have room. */
function days(from: number, to: number, width: number): number[] {
	const step = Math.max(1, Math.ceil((to - from) / 86_400 / Math.max(Math.floor(width / 64), 1)));
	const out: number[] = [];
	for (let x = from; x < to; x += step * 86_400) {
		out.push(x);
	}
	return out;
}

/** Draws below what stands in host; gives what ends it. */
export function draw(
	host: HTMLElement,
	chart: Chart,
	all: readonly Line[],
	known: ReadonlyMap<string, Facility>,
	from: number,
	to: number,
): () => void {
	const style = getComputedStyle(document.documentElement);
	const drawn: Drawn[] = all.map((l) => {
		const f = known.get(l.facility);
		return { ...l, colour: style.getPropertyValue(`--${f?.colour ?? "f0"}`).trim(), shape: shapeOf(f?.order ?? 0) };
	});
	const figure = document.createElement("section");
	figure.className = "vital-plot";
	const head = document.createElement("h3");
	head.textContent = t(`vital_${chart.key}`);
	const place = document.createElement("div");
	place.setAttribute("aria-hidden", "true"); // the table below says the same
	figure.append(head, legend(drawn, known), place);
	host.append(figure);
	const xs = [...new Set(drawn.flatMap((l) => l.points.map((p) => p.x)))].sort((a, b) => a - b);
	const columns = drawn.map((l) => {
		const at = new Map(l.points.map((p) => [p.x, p.y]));
		return xs.map((x) => at.get(x));
	});
	const [low, high] = scale(chart, drawn);
	const margin = (high - low) * 0.06;
	const long = to - from > 200 * 86_400;
	const plot = new uPlot(
		{
			width: place.clientWidth,
			height: HEIGHT,
			cursor: { sync: { key: sync.key }, y: false, points: { show: false }, drag: { x: false, y: false } },
			legend: { show: false },
			scales: { x: { time: true, range: () => [from, to] }, y: { range: () => [low - margin, high + margin] } },
			axes: [
				{
					splits: (u) => days(from, to, u.width),
					values: (_u, at) => at.map((v) => axisDay(v, long)),
					size: 32,
					font: "11px sans-serif",
					stroke: "#4b525b",
					grid: { stroke: "#e4e8ec", width: 1 },
				},
				{ size: 44, space: 22, font: "11px sans-serif", stroke: "#4b525b", grid: { stroke: "#eef1f4", width: 1 } },
			],
			series: [{}, ...drawn.map((l) => ({ stroke: l.colour, width: 1.5, spanGaps: true, points: { show: false } }))],
			hooks: { draw: [(u) => marks(u, drawn)] },
		},
		[xs, ...columns] as uPlot.AlignedData,
		place,
	);
	plot.root.setAttribute("lang", language());
	sync.sub(plot);
	const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
	resize.observe(place);
	return () => {
		resize.disconnect();
		sync.unsub(plot);
		plot.destroy();
	};
}
