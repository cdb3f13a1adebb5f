package hl7v2

import (
	"strings"
	"testing"
)

// TestLabResultTakesFewAllocations: one for the message, its text, its segments, its
// separators and its header each, however many fields there are.
func TestLabResultTakesFewAllocations(t *testing.T) {
	src := []byte(msh + "\r" + strings.Repeat("OBX|1|NM|3A010000002327101^\x1b$BAmC`Gr\x1b(B^JC10||7.2|g/dL^g/dL^ISO+|6.6-8.1|N|||F\r", 50))
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := Parse(src); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 8 { // three to spare, for a buffer that the collector took away
		t.Errorf("%v allocations, want at most 8", allocations)
	}
}

func TestFieldsBehindTheNotedOnes(t *testing.T) {
	for _, fields := range []int{maxNoted - 2, maxNoted - 1, maxNoted, maxNoted + 1, maxNoted + 40} {
		var src strings.Builder
		src.WriteString(msh + "\rZZ1")
		for n := 1; n <= fields; n++ {
			src.WriteString("|" + strings.Repeat("x", n))
		}
		m := mustParse(t, src.String())
		zz1 := m.First("ZZ1")
		if zz1.Len() != fields {
			t.Errorf("Len = %d, want %d", zz1.Len(), fields)
		}
		for n := 1; n <= fields+1; n++ {
			want := n
			if n > fields {
				want = 0
			}
			if got := len(zz1.Text(n)); got != want {
				t.Errorf("of %d fields, field %d has %d characters, want %d", fields, n, got, want)
			}
		}
	}
}
