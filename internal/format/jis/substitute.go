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
	if isUnseen(r) {
		return "", true
	}
	if s, ok := substitutes()[r]; ok {
		return s, true
	}
	return compatible(r)
}

// isUnseen reports whether a character only changes how others look: variation
// selectors, and what is joined or broken without a sign.
func isUnseen(r rune) bool {
	switch {
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	case r >= 0x200B && r <= 0x200F, r == 0x2060, r == 0xFEFF, r == 0x00AD:
		return true
	}
	return false
}

// compatible gives what Unicode itself says that a character stands for: ps for ㎰,
// (日) for ㈰, 神 for its twin U+FA19, e for é. A sign that HL7 reads as a delimiter
// or a null becomes its full-width form.
func compatible(r rune) (string, bool) {
	var out []rune
	for _, d := range norm.NFKD.String(string(r)) {
		switch {
		case d >= 0x0300 && d <= 0x036F: // accents
		case d == '|', d == '^', d == '~', d == '\\', d == '&':
			out = append(out, d-'!'+'！')
		case d == '"':
			out = append(out, '”')
		case d == 0x2044: // the stroke of fractions
			out = append(out, '/')
		default:
			out = append(out, d)
		}
	}
	s := norm.NFC.String(string(out))
	return s, s != "" && s != string(r)
}

// parted gives what must stand between a digit and a substitute that begins with one:
// 10³ is not 103, and 1½ is not 11/2. HL7's own units write powers as 10*3.
func parted(r rune, substitute string, before byte) string {
	switch {
	case before < '0' || before > '9' || substitute == "":
		return ""
	case isSuperscript(r):
		return "*"
	case substitute[0] >= '0' && substitute[0] <= '9':
		return " "
	}
	return ""
}

func isSuperscript(r rune) bool {
	return r == '²' || r == '³' || r == '¹' || r >= '⁰' && r <= '⁻'
}

// variants pairs a character outside JIS X 0208 with the form inside it: name
// kanji of the IBM extensions, and the print forms of JIS X 0213:2004 of which
// JIS X 0208 holds the simplified ones.
const variants = "髙高﨑崎德徳濵濱瀨瀬黑黒橫横增増寬寛栁柳桒桑淸清綠緑緖緒薰薫鄕郷郞郎鷗鴎頰頬𠮷吉" +
	"昻昂曻昇戶戸靑青悅悦淚涙靍鶴靏鶴閒間﨔欅𠮟叱剝剥塡填瘦痩蟬蝉噓嘘囊嚢搔掻摑掴繡繍顚顛驒騨麴麹麵麺" +
	"蠟蝋瀆涜攢攅萊莱屢屡禱祷醬醤潑溌醱醗啞唖焰焔鹼鹸軀躯俠侠俱倶姸妍屛屏幷并" +
	"兊兌冝宜凬風咜咤愠慍悊哲敎教晳晰曺曹煇輝甁瓶羡羨蠇蠣裵裴賴頼贒賢厓崖﨟臈勛勲卽即旣既尙尚槪概硏研絕絶緣縁虛虚說説" +
	"黃黄歷歴曆暦步歩每毎內内吳呉吿告姬姫娛娯巢巣强強彥彦徵徴戾戻揭掲擊撃晚晩歲歳涉渉渴渇溫温產産稅税脫脱蔣蒋銳鋭鍊錬"

// spelled are the characters that become several.
var spelled = map[rune]string{
	'№': "No.", '㏍': "K.K.", '℡': "TEL", '㊤': "(上)", '㊥': "(中)", '㊦': "(下)", '㊧': "(左)", '㊨': "(右)",
	'㈱': "(株)", '㈲': "(有)", '㈹': "(代)", '㍻': "平成", '㍼': "昭和", '㍽': "大正", '㍾': "明治", '㋿': "令和",
	'㎜': "mm", '㎝': "cm", '㎞': "km", '㎎': "mg", '㎏': "kg", '㏄': "cc", '㎡': "m2", '㎥': "m3", '㎟': "mm2", '㎠': "cm2", '㎤': "cm3",
	'㎍': "μg", '㎖': "mL", '㎗': "dL", '㎘': "kL", 'ℓ': "l", '㎕': "μL", '㏖': "mol",
	'㍉': "ミリ", '㌔': "キロ", '㌢': "センチ", '㍍': "メートル", '㌘': "グラム", '㌧': "トン", '㌃': "アール", '㌶': "ヘクタール",
	'㍑': "リットル", '㍗': "ワット", '㌍': "カロリー", '㌦': "ドル", '㌣': "セント", '㌫': "パーセント", '㍊': "ミリバール", '㌻': "ページ",
	'〝': "“", '〟': "”", '∑': "Σ", '∮': "∫", '⊿': "△",
	'\u00A0': " ", '–': "－", '‑': "-", '•': "・", '⁺': "+", '⁻': "-", '„': "“", '‚': "‘",
	'€': "EUR", '￦': "KRW", '₩': "KRW", 'ß': "ss", 'œ': "oe", 'Œ': "OE", 'æ': "ae", 'Æ': "AE", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L",
	'￤': "｜", '＂': "”", '＇': "’", '✕': "×", '⇑': "↑", '⇓': "↓", '➡': "→", '⬅': "←", '⬆': "↑", '⬇': "↓",
	'ゔ': "ヴ", 'ヷ': "ヴァ", 'ヸ': "ヴィ", 'ヹ': "ヴェ", 'ヺ': "ヴォ", 'ゕ': "ヵ", 'ゖ': "ヶ",
	'©': "(C)", '®': "(R)", '™': "(TM)",
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
