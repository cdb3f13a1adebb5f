package jis

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
)

func kinds(ws []Warning) []Kind {
	var out []Kind
	for _, w := range ws {
		out = append(out, w.Kind)
	}
	return out
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name string
		src  string
		want string
		warn []Kind
	}{
		{"empty", "", "", nil},
		{"ascii", "PID|0001||12\r\n", "PID|0001||12\r\n", nil},
		{"two-byte run", "\x1b$B;n83\x1b(B^", "試験^", nil},
		{"delimiters inside kanji", "\x1b$B5\\K\\\x1b(B^\x1b$BH~1|\x1b(B", "宮本^美奥", nil},
		{"long form of the designation", "\x1b$(B;n83\x1b(B", "試験", nil},
		{"1990 announcer", "\x1b&@\x1b$B;n83\x1b(B", "試験", nil},
		{"1978 set and Roman", "\x1b$@;n83\x1b(J\\~", `試験\~`, []Kind{OldSet, OldSet}},
		{"half-width kana", "\x1b(I6]<^?\x1b(B|", "ｶﾝｼﾞｿ|", []Kind{Halfwidth}},
		{"supplementary kanji", "\x1b$(D0!\x1b(B", "丂", []Kind{Supplementary}},
		{"NEC row 13", "\x1b$B-!-5\x1b(B", "①Ⅰ", []Kind{Vendor, Vendor}},
		{"IBM row 92", "\x1b$B|b66\x1b(B", "髙橋", []Kind{Vendor}},
		{"wave dash and minus", "\x1b$B!A!]!B!1\x1b(B", "～－∥￣", nil},
		{"run left open at CR", "\x1b$B;n83\rPV1|0001", "試験\rPV1|0001", []Kind{OpenRun}},
		{"run left open at LF", "\x1b$B;n83\nPV1|0001", "試験\nPV1|0001", []Kind{OpenRun}},
		{"run left open at the end", "|\x1b$B;n83", "|試験", []Kind{OpenRun}},
		{"cut in the middle of a character", "\x1b$B;n8", "試\uFFFD", []Kind{Undecodable, OpenRun}},
		{"cut in the middle of an escape", "a\x1b$", "a\uFFFD$", []Kind{Undecodable}},
		{"run left open before delimiters", "\x1b$B;n83|1|2|TAB\r", "試験鉧銧霻疎\r", []Kind{Vendor, Vendor, Vendor, OpenRun, Undecodable}},
		{"raw UTF-8 cut in a character", "RXE||^試験\xe9\x8c|1|2|TAB", "RXE||^試験\uFFFD\uFFFD|1|2|TAB", []Kind{Repaired, Undecodable, Undecodable}},
		{"raw UTF-8 cut before a sign", "RXE||^試験\xe9^MR9P|1", "RXE||^試験\uFFFD^MR9P|1", []Kind{Repaired, Undecodable}},
		{"raw UTF-8", "|試験|\x1b$B;n\x1b(B", "|試験|試", []Kind{Repaired}},
		{"raw CP932", "|\xee\xe0\x8b\xb4|", "|髙橋|", []Kind{Repaired}},
		{"CP932 trail bytes are delimiters", "|\x95\x7c\x94\x5c\x83\x5e|", "|怖能タ|", []Kind{Repaired}},
		{"raw half-width kana", "|\xb6\xc5|", "|ｶﾅ|", []Kind{Repaired}},
		{"raw bytes of no set", "|\xff\xfe|", "|\uFFFD\uFFFD|", []Kind{Repaired, Undecodable, Undecodable}},
		{"lead byte before a delimiter that is no partner", "|\x85|a", "|\uFFFD|a", []Kind{Repaired, Undecodable}},
		{"UTF-8 on one line and CP932 on the next", "試\r\x8e\x8e", "試\r試", []Kind{Repaired, Repaired}},
		{"unknown two-byte set hides its delimiters", "\x1b$(Q||^^\x1b(B|", "\uFFFD\uFFFD\uFFFD|", []Kind{Undecodable, Undecodable, Undecodable}},
		{"unknown one-byte set", "\x1b(Zab", "\uFFFDab", []Kind{Undecodable}},
		{"unassigned cell", "\x1b$B)!\x1b(B", "\uFFFD", []Kind{Undecodable}},
		{"space inside a run", "\x1b$B;n 83\x1b(B", "試 験", nil},
		{"shift-in is no half-width kana", "\x1b(I\x7d\x1b(B", "\uFFFD", []Kind{Halfwidth, Undecodable}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, warned := Decode([]byte(tt.src))
			if got != tt.want {
				t.Errorf("text = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.warn, kinds(warned)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarningsSayWhere(t *testing.T) {
	_, got := Decode([]byte("ab\x1b$B;n-!\x1b(B\rc\xff"))
	want := []Warning{
		{7, Vendor, "row 13 is no part of JIS X 0208"},
		{14, Repaired, "raw bytes read as CP932"},
		{14, Undecodable, "neither UTF-8 nor CP932"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	_, got := Decode(bytes.Repeat([]byte("\xff\r"), 10_000))
	if len(got) != MaxWarnings || got[MaxWarnings-1].Kind != MoreWarnings {
		t.Errorf("%d warnings, last %v; want %d and %q", len(got), got[len(got)-1], MaxWarnings, MoreWarnings)
	}
}

// TestTablesAgainstLibrary reads every cell both ways. The tables come from EUC-JP,
// so the library's ISO-2022-JP decoder is a witness for our row and cell arithmetic.
func TestTablesAgainstLibrary(t *testing.T) {
	for name, open := range map[string]string{"JIS X 0208": "\x1b$B", "JIS X 0212": "\x1b$(D"} {
		t.Run(name, func(t *testing.T) {
			assigned := 0
			for lead := byte(0x21); lead <= 0x7E; lead++ {
				for trail := byte(0x21); trail <= 0x7E; trail++ {
					src := []byte(open + string([]byte{lead, trail}) + "\x1b(B")
					want, err := japanese.ISO2022JP.NewDecoder().Bytes(src)
					if err != nil {
						t.Fatal(err)
					}
					got, _ := Decode(src)
					if got != string(want) {
						t.Fatalf("%02X%02X = %q, want %q", lead, trail, got, want)
					}
					if got != string(utf8.RuneError) {
						assigned++
					}
				}
			}
			if assigned < 6000 {
				t.Errorf("%d characters assigned, want at least 6000", assigned)
			}
		})
	}
}

func TestCP932AgainstLibrary(t *testing.T) {
	for lead := 0x81; lead <= 0xFC; lead++ {
		for trail := 0x40; trail <= 0xFC; trail++ {
			want, err := japanese.ShiftJIS.NewDecoder().Bytes([]byte{byte(lead), byte(trail)})
			if err != nil {
				t.Fatal(err)
			}
			r := cp932Rune(byte(lead), byte(trail))
			if whole := utf8.RuneCount(want) == 1 && !strings.ContainsRune(string(want), utf8.RuneError); whole != (r != 0) || whole && string(r) != string(want) {
				t.Fatalf("%02X%02X = %q, want %q", lead, trail, r, want)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "PID|", "\x1b$B;n83\x1b(B", "\x1b$B;n8", "\x1b(I6]\r\x1b$@;n", "|\xee\xe0\x8b\xb4|", "試験", "\x1b$(Q||\x1b(B", "\x1b$", "\xef\xbb\xbf"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		text, warned := Decode(src)
		if !utf8.ValidString(text) {
			t.Fatalf("text is not UTF-8: %q", text)
		}
		if strings.ContainsRune(text, esc) {
			t.Fatalf("an escape is left in %q", text)
		}
		for _, end := range "\r\n" {
			if got, want := strings.Count(text, string(end)), bytes.Count(src, []byte(string(end))); got != want {
				t.Fatalf("%d of %q, want %d: a line was lost or made", got, end, want)
			}
		}
		for _, w := range warned {
			if w.Offset < 0 || w.Offset >= len(src) {
				t.Fatalf("offset %d outside of %d bytes", w.Offset, len(src))
			}
		}
		if again, _ := Decode([]byte(text)); again != text {
			t.Fatalf("decoded text read as raw UTF-8 = %q, want %q", again, text)
		}
		out, lost := Encode(text)
		if back, _ := Decode(out); len(lost) == 0 && back != norm208(text) {
			t.Fatalf("Decode(Encode(text)) = %q, want %q", back, text)
		}
	})
}

// Readers refuse what has undecodable text, so the bound must not hide it.
func TestWarningsAreBounded_undecodableStays(t *testing.T) {
	src := append(bytes.Repeat([]byte("\x1b$B-!\x1b(B\r"), 1000), "\x1b$B)!\x1b(B"...)
	_, got := Decode(src)
	if len(got) != MaxWarnings || !slices.ContainsFunc(got, func(w Warning) bool { return w.Kind == Undecodable }) {
		t.Errorf("%d warnings, none of them of what cannot be decoded", len(got))
	}
}

func TestAppendUTF8(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want string
		kinds    []Kind
	}{
		"sound":                        {"RXE||^試験錠|1", "RXE||^試験錠|1", nil},
		"a lead byte before a sign":    {"RXE||^\xe9|1|2", "RXE||^\uFFFD|1|2", []Kind{Undecodable}},
		"cut in a character":           {"RXE||^試験\xe9\x8c|1|2", "RXE||^試験\uFFFD\uFFFD|1|2", []Kind{Undecodable, Undecodable}},
		"CP932 under the wrong name":   {"RXE||^\x8e\x8e\x8c\xb1\x8f\xf9\x8d\xdc|1", "RXE||^試験錠剤|1", []Kind{Repaired}},
		"escapes under the wrong name": {"RXE||^\x1b$B;n83\x1b(B|1", "RXE||^試験|1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, warned := AppendUTF8([]byte("before "), []byte(tc.in))
			if got := string(out); got != "before "+tc.want {
				t.Errorf("text = %q, want %q", got, tc.want)
			}
			var kinds []Kind
			for _, w := range warned {
				kinds = append(kinds, w.Kind)
			}
			if diff := cmp.Diff(tc.kinds, kinds); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
