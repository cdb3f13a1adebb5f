package page

import (
	"strings"

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

// panelComments are the comments on panels, each once.
func panelComments(results []clinical.LabResult) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range results {
		for _, c := range r.PanelComments {
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}
