/**
 * Closes the fields about a new person while a registered one is chosen, and those of a new
 * consent while the registered one is; the server ignores them anyway.
 */
export function startRegister(): void {
	const form = document.querySelector<HTMLFormElement>("form[data-island=register]");
	if (!form) {
		return;
	}
	const follow = (): void => {
		const chosen = new FormData(form).get("existing");
		const known = typeof chosen === "string" && chosen !== "" && chosen !== "new";
		for (const e of form.querySelectorAll<HTMLElement>("[data-when-new]")) {
			e.hidden = known;
		}
		for (const e of form.querySelectorAll<HTMLElement>("[data-when-existing]")) {
			e.hidden = !known;
		}
		const kept = new FormData(form).get("basis") === "kept";
		for (const e of form.querySelectorAll<HTMLElement>("[data-when-consent]")) {
			e.hidden = kept;
		}
	};
	form.addEventListener("change", follow);
	follow();
}
