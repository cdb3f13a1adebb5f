// Files of the fixtures' document, made here so that no binary stands in the tree.
import { Buffer } from "node:buffer";

/** A PDF of some pages with text, drawn by the browser: its fonts are inside. */
export async function printed(browser) {
	const page = await browser.newPage();
	const sheet = (n) =>
		`<section style="break-after:page"><h1>診療情報提供書 ${n}</h1><p>いつもお世話になっております。下記の患者様をご紹介申し上げます。</p>${"<p>経過は以下のとおりです。</p>".repeat(24)}</section>`;
	await page.setContent(`<html lang="ja"><body>${[1, 2, 3].map(sheet).join("")}</body></html>`);
	const body = await page.pdf({ format: "A4" });
	await page.close();
	return body;
}

/**
 * A PDF as older systems write it: Japanese text in Shift_JIS with a font that is not
 * inside, so that a table of characters is needed; and a script and an action at opening,
 * which must do nothing.
 */
export function old() {
	const text = Buffer.from([0x96, 0xe2, 0x90, 0x66, 0x95, 0x5b]).toString("hex"); // 問診票
	const draw = `BT /F1 32 Tf 60 700 Td <${text}> Tj ET`;
	const objects = [
		"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\('x'\\);) >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /AA << /O << /S /Launch /F (calc.exe) >> >> >>",
		`<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`,
		"<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /90ms-RKSJ-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 7 0 R /DW 1000 >>",
		"<< /Type /FontDescriptor /FontName /Ryumin-Light /Flags 6 /FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>",
	];
	let out = "%PDF-1.4\n";
	const at = objects.map((o, i) => {
		const begin = out.length;
		out += `${i + 1} 0 obj\n${o}\nendobj\n`;
		return begin;
	});
	const table = out.length;
	out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
	out += at.map((n) => `${String(n).padStart(10, "0")} 00000 n \n`).join("");
	out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
	return Buffer.from(out, "latin1");
}

/** A picture of one page, as JPEG. */
export async function photo(browser) {
	const page = await browser.newPage({ viewport: { width: 320, height: 240 } });
	await page.setContent("<body style='background:teal;color:#fff'><h1>photo</h1></body>");
	const body = await page.screenshot({ type: "jpeg" });
	await page.close();
	return body;
}
