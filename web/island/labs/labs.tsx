/**
 * Laboratory results as a matrix: tests down, times across with the newest left. A row
 * opens a graph; up to five stand below each other on one axis of time.
 */
import { computed, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Facility, facilities } from "../courses/facility.ts";
import { DATA, type PartData, SETTLED } from "../parts/parts.ts";
import { t } from "../text/text.ts";
import type { draw as Draw, dress as Dress, GraphSeries } from "./graph.ts";
import {
	build,
	type Column,
	choose,
	clock,
	day,
	filter,
	type Lab,
	level,
	MAX_GRAPHS,
	type Row,
	series,
} from "./model.ts";
import { shapePath } from "./shape.ts";

const STEP = 24;

const parts = signal<ReadonlyMap<string, Lab[]>>(new Map());
const chosen = signal<string[]>([]);
const search = signal("");
const abnormal = signal(false);
const details = signal(false);
const limit = signal(STEP);

const matrix = computed(() => build([...parts.value.values()].flat()));
const columns = computed(() => matrix.value.columns.slice(0, limit.value));
const shown = computed(() =>
	filter(matrix.value, search.value, abnormal.value, new Set(columns.value.map((c) => c.key))),
);
const rows = computed(() => new Map(matrix.value.panels.flatMap((p) => p.rows.map((r): [string, Row] => [r.key, r]))));

let known: Map<string, Facility>;

function Mark({ id }: { id: string }): JSX.Element {
	const f = known.get(id);
	return (
		<abbr class={`fm ${f?.colour ?? ""}`} title={f?.name}>
			{f?.mark}
		</abbr>
	);
}

function Flag({ lab }: { lab: Lab }): JSX.Element | null {
	const how = level(lab);
	if (how === "") {
		return null;
	}
	const shape = { high: "up", low: "down", odd: "odd" }[how];
	return (
		<span class={`flag flag-${{ high: "h", low: "l", odd: "a" }[how]}`}>
			<svg class="i" aria-hidden="true">
				<use href={`#i-${shape}`} />
			</svg>
			{lab.flag}
		</span>
	);
}

const about = (lab: Lab): string =>
	[
		known.get(lab.facility)?.name,
		`${day(lab.at)} ${clock(lab.at)}`,
		lab.name,
		lab.value,
		lab.unit,
		lab.range && `${t("lab_range")} ${lab.range}`,
	]
		.filter((s) => s)
		.join(" ");

function Cell({ labs, row }: { labs: Lab[] | undefined; row: Row }): JSX.Element {
	if (!labs) {
		return <td />;
	}
	const first = labs[0] as Lab;
	return (
		<td class={labs.map(level).find((l) => l !== "") ?? ""} title={labs.map(about).join("\n")}>
			{labs.map((lab, i) => (
				<span key={lab.item + lab.value}>
					{i > 0 && " / "}
					{lab.value}
					<Flag lab={lab} />
				</span>
			))}
			{row.unit === "" && first.unit && first.number !== undefined && <span class="cell-more">{first.unit}</span>}
			{details.value && first.range && <span class="cell-more">{first.range}</span>}
		</td>
	);
}

function TestRow({ row, shownColumns }: { row: Row; shownColumns: Column[] }): JSX.Element {
	const on = chosen.value.includes(row.key);
	const graph = row.labs.some((l) => l.number !== undefined);
	return (
		<tr class={on ? "on" : ""} data-nav>
			<th scope="row" class="name">
				<button
					type="button"
					aria-pressed={on}
					disabled={!graph}
					title={`${row.name} ${row.specimen}`}
					onClick={() => toggle(row.key)}
				>
					<span class="test">{row.name}</span>
					<small>{row.unit}</small>
				</button>
			</th>
			{shownColumns.map((c) => (
				<Cell key={c.key} labs={row.cells.get(c.key)} row={row} />
			))}
		</tr>
	);
}

/** What each laboratory says of a test whose graph is open. */
function Details({ row, width }: { row: Row; width: number }): JSX.Element {
	const seen = new Map<string, Lab>();
	for (const lab of row.labs) {
		if (!seen.has(lab.method)) {
			seen.set(lab.method, lab);
		}
	}
	return (
		<tr class="details">
			<td class="name" />
			<td colSpan={width}>
				<div class="details-text">
					{[...seen.values()].map((lab) => (
						<span key={lab.method}>
							<Mark id={lab.facility} /> {t("lab_range")} {lab.range || "–"} {lab.unit} {lab.specimen}{" "}
							<small>{lab.code}</small>
							{"　"}
						</span>
					))}
				</div>
			</td>
		</tr>
	);
}

