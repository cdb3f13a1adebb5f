package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// ConditionRow is one disease of a facility's list.
type ConditionRow struct {
	Sort       string // main diseases first, then what goes on, then what is over; newest first in each
	Facility   Facility
	Item       ident.ItemID
	Name       string // with its prefixes and suffixes
	ICD10      string // with its dot
	Code       string
	Start, End string // for people
	Outcome    string
	Active     bool // no end and no outcome stated
	Main       bool
	Suspected  bool
	Awareness  string // whether the patient was told of it: who reads it out must see that first
	Comments   []string
	Department string
}

func (w words) conditions(f Facility, d ItemDocument) []ConditionRow {
	var rows []ConditionRow
	for _, c := range d.Document.Conditions {
		row := ConditionRow{
			Facility: f, Item: d.Item.ID, Name: diseaseName(c), ICD10: c.ICD10, Code: codeOf(c.Disease),
			Start: clinicalTime(c.Start), End: clinicalTime(c.End), Outcome: w.outcome(c.Outcome),
			Active:    c.End == "" && (c.Outcome == (clinical.Coded{}) || goesOn(c.Outcome)),
			Awareness: w.said("cond.awareness", c.Awareness.Label()), Comments: slices.Concat(w.beside(c), c.Comments), Main: c.Main, Suspected: c.Suspected, Department: w.department(c.Department),
		}
		if dotted, ok := jcode.ICD10(c.ICD10); ok {
			row.ICD10 = dotted
		}
		state := "0"
		switch {
		case row.Active && row.Main:
			state = "2"
		case row.Active:
			state = "1"
		}
		row.Sort = state + "|" + string(c.Start.InJapan()) + "|" + string(f.ID) + "|" + row.Name
		rows = append(rows, row)
	}
	return rows
}

// goesOn reports whether an outcome says that the disease is still there: by the tables of
// JAHIS (JHSD0006: C continued) and HL7 (0241: N unchanged, W worse), or in words, those of
// claims among them. 軽快 is better and still to be treated, as hospitals count discharges
// (DPC), and claims have no end for it.
func goesOn(outcome clinical.Coded) bool {
	switch outcome.System {
	case "JHSD0006":
		if outcome.Code == "C" {
			return true
		}
	case "HL70241":
		if outcome.Code == "N" || outcome.Code == "W" {
			return true
		}
	}
	word, _, _ := strings.Cut(outcome.Label(), "（") // behind it what was written before it was coded
	return slices.Contains(goingOn, strings.TrimSpace(word))
}

var goingOn = []string{"継続", "不変", "軽快", "増悪", "悪化", "治ゆ、死亡、中止以外", "治癒、死亡、中止以外"}

// beside says what else must be known before a disease is spoken of.
func (w words) beside(c clinical.Condition) []string {
	said := []string{
		w.said("cond.family_awareness", c.FamilyAwareness),
		w.said("cond.sensitivity", c.Sensitivity.Label()), w.said("cond.certainty", c.Certainty.Label()), w.said("cond.prognosis", c.Prognosis.Label()),
	}
	return slices.DeleteFunc(said, func(s string) bool { return s == "" })
}

// diseaseName joins prefixes, stem and suffixes (接頭語・病名・接尾語). Many systems
// write the whole name into the stem already, and it must not be said twice.
func diseaseName(c clinical.Condition) string {
	name := c.Disease.Label()
	var before, after strings.Builder
	unsaid := slices.Clone(c.Prefixes)
	for rest := name; ; { // at its begin alone: 左 of 右左短絡 is not the side
		said := slices.IndexFunc(unsaid, func(p clinical.Coded) bool { return strings.HasPrefix(rest, p.Label()) })
		if said < 0 {
			break
		}
		rest = strings.TrimPrefix(rest, unsaid[said].Label())
		unsaid = slices.Delete(unsaid, said, said+1)
	}
	for _, p := range unsaid {
		before.WriteString(p.Label())
	}
	for _, s := range c.Suffixes {
		if t := s.Label(); !strings.HasSuffix(name, t) {
			after.WriteString(t)
		}
	}
	return before.String() + name + after.String()
}

// outcomesEnglish are outcomes of a disease (転帰) by the word that came with the code.
var outcomesEnglish = map[string]string{
	"寛解": "remission", "治癒": "cured", "軽快": "improved", "不変": "unchanged", "中止": "discontinued", "死亡": "died", "転医": "transferred", "転院": "transferred",
}

// outcome gives the outcome of a disease; a word that is not known stays as written.
func (w words) outcome(c clinical.Coded) string {
	label := c.Label()
	if said, ok := outcomesEnglish[label]; ok && w.lang == English {
		return said
	}
	return label
}
