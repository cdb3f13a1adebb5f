/**
 * On paper every page says whose record it is, who printed it, where and when, for a sheet
 * that went astray. A browser that knows no margins of pages prints it on the first alone.
 */
import { pageRule } from "./head.ts";

/** As everything else on the sheet is dated, whatever zone the machine is set to. */
const clock = new Intl.DateTimeFormat("ja-JP", {
	timeZone: "Asia/Tokyo",
	year: "numeric",
	month: "2-digit",
	day: "2-digit",
	hour: "2-digit",
	minute: "2-digit",
});

export function startPrint(): void {
	const head = document.querySelector<HTMLElement>(".print-head");
	if (!head || !("adoptedStyleSheets" in document)) {
		return;
	}
	const sheet = new CSSStyleSheet();
	document.adoptedStyleSheets.push(sheet);
	const set = (): void => {
		const time = head.querySelector("time");
		if (time) {
			time.textContent = clock.format(new Date());
		}
		// Whose record is gone must not come back on paper.
		const gone = document.querySelector(".banner") === null;
		sheet.replaceSync(gone ? "" : pageRule((head.textContent ?? "").replace(/\s+/g, " ").trim()));
		head.hidden = gone || sheet.cssRules[0]?.cssText.includes("top-left") === true;
	};
	set();
	addEventListener("beforeprint", set);
}
