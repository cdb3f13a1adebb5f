// Serves the fixture pages that `go test -render DIR` writes for the pages of portal and console,
// under the policy that the real portal sends, for the checks beside this file.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const POLICY =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types mizuhiki-fragment";
const TYPES = {
	".js": "text/javascript",
	".mjs": "text/javascript",
	".css": "text/css",
	".html": "text/html; charset=utf-8",
};
/** The facility whose document in the fixtures has files. */
const WITH_FILES = "aaaaaaaaaaaaaaaaaaaaaaaaa3";

/** Facilities that answer late or not at all, by the end of their id: milliseconds, or "never". */
const delays = new Map();

/** What a click opens: on the timeline one of each older kind, elsewhere what is listed there. */
function itemsOf(path, from) {
	if (/\/(notes|exams)[\w-]*\.html/.test(from)) {
		return path.includes(WITH_FILES) ? "items-files" : "items-record";
	}
	return "items";
}

function fileOf(path, pages, dist, from) {
	const asset = /^\/assets\/((?:[\w.-]+\/)*[\w.-]+)$/.exec(path);
	if (asset) {
		return join(dist, asset[1]);
	}
	const page = /^\/(ja|en)\/([\w-]+)\.html$/.exec(path);
	if (page) {
		return join(pages, page[1], `${page[2]}.html`);
	}
	// Parts are asked for without a language: the session of the page has it.
	const lang = /\/(ja|en)\//.exec(from)?.[1] ?? "ja";
	const part = /^\/patients\/\w+\/views\/(\w+)\/(\w+)$/.exec(path);
	if (part) {
		return join(pages, lang, `part-${part[1]}-${part[2]}.html`);
	}
	return /^\/patients\/\w+\/items\//.test(path) ? join(pages, lang, `${itemsOf(path, from)}.html`) : undefined;
}

/** Whose session the pages of the fixtures are, by their address. */
const sessionOf = new Map();

/** Files of documents by their number. */
const files = new Map();

/** Starts the server on a free port of the loopback; gives its address, delay(facility, how), file(number, type, body) and close(). */
export async function serve(pages, dist) {
	const server = createServer(async (request, response) => {
		const path = normalize(new URL(request.url, "http://x").pathname);
		response.setHeader("Content-Security-Policy", POLICY);
		if (path === "/session") {
			response.writeHead(200, { "Content-Type": "application/json" });
			response.end(
				JSON.stringify({
					session: request.headers.referer ? sessionOf.get(request.headers.referer) : "",
					locks: 900,
					ends: 40000,
				}),
			);
			return;
		}
		if (path.endsWith("/fetch")) {
			response.writeHead(200, { "Content-Type": "text/event-stream" });
			response.write('data: {"percent":40}\n\n');
			response.end('event: done\ndata: {"percent":100,"unreadable":1}\n\n');
			return;
		}
		const how = delays.get(path.split("/").pop());
		if (how === "never") {
			return;
		}
		if (how?.sending) {
			response.writeHead(200, { "Content-Type": TYPES[".html"] });
			response.flushHeaders();
		}
		if (how) {
			await new Promise((resolve) => setTimeout(resolve, how.sending ?? how));
		}
		const record = /^\/patients\/\w+\/files\/\w+\/\w+\/(\d+)\/\w+$/.exec(path);
		if (record) {
			const { type, body } = files.get(Number(record[1])) ?? {};
			response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
			response.writeHead(body ? 200 : 404, body ? { "Content-Type": type } : {}).end(body);
			return;
		}
		const file = fileOf(path, pages, dist, request.headers.referer ?? "");
		try {
			const body = await readFile(file ?? "");
			const [, session] = /data-session="(\w+)"/.exec(String(body)) ?? [];
			if (session) {
				sessionOf.set(`http://${request.headers.host}${request.url}`, session);
			}
			if (!response.headersSent) {
				response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
			}
			response.end(body);
		} catch {
			response.writeHead(404).end();
		}
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		delay: (facility, how) => delays.set(facility, how),
		file: (number, type, body) => files.set(number, { type, body }),
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
