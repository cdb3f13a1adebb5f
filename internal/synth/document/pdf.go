package document

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// lineLength is how many full-width characters go into a line of a page.
const lineLength = 36

// pdf writes a letter as a PDF of one page (ISO 32000-1), in one of the Japanese fonts
// that every reader has or replaces: nothing is embedded.
func (a *author) pdf(l letter) []byte {
	lines := []string{l.title, "", fmt.Sprintf("患者ID %s　%s %s　%s", a.p.ID, a.p.Family, a.p.Given, a.Name), l.at.Format("2006/01/02 15:04") + "　" + staffName(l.by), ""}
	for _, part := range l.parts {
		lines = append(lines, "【"+part.heading+"】")
		for _, w := range part.words {
			for r := []rune(w); len(r) > 0; r = r[min(len(r), lineLength):] {
				lines = append(lines, string(r[:min(len(r), lineLength)]))
			}
		}
		lines = append(lines, "")
	}
	var text bytes.Buffer
	text.WriteString("BT /F1 12 Tf 18 TL 72 770 Td\n")
	for _, line := range lines {
		text.WriteString("<")
		for _, unit := range utf16.Encode([]rune(line)) {
			fmt.Fprintf(&text, "%04X", unit)
		}
		text.WriteString("> Tj T*\n")
	}
	text.WriteString("ET")
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R/Lang(ja-JP)>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 7 0 R>>",
		"<</Type/Font/Subtype/Type0/BaseFont/HeiseiKakuGo-W5-UniJIS-UTF16-H/Encoding/UniJIS-UTF16-H/DescendantFonts[5 0 R]>>",
		"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiKakuGo-W5/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 5>>/FontDescriptor 6 0 R/DW 1000/W[1 95 500 231 389 500]>>",
		"<</Type/FontDescriptor/FontName/HeiseiKakuGo-W5/Flags 4/FontBBox[-92 -250 1010 922]/ItalicAngle 0/Ascent 752/Descent -221/CapHeight 737/StemV 114>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", text.Len(), text.Bytes()),
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}
