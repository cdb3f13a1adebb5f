import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Every folder of a surface that has a page.ts is an entry; Go finds it in the manifest.
const entries = ["portal", "console", "enroll"]
	.flatMap((surface) => readdirSync(surface).map((page) => join(surface, page, "page.ts")))
	.filter((file) => existsSync(file));

const PDFJS = join("node_modules", "pdfjs-dist");

// What pdf.js asks for while it draws: tables of characters, the standard fonts, and
// decoders as plain script, since the policy lets no WebAssembly run. Under the version,
// so that a kept copy is never one of another version.
function pdfData(): Plugin {
	return {
		name: "pdf-data",
		apply: "build",
		closeBundle() {
			const { version } = JSON.parse(readFileSync(join(PDFJS, "package.json"), "utf8")) as { version: string };
			const to = join("dist", `pdf-${version}`);
			cpSync(join(PDFJS, "cmaps"), join(to, "cmaps"), { recursive: true });
			cpSync(join(PDFJS, "standard_fonts"), join(to, "standard_fonts"), { recursive: true });
			mkdirSync(join(to, "wasm"));
			for (const file of readdirSync(join(PDFJS, "wasm"))) {
				if (file.endsWith("_nowasm_fallback.js") || file.startsWith("LICENSE")) {
					cpSync(join(PDFJS, "wasm", file), join(to, "wasm", file));
				}
			}
		},
	};
}

// Compressed once here instead of at every request.
function gzip(): Plugin {
	return {
		name: "gzip",
		apply: "build",
		closeBundle() {
			for (const file of readdirSync("dist")) {
				if ([".js", ".mjs", ".css", ".svg"].includes(extname(file))) {
					const path = join("dist", file);
					writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
				}
			}
		},
	};
}

export default defineConfig({
	base: "/assets/",
	plugins: [gzip(), pdfData()],
	oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
	build: {
		outDir: "dist",
		assetsDir: "",
		emptyOutDir: true,
		manifest: true,
		target: ["es2020", "safari15"],
		modulePreload: { polyfill: false },
		assetsInlineLimit: 0,
		rollupOptions: { input: entries },
	},
	test: { include: ["island/**/*.test.ts"] },
});
