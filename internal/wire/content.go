package wire

import (
	"cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// ContentRequest asks for documents. The assertion in [AssertionHeader] says for
// whom and for which patient; items of another patient are refused as unknown.
// With Items empty every current item of the kinds of the assertion is meant or, with Since
// (YYYYMMDD), those of its period ([ContentRequest.Means]).
type ContentRequest struct {
	Items []ident.ItemID `json:"items,omitempty"`
	Since string         `json:"since,omitempty"`
}

// Skips reports whether an item is older than the period that is asked for.
func (r ContentRequest) Skips(it Item) bool {
	return len(r.Items) == 0 && !it.Standing() && it.Date != "" && it.Date < r.Since
}

// Dated is a document as far as it is to be known whether it belongs to a period.
type Dated struct {
	Item    Item
	Lasting int    // for how many days after its date it may hold ([clinical.Document.Lasting])
	OrderNo string // of the order that it is, or is of
}

// Means reports of each of a patient's documents of the kinds that are asked for whether it
// is meant: all that is not older than Since, all that stands ([Item.Standing]), and of what
// is older
//
//   - orders and supplies that reach into the period: what is taken in it,
//   - a stay that goes on into it, from the admission on,
//   - what is of one order with something that is meant, so that what was handed out is not
//     without its order, nor a report without its request.
//
// Gateways of before [VersionPeriod] give what is not older and what stands, or everything.
func (r ContentRequest) Means(all []Dated) []bool {
	out := make([]bool, len(all))
	orders := map[string]bool{}
	stay := r.stay(all)
	for i, d := range all {
		out[i] = !r.Skips(d.Item) || r.reaches(d) || stay != "" && inStay(d.Item) && d.Item.Date+d.Item.Time >= stay
		if out[i] && d.ordered() {
			orders[d.OrderNo] = true
		}
	}
	for i, d := range all {
		out[i] = out[i] || d.ordered() && orders[d.OrderNo]
	}
	return out
}

func (d Dated) ordered() bool { return d.OrderNo != "" && d.OrderNo != clinical.NoOrder }

func (r ContentRequest) reaches(d Dated) bool {
	date := clinical.Time(d.Item.Date).Day()
	return d.Lasting > 0 && !date.IsZero() && date.AddDays(d.Lasting).Compact() >= r.Since
}

// inStay reports whether an item tells of a stay, and not of what is planned.
func inStay(it Item) bool {
	switch it.Event {
	case clinical.EventAdmission, clinical.EventDischarge, clinical.EventTransfer, clinical.EventLeave, clinical.EventReturn:
		return true
	}
	return false
}

// stay gives the day and time of the admission before the period from which the patient was
// not discharged before it; empty if there is none.
func (r ContentRequest) stay(all []Dated) string {
	var last Item // of admissions and discharges
	at := func(it Item) string { return it.Date + it.Time }
	for _, d := range all {
		if !r.Skips(d.Item) || d.Item.Event != clinical.EventAdmission && d.Item.Event != clinical.EventDischarge {
			continue
		}
		// Of one time, an admission is the later: rather a stay too many than one too few.
		order := cmp.Compare(at(d.Item), at(last))
		if order > 0 || order == 0 && d.Item.Event == clinical.EventAdmission {
			last = d.Item
		}
	}
	if last.Event == clinical.EventAdmission {
		return at(last)
	}
	return ""
}
