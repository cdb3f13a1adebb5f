package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// CultureRow is one organism that a culture found, with what it is susceptible to.
type CultureRow struct {
	Sort     string
	Facility Facility
	Item     ident.ItemID
	At       string // for people
	Specimen string
	Organism string
	Found    []string // its name or quantity as the laboratory wrote it, and what is noted on them
	Drugs    []CultureDrug
}

// CultureDrug is the answer of the organism to one drug.
type CultureDrug struct {
	Drug  string
	Value string // MIC with its unit
	Flag  string // S, I, R
	Notes string // what is noted on it: that it is preliminary, a comment
}

func (w words) cultures(f Facility, d ItemDocument) []CultureRow {
	cultures, _ := clinical.Cultures(d.Document.LabResults)
	var rows []CultureRow
	for _, c := range cultures {
		row := CultureRow{Facility: f, Item: d.Item.ID, Specimen: c.Specimen.Label(), Organism: c.Organism.Label()}
		at := d.Item.Date + d.Item.Time
		say := func(text string) {
			if !slices.Contains(row.Found, text) {
				row.Found = append(row.Found, text)
			}
		}
		for _, r := range c.Found {
			at = labTime(r, d)
			if site := r.SpecimenSite.Label(); site != "" && !strings.Contains(row.Specimen, site) {
				row.Specimen = strings.TrimSpace(row.Specimen + " " + site)
			}
			if value := strings.TrimSpace(labValue(r) + " " + r.Unit.Label()); value != "" && value != row.Organism {
				say(strings.TrimSpace(r.Test.Label() + " " + value))
			}
			for _, note := range w.resultNotes(r) {
				say(note)
			}
		}
		for _, s := range c.Drugs {
			row.Drugs = append(row.Drugs, CultureDrug{s.Drug.Label(), strings.TrimSpace(s.Value + " " + s.Unit.Label()), s.Flag, strings.Join(w.resultNotes(s.Result), "、")})
		}
		row.At = clinicalTime(clinical.Time(at))
		row.Sort = at + "|" + string(f.ID) + "|" + string(d.Item.ID)
		rows = append(rows, row)
	}
	return rows
}

// resultNotes are what is noted on a row of a culture: how final it is, and its comments.
func (w words) resultNotes(r clinical.LabResult) []string {
	var out []string
	if status := labStatus(r.Status); status != "" {
		out = append(out, TextOf(w.lang, Message{Key: fault.Key("lab_status." + status)}))
	}
	return append(out, w.labComments(r)...)
}

// panelComments are the comments on panels and what is said of their requests and
// specimens, each once.
func (w words) panelComments(results []clinical.LabResult) []string {
	var out []string
	seen := map[string]bool{}
	say := func(text string) {
		if text != "" && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	for _, r := range results {
		for _, c := range r.PanelComments {
			say(c)
		}
		c := r.Circumstances
		if c == nil {
			continue
		}
		say(w.said("lab.priority", w.urgency(c.Priority)))
		say(w.said("lab.purpose", c.Purpose))
		say(w.said("lab.danger", c.Danger.Label()))
		say(w.said("lab.rejected", strings.Join(w.labels(c.Rejected, nil), "、")))
	}
	return out
}

// said puts a value into words that say what it is; empty for none.
func (w words) said(key fault.Key, value string) string {
	if value == "" {
		return ""
	}
	return TextOf(w.lang, Message{Key: key, Params: map[string]any{"value": value}})
}
