/**
 * A PDF in place (pdf.js): pages as canvases, drawn when they come into sight. Scripts
 * and forms of the document do not run; fonts, tables of characters and decoders come
 * from this server.
 */
import {
	getDocument,
	type PDFDocumentProxy,
	type PDFPageProxy,
	PDFWorker,
	version,
} from "pdfjs-dist/legacy/build/pdf.mjs";
import workerURL from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { language, t } from "../text/text.ts";
import { startWorker } from "../trusted/trusted.ts";
import { current, density, fitting, step } from "./scale.ts";

export interface Shown {
	close(): void;
}

interface Sheet {
	page: PDFPageProxy;
	box: HTMLElement;
	drawn: number; // scale at which it is drawn; 0: not
	task?: { cancel(): void };
}

const DATA = `/assets/pdf-${version}/`;

class Viewer {
	private readonly scroll = document.createElement("div");
	private readonly where = document.createElement("span");
	private readonly seen = new IntersectionObserver((all) => this.sight(all), { rootMargin: "400px" });
	private readonly inSight = new Set<Sheet>();
	private scale = 1;
	private fitted = true;

	constructor(
		private readonly host: HTMLElement,
		private readonly doc: PDFDocumentProxy,
		private readonly sheets: Sheet[],
		label: string,
	) {
		this.scroll.className = "pdf-pages";
		this.scroll.tabIndex = 0;
		this.scroll.setAttribute("role", "document");
		this.scroll.setAttribute("aria-label", label);
		this.scroll.addEventListener("scroll", () => this.say(), { passive: true });
		host.replaceChildren(this.tools(), this.scroll);
		for (const sheet of sheets) {
			this.scroll.append(sheet.box);
			this.seen.observe(sheet.box);
		}
		this.resized.observe(this.scroll);
		this.lay();
	}

	private readonly resized = new ResizeObserver(() => this.fitted && this.lay());

	private tools(): HTMLElement {
		const bar = document.createElement("div");
		bar.className = "pdf-tools";
		this.where.setAttribute("role", "status");
		bar.append(
			this.button(t("pdf_earlier"), "‹", () => this.turn(-1)),
			this.where,
			this.button(t("pdf_later"), "›", () => this.turn(1)),
			this.button(t("pdf_smaller"), "−", () => this.zoom(step(this.scale, false))),
			this.button(t("pdf_larger"), "+", () => this.zoom(step(this.scale, true))),
			this.button(t("pdf_fit"), "", () => this.zoom(0)),
			this.button(t("pdf_full"), "", () => void this.full()),
		);
		return bar;
	}

	private button(text: string, sign: string, act: () => void): HTMLElement {
		const b = document.createElement("button");
		b.type = "button";
		b.textContent = sign || text;
		b.title = text;
		b.setAttribute("aria-label", text);
		b.addEventListener("click", act);
		return b;
	}

	private async full(): Promise<void> {
		if (document.fullscreenElement) {
			await document.exitFullscreen();
		} else {
			await this.host.requestFullscreen();
		}
	}

	private zoom(scale: number): void {
		this.fitted = scale === 0;
		this.scale = scale || this.scale;
		this.lay();
	}

	private turn(by: number): void {
		const next = this.sheets[this.at() - 1 + by];
		if (next) {
			this.scroll.scrollTop = next.box.offsetTop - this.scroll.offsetTop;
		}
	}

	private at(): number {
		const tops = this.sheets.map((s) => s.box.offsetTop - this.scroll.offsetTop);
		return current(tops, this.scroll.scrollTop, this.scroll.clientHeight);
	}

	private say(): void {
		const text = t("pdf_page", { n: this.at(), total: this.sheets.length });
		if (this.where.textContent !== text) {
			this.where.textContent = text;
		}
	}

