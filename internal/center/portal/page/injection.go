package page

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// InjectionRow is one injection that was ordered or given.
type InjectionRow struct {
	Sort       string
	Facility   Facility
	Item       ident.ItemID
	Date       string // YYYYMMDD
	When       string // for people, with the precision there is
	Until      string
	Performed  bool
	Name       string // kind of order
	Drugs      []InjectionDrug
	Volume     string
	Rate       string
	Route      string
	Site       string
	By         string
	Department string
}

// InjectionDrug is one drug of an injection.
type InjectionDrug struct {
	Drug, Amount string
	Code         string
	Additive     bool
}

func (w words) injections(f Facility, d ItemDocument) []InjectionRow {
	var rows []InjectionRow
	for i, in := range d.Document.Injections {
		row := InjectionRow{
			Sort:     sortKey(d, fmt.Sprintf("%s|%s|%03d", f.ID, d.Item.ID, 999-i)),
			Facility: f, Item: d.Item.ID, Date: d.Item.Date,
			When: clinicalTime(in.Start), Until: clinicalTime(in.End), Performed: in.Performed,
			Name:   in.Name.Label(),
			Volume: w.amount(in.Volume, in.VolumeUnit), Rate: w.amount(in.Rate, in.RateUnit),
			Route: w.route(in.Route), Site: in.Site.Label(), Department: w.department(departmentOf(d)),
		}
		if day := dayOf(in.Start); !day.IsZero() {
			row.Date = day.Compact()
			row.Sort = string(in.Start) + row.Sort
		}
		if row.When == "" {
			row.When = clinicalTime(clinical.Time(d.Item.Date))
		}
		if in.By != nil {
			row.By = in.By.Name
		}
		for _, c := range in.Components {
			row.Drugs = append(row.Drugs, InjectionDrug{c.Drug.Label(), w.amount(c.Amount, c.Unit), codeOf(c.Drug), c.Additive})
		}
		rows = append(rows, row)
	}
	return rows
}
