/**
 * The lists below the chart show the chart's span too: three years of prescriptions are
 * sixty pages on paper. What is older is counted, never silently left out.
 */
import { t } from "../text/text.ts";

/** Whether what was last given on a day, YYYY-MM-DD or unknown (""), is within a span that begins on from; "" is all time. */
export const within = (last: string, from: string): boolean => from === "" || last === "" || last >= from;

export function showWithin(list: HTMLElement, from: string, all: () => void): void {
	let earlier = 0;
	for (const row of list.querySelectorAll<HTMLElement>("[data-last]")) {
		row.hidden = !within(row.dataset.last ?? "", from);
		earlier += row.hidden ? Number(row.dataset.rows ?? 1) : 0;
	}
	const note = list.closest("section")?.querySelector<HTMLElement>(".earlier");
	if (!note) {
		return;
	}
	note.hidden = earlier === 0;
	const button = document.createElement("button");
	button.type = "button";
	button.className = "quiet";
	button.textContent = t("course_all");
	button.addEventListener("click", all);
	note.replaceChildren(t("course_earlier", { n: earlier }), " ", button);
}
