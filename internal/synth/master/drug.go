package master

import (
	"fmt"
	"strings"
)

// Drug is one drug of the region's masters (薬剤).
type Drug struct {
	Name  string // generic name, form and strength
	HOT9  string
	YJ    string // of the generic name: brand and check digit are Z
	Form  Code   // MR9P
	Unit  Code   // MR9P
	Route Code   // HL70162
}

// Injected reports whether the drug is an injection.
func (d Drug) Injected() bool { return d.Form.Code == "INJ" }

// preparation is what drugs of one kind share.
type preparation struct {
	form, unit, route Code
	letter            string // of the YJ code
}

func mr9p(code, text string) Code { return Code{code, text, "MR9P"} }

var (
	byMouth     = Code{"PO", "口", "HL70162"}
	topical     = Code{"TP", "局所", "HL70162"}
	inhaled     = Code{"IH", "吸入", "HL70162"}
	inEye       = Code{"OP", "眼", "HL70162"}
	underTongue = Code{"SL", "舌下", "HL70162"}
	intravenous = Code{"IV", "静脈内", "HL70162"}
	underSkin   = Code{"SC", "皮下", "HL70162"}

	tablet    = preparation{mr9p("TAB", "錠剤"), mr9p("TAB", "錠"), byMouth, "F"}
	capsule   = preparation{mr9p("CAP", "カプセル剤"), mr9p("CAP", "カプセル"), byMouth, "M"}
	powder    = preparation{mr9p("PWD", "散剤"), mr9p("PCK", "包"), byMouth, "B"}
	syrup     = preparation{mr9p("SYR", "シロップ剤"), mr9p("ML", "mL"), byMouth, "Q"}
	sublingua = preparation{mr9p("TAB", "錠剤"), mr9p("TAB", "錠"), underTongue, "F"}
	patch     = preparation{mr9p("TPE", "貼付剤"), mr9p("SHT", "枚"), topical, "S"}
	tube      = preparation{mr9p("OIT", "軟膏"), mr9p("HON", "本"), topical, "M"}
	inhaler   = preparation{mr9p("LQD", "液剤"), mr9p("KIT", "キット"), inhaled, "G"}
	eyeDrops  = preparation{mr9p("LQD", "液剤"), mr9p("HON", "本"), inEye, "Q"}
	ampoule   = preparation{mr9p("INJ", "注射剤"), mr9p("AMP", "アンプル"), intravenous, "A"}
	vial      = preparation{mr9p("INJ", "注射剤"), mr9p("VIL", "バイアル"), intravenous, "D"}
	bag       = preparation{mr9p("INJ", "注射剤"), mr9p("BAG", "袋"), intravenous, "A"}
	syringe   = preparation{mr9p("INJ", "注射剤"), mr9p("SYRG", "シリンジ"), underSkin, "G"}
	pen       = preparation{mr9p("INJ", "注射剤"), mr9p("UNT", "単位"), underSkin, "G"}
)

var drugs []Drug

// drug enters a drug: its name, the serial of its HOT number, class and ingredient
// (7 digits) and strength (1) of its YJ code.
func drug(name string, serial int, ingredient, strength string, p preparation) Drug {
	d := Drug{
		Name: name, HOT9: hot9(serial), YJ: ingredient + p.letter + strength + "ZZZ",
		Form: p.form, Unit: p.unit, Route: p.route,
	}
	drugs = append(drugs, d)
	return d
}

// hot9 makes a number of the form 99SSSS, check digit, company 01.
func hot9(serial int) string {
	digits := fmt.Sprintf("99%04d", serial)
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * (3 - 2*(i%2))
	}
	return fmt.Sprintf("%s%d01", digits, (10-sum%10)%10)
}

// Drugs lists all drugs.
func Drugs() []Drug { return append([]Drug(nil), drugs...) }

// FullWidth writes ASCII letters, digits and signs as full-width characters, as the
// drug names of many masters have them.
func FullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7F {
			return r - '!' + '！'
		}
		return r
	}, s)
}
