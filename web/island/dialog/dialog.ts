/**
 * Buttons that name a dialog open it; those inside marked for closing close it. One with a
 * form that was refused opens with the page.
 */
export function startDialogs(): void {
	document.addEventListener("click", (e) => {
		const at = (e.target as Element).closest<HTMLElement>("[data-dialog], [data-dialog-close]");
		if (at?.dataset.dialog) {
			(document.getElementById(at.dataset.dialog) as HTMLDialogElement | null)?.showModal();
		} else {
			at?.closest("dialog")?.close();
		}
	});
	document.querySelector<HTMLDialogElement>("dialog[data-dialog-now]")?.showModal();
}
