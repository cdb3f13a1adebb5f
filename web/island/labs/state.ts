/** What the page of laboratory results knows and what its reader has chosen. */
import { computed, signal } from "@preact/signals";
import type { Facility } from "../courses/facility.ts";
import { build, choose, filter, type Lab, type Row } from "./model.ts";

/** Columns that are shown at first, and that each wish for more adds. */
export const STEP = 24;

export const parts = signal<ReadonlyMap<string, Lab[]>>(new Map());
export const chosen = signal<string[]>([]);
export const search = signal("");
export const panel = signal("");
export const abnormal = signal(false);
export const details = signal(false);
export const limit = signal(STEP);
export const known = signal<ReadonlyMap<string, Facility>>(new Map());

export const matrix = computed(() => build([...parts.value.values()].flat()));
export const columns = computed(() => matrix.value.columns.slice(0, limit.value));
export const shown = computed(() =>
	filter(matrix.value, {
		text: search.value,
		panel: panel.value,
		abnormal: abnormal.value,
		columns: new Set(columns.value.map((c) => c.key)),
	}),
);
export const rows = computed(
	() => new Map(matrix.value.panels.flatMap((p) => p.rows.map((r): [string, Row] => [r.key, r]))),
);

export function toggle(key: string): void {
	chosen.value = choose(chosen.value, key);
}
