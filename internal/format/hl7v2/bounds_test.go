package hl7v2

import (
	"runtime"
	"strings"
	"testing"
)

// perSegment bounds what a segment costs besides its text, while lists of them grow.
const perSegment = 400

// perByte bounds what parsing may allocate in all for each byte of a message: the
// worst is half-width kana, three bytes of text from one, gathered in a buffer that
// grows, copied once, and once more if a line has to be joined to the one before.
const perByte = 19

// TestMemoryIsBounded parses the worst messages that the limits let in.
func TestMemoryIsBounded(t *testing.T) {
	head := msh + "\r"
	fill := func(unit string) string {
		return head + strings.Repeat(unit, (MaxBytes-len(head))/len(unit))
	}
	tests := []struct {
		name, src string
		segments  int
	}{
		{"one field of 16 MB", fill("A"), 1},
		{"field separators only", fill("|"), 1},
		{"components only", head + "ZZ1|" + strings.Repeat("^", MaxBytes-len(head)-4), 2},
		{"a million repetitions", head + "ZZ1|" + strings.Repeat("a~", 999_000), 2},
		{"as many segments as are read", head + strings.Repeat("ZZ1|a\r", MaxSegments-1), MaxSegments},
		{"line ends only", fill("\n")[:MaxBytes-9] + "PV1|", 2},
		{"half-width kana", fill("\x1b(I1111111111111111111111111111"), 1},
		{"raw half-width kana", fill("\xb1"), 1},
		{"escapes without an end", fill("\x1b"), 1},
		{"runs without text", fill("\x1b$B\x1b(B"), 1},
		{"UTF-8", strings.Replace(head, "~ISO IR87", "UNICODE UTF-8", 1) + "ZZ1|" + strings.Repeat("試", 5<<20), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := []byte(tt.src)[:min(len(tt.src), MaxBytes)]
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := Parse(src)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Len(); got != tt.segments {
				t.Errorf("%d segments, want %d", got, tt.segments)
			}
			allocated := after.TotalAlloc - before.TotalAlloc
			if limit := uint64(perByte*len(src) + perSegment*tt.segments); allocated > limit {
				t.Errorf("%d bytes allocated for %d, want at most %d", allocated, len(src), limit)
			}
			t.Logf("%.1f bytes allocated for each", float64(allocated)/float64(len(src)))
		})
	}
}

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
