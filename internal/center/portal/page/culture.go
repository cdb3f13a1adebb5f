package page

import (
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
	Found    []string // its name or quantity as the laboratory wrote it
	Drugs    []CultureDrug
}

// CultureDrug is the answer of the organism to one drug.
type CultureDrug struct {
	Drug  string
	Value string // MIC with its unit
	Flag  string // S, I, R
}

func (w words) cultures(f Facility, d ItemDocument) []CultureRow {
	cultures, _ := clinical.Cultures(d.Document.LabResults)
	var rows []CultureRow
	for _, c := range cultures {
		row := CultureRow{Facility: f, Item: d.Item.ID, Specimen: c.Specimen.Label(), Organism: c.Organism.Label()}
		at := d.Item.Date + d.Item.Time
		for _, r := range c.Found {
			at = labTime(r, d)
			if value := strings.TrimSpace(labValue(r) + " " + r.Unit.Label()); value != "" && value != row.Organism {
				row.Found = append(row.Found, strings.TrimSpace(r.Test.Label()+" "+value))
			}
		}
		for _, s := range c.Drugs {
			row.Drugs = append(row.Drugs, CultureDrug{s.Drug.Label(), strings.TrimSpace(s.Value + " " + s.Unit.Label()), s.Flag})
		}
		row.At = clinicalTime(clinical.Time(at))
		row.Sort = at + "|" + string(f.ID) + "|" + string(d.Item.ID)
		rows = append(rows, row)
	}
	return rows
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
