/**
 * Keys: j and k move, Enter opens (the link that has the focus), / searches, L locks, ? helps.
 * Never while something is typed or an input method composes: Safari sends keydown
 * after compositionend, which only keyCode 229 tells (WebKit 165004).
 */
import { closePanel } from "../panel/panel.ts";

const OFF = "mizuhiki-keys-off";

export function typing(e: KeyboardEvent): boolean {
	if (e.isComposing || e.keyCode === 229) {
		return true;
	}
	const at = e.target as HTMLElement | null;
	return at?.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") != null;
}

function stops(): HTMLElement[] {
	return [...document.querySelectorAll<HTMLElement>("[data-nav]")].filter((e) => e.offsetParent !== null);
}

const linkOf = (stop: HTMLElement): HTMLElement | null =>
	stop.matches("a, button") ? stop : stop.querySelector<HTMLElement>("a, button");

function move(step: number): void {
	const all = stops();
	const at = all.findIndex((e) => e.classList.contains("at") || e.contains(document.activeElement));
	const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
	if (!next) {
		return;
	}
	for (const e of all) {
		e.classList.toggle("at", e === next);
	}
	linkOf(next)?.focus();
	next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

export function startKeys(): void {
	const help = document.getElementById("help") as HTMLDialogElement | null;
	const off = document.getElementById("keys-off") as HTMLInputElement | null;
	if (off) {
		off.checked = localStorage.getItem(OFF) === "1";
		off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : "0"));
	}
	document.addEventListener("keydown", (e) => {
		if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) {
			return;
		}
		if (e.key === "Escape" && !e.isComposing && e.keyCode !== 229) {
			closePanel();
			return;
		}
		if (off?.checked || typing(e)) {
			return;
		}
		const search = document.querySelector<HTMLElement>("[data-search]");
		const lock = document.querySelector<HTMLFormElement>("form[data-lock]");
		if (e.key === "j") {
			move(1);
		} else if (e.key === "k") {
			move(-1);
		} else if (e.key === "/" && search) {
			search.focus();
		} else if (e.key === "L" && lock) {
			lock.requestSubmit();
		} else if (e.key === "?" && help?.isConnected) {
			help.showModal();
		} else {
			return;
		}
		e.preventDefault();
	});
}
