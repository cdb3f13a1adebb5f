package prose_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// TestFlow_pieces: a text comes in pieces, and a page of millions of them must not cost
// thousands of bytes for each.
func TestFlow_pieces(t *testing.T) {
	lines := strings.Repeat("\n", 1000)
	if n := testing.AllocsPerRun(1, func() {
		f := prose.Flow{KeepLines: true}
		f.Text(lines)
	}); n > 100 {
		t.Errorf("%v allocations for a thousand empty lines", n)
	}
	if n := testing.AllocsPerRun(1, func() {
		for range 1000 {
			prose.Superscript("3")
		}
	}); n > 5000 {
		t.Errorf("%v allocations for a thousand exponents", n)
	}
}
