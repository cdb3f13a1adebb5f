// Package kana makes names comparable: kana names (カナ氏名) as facilities write them
// in different widths, scripts and spellings, and kanji names with their variant
// characters (異体字).
//
//	Key, Compatible   kana names: one person's or not, for patient verification
//	Near              kana names that a slip may have made of one another
//	NameKey           kanji names: for finding only, as it folds more than is the same
//	Bigrams           what an index of either key holds
//	ToHiragana        furigana
//
// Keys are for comparing and searching only. What is shown is always the name as it
// was written.
package kana

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key gives the comparison key of a kana name: full-width katakana without spaces and
// marks, in which spellings that facilities do not keep apart are one: small kana are
// large, ヂ ヅ ヲ ヰ ヱ are ジ ズ オ イ エ, the long mark is dropped. What is not kana
// stays (letters as capitals), so that a name with an unreadable character is not the
// name without it. Key(Key(s)) is Key(s).
func Key(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		if dropped(r) {
			continue
		}
		r = unicode.ToUpper(katakana(r))
		if plain, ok := spelling[r]; ok {
			r = plain
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()) // what was dropped may have kept apart what composes
}

// dropped are spaces, hyphens, marks between and inside names, voicing marks that no
// kana took up, variation selectors and invisible characters.
func dropped(r rune) bool {
	switch r {
	case 'ー', '・', '−', '.', ',', '\'', '’':
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Pd, unicode.Cc, unicode.Cf)
}

// katakana turns one hiragana into katakana.
func katakana(r rune) rune {
	if r >= 'ぁ' && r <= 'ゖ' {
		return r + 'ァ' - 'ぁ'
	}
	return r
}

var spelling = map[rune]rune{
	'ァ': 'ア', 'ィ': 'イ', 'ゥ': 'ウ', 'ェ': 'エ', 'ォ': 'オ',
	'ッ': 'ツ', 'ャ': 'ヤ', 'ュ': 'ユ', 'ョ': 'ヨ', 'ヮ': 'ワ', 'ヵ': 'カ', 'ヶ': 'ケ',
	'ヂ': 'ジ', 'ヅ': 'ズ', 'ヲ': 'オ', 'ヰ': 'イ', 'ヱ': 'エ',
}

// Compatible reports whether two kana names can be one person's: equal keys, and not
// empty. Where a family name ends is not compared, since facilities forget the space;
// family and given name are never swapped, and nothing is guessed.
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
	return strings.Join(strings.Fields(strings.Map(katakana, norm.NFKC.String(s))), " ")
}

// ToHiragana gives hiragana with single ASCII spaces, for furigana; the long mark and
// ヷ to ヺ, which have no hiragana, stay.
func ToHiragana(s string) string {
	return strings.Join(strings.Fields(strings.Map(hiragana, norm.NFKC.String(s))), " ")
}

// hiragana turns one katakana into hiragana.
func hiragana(r rune) rune {
	if r >= 'ァ' && r <= 'ヶ' {
		return r - ('ァ' - 'ぁ')
	}
	return r
}
