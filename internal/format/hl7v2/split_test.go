package hl7v2

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

func TestSetsOfABlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b block
		copy(b[:], rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte("|}{\r\n\x00\x1f\x20\x7f\x80\xfc"))), blockSize, blockSize).Draw(t, "block"))
		separator := rapid.SampledFrom([]byte("|#}")).Draw(t, "separator")
		equal, controls := b.equal(separator), b.controls()
		for i, c := range b {
			if got, want := equal>>i&1 == 1, c == separator; got != want {
				t.Fatalf("byte %d, %#x: equal %v, want %v", i, c, got, want)
			}
			if got, want := controls>>i&1 == 1, c < ' '; got != want {
				t.Fatalf("byte %d, %#x: control %v, want %v", i, c, got, want)
			}
		}
	})
}

// TestSplitsAsLibraryDoes compares segments and fields with those that package strings
// finds, lines without a segment's name joined to those before them, for text that is read at once in either character set and, with a byte that has
// to be bent before it, for the same text read line by line.
func TestSplitsAsLibraryDoes(t *testing.T) {
	pieces := []string{
		"|", "|", "||", strings.Repeat("|", 30), strings.Repeat("x", 61), "\r", "\n", "\r\n", "\r\r", "\rOBX|", "\rZZ1", "試験", "美",
		"a", "^b~c&d", "\t", "\x1c", "\v", " ", "}", `\F\`,
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
		encoded, _ := jis.Encode(text)
		way := rapid.SampledFrom([]struct {
			src    string
			before int // segments
		}{
			{msh + "\r" + string(encoded), 1},
			{msh + "\rNTE|1||\xb1\r" + string(encoded), 2},
			{strings.Replace(msh, "~ISO IR87", "UNICODE UTF-8", 1) + "\r" + text, 1},
			{strings.Replace(msh, "~ISO IR87", "UNICODE UTF-8", 1) + "\rNTE|1||\xb1\r" + text, 2},
		}).Draw(t, "way")
		m, err := Parse([]byte(way.src))
		if err != nil {
			t.Fatalf("Parse: %v", err)
		}
		want := []string{m.Segment(way.before).Raw()}
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
			line = strings.TrimRight(line, trailing)
			switch named := strings.TrimLeft(line, " \t"); {
			case line == "":
			case begins.MatchString(named):
				want = append(want, named)
			case len(want) == 1: // goes on with what stands before the pieces
			case len(want[len(want)-1]) == len("ZZ1"): // a name alone
				want[len(want)-1] += "|" + line
			default:
				want[len(want)-1] += `\.br\` + line
			}
		}
		got := way.before + len(want) - 1
		for i, line := range want {
			s := m.Segment(way.before + i)
			if s.Raw() != line || s.Number != way.before+i {
				t.Fatalf("segment %d is %q with number %d, want %q", way.before+i, s.Raw(), s.Number, line)
			}
			if i == 0 {
				continue
			}
			fields := strings.Split(line, "|")
			if s.Len() != len(fields)-1 {
				t.Fatalf("%q: %d fields, want %d", line, s.Len(), len(fields)-1)
			}
			for n := 1; n <= len(fields); n++ {
				want := ""
				if n < len(fields) {
					want = fields[n]
				}
				if f := s.Field(n).Raw(); f != want {
					t.Fatalf("%q: field %d is %q, want %q", line, n, f, want)
				}
			}
		}
		if m.Len() != got {
			t.Fatalf("%d segments, want %d", m.Len(), got)
		}
	})
}

var begins = regexp.MustCompile(`^([A-Z][A-Z0-9]{2}\||Z[A-Z0-9]{2}$)`)
