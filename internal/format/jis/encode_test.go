package jis

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEncode(t *testing.T) {
	tests := []struct {
		name string
		text string
		want string
		warn []Kind
	}{
		{"empty", "", "", nil},
		{"ascii", "PID|0001\r", "PID|0001\r", nil},
		{"one run", "試験", "\x1b$B;n83\x1b(B", nil},
		{"runs are closed before delimiters", "試^験", "\x1b$B;n\x1b(B^\x1b$B83\x1b(B", nil},
		{"and before CR", "試\r験", "\x1b$B;n\x1b(B\r\x1b$B83\x1b(B", nil},
		{"both wave dashes", "〜～", "\x1b$B!A!A\x1b(B", nil},
		{"both minus signs", "−－", "\x1b$B!]!]\x1b(B", nil},
		{"both parallel signs", "‖∥", "\x1b$B!B!B\x1b(B", nil},
		{"micro sign and Greek mu", "µμ", "\x1b$B&L&L\x1b(B", nil},
		{"half-width kana", "ｱ", "\x1b$B%\"\x1b(B", []Kind{Substituted}},
		{"half-width kana with its mark", "ｶﾞﾊﾟ", "\x1b$B%,%Q\x1b(B", []Kind{Substituted, Substituted}},
		{"decomposed kana", "カ\u3099ハ\u309A", "\x1b$B%,%Q\x1b(B", nil},
		{"circled digit", "①", "(1)", []Kind{Substituted}},
		{"circled twenty", "⑳", "(20)", []Kind{Substituted}},
		{"Roman numerals", "Ⅱⅳ", "IIiv", []Kind{Substituted, Substituted}},
		{"company", "㈱", "(\x1b$B3t\x1b(B)", []Kind{Substituted}},
		{"milligram", "㎎", "mg", []Kind{Substituted}},
		{"centimetre", "㌢", "\x1b$B%;%s%A\x1b(B", []Kind{Substituted}},
		{"ladder taka", "髙", "\x1b$B9b\x1b(B", []Kind{Substituted}},
		{"compatibility ideograph", "\uFA19", "\x1b$B?@\x1b(B", []Kind{Substituted}},
		{"variation selector", "辻\U000E0100", "\x1b$BDT\x1b(B", []Kind{Substituted}},
		{"tsuchiyoshi", "𠮷", "\x1b$B5H\x1b(B", []Kind{Substituted}},
		{"parenthesised", "⑴㈰", "(1)(\x1b$BF|\x1b(B)", []Kind{Substituted, Substituted}},
		{"unit in one character", "㎰", "ps", []Kind{Substituted}},
		{"Roman twelve", "Ⅻ", "XII", []Kind{Substituted}},
		{"a power is not a digit more", "10³/μL", "10*3/\x1b$B&L\x1b(BL", []Kind{Substituted}},
		{"a negative power", "10⁻¹²", "10*-12", []Kind{Substituted, Substituted, Substituted}},
		{"a square of a unit", "kg/m²", "kg/m2", []Kind{Substituted}},
		{"one and a half is not eleven halves", "1½", "1 1/2", []Kind{Substituted}},
		{"half", "½", "1/2", []Kind{Substituted}},
		{"accents", "Müller", "Muller", []Kind{Substituted}},
		{"radical", "⼀", "\x1b$B0l\x1b(B", []Kind{Substituted}},
		{"small ampersand does not become a delimiter", "﹠", "\x1b$B!u\x1b(B", []Kind{Substituted}},
		{"full-width quotes do not become a null", "＂＂", "\x1b$B!I!I\x1b(B", []Kind{Substituted, Substituted}},
		{"zero-width space", "試\u200b験", "\x1b$B;n83\x1b(B", []Kind{Substituted}},
		{"both ångströms", "Å\u212b", "\x1b$B\"r\"r\x1b(B", nil},
		{"gaiji of the private use area", "\ue000", "\x1b$B\".\x1b(B", []Kind{Unwritable}},
		{"no place at all", "😀", "\x1b$B\".\x1b(B", []Kind{Unwritable}},
		{"an escape cannot be smuggled in", "\x1b$B", "\x1b$B\".\x1b(B$B", []Kind{Unwritable}},
		{"invalid UTF-8", "a\xff", "a\x1b$B\".\x1b(B", []Kind{Unwritable}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, warned := Encode(tt.text)
			if string(got) != tt.want {
				t.Errorf("bytes = %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.warn, kinds(warned)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSubstitutesCanBeWritten guards the table: a substitute that is itself
// outside the allowed sets would silently become 〓.
func TestSubstitutesCanBeWritten(t *testing.T) {
	if len([]rune(variants))%2 != 0 {
		t.Fatal("variants does not consist of pairs")
	}
	for r, s := range substitutes() {
		if _, ok := writable()[r]; ok {
			t.Errorf("%U %c is writable as it is and needs no substitute", r, r)
		}
		out, warned := Encode(s)
		if len(warned) != 0 {
			t.Errorf("%U %c: substitute %q gives %q: %v", r, r, s, out, warned)
		}
	}
}

// TestSignsOfCP932HaveSubstitutes: of what Windows calls Japanese only kanji without a
// form in JIS X 0208, and what users drew themselves, may be lost.
func TestSignsOfCP932HaveSubstitutes(t *testing.T) {
	lost := 0
	for lead := 0x81; lead <= 0xFC; lead++ {
		for trail := 0x40; trail <= 0xFC; trail++ {
			r := cp932Rune(byte(lead), byte(trail))
			if r == 0 || unicode.Is(unicode.Co, r) {
				continue
			}
			out, _ := Encode(string(r))
			if back, _ := Decode(out); back != string(Geta) || r == Geta {
				continue
			}
			if !unicode.Is(unicode.Han, r) && r != '∟' {
				t.Errorf("%U %c of CP932 is lost", r, r)
			}
			lost++
		}
	}
	if lost > 600 { // about 300 kanji, each of which stands twice, as NEC's and as IBM's
		t.Errorf("%d characters of CP932 are lost", lost)
	}
}

// TestSubstitutesAreNoDelimiters feeds every character there is.
func TestSubstitutesAreNoDelimiters(t *testing.T) {
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		if s, ok := substituteOf(r); ok && strings.ContainsAny(s, "|^~\\&\"\r\n\x1b") {
			t.Errorf("%U: substitute %q", r, s)
		}
	}
}

func TestEncodeWritesOnlyAllowedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		out, _ := Encode(text)
		_, warned := Decode(out)
		if len(warned) != 0 {
			t.Fatalf("Encode(%q) = %q reads with %v", text, out, warned)
		}
	})
}

// norm208 folds the twins that share one place in JIS X 0208, as [Encode] does.
func norm208(text string) string {
	return strings.NewReplacer("〜", "～", "−", "－", "‖", "∥", "—", "―", "‾", "￣", "¥", "￥",
		"¢", "￠", "£", "￡", "¬", "￢", "Å", "\u212b", "µ", "μ", "¦", "｜").Replace(foldMarks(text))
}

// foldMarks joins voicing marks only, which Encode does without a warning.
func foldMarks(text string) string {
	var b bytes.Buffer
	for i, rs := 0, []rune(text); i < len(rs); i++ {
		if i+1 < len(rs) {
			if r, size := compose(rs[i], 1, string(rs[i+1])); size > 1 {
				b.WriteRune(r)
				i++
				continue
			}
		}
		b.WriteRune(rs[i])
	}
	return b.String()
}

func TestRoundTrip(t *testing.T) {
	allowed := []rune("\r\n |^~\\&")
	for r := range writable() {
		allowed = append(allowed, r)
	}
	slices.Sort(allowed) // a failure must be reproducible
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(allowed)).Draw(t, "text"))
		out, warned := Encode(text)
		if len(warned) != 0 {
			t.Fatalf("Encode(%q): %v", text, warned)
		}
		got, warned := Decode(out)
		if want := norm208(text); got != want || len(warned) != 0 {
			t.Fatalf("Decode(Encode) = %q %v, want %q", got, warned, want)
		}
	})
}

func TestFullwidth(t *testing.T) {
	for in, want := range map[string]string{"ｼｹﾝ ﾊﾅｺ": "シケン ハナコ", "ｶﾞﾊﾟｰ": "ガパー", "ヤマダ①": "ヤマダ①", "": ""} {
		if got := Fullwidth(in); got != want {
			t.Errorf("Fullwidth(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	src, _ := Encode(strings.Repeat("RXE||108665201^ダーゼン錠（５mg)^HOT9|1||TAB^錠^MR9P|TAB^錠剤^MR9P\r", 100))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		Decode(src)
	}
}
