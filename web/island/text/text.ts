/** The texts that the server put into the page, in the page's language. */
let texts: Record<string, string> | undefined;

export function t(key: string, params: Record<string, string | number> = {}): string {
	texts ??= JSON.parse(document.getElementById("texts")?.textContent ?? "{}") as Record<string, string>;
	return fill(texts[key] ?? key, params);
}

/** Puts parameters in the place of {name}, and for {name:one|several} the word that the number asks for. */
export function fill(text: string, params: Record<string, string | number>): string {
	return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (all, name: string, one?: string, several?: string) => {
		const value = params[name];
		if (value === undefined) {
			return all;
		}
		return (one === undefined ? String(value) : String(value) === "1" ? one : several) ?? "";
	});
}

export const language = (): string => document.documentElement.lang;

/** Names in a row, as the page's language writes them. */
export const list = (names: readonly string[]): string => new Intl.ListFormat(language()).format(names);
