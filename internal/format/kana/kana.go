// Package kana makes names comparable: kana names (カナ氏名) as facilities write them
// in different widths, scripts and spellings, and kanji names with their variant
// characters (異体字).
//
// Keys are for comparing and searching only. What is shown is always the name as it
// was written.
package kana

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Key gives the comparison key of a kana name: full-width katakana without spaces and
// marks, in which spellings that facilities do not keep apart are one: small kana are
// large, ヂ ヅ ヲ are ジ ズ オ, the long mark is dropped. Characters that are not kana
// are kept (upper case for ASCII), so that different names never meet in an empty key.
func Key(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		switch {
		case dropped(r):
			continue
		case r >= 'ぁ' && r <= 'ゖ':
			r += 'ァ' - 'ぁ'
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		}
		if folded, ok := spelling[r]; ok {
			r = folded
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()) // what was dropped may have stood between a letter and its accent
}

// dropped are spaces, marks between and inside names, and loose voicing marks that no
// composition took up.
func dropped(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '・', '･', 'ー', '‐', '-', '−', '–', '—', '.', ',', '\'', '’', '゛', '゜', '\u3099', '\u309a', '\u00a0', '\u3000':
		return true
	}
	return false
}

var spelling = map[rune]rune{
	'ァ': 'ア', 'ィ': 'イ', 'ゥ': 'ウ', 'ェ': 'エ', 'ォ': 'オ',
	'ッ': 'ツ', 'ャ': 'ヤ', 'ュ': 'ユ', 'ョ': 'ヨ', 'ヮ': 'ワ', 'ヵ': 'カ', 'ヶ': 'ケ',
	'ヂ': 'ジ', 'ヅ': 'ズ', 'ヲ': 'オ', 'ヰ': 'イ', 'ヱ': 'エ',
}

// Compatible reports whether two kana names can be one person's: equal keys, and not
// empty. Family and given name are not swapped, nothing is guessed.
func Compatible(a, b string) bool {
	k := Key(a)
	return k != "" && k == Key(b)
}

// IsKana reports whether s is a kana name: kana, spaces and marks only, with at least one kana.
func IsKana(s string) bool {
	kana := false
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r >= 'ぁ' && r <= 'ゖ', r >= 'ァ' && r <= 'ヺ':
			kana = true
		case dropped(r):
		default:
			return false
		}
	}
	return kana
}

// ToKatakana gives full-width katakana with single ASCII spaces, for storing a kana
// name that was typed in any width or in hiragana.
func ToKatakana(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r >= 'ぁ' && r <= 'ゖ' {
			return r + 'ァ' - 'ぁ'
		}
		return r
	}, norm.NFKC.String(s))), " ")
}

// ToHiragana gives hiragana for furigana; the long mark and ヷ to ヺ stay.
func ToHiragana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - ('ァ' - 'ぁ')
		}
		return r
	}, norm.NFKC.String(s))
}
