package prose_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	large := []byte(strings.Repeat("a", prose.MaxBytes+1))
	cells := "<table>" + strings.Repeat("<tr>"+strings.Repeat("<td colspan='100'/>", 20)+"</tr>", 100) + "</table>"
	refused := map[string]error{}
	_, _, refused["a text that is too large"] = prose.Text(large)
	_, refused["a page that is too large"] = prose.HTML(large)
	_, refused["a table of too many cells"] = prose.HTML([]byte(cells))
	_, _, refused["no text"] = prose.Text([]byte(strings.Repeat("\x81\xff", 100)))
	_, _, refused["another character set"] = prose.Decode([]byte("a"), "UTF-7")
	_, _, refused["a text of which the rest was never written"] = prose.Text([]byte("悪性所見は\x00\x00\x00\x00"))
	refusaltest.Check(t, refused)
}
