import { t } from "../text/text.ts";
import { age, both, parseDay } from "./parse.ts";

/** Echoes a typed date in both calendars, once an input method has done with it. */
function echo(input: HTMLInputElement, out: HTMLElement, usual: string): void {
	const text = input.value.trim();
	const d = parseDay(text);
	if (text === "") {
		out.textContent = usual;
	} else if (!d) {
		out.textContent = text.length < 6 ? usual : t("date_unreadable");
	} else {
		const now = new Date();
		const old = age(d, { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() });
		let text = both(d);
		if (old && input.dataset.noAge === undefined) {
			text += ` ${old.years < 6 ? t("age_months", { y: old.years, m: old.months }) : t("age_years", { y: old.years })}`;
		}
		out.textContent = text;
	}
}

export function startBirthdates(): void {
	for (const input of document.querySelectorAll<HTMLInputElement>("input[data-island=birthdate]")) {
		const out = document.getElementById(`${input.id}-read`);
		if (!out) {
			continue;
		}
		const usual = input.value === "" ? (out.textContent ?? "") : "";
		input.addEventListener("input", (e) => {
			if (!(e as InputEvent).isComposing) {
				echo(input, out, usual);
			}
		});
		input.addEventListener("compositionend", () => echo(input, out, usual));
		echo(input, out, usual);
	}
}
