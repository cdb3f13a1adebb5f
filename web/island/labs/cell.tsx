/** One cell of the matrix, and what is said of it when it is pointed at or has the focus. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../text/text.ts";
import "./about.css";
import { clock, day, type Lab, level, type Row, unitOf } from "./model.ts";
import { details, known } from "./state.ts";

export function Mark({ id }: { id: string }): JSX.Element {
	const f = known.value.get(id);
	return (
		<abbr class={`fm ${f?.colour ?? ""}`} title={f?.name}>
			{f?.mark}
		</abbr>
	);
}

/** High, low or otherwise marked by the laboratory: by letters, shape and colour at once. */
export function Flag({ lab }: { lab: Lab }): JSX.Element | null {
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

/** Results that are missing, may still change, or did, say so; a final one says nothing. */
function status(lab: Lab): string {
	switch (lab.status) {
		case "P":
			return t("lab_preliminary");
		case "C":
			return t("lab_corrected");
		case "I":
			return t("lab_pending");
		case "X":
			return t("lab_unobtainable");
	}
	return "";
}

interface Pointed {
	cell: HTMLElement;
	labs: Lab[];
}
const pointed = signal<Pointed | undefined>(undefined);

const ABOUT = "labs-about";
const DELAY = 200; // ms: a mouse that only crosses the table opens nothing
let timer: ReturnType<typeof setTimeout> | undefined;

function point(next: Pointed | undefined, delay = 0): void {
	clearTimeout(timer);
	timer = setTimeout(() => {
		pointed.value = next;
	}, delay);
}

/** Takes away what is said of a cell; tells whether there was anything. */
export function unpoint(): boolean {
	clearTimeout(timer);
	const was = pointed.value !== undefined;
	pointed.value = undefined;
	return was;
}

export function Cell({ labs, row, column }: { labs: Lab[] | undefined; row: Row; column: number }): JSX.Element {
	if (!labs) {
		return <td />;
	}
	const first = labs[0] as Lab;
	const show = (delay: number) => (e: Event) => point({ cell: e.currentTarget as HTMLElement, labs }, delay);
	return (
		<td
			class={labs.map(level).find((l) => l !== "") ?? ""}
			tabIndex={-1}
			data-row={row.key}
			data-column={column}
			aria-describedby={pointed.value?.labs === labs ? ABOUT : undefined}
			onMouseEnter={show(DELAY)}
			onMouseLeave={() => point(undefined, DELAY)}
			onFocus={show(0)}
			onBlur={() => point(undefined)}
		>
			{labs.map((lab, i) => (
				<span key={lab.item + lab.value}>
					{i > 0 && " / "}
					{lab.value}
					<Flag lab={lab} />
				</span>
			))}
			{row.unit === "" && first.unit && first.number !== undefined && (
				<span class="cell-more" title={first.unit}>
					{unitOf(first)}
				</span>
			)}
			{details.value && first.range && <span class="cell-more">{first.range}</span>}
			{labs.map(status).some((s) => s !== "") && (
				<span class="cell-more">{labs.map(status).find((s) => s !== "")}</span>
			)}
		</td>
	);
}

function One({ lab }: { lab: Lab }): JSX.Element {
	return (
		<div class="about-one">
			<p class="about-value">
				<span>{lab.name}</span>{" "}
				<b>
					{lab.value} <span title={lab.unit}>{unitOf(lab)}</span>
				</b>{" "}
				<Flag lab={lab} /> {status(lab) && <small class="tag">{status(lab)}</small>}
			</p>
			<dl>
				<dt>{t("lab_range")}</dt>
				<dd>{lab.range || "–"}</dd>
				<dt>{t("lab_taken")}</dt>
				<dd>{`${day(lab.at)} ${clock(lab.at)}`}</dd>
				<dt>{t("lab_laboratory")}</dt>
				<dd>
					<Mark id={lab.facility} /> {known.value.get(lab.facility)?.name}
				</dd>
				{lab.specimen && (
					<>
						<dt>{t("lab_specimen")}</dt>
						<dd>{lab.specimen}</dd>
					</>
				)}
				{lab.comments && (
					<>
						<dt>{t("lab_comments")}</dt>
						<dd>{lab.comments.join(" ")}</dd>
					</>
				)}
				{lab.code && (
					<>
						<dt>{t("lab_code")}</dt>
						<dd>{lab.code}</dd>
					</>
				)}
			</dl>
		</div>
	);
}

const GAP = 4;

/** Puts the box below its cell, or above where there is no room; out of sight while the cell is. */
function place(box: HTMLElement, cell: HTMLElement): void {
	const at = cell.getBoundingClientRect();
	const own = box.getBoundingClientRect();
	const around = cell.closest(".labs-scroll")?.getBoundingClientRect();
	const below = at.bottom + GAP + own.height <= innerHeight;
	box.style.top = `${below ? at.bottom + GAP : Math.max(GAP, at.top - GAP - own.height)}px`;
	box.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - own.width - 4 * GAP))}px`;
	const inside = around === undefined || (at.bottom > around.top && at.top < around.bottom);
	box.style.visibility = inside ? "visible" : "hidden";
}

/** Stays while the mouse goes to it, moves with its cell, and goes away by Esc (WCAG 1.4.13). */
export function About(): JSX.Element | null {
	const box = useRef<HTMLDivElement>(null);
	const now = pointed.value;
	useLayoutEffect(() => {
		if (!now) {
			return undefined;
		}
		const follow = (): void => {
			if (box.current) {
				place(box.current, now.cell);
			}
		};
		follow();
		document.addEventListener("scroll", follow, { capture: true, passive: true });
		return () => document.removeEventListener("scroll", follow, { capture: true });
	}, [now]);
	if (!now) {
		return null;
	}
	return (
		<div
			id={ABOUT}
			ref={box}
			role="tooltip"
			class="labs-about"
			onMouseEnter={() => point(now)}
			onMouseLeave={() => point(undefined, DELAY)}
		>
			{now.labs.map((lab) => (
				<One key={lab.item + lab.value} lab={lab} />
			))}
		</div>
	);
}
