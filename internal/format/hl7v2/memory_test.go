//go:build !race

// Bytes are counted in a program as it is delivered. The race detector's build allocates
// others: there slices.Grow makes what it adds and copies it, and pools forget at random.

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
