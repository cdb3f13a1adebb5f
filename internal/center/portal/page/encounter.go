package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// EncounterRow is a reception, a stay from admission to discharge, or an event within one.
type EncounterRow struct {
	Sort       string
	Facility   Facility
	Item       ident.ItemID
	Event      clinical.EncounterEvent // a stay has the event admission
	Stay       bool
	Open       bool // a stay whose discharge is not known
	Start, End string
	Days       int // of a finished stay, both days counted; 0: not known
	Ward       string
	Bed        string
	From       string // ward, room and bed before a transfer
	Department string
	Attending  string
	Notes      []string // why the patient came, how urgent it was
}

func (w words) encounters(f Facility, d ItemDocument) []EncounterRow {
	e := d.Document.Encounter
	if e == nil {
		return nil
	}
	department := e.Department
	if department == "" {
		department = departmentOf(d)
	}
	row := EncounterRow{
		Facility: f, Item: d.Item.ID, Event: e.Event,
		Start: clinicalTime(e.Start), End: clinicalTime(e.End),
		Ward: e.Ward, Bed: strings.Trim(e.Room+"-"+e.Bed, "-"), From: strings.TrimSpace(e.PriorWard + " " + strings.Trim(e.PriorRoom+"-"+e.PriorBed, "-")), Department: w.department(department),
	}
	if e.Urgency.Code != "R" {
		row.Notes = w.labels([]clinical.Coded{e.Urgency, e.Reason}, nil)
	} else {
		row.Notes = w.labels([]clinical.Coded{e.Reason}, nil)
	}
	row.Notes = append(row.Notes, w.labels(e.Diagnoses, nil)...)
	// A code of the facility's own says nothing to others, but looks as if it did.
	key := fault.Key("enc.disposition")
	if strings.Trim(e.Disposition, "0123456789") == "" {
		key = "enc.disposition_code"
	}
	if disposition := w.said(key, e.Disposition); disposition != "" && e.Event == clinical.EventDischarge {
		row.Notes = append(row.Notes, disposition)
	}
	if e.Attending != nil {
		row.Attending = e.Attending.Name
	}
	from := string(e.Start.InJapan())
	if from == "" {
		from = d.Item.Date
		row.Start = compactDay(d.Item.Date)
	}
	switch e.Event {
	case clinical.EventAdmission:
		row.Stay, row.Open = true, e.End == ""
	case clinical.EventDischarge:
		// A discharge that does not say when the stay began stays an event of its own.
		row.Stay = e.Start != "" && e.End != ""
	}
	if start, end := e.Start.Day(), e.End.Day(); row.Stay && !start.IsZero() && !end.IsZero() && !end.Before(start) {
		row.Days = start.DaysUntil(end) + 1
	}
	row.Sort = from + "|" + string(f.ID) + "|" + string(d.Item.ID)
	return []EncounterRow{row}
}

// opened are the rows of one document on its own. Whether a stay has ended another document
// says, so an admission is an event here, not somebody who is still in.
func opened(rows []EncounterRow) []EncounterRow {
	for i := range rows {
		if rows[i].Open {
			rows[i].Stay, rows[i].Open = false, false
		}
	}
	return mergeStays(rows)
}

// mergeStays makes one row of the admission and the discharge of a stay: those of one
// facility that begin on the same day. What the discharge says later holds.
func mergeStays(rows []EncounterRow) []EncounterRow {
	var out []EncounterRow
	at := map[string]int{}
	for _, r := range rows {
		if !r.Stay {
			out = append(out, r)
			continue
		}
		key := string(r.Facility.ID) + r.Start[:min(len(r.Start), len("2006/01/02"))]
		i, seen := at[key]
		if !seen {
			r.Event = clinical.EventAdmission
			at[key] = len(out)
			out = append(out, r)
			continue
		}
		stay := &out[i]
		if r.End != "" {
			stay.End, stay.Days, stay.Open = r.End, r.Days, false
		}
		stay.Notes = append(stay.Notes, slices.DeleteFunc(r.Notes, func(n string) bool { return slices.Contains(stay.Notes, n) })...)
		if stay.Ward == "" {
			stay.Ward, stay.Bed = r.Ward, r.Bed
		}
		if stay.Attending == "" {
			stay.Attending = r.Attending
		}
	}
	newestFirst(out, func(r EncounterRow) string { return r.Sort })
	return out
}
