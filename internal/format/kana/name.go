package kana

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// NameKey gives the search key of a name as written in kanji: letters and kana at one
// width, no spaces, no variation selectors (葛󠄀 is 葛), variant characters folded to the
// common one (髙橋 is 高橋), 々 written out (佐々木 is 佐佐木). The script is kept: さくら
// is not サクラ. NameKey(NameKey(s)) is NameKey(s).
//
// It finds more than is the same (斎藤 and 斉藤 are two names), so it never decides
// whether two records are one person's.
func NameKey(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range norm.NFC.String(width.Fold.String(s)) {
		if r == '・' || unicode.IsSpace(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cc, unicode.Cf) {
			continue
		}
		r = unicode.ToUpper(r)
		if common, ok := variant[r]; ok {
			r = common
		}
		if r == '々' && last != 0 {
			r = last
		}
		last = r
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// Begin stands before the first character of a key in [Bigrams].
const Begin = '^'

// Bigrams gives the distinct pairs of neighbouring characters of a key in their order,
// with [Begin] before the first: 山田 has ^山 and 山田. A name begins with what was
// typed only if it has all bigrams of it; a search inside names leaves out the first.
// Bigrams narrow a search, they do not prove it: compare the key afterwards.
func Bigrams(key string) []string {
	runes := append([]rune{Begin}, []rune(key)...)
	seen := make(map[string]bool, len(runes))
	var out []string
	for i := range len(runes) - 1 {
		if g := string(runes[i : i+2]); !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	return out
}
