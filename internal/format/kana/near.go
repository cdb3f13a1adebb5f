package kana

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Near reports whether two kana names are not one person's as they are written
// ([Compatible]) but may be by a slip that is often made: voicing marks left out (ヤマタ,
// ヤマダ), a long vowel written or not (ユウコ, ユコ; サトウ, サトー), or family and given
// name swapped. It is for asking a person to look twice, never for deciding.
func Near(a, b string) bool {
	ka, kb := Key(a), Key(b)
	if ka == "" || kb == "" || ka == kb {
		return false
	}
	return loose(ka) == loose(kb) || swapped(a, kb) || swapped(b, ka)
}

// loose gives a key without voicing marks and long vowels.
func loose(key string) string {
	var out []rune
	for _, r := range norm.NFD.String(key) {
		if r == '\u3099' || r == '\u309a' || len(out) > 0 && lengthens(out[len(out)-1], r) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// rows are the kana of a vowel, the vowel first.
var rows = []string{"アカサタナハマヤラワ", "イキシチニヒミリ", "ウクスツヌフムユル", "エケセテネヘメレ", "オコソトノホモヨロ"}

// lengthens reports whether a vowel only makes the one before it long: the same one, イ
// after an エ (ケイ), ウ after an オ (コウ).
func lengthens(before, vowel rune) bool {
	for _, row := range rows {
		if !strings.ContainsRune(row, before) {
			continue
		}
		return strings.HasPrefix(row, string(vowel)) || vowel == 'イ' && row == rows[3] || vowel == 'ウ' && row == rows[4]
	}
	return false
}

// maxWords bounds the words of a name that are turned around.
const maxWords = 20

// swapped reports whether a name, its words turned around at one of its spaces, has a key.
func swapped(name, key string) bool {
	words := strings.Fields(norm.NFKC.String(name))
	if len(words) > maxWords {
		return false
	}
	for i := 1; i < len(words); i++ {
		if Key(strings.Join(words[i:], "")+strings.Join(words[:i], "")) == key {
			return true
		}
	}
	return false
}
