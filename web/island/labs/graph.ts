/** The graph of one test: a series and a reference band for each laboratory and method. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Facility } from "../courses/facility.ts";
import { language } from "../text/text.ts";
import type { Series } from "./model.ts";
import { type Shape, shapeOf, shapePath } from "./shape.ts";

export interface GraphSeries extends Series {
	name: string;
	colour: string;
	shape: Shape;
}

export function dress(all: readonly Series[], known: ReadonlyMap<string, Facility>): GraphSeries[] {
	const style = getComputedStyle(document.documentElement);
	return all.map((s) => {
		const f = known.get(s.facility);
		return {
			...s,
			name: f?.name ?? "",
			colour: style.getPropertyValue(`--${f?.colour ?? "f0"}`).trim(),
			shape: shapeOf(f?.order ?? 0),
		};
	});
}

const HEIGHT = 170;
const sync = uPlot.sync("labs");

const pad = (n: number): string => String(n).padStart(2, "0");

function axisDate(seconds: number, withYear: boolean): string {
	const d = new Date((seconds + 9 * 3600) * 1000);
	const short = `${d.getUTCMonth() + 1}/${d.getUTCDate()}`;
	return withYear ? `${d.getUTCFullYear()}/${pad(d.getUTCMonth() + 1)}` : short;
}

/** Draws each laboratory's own reference range behind the lines. */
function bands(u: uPlot, all: readonly GraphSeries[]): void {
	const { left, top, width, height } = u.bbox;
	u.ctx.save();
	u.ctx.beginPath();
	u.ctx.rect(left, top, width, height);
	u.ctx.clip();
	for (const s of all) {
		if (s.low === undefined && s.high === undefined) {
			continue;
		}
		const upper = s.high === undefined ? top : u.valToPos(s.high, "y", true);
		const lower = s.low === undefined ? top + height : u.valToPos(s.low, "y", true);
		u.ctx.fillStyle = s.colour;
		u.ctx.globalAlpha = 0.09;
		u.ctx.fillRect(left, upper, width, lower - upper);
		u.ctx.globalAlpha = 0.55;
		u.ctx.strokeStyle = s.colour;
		u.ctx.setLineDash([6, 4]);
		u.ctx.lineWidth = devicePixelRatio;
		for (const [edge, y] of [
			[s.high, upper],
			[s.low, lower],
		] as const) {
			if (edge !== undefined) {
				u.ctx.beginPath();
				u.ctx.moveTo(left, y);
				u.ctx.lineTo(left + width, y);
				u.ctx.stroke();
			}
		}
	}
	u.ctx.restore();
}

/** Draws the marks; a value that is only a bound (<0.05) is hollow. */
function marks(u: uPlot, all: readonly GraphSeries[]): void {
	const r = 4.2 * devicePixelRatio;
	u.ctx.save();
	for (const s of all) {
		for (const p of s.points) {
			const path = new Path2D(shapePath(s.shape, u.valToPos(p.x, "x", true), u.valToPos(p.y, "y", true), r));
			u.ctx.lineWidth = 1.5 * devicePixelRatio;
			u.ctx.strokeStyle = p.lab.bound ? s.colour : "#fff";
			u.ctx.fillStyle = p.lab.bound ? "#fff" : s.colour;
			u.ctx.stroke(path);
			u.ctx.fill(path);
			if (p.lab.bound) {
				u.ctx.stroke(path);
			}
		}
	}
	u.ctx.restore();
}

/** Draws into host; from and to (seconds) are common to all graphs on the page. */
export function draw(host: HTMLElement, all: readonly GraphSeries[], from: number, to: number): () => void {
	const xs = [...new Set(all.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b);
	const data = [
		xs,
		...all.map((s) => {
			const at = new Map(s.points.map((p) => [p.x, p.y]));
			return xs.map((x) => at.get(x));
		}),
	] as uPlot.AlignedData;
	const values = all
		.flatMap((s) => [...s.points.map((p) => p.y), s.low ?? Number.NaN, s.high ?? Number.NaN])
		.filter((v) => !Number.isNaN(v));
	const low = Math.min(...values);
	const high = Math.max(...values);
	const margin = (high - low || Math.abs(high) || 1) * 0.12;
	const long = to - from > 400 * 86_400;
	const plot = new uPlot(
		{
			width: host.clientWidth,
			height: HEIGHT,
			cursor: { sync: { key: sync.key }, y: false, points: { show: false }, drag: { x: false, y: false } },
			legend: { show: false },
			scales: { x: { time: true, range: () => [from, to] }, y: { range: () => [low - margin, high + margin] } },
			axes: [
				{
					values: (_u, at) => at.map((v) => axisDate(v, long)),
					size: 26,
					font: "11px sans-serif",
					stroke: "#4b525b",
					grid: { stroke: "#e4e8ec", width: 1 },
					space: 70,
				},
				{ size: 52, font: "11px sans-serif", stroke: "#4b525b", grid: { stroke: "#eef1f4", width: 1 } },
			],
			series: [{}, ...all.map((s) => ({ stroke: s.colour, width: 1.5, spanGaps: true, points: { show: false } }))],
			hooks: { drawClear: [(u) => bands(u, all)], draw: [(u) => marks(u, all)] },
		},
		data,
		host,
	);
	plot.root.setAttribute("lang", language());
	sync.sub(plot);
	const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT }));
	resize.observe(host);
	return () => {
		resize.disconnect();
		sync.unsub(plot);
		plot.destroy();
	};
}
