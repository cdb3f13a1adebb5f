package jis

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

// The tables of the package comment: what is bent in reading and in writing, by row.
func TestTablesOfWarnings(t *testing.T) {
	type bent struct{ in, out string }
	read := map[string][]bent{
		"run left open at CR, LF or the end":   {{"\x1b$B;n83\r", "試験\r"}, {"\x1b$B;n83\n", "試験\n"}, {"\x1b$B;n83", "試験"}},
		"the same with | or ^ among its bytes": {{"\x1b$B@^5\\\r", "折宮\r"}},
		"ESC $ @ (1978 set), ESC ( J (Roman)":  {{"\x1b$@;n83\x1b(J\\", `試験\`}, {"\x1b$(@;n83\x1b(B", "試験"}},
		"ESC ( I, half-width kana":             {{"\x1b(I6]\x1b(B", "ｶﾝ"}},
		"bytes behind it that are none":        {{"\x1b(I\x7d\x1b(B", "\uFFFD"}},
		"ESC $ ( D, JIS X 0212":                {{"\x1b$(D0!\x1b(B", "丂"}},
		"JIS rows 9-15 and 85-94 (①, 髙)":       {{"\x1b$B-!|b\x1b(B", "①髙"}},
		"raw bytes >= 0x80":                    {{"試験", "試験"}, {"\xee\xe0\x8b\xb4", "髙橋"}},
		"raw bytes that are neither":           {{"試験\xe9^", "試験\uFFFD^"}, {"|\xff\xfe|", "|\uFFFD\uFFFD|"}},
		"unknown escape, impossible bytes":     {{"\x1b(Zab", "\uFFFDab"}, {"\x1b$(Q||\x1b(B", "\uFFFD\uFFFD"}, {"a\x1b", "a\uFFFD"}, {"\x1b$B;\x1b(B", "\uFFFD"}, {"\x1b$B)!\x1b(B", "\uFFFD"}},
		"more of these than MaxWarnings":       {{strings.Repeat("\x1b$B-!\x1b(B", MaxWarnings+1), strings.Repeat("①", MaxWarnings+1)}},
	}
	written := map[string][]bent{
		"half-width kana, with its voicing mark": {{"ｶﾞ", "ガ"}, {"ｱ", "ア"}},
		"①, ㈱, ㎎, ㌢, Ⅱ, ½ ...":                   {{"①", "(1)"}, {"㈱", "(株)"}, {"㎎", "mg"}, {"㌢", "センチ"}, {"Ⅱ", "II"}, {"½", "1/2"}},
		"powers behind a digit, 10³":             {{"10³", "10*3"}},
		"髙, 﨑, 德, U+FA19 ...":                    {{"髙", "高"}, {"﨑", "崎"}, {"德", "徳"}, {"\uFA19", "神"}},
		"é, ß, € ...":                            {{"é", "e"}, {"ß", "ss"}, {"€", "EUR"}},
		"variation selectors, joiners":           {{"辻\U000E0100", "辻"}, {"辻\u200D", "辻"}},
		"anything else, gaiji (外字) among it":     {{"\uE000", "〓"}, {"😀", "〓"}},
	}
	warned := map[string][]refusaltest.Warning{}
	note := func(row string, in bent, out string, all []Warning) {
		if out != in.out {
			t.Errorf("%s: %q gives %q, want %q", row, in.in, out, in.out)
		}
		if len(all) == 0 {
			t.Errorf("%s: nothing is said of %q", row, in.in)
		}
		for _, w := range all {
			warned[row] = append(warned[row], refusaltest.Warning{Kind: string(w.Kind), Detail: w.Detail})
		}
	}
	for row, inputs := range read {
		for _, in := range inputs {
			out, all := Decode([]byte(in.in))
			note(row, in, out, all)
		}
	}
	for row, inputs := range written {
		for _, in := range inputs {
			body, all := Encode(in.in)
			out, bad := Decode(body)
			if len(bad) > 0 {
				t.Errorf("%s: %q is written with %v", row, in.in, bad)
			}
			note(row, in, out, all)
		}
	}
	refusaltest.CheckWarnings(t, warned, "Kind", "add", "bad")
}
