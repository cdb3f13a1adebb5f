package page

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// AllergyState tells apart what a facility says of allergies (V4).
type AllergyState string

const (
	AllergyListed AllergyState = "listed" // entries
	AllergyNone   AllergyState = "none"   // 「なし」確認済
	AllergyEmpty  AllergyState = "empty"  // 登録なし
)

// AllergyRow is what one facility says.
type AllergyRow struct {
	Facility Facility
	State    AllergyState
	Entries  []AllergyEntry
}

// AllergyEntry is one allergy or intolerance.
type AllergyEntry struct {
	Allergen string
	Type     string // DA drug, FA food, EA environment, MA various, LA pollen; empty if not stated
	Severity string // SV MO MI U
	Reaction string
	Onset    string
}

var (
	allergyTypes      = map[string]bool{"DA": true, "FA": true, "EA": true, "MA": true, "MC": true, "LA": true, "AA": true, "PA": true}
	allergySeverities = map[string]bool{"SV": true, "MO": true, "MI": true}
)

// allergy joins the lists that a facility sent. An entry weighs more than a denial:
// a list that denies beside one that has entries is out of date.
func (w words) allergy(f Facility, lists []clinical.AllergyList) AllergyRow {
	row := AllergyRow{Facility: f, State: AllergyEmpty}
	seen := map[string]bool{}
	for _, l := range lists {
		if l.None {
			row.State = AllergyNone
		}
		for _, a := range l.Entries {
			e := AllergyEntry{Allergen: a.Allergen.Label(), Reaction: a.Reaction, Onset: compactDay(a.Onset)}
			if allergyTypes[a.Type.Code] {
				e.Type = a.Type.Code
			}
			if allergySeverities[a.Severity.Code] {
				e.Severity = a.Severity.Code
			}
			if e.Allergen == "" || seen[e.Type+e.Allergen] {
				continue
			}
			seen[e.Type+e.Allergen] = true
			row.Entries = append(row.Entries, e)
		}
	}
	if len(row.Entries) > 0 {
		row.State = AllergyListed
	}
	return row
}
