package page

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// unitsShown are units as people write them on paper, by the ASCII form that systems
// store (UCUM and what comes near it). Only what is certain stands here.
var unitsShown = map[string]string{
	"/uL": "/µL", "/1000": "‰", "mL/min/1.73m2": "mL/min/1.73m²",
	"ug/L": "µg/L", "ug/dL": "µg/dL", "ug/mL": "µg/mL", "umol/L": "µmol/L", "umol/dL": "µmol/dL",
	"uU/mL": "µU/mL", "uIU/mL": "µIU/mL",
}

// unitsSpelled are units of doses that systems spell out, as people write them.
var unitsSpelled = map[string]string{
	"ミリリットル": "mL", "ミリリットル毎時": "mL/h", "リットル": "L", "ミリグラム": "mg", "グラム": "g",
}

// writtenAsRead are code systems of units whose codes are what people read.
var writtenAsRead = map[string]bool{"ISO+": true, "UCUM": true}

var superscripts = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// unitShown gives a laboratory's unit as people read it; what is not known stays as written.
func (w words) unitShown(unit string) string {
	plain := norm.NFKC.String(unit)
	if shown, ok := unitsShown[plain]; ok {
		return shown
	}
	if plain == "sec" {
		if w.lang == English {
			return "s"
		}
		return "秒"
	}
	for _, sign := range []string{"10*", "10^"} {
		rest, ok := strings.CutPrefix(plain, sign)
		if !ok {
			continue
		}
		power, per, ok := strings.Cut(rest, "/")
		if ok && len(power) > 0 && strings.Trim(power, "0123456789") == "" && (per == "uL" || per == "L" || per == "mL") {
			return "×10" + superscripts.Replace(power) + w.unitShown("/"+per)
		}
	}
	return unit
}
