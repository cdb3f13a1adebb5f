package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// AllergyState tells apart what a facility says of allergies (V4).
type AllergyState string

const (
	AllergyListed AllergyState = "listed" // entries
	AllergyNone   AllergyState = "none"   // 「なし」確認済
	AllergyEmpty  AllergyState = "empty"  // 登録なし
	AllergyUnread AllergyState = "unread" // there is something that cannot be read
)

// AllergyRow is what one facility says.
type AllergyRow struct {
	Facility Facility
	State    AllergyState
	Entries  []AllergyEntry
	Lacking  bool // beside the entries there is something that cannot be read
}

// lack notes that there is something that did not come: whatever came may not be all, and
// neither silence nor a denial counts.
func (r *AllergyRow) lack(lacking bool) {
	if r.Lacking = lacking; lacking && r.State != AllergyListed {
		r.State = AllergyUnread
	}
}

// AllergyEntry is one allergy or intolerance.
type AllergyEntry struct {
	Allergen string
	Type     string // DA drug, FA food, EA environment, MA various, LA pollen; empty if not stated
	Severity string // SV MO MI U
	Reaction string
	Onset    string
	Status   string // S suspected, I no longer …; empty for a confirmed one
	Nature   string // IN intolerance, SE side effect …; empty for an allergy
	Notes    string // what is said of these in words or codes of the facility's own, and what else is
	Denies   bool   // Allergen says that there is none (of the type), and is no alarm
}

var (
	allergyTypes      = map[string]bool{"DA": true, "FA": true, "EA": true, "MA": true, "MC": true, "LA": true, "AA": true, "PA": true}
	allergySeverities = map[string]bool{"SV": true, "MO": true, "MI": true}
	allergyStatuses   = map[string]bool{"S": true, "U": true, "P": true, "I": true, "D": true} // HL7 table 0438
	allergyNatures    = map[string]bool{"IN": true, "SE": true, "CT": true, "AD": true}        // HL7 table 0436
)

// allergy joins the lists that a facility sent. An entry weighs more than a denial:
// a list that denies beside one that has entries is out of date.
func (w words) allergy(f Facility, lists []clinical.AllergyList) AllergyRow {
	row := AllergyRow{Facility: f, State: AllergyEmpty}
	seen := map[AllergyEntry]bool{} // two lists may differ in how severe one is, or how sure: both are shown
	for _, l := range lists {
		if l.None {
			row.State = AllergyNone
		}
		for _, a := range l.Entries {
			e := w.allergyEntry(a)
			said := e
			said.Onset = ""
			if e.Allergen == "" || seen[said] {
				continue
			}
			seen[said] = true
			row.Entries = append(row.Entries, e)
		}
	}
	if len(row.Entries) > 0 {
		row.State = AllergyListed
	}
	return row
}

func (w words) allergyEntry(a clinical.Allergy) AllergyEntry {
	e := AllergyEntry{Allergen: a.Allergen.Label(), Reaction: a.Reaction, Onset: compactDay(a.Onset)}
	e.Denies, _ = a.Denies()
	var notes []string
	for _, said := range []struct {
		to     *string
		coded  clinical.Coded
		known  map[string]bool
		silent string // the code that is nothing to be told
		key    fault.Key
	}{
		{&e.Type, a.Type, allergyTypes, "", "allergy.type"},
		{&e.Severity, a.Severity, allergySeverities, "U", "allergy.severity"},
		{&e.Status, a.Status, allergyStatuses, "C", "allergy.status"},
		{&e.Nature, a.Sensitivity, allergyNatures, "AL", "allergy.nature"},
	} {
		switch {
		case said.known[said.coded.Code]:
			*said.to = said.coded.Code
		case said.coded.Code == "" || said.coded.Code != said.silent:
			notes = append(notes, w.said(said.key, said.coded.Label()))
		}
	}
	notes = append(notes, w.said("allergy.group", a.Group.Label()), a.Comment)
	e.Notes = strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), "、")
	return e
}

// stated are the allergies that stand in a document of another kind. They say nothing of
// the facility's list, and are shown with the document only.
func (w words) stated(d clinical.Document) []AllergyEntry {
	var out []AllergyEntry
	for _, a := range d.StatedAllergies {
		out = append(out, w.allergyEntry(a))
	}
	return out
}
