// Package qrcode draws QR codes (二次元コード, ISO/IEC 18004) into pages: pages may not load
// pictures from elsewhere, and the text is mostly a secret that must not become a file.
package qrcode

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// SVG draws a text as an SVG element of class qr. A text too long for a code, or none,
// gives nothing.
func SVG(text string) template.HTML {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil || text == "" {
		return ""
	}
	const quiet = 4 // modules of margin, ISO/IEC 18004
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := size + 2*quiet
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="QR" shape-rendering="crispEdges"><rect width="%d" height="%d" fill="#fff"/><path d="%s"/></svg>`, side, side, side, side, path.String()))
}
