package cda

import (
	"encoding/xml"
	"strings"
	"testing"
)

// What was scanned is parsed without bounds of the parser's own, so nothing may get past
// the scan: no depth and no number of elements that it did not count, no document type.
func FuzzScanBoundsTheParser(f *testing.F) {
	deep := strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth)
	for _, s := range []string{
		deep, "<b>" + deep + "</b>", strings.Repeat("<a></a>", 3), "<a b='>'><c d=\"/\"/></a>", "<a><!-- <b><c> --><![CDATA[<d><e>]]></a>",
		"<?x <a> ?><a/>", "</a></a><a><a>", "<a/ >", "<a b='<c>'/>", "<!DOCTYPE x><a/>", "<!-->-->", "<a b=\"'\"><c/></a>", "<><a>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := scan([]byte(text)); err != nil {
			return
		}
		depth, deepest, elements := 0, 0, 0
		for d := decoder(text); ; {
			token, err := d.Token()
			if err != nil {
				break
			}
			switch token.(type) {
			case xml.StartElement:
				depth++
				elements++
				deepest = max(deepest, depth)
			case xml.EndElement:
				depth--
			case xml.Directive:
				t.Errorf("a document type got past the scan")
			}
		}
		if deepest > MaxDepth || elements > MaxElements {
			t.Errorf("%d elements, %d in each other, got past the scan", elements, deepest)
		}
	})
}