function toggle(key: string): void {
	chosen.value = choose(chosen.value, key);
}

function Tools(): JSX.Element {
	const more = matrix.value.columns.length - columns.value.length;
	return (
		<div class="labs-tools">
			<input
				type="search"
				data-search
				aria-label={t("lab_filter")}
				placeholder={t("lab_filter")}
				value={search.value}
				onInput={(e) => {
					if (!e.isComposing) {
						search.value = e.currentTarget.value;
					}
				}}
				onCompositionEnd={(e) => {
					search.value = e.currentTarget.value;
				}}
			/>
			<label class="check">
				<input type="checkbox" checked={abnormal.value} onChange={(e) => (abnormal.value = e.currentTarget.checked)} />{" "}
				{t("lab_abnormal")}
			</label>
			<label class="check">
				<input type="checkbox" checked={details.value} onChange={(e) => (details.value = e.currentTarget.checked)} />{" "}
				{t("lab_details")}
			</label>
			<span class="labs-hint">{chosen.value.length < MAX_GRAPHS ? t("lab_graph_hint") : t("lab_graph_max")}</span>
			{more > 0 && (
				<button type="button" onClick={() => (limit.value += STEP)}>
					{t("lab_more", { n: more })}
				</button>
			)}
		</div>
	);
}

function Table(): JSX.Element {
	const cols = columns.value;
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
		<section class="labs-scroll" tabIndex={0} aria-label={t("lab_test")}>
			<table class="labs">
				<thead>
					<tr>
						<th scope="col" class="name">
							{t("lab_test")}
						</th>
						{cols.map((c) => (
							<th key={c.key} scope="col">
								{c.at.slice(0, 4)}
								<br />
								{c.at.slice(4, 6)}/{c.at.slice(6, 8)}
								<br />
								<Mark id={c.facility} />
							</th>
						))}
					</tr>
				</thead>
				{shown.value.panels.map((p) => (
					<tbody key={p.panel}>
						<tr class="panel-row">
							<th colSpan={cols.length + 1} scope="rowgroup">
								<span>
									{t(`panel.${p.panel}`)} {p.panel === "local" && <small>{t("lab_local_hint")}</small>}
								</span>
							</th>
						</tr>
						{p.rows.map((row) => [
							<TestRow key={row.key} row={row} shownColumns={cols} />,
							chosen.value.includes(row.key) && <Details key={`${row.key}-details`} row={row} width={cols.length} />,
						])}
					</tbody>
				))}
			</table>
			{shown.value.panels.length === 0 && <p class="empty">{t("lab_none")}</p>}
		</section>
	);
}

interface Drawing {
	draw: typeof Draw;
	dress: typeof Dress;
}
const drawing = signal<Drawing | undefined>(undefined);

function Plot({ row, from, to }: { row: Row; from: number; to: number }): JSX.Element {
	const host = useRef<HTMLDivElement>(null);
	const lib = drawing.value;
	const all: GraphSeries[] = lib ? lib.dress(series(row), known) : [];
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

function Graphs(): JSX.Element | null {
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

function Labs(): JSX.Element | null {
	if (matrix.value.columns.length === 0) {
		return null;
	}
	return (
		<>
			<Tools />
			<div class={`labs-layout${chosen.value.length > 0 ? " with-graph" : ""}`}>
				<Table />
				<Graphs />
			</div>
		</>
	);
}

export function startLabs(): void {
	const root = document.querySelector<HTMLElement>("[data-island=labs]");
	if (!root) {
		return;
	}
	known = facilities();
	const host = document.createElement("div");
	root.append(host);
	render(<Labs />, host);
	const waiting = root.querySelector<HTMLElement>("[data-waiting]");
	const empty = root.querySelector<HTMLElement>("[data-empty]");
	document.addEventListener(DATA, (e) => {
		const { name, facility, data } = (e as CustomEvent<PartData>).detail;
		const next = new Map(parts.value);
		if (name === "labs") {
			next.set(facility, data as Lab[]);
			waiting?.setAttribute("hidden", "");
		} else if (name === "*") {
			next.delete(facility);
		}
		parts.value = next;
	});
	document.addEventListener(SETTLED, () => {
		waiting?.setAttribute("hidden", "");
		if (empty) {
			empty.hidden = matrix.value.columns.length > 0;
		}
	});
	document.addEventListener("keydown", (e) => {
		if (e.key === "Escape" && !e.isComposing && chosen.value.length > 0 && !document.querySelector("dialog[open]")) {
			chosen.value = chosen.value.slice(0, -1);
		}
	});
}
