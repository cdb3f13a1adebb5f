package page

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Data types of SS-MIX2.
const (
	prescriptionOrder = "OMP-01"
	prescriptionDone  = "OMP-11"
)

// withOrders tells documents of what was dispensed that the order behind was discontinued,
// as far as that order is among the documents: of one facility, with the same patient's
// number and the same order number. A pharmacy's system is not told what the ward stopped,
// and a bar that goes on would be read as a drug that is taken.
func withOrders(docs []ItemDocument) []ItemDocument {
	orders := map[string][]clinical.Medication{}
	for _, d := range docs {
		if key, ok := orderKey(d.Document); ok && d.Document.DataType == prescriptionOrder {
			orders[key] = append(orders[key], d.Document.Medications...)
		}
	}
	out := slices.Clone(docs)
	for i, d := range out {
		key, ok := orderKey(d.Document)
		if !ok || d.Document.DataType != prescriptionDone {
			continue
		}
		for at, m := range d.Document.Medications {
			if stopped, ok := discontinued(orders[key], m); ok && m.OrderStatus == "" {
				if out[i].stopped == nil {
					out[i].stopped = map[int]clinical.Time{}
				}
				out[i].stopped[at] = stopped
			}
		}
	}
	return out
}

// orderKey tells orders of a facility from each other; ok is false of what is of no order.
func orderKey(d clinical.Document) (key string, ok bool) {
	return string(d.PatientID) + "\x00" + d.OrderNo, d.PatientID != "" && d.OrderNo != "" && d.OrderNo != clinical.NoOrder
}

// discontinued reports whether what a drug was dispensed for is discontinued, and since when,
// empty where that is not known. Of an order of several, what is meant is its RP, the same
// drug, or both; where these do not tell, all of the order must be discontinued, and what is
// of an RP that the order does not have is of what was taken from it.
func discontinued(order []clinical.Medication, of clinical.Medication) (since clinical.Time, ok bool) {
	sameRP := func(m clinical.Medication) bool { return m.RP == of.RP }
	sameDrug := func(m clinical.Medication) bool { return alike(m.Drug, of.Drug) }
	numbered := of.RP != "" && slices.ContainsFunc(order, func(m clinical.Medication) bool { return m.RP != "" })
	meant := order
	if numbered {
		meant = only(meant, sameRP)
	}
	if some := only(meant, sameDrug); len(some) > 0 {
		meant = some
	}
	for i, m := range meant {
		if m.OrderStatus != clinical.OrderDiscontinued {
			return "", false
		}
		switch at := m.Stopped; {
		case i == 0:
			since = at
		case at == "" || since != "" && at.InJapan() > since.InJapan():
			since = at // the drug may have been taken until then
		}
	}
	return since, len(meant) > 0
}

func only(list []clinical.Medication, which func(clinical.Medication) bool) (out []clinical.Medication) {
	for _, m := range list {
		if which(m) {
			out = append(out, m)
		}
	}
	return out
}

// alike reports whether two entries have a code of one system in common or, without codes,
// their text.
func alike(a, b clinical.Coded) bool {
	switch {
	case a.Code != "" && a.Code == b.Code && a.System == b.System:
		return true
	case a.LocalCode != "" && a.LocalCode == b.LocalCode && a.LocalSystem == b.LocalSystem:
		return true
	}
	return a.Code == "" && a.LocalCode == "" && a.Label() != "" && a.Label() == b.Label()
}

// medication gives a drug of a document as it is shown, and in words what became of the order
// that it was dispensed for. What was handed out after that was handed out all the same: its
// bar has its planned end, with the word.
func (w words) medication(d ItemDocument, at int) (m clinical.Medication, said []string) {
	m = d.Document.Medications[at]
	since, ok := d.stopped[at]
	if !ok {
		return m, nil
	}
	m.OrderStatus = clinical.OrderDiscontinued
	if day, start := since.Day(), startOf(m.Start, d); !day.IsZero() && !start.After(day) {
		m.Stopped = since
	}
	if since == "" {
		return m, []string{TextOf(w.lang, Message{Key: "med.rx_stopped_once"})}
	}
	return m, []string{w.said("med.rx_stopped", clinicalTime(since))}
}
