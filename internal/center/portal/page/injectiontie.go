package page

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

const injectionOrder = "OMP-02"

// tie says how an injection stands to others of its order, as far as these are among the
// documents of one facility.
type tie struct {
	order     *clinical.Injection // of what was given: what it was ordered as
	by        string              // who ordered it, of either
	unordered bool                // given, and no order is there, of a facility that sends orders
	shown     bool                // an order that what was given says all of: its row is theirs
	given     int                 // an order of several givings: how many there are
	open      bool                // an order of which nothing says that it was given
}

// injectionAt is an injection by its document and its place therein.
type injectionAt struct{ doc, at int }

// withGivings ties what was given to what was ordered, as a temperature board (経過表) does:
// by the order's number, then by RP and drugs. An order of one giving and that giving are
// one row; one of several stays, with how many there were, and so does one of none. That
// something is missing is said only where whole is true: where all that there is has come,
// and of a facility that sends orders. What has no order number is tied to nothing.
func withGivings(docs []ItemDocument, whole bool) []ItemDocument {
	orders := map[string][]injectionAt{}
	sends := false
	for i, d := range docs {
		if d.Document.DataType != injectionOrder {
			continue
		}
		sends = true
		key, numbered := orderKey(d.Document)
		if !numbered {
			continue
		}
		for at, in := range d.Document.Injections {
			if !in.Performed {
				orders[key] = append(orders[key], injectionAt{i, at})
			}
		}
	}
	if !sends {
		return docs
	}
	out := slices.Clone(docs)
	ties := make([]map[int]tie, len(docs))
	set := func(of injectionAt, change func(*tie)) {
		if ties[of.doc] == nil {
			ties[of.doc] = map[int]tie{}
		}
		t := ties[of.doc][of.at]
		change(&t)
		ties[of.doc][of.at] = t
	}
	for i, d := range docs {
		key, numbered := orderKey(d.Document)
		for at, in := range d.Document.Injections {
			here := injectionAt{i, at}
			if !in.Performed || !numbered {
				continue
			}
			order, ok := orderOf(docs, orders[key], in)
			if !ok {
				set(here, func(t *tie) { t.unordered = whole })
				continue
			}
			of := docs[order.doc].Document
			set(here, func(t *tie) { t.order, t.by = &of.Injections[order.at], requesterOf(of) })
			set(order, func(t *tie) {
				if !givingOf(true, in.Status).Withheld() {
					t.given++
				}
				t.shown = once(of.Injections[order.at])
			})
		}
	}
	for _, list := range orders {
		for _, order := range list {
			set(order, func(t *tie) { t.open, t.by = whole && t.given == 0, requesterOf(docs[order.doc].Document) })
		}
	}
	for i := range out {
		out[i].ties = ties[i]
	}
	return out
}

func requesterOf(d clinical.Document) string {
	if d.Requester == nil {
		return ""
	}
	return d.Requester.Name
}

// orderOf finds which of the parts of an order was given: that of its RP with one of its
// drugs, else one of its drugs, else of its RP; an order of one part is meant whole.
func orderOf(docs []ItemDocument, parts []injectionAt, given clinical.Injection) (injectionAt, bool) {
	best, found := 0, injectionAt{}
	for _, p := range parts {
		part := docs[p.doc].Document.Injections[p.at]
		fits := 0
		if given.RP != "" && part.RP == given.RP {
			fits++
		}
		if shareDrug(part, given) {
			fits += 2
		}
		if fits == 0 && len(parts) == 1 && (part.RP == "" || given.RP == "") && len(part.Components) == 0 {
			fits = 1
		}
		if fits > best {
			best, found = fits, p
		}
	}
	return found, best > 0
}

func shareDrug(a, b clinical.Injection) bool {
	return slices.ContainsFunc(a.Components, func(x clinical.Component) bool {
		return slices.ContainsFunc(b.Components, func(y clinical.Component) bool { return alike(x.Drug, y.Drug) })
	})
}

// once reports whether an order is of a single giving.
func once(in clinical.Injection) bool {
	start, end := in.Start.Day(), in.End.Day()
	one := in.Times == 1 || in.Times == 0 && in.Days <= 1 && in.Duration == ""
	return one && !in.AsNeeded && (end.IsZero() || start.IsZero() || !end.After(start))
}

// tied is an injection with its tie; the zero tie of one that stands alone.
func (d ItemDocument) tied(at int) tie { return d.ties[at] }

// tie writes into a row what its tie says.
func (w words) tie(row *InjectionRow, in clinical.Injection, t tie, now time.Time) {
	row.Unordered, row.Given = t.unordered, t.given
	if !in.Performed && row.By == "" {
		row.By = t.by
	}
	if row.State == GivingOrdered && t.open && !in.OrderStatus.Void() {
		start := in.Start.Day()
		row.Planned = !start.IsZero() && start.After(wareki.On(now))
		row.Unrecorded = !row.Planned
	}
	if t.order == nil {
		return
	}
	row.Ordered, row.OrderedBy = clinicalTime(t.order.Start), t.by
	if row.Order == "" {
		row.Order = t.order.OrderStatus
	}
	if !sameDrugs(*t.order, in) {
		for _, c := range t.order.Components {
			row.OrderedDrugs = append(row.OrderedDrugs, InjectionDrug{drugName(c.Drug), w.componentAmount(c), codeOf(c.Drug), c.Additive})
		}
	}
}

// sameDrugs reports whether what was given is what was ordered, in drugs and amounts.
func sameDrugs(a, b clinical.Injection) bool {
	return slices.EqualFunc(a.Components, b.Components, func(x, y clinical.Component) bool {
		return alike(x.Drug, y.Drug) && x.Amount == y.Amount && x.Unit.Label() == y.Unit.Label()
	})
}

// openOrder says before a usage that nothing but the order is there.
func (w words) openOrder(t tie, in clinical.Injection) string {
	switch {
	case in.Performed:
		return ""
	case t.open:
		return TextOf(w.lang, Message{Key: "giving.open"}) + " "
	}
	return TextOf(w.lang, Message{Key: "giving.ordered"}) + " "
}
