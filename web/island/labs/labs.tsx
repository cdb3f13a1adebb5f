/**
 * Laboratory results as a matrix: tests down, times across with the newest left. A row
 * opens a graph; up to five stand below each other on one axis of time.
 */
import { type JSX, render } from "preact";
import { facilities } from "../courses/facility.ts";
import { kindsOf, nothing, type Outcome } from "../parts/outcome.ts";
import { DATA, type PartData, SETTLED } from "../parts/parts.ts";
import { t } from "../text/text.ts";
import { About, Cell, Mark, unpoint } from "./cell.tsx";
import { Graphs } from "./graphs.tsx";
import { type Column, type Lab, MAX_GRAPHS, type Row, step, unitOf } from "./model.ts";
import {
	abnormal,
	chosen,
	columns,
	details,
	known,
	limit,
	matrix,
	panel,
	parts,
	STEP,
	search,
	shown,
	toggle,
} from "./state.ts";

function TestRow({ row, shownColumns }: { row: Row; shownColumns: Column[] }): JSX.Element {
	const on = chosen.value.includes(row.key);
	const graph = row.labs.some((l) => l.number !== undefined);
	return (
		<tr class={on ? "on" : ""} data-nav>
			<th scope="row" class="name" data-row={row.key} data-column={-1} tabIndex={graph ? undefined : 0}>
				<button
					type="button"
					aria-pressed={on}
					disabled={!graph}
					title={`${row.name} ${row.specimen}`}
					onClick={() => toggle(row.key)}
				>
					<span class="test">{row.name}</span>
					<small title={row.unit}>{row.shown}</small>
				</button>
			</th>
			{shownColumns.map((c, i) => (
				<Cell key={c.key} labs={row.cells.get(c.key)} row={row} column={i} />
			))}
		</tr>
	);
}

/** Arrow keys go from result to result, so that what is said of each can be read without a mouse. */
function move(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
	const from = (e.target as Element).closest<HTMLElement>("[data-column]");
	if (!from || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) {
		return;
	}
	const at = { row: from.dataset.row ?? "", column: Number(from.dataset.column) };
	const next = step(shown.value, at, e.key, columns.value.length);
	if (!next) {
		return;
	}
	e.preventDefault();
	const cell = [...e.currentTarget.querySelectorAll<HTMLElement>(`[data-column="${next.column}"]`)].find(
		(c) => c.dataset.row === next.row,
	);
	const stop = cell?.querySelector<HTMLElement>("button:enabled") ?? cell;
	// The sticky first column hides what the browser believes to be in view.
	cell?.scrollIntoView({ block: "nearest", inline: next.column < 0 ? "nearest" : "center" });
	stop?.focus({ preventScroll: true });
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
							<Mark id={lab.facility} /> {t("lab_range")} {lab.range || "–"} <span title={lab.unit}>{unitOf(lab)}</span>{" "}
							{lab.specimen} <small>{lab.code}</small>
							{"　"}
						</span>
					))}
				</div>
			</td>
		</tr>
	);
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
			<select aria-label={t("lab_panel")} value={panel.value} onChange={(e) => (panel.value = e.currentTarget.value)}>
				<option value="">{t("lab_panel_all")}</option>
				{matrix.value.panels.map((p) => (
					<option key={p.panel} value={p.panel}>
						{t(`panel.${p.panel}`)}
					</option>
				))}
			</select>
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

/** How many columns a sheet has room for; page.css leaves out the others. */
const PRINTED = 10;

function Table(): JSX.Element {
	const cols = columns.value;
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
		<section class="labs-scroll" tabIndex={0} aria-label={t("lab_test")} onKeyDown={move}>
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
			{cols.length > PRINTED && <p class="labs-printed">{t("lab_print", { n: PRINTED, of: cols.length })}</p>}
			{shown.value.panels.length === 0 && <p class="empty">{t("lab_none")}</p>}
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
			<About />
		</>
	);
}

export function startLabs(): void {
	const root = document.querySelector<HTMLElement>("[data-island=labs]");
	if (!root) {
		return;
	}
	known.value = facilities();
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
	document.addEventListener(SETTLED, (e) => {
		waiting?.setAttribute("hidden", "");
		if (empty) {
			empty.hidden = matrix.value.columns.length > 0;
			empty.textContent = nothing((e as CustomEvent<Outcome[]>).detail, kindsOf(root), empty.textContent ?? "");
		}
	});
	document.addEventListener("keydown", (e) => {
		if (e.key !== "Escape" || e.isComposing || document.querySelector("dialog[open]")) {
			return;
		}
		if (!unpoint()) {
			chosen.value = chosen.value.slice(0, -1);
		}
	});
}
