package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// applied gives where a drug goes and with what: RXR-2 with its side (RXR-6), and RXR-3. A
// device (HL7 table 0164) that its writer put one field too early is one all the same.
func (r *reader) applied(o order) (site, device clinical.Coded) {
	site, device = codedField(o.rxr.Field(2)), codedField(o.rxr.Field(3))
	if site.System == "HL70164" && device.IsEmpty() {
		r.warn(o.rxr, 2, "device in the place of the site, read as the device")
		site, device = clinical.Coded{}, site
	}
	return sided(site, codedField(o.rxr.Field(6))), device
}

// sides are the words of HL7 table 0495 for codes that come without.
var sides = map[string]string{"L": "左", "R": "右", "BIL": "両側"}

// sided puts the side before a place of the body. The code of the place alone would say one
// of two.
func sided(site, side clinical.Coded) clinical.Coded {
	if side.IsEmpty() {
		return site
	}
	words := side.Label()
	if side.Text == "" && sides[side.Code] != "" {
		words = sides[side.Code]
	}
	if strings.HasPrefix(site.Label(), words) {
		return site
	}
	return clinical.Coded{Text: strings.TrimSpace(words + " " + site.Label())}
}

// nthDose gives which of the doses of a day a supplement to a JAMI usage code is about, 0
// for any other code: V14NNNNN is 4 the first time (HS027, uneven doses).
func nthDose(c clinical.Coded) byte {
	if c.System != "JAMISDP01" || len(c.Code) != 8 || c.Code[0] != 'V' || c.Code[1] < '1' || c.Code[1] > '9' {
		return 0
	}
	return c.Code[1]
}

// unevenly reads the doses of a day that differ. Each says which it is, and the least and the
// most of them (RXE-3, RXE-4) are neither one dose nor a choice.
func unevenly(m *clinical.Medication) {
	uneven := func(c clinical.Coded) bool { return nthDose(c) != 0 }
	if !slices.ContainsFunc(m.Usage, uneven) && !slices.ContainsFunc(m.Instructions, uneven) {
		return
	}
	for _, list := range [][]clinical.Coded{m.Usage, m.Instructions} {
		for i, c := range list {
			if nth := nthDose(c); nth != 0 && c.Text != "" && !strings.Contains(c.Text, "回目") {
				list[i].Text = string(rune(nth)) + "回目 " + c.Text
			}
		}
	}
	if m.Dose == "" {
		return
	}
	dose := m.Dose
	if m.DoseMax != "" {
		dose += "–" + m.DoseMax
	}
	m.Instructions = append(m.Instructions, clinical.Coded{Text: "オーダの1回量 " + dose + m.DoseUnit.Label()})
	m.Dose, m.DoseMax, m.DosePer, m.DoseUnit = "", "", "", clinical.Coded{}
}
