/**
 * On paper every page says whose record it is, who printed it, where and when, for a sheet
 * that went astray. A browser that knows no margins of pages prints it on the first alone.
 */
import { pageRule } from "./head.ts";

const pad = (n: number): string => String(n).padStart(2, "0");

export function startPrint(): void {
	const head = document.querySelector<HTMLElement>(".print-head");
	if (!head || !("adoptedStyleSheets" in document)) {
		return;
	}
	const sheet = new CSSStyleSheet();
	document.adoptedStyleSheets.push(sheet);
	const set = (): void => {
		const now = new Date();
		const time = head.querySelector("time");
		if (time) {
			time.textContent = `${now.getFullYear()}/${pad(now.getMonth() + 1)}/${pad(now.getDate())} ${pad(now.getHours())}:${pad(now.getMinutes())}`;
		}
		// Whose record is gone must not come back on paper.
		const gone = document.querySelector(".banner") === null;
		sheet.replaceSync(gone ? "" : pageRule((head.textContent ?? "").replace(/\s+/g, " ").trim()));
		head.hidden = gone || sheet.cssRules[0]?.cssText.includes("top-left") === true;
	};
	set();
	addEventListener("beforeprint", set);
}
