import { t } from "../text/text.ts";

interface Progress {
	percent?: number;
	unreadable?: number;
	message?: string;
}

/** Fetches the latest data of one facility and shows how far it is. */
function run(island: HTMLElement): void {
	const state = island.querySelector<HTMLElement>("[data-fetch-state]");
	const bar = island.querySelector("progress");
	const button = island.querySelector<HTMLButtonElement>("[data-fetch-do]");
	if (!state || !bar || !button || button.disabled) {
		return;
	}
	button.disabled = true;
	bar.hidden = false;
	bar.value = 0;
	state.setAttribute("aria-live", "polite");
	state.textContent = t("progress_start");
	const stream = new EventSource(island.dataset.url ?? "");
	const end = (text: string): void => {
		stream.close();
		bar.hidden = true;
		button.disabled = false;
		state.textContent = text;
	};
	stream.onmessage = (e) => {
		const n = (JSON.parse(e.data) as Progress).percent ?? 0;
		bar.value = n;
		state.textContent = t("progress", { n });
	};
	stream.addEventListener("done", (e) => {
		const p = JSON.parse((e as MessageEvent<string>).data) as Progress;
		end(t("progress_done") + (p.unreadable ? t("progress_unreadable", { n: p.unreadable }) : ""));
	});
	stream.addEventListener("failed", (e) =>
		end((JSON.parse((e as MessageEvent<string>).data) as Progress).message ?? t("progress_failed")),
	);
	// A broken stream is not opened anew: that would start another refresh.
	stream.onerror = () => end(t("progress_failed"));
}

export function startFetches(): void {
	for (const island of document.querySelectorAll<HTMLElement>("[data-island=fetch]")) {
		island.querySelector("[data-fetch-do]")?.addEventListener("click", () => run(island));
		if (island.dataset.auto !== undefined) {
			run(island);
		}
	}
}
