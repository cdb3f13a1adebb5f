import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Every folder of a surface that has a page.ts is an entry; Go finds it in the manifest.
const entries = ["portal", "console"]
	.flatMap((surface) => readdirSync(surface).map((page) => join(surface, page, "page.ts")))
	.filter((file) => existsSync(file));

// Compressed once here instead of at every request.
function gzip(): Plugin {
	return {
		name: "gzip",
		apply: "build",
		closeBundle() {
			for (const file of readdirSync("dist")) {
				if ([".js", ".css", ".svg"].includes(extname(file))) {
					const path = join("dist", file);
					writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
				}
			}
		},
	};
}

export default defineConfig({
	base: "/assets/",
	plugins: [gzip()],
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