	/** Gives every page its size; those in sight are drawn anew. */
	private lay(): void {
		const widest = Math.max(...this.sheets.map((s) => s.page.getViewport({ scale: 1 }).width));
		if (this.fitted) {
			this.scale = fitting(widest, this.scroll.clientWidth - 24);
		}
		for (const sheet of this.sheets) {
			const { width, height } = sheet.page.getViewport({ scale: this.scale });
			sheet.box.style.width = `${Math.floor(width)}px`;
			sheet.box.style.height = `${Math.floor(height)}px`;
		}
		for (const sheet of this.inSight) {
			void this.draw(sheet);
		}
		this.say();
	}

	private sight(all: readonly IntersectionObserverEntry[]): void {
		for (const e of all) {
			const sheet = this.sheets.find((s) => s.box === e.target);
			if (sheet && e.isIntersecting) {
				this.inSight.add(sheet);
				void this.draw(sheet);
			} else if (sheet) {
				this.inSight.delete(sheet);
				sheet.task?.cancel();
				sheet.drawn = 0;
				sheet.box.querySelector("canvas")?.remove();
			}
		}
	}

	private async draw(sheet: Sheet): Promise<void> {
		const scale = this.scale;
		if (sheet.drawn === scale) {
			return;
		}
		sheet.drawn = scale;
		sheet.task?.cancel();
		const size = sheet.page.getViewport({ scale });
		const fine = density(size.width, size.height, devicePixelRatio);
		const canvas = document.createElement("canvas");
		canvas.setAttribute("aria-hidden", "true");
		canvas.width = Math.floor(size.width * fine);
		canvas.height = Math.floor(size.height * fine);
		const task = sheet.page.render({ canvas, viewport: sheet.page.getViewport({ scale: scale * fine }) });
		sheet.task = task;
		try {
			await task.promise;
		} catch {
			return; // cancelled: another drawing or none is wanted
		}
		if (sheet.drawn === scale) {
			sheet.box.querySelector("canvas")?.remove();
			sheet.box.prepend(canvas);
		}
		await this.read(sheet);
	}

	/** The words of a page for those who do not see it. */
	private async read(sheet: Sheet): Promise<void> {
		if (sheet.box.querySelector("p")) {
			return;
		}
		const words = document.createElement("p");
		words.className = "visually-hidden";
		sheet.box.append(words);
		const { items } = await sheet.page.getTextContent();
		words.textContent = items.map((i) => ("str" in i ? i.str + (i.hasEOL ? "\n" : "") : "")).join("");
	}

	close(): void {
		this.seen.disconnect();
		this.resized.disconnect();
		for (const sheet of this.sheets) {
			sheet.task?.cancel();
		}
		void this.doc.loadingTask.destroy();
	}
}

/** Shows a document in host. It throws what pdf.js throws for one that cannot be read. */
export async function show(host: HTMLElement, data: Uint8Array, label: string): Promise<Shown> {
	const port = startWorker(workerURL);
	const worker = PDFWorker.create({ port });
	const stop = (): void => {
		worker.destroy();
		port.terminate();
	};
	try {
		const doc = await getDocument({
			data,
			worker,
			cMapUrl: `${DATA}cmaps/`,
			standardFontDataUrl: `${DATA}standard_fonts/`,
			wasmUrl: `${DATA}wasm/`,
			useWasm: false, // the policy lets no WebAssembly run
			enableXfa: false,
			verbosity: 0,
		}).promise;
		const sheets: Sheet[] = [];
		for (let n = 1; n <= doc.numPages; n++) {
			const box = document.createElement("div");
			box.className = "pdf-page";
			box.lang = language();
			box.setAttribute("role", "region");
			box.setAttribute("aria-label", t("pdf_page_of", { n }));
			sheets.push({ page: await doc.getPage(n), box, drawn: 0 });
		}
		const viewer = new Viewer(host, doc, sheets, label);
		return {
			close: () => {
				viewer.close();
				stop();
			},
		};
	} catch (e) {
		stop();
		throw e;
	}
}
