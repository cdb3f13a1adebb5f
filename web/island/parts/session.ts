import { t } from "../text/text.ts";

/** Nobody is signed in any more: what the page shows must go. */
export function endSession(): void {
	for (const e of document.querySelectorAll(".banner, .sources, .tabs")) {
		e.remove();
	}
	const main = document.getElementById("main");
	const notice = document.createElement("div");
	notice.className = "notice notice-trouble";
	notice.setAttribute("role", "alert");
	const text = document.createElement("p");
	text.textContent = t("session");
	const link = document.createElement("a");
	link.href = "/signin";
	link.className = "button primary";
	link.textContent = t("signin");
	notice.append(text, link);
	main?.replaceChildren(notice);
}
