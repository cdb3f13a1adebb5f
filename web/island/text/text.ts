/** The texts that the server put into the page, in the page's language. */
let texts: Record<string, string> | undefined;

export function t(key: string, params: Record<string, string | number> = {}): string {
	texts ??= JSON.parse(document.getElementById("texts")?.textContent ?? "{}") as Record<string, string>;
	let text = texts[key] ?? key;
	for (const [name, value] of Object.entries(params)) {
		text = text.split(`{${name}}`).join(String(value));
	}
	return text;
}

export const language = (): string => document.documentElement.lang;

/** Names in a row, as the page's language writes them. */
export const list = (names: readonly string[]): string => new Intl.ListFormat(language()).format(names);
