package story

import (
	"slices"
	"strconv"
	"time"
)

// How often clinicians change their minds.
const (
	prescriptionCorrected = 0.05
	prescriptionCancelled = 0.03
	reportPreliminary     = 0.06
	reportCancelled       = 0.01
	admissionCancelled    = 0.2
	// manyResults: short reports come at once.
	manyResults = 14
)

// revise lets some entries have been otherwise at first, and adds some that were
// taken back.
func (ch *chart) revise() {
	var takenBack []Entry
	for i := range ch.Entries {
		e := &ch.Entries[i]
		d := ch.c.dice("revise", strconv.Itoa(int(ch.Hospital)), strconv.Itoa(e.Order), e.At.Format("20060102150405"))
		switch says := e.Says.(type) {
		case Prescription:
			switch {
			case says.Category != Outpatient:
			case d.Chance(prescriptionCorrected):
				e.Said = atFirst(says)
			case d.Chance(prescriptionCancelled):
				takenBack = append(takenBack, again(*e, -3*time.Minute))
			}
		case LabReport:
			switch {
			case len(says.Results) < manyResults:
			case d.Chance(reportPreliminary):
				early := says
				early.Results, early.Preliminary = says.Results[:len(says.Results)/2], true
				e.Said = early
			case d.Chance(reportCancelled):
				takenBack = append(takenBack, again(*e, -4*time.Minute))
			}
		case Admission:
			if d.Chance(admissionCancelled) {
				takenBack = append(takenBack, again(*e, -24*time.Hour))
			}
		}
	}
	for i := range takenBack {
		if takenBack[i].Order > 0 {
			takenBack[i].Order = ch.order()
		}
	}
	ch.Entries = append(ch.Entries, takenBack...)
}

// again gives the entry as it was entered by mistake at another time.
func again(e Entry, later time.Duration) Entry {
	e.At, e.Cancelled = e.At.Add(later), true
	if r, ok := e.Says.(LabReport); ok {
		r.Collected = r.Collected.Add(later)
		e.Says = r
	}
	return e
}

// atFirst gives a prescription as it was before somebody counted the days again.
func atFirst(p Prescription) Prescription {
	p.Lines = slices.Clone(p.Lines)
	last := &p.Lines[len(p.Lines)-1]
	switch {
	case last.Days > 1:
		last.Days--
		last.Total = round(last.Dose*float64(last.Usage.Doses(last.Days)), 2)
	case last.Times > 1:
		last.Times--
		last.Total = last.Dose * float64(last.Times)
	case last.Total > 1:
		last.Total--
	default:
		last.Note = "用法確認中"
	}
	return p
}
