package jis

import (
	"fmt"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// halfwidth holds the full-width forms of U+FF61-U+FF9F in their order.
var halfwidth = []rune("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜")

func halfwidthKana(r rune) (rune, bool) {
	if r < '｡' || r > 'ﾟ' {
		return 0, false
	}
	return halfwidth[r-'｡'], true
}

// Fullwidth gives text with half-width kana made full-width and voicing marks
// joined (ｶﾞ becomes ガ); everything else stays.
func Fullwidth(text string) string {
	var out []rune
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		r, size = compose(r, size, text[i+size:])
		if full, ok := halfwidthKana(r); ok {
			r = full
		}
		out = append(out, r)
		i += size
	}
	return string(out)
}

// substituteOf gives what stands for a character that SS-MIX2 forbids.
func substituteOf(r rune) (string, bool) {
	if full, ok := halfwidthKana(r); ok {
		return string(full), true
	}
	if isVariationSelector(r) {
		return "", true
	}
	if s, ok := substitutes()[r]; ok {
		return s, true
	}
	// Compatibility ideographs (神 U+FA19) are canonically their unified twin.
	if s := norm.NFC.String(string(r)); s != string(r) {
		return s, true
	}
	return "", false
}

func isVariationSelector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF
}

// variants pairs a character outside JIS X 0208 with the form inside it: name
// kanji of the IBM extensions, and the print forms of JIS X 0213:2004 of which
// JIS X 0208 holds the simplified ones.
const variants = "髙高﨑崎德徳濵濱瀨瀬黑黒橫横增増寬寛栁柳桒桑淸清綠緑緖緒薰薫鄕郷郞郎鷗鴎頰頬𠮷吉" +
	"昻昂曻昇戶戸靑青悅悦淚涙靍鶴靏鶴閒間﨔欅𠮟叱剝剥塡填瘦痩蟬蝉噓嘘囊嚢搔掻摑掴繡繍顚顛驒騨麴麹麵麺" +
	"蠟蝋瀆涜攢攅萊莱屢屡禱祷醬醤潑溌醱醗啞唖焰焔鹼鹸軀躯俠侠俱倶姸妍屛屏幷并"

// spelled are the characters that become several.
var spelled = map[rune]string{
	'№': "No.", '㏍': "K.K.", '℡': "TEL", '㊤': "(上)", '㊥': "(中)", '㊦': "(下)", '㊧': "(左)", '㊨': "(右)",
	'㈱': "(株)", '㈲': "(有)", '㈹': "(代)", '㍻': "平成", '㍼': "昭和", '㍽': "大正", '㍾': "明治", '㋿': "令和",
	'㎜': "mm", '㎝': "cm", '㎞': "km", '㎎': "mg", '㎏': "kg", '㏄': "cc", '㎡': "m2", '㎥': "m3", '㎟': "mm2", '㎠': "cm2", '㎤': "cm3",
	'㎍': "μg", '㎖': "mL", '㎗': "dL", '㎘': "kL", 'ℓ': "l", '㎕': "μL", '㏖': "mol",
	'㍉': "ミリ", '㌔': "キロ", '㌢': "センチ", '㍍': "メートル", '㌘': "グラム", '㌧': "トン", '㌃': "アール", '㌶': "ヘクタール",
	'㍑': "リットル", '㍗': "ワット", '㌍': "カロリー", '㌦': "ドル", '㌣': "セント", '㌫': "パーセント", '㍊': "ミリバール", '㌻': "ページ",
	'〝': "“", '〟': "”", '∑': "Σ", '∮': "∫", '⊿': "△",
	'\u00A0': " ", '–': "－", '‑': "-", '•': "・", '²': "2", '³': "3", '©': "(C)", '®': "(R)", '™': "(TM)",
	'½': "1/2", '¼': "1/4", '¾': "3/4", '≤': "≦", '≥': "≧", '≈': "≒",
}

var substitutes = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 256)
	pairs := []rune(variants)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = string(pairs[i+1])
	}
	for r, s := range spelled {
		m[r] = s
	}
	roman := []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"}
	small := []string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"}
	for i := range roman {
		m['Ⅰ'+rune(i)] = roman[i]
		m['ⅰ'+rune(i)] = small[i]
	}
	for i := range 20 {
		m['①'+rune(i)] = fmt.Sprintf("(%d)", i+1)
	}
	return m
})
