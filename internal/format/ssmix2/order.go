package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// order is one ORC group of a drug message with what belongs to it:
// ORC {TQ1} [RXE {NTE} {TQ1} {RXR} {RXC}] {RXA} RXR.
type order struct {
	orc, rxe, rxr *hl7v2.Segment // nil if absent; rxe may be an RXO
	at            drugFields     // of rxe
	tq1, nte      []*hl7v2.Segment
	rxc, rxa      []*hl7v2.Segment
	words         []string // what its fields cannot hold, for its instructions
	otherGiven    bool     // another drug was given than the one of rxe
	done          bool     // rxr is how it was given, not how it was ordered
	dispensed     bool     // for some time or in an amount: set where kinds of orders are told apart
}

// drugFields are the positions in RXE, or in RXO of older messages; 0 for what a
// segment lacks.
type drugFields struct {
	code, least, most, unit, form, instructions  int
	total, totalUnit, refills, daily, categories int
	per, rate, rateUnit, strength, strengthUnit  int
	indication, otherCodes                       int
}

var (
	rxeFields = drugFields{2, 3, 4, 5, 6, 7, 10, 11, 12, 19, 21, 22, 23, 24, 25, 26, 27, 31}
	rxoFields = drugFields{1, 2, 3, 4, 5, 7, 11, 12, 13, 23, 6, 17, 21, 22, 18, 19, 20, 24}
)

// orders splits the message into its groups. An RXE where one is already in the
// group begins the next under the same ORC.
func (r *reader) orders() ([]order, error) {
	var all []order
	for s := range r.msg.All() {
		if s.Name == "ORC" {
			all = append(all, order{orc: s})
			continue
		}
		if len(all) == 0 {
			if strings.HasPrefix(s.Name, "RX") {
				return nil, s.Errorf(0, "no ORC before it")
			}
			r.beforeOrders(s)
			continue
		}
		o := &all[len(all)-1]
		switch s.Name {
		case "RXE", "RXO":
			if o.rxe != nil && o.rxe.Name == s.Name {
				all = append(all, order{orc: o.orc})
				o = &all[len(all)-1]
			}
			if s.Name == "RXE" {
				o.rxe, o.at = s, rxeFields
			} else if o.rxe == nil {
				o.rxe, o.at = s, rxoFields // the pharmacy's RXE says the same and more
			}
		case "TQ1":
			o.tq1 = append(o.tq1, s)
		case "NTE":
			o.nte = append(o.nte, s)
		case "RXR":
			if len(o.rxa) > 0 && !o.done {
				o.rxr, o.done = s, true // a route before was the order's, this is how it was given
				continue
			}
			if o.rxr != nil && o.rxr.Raw() == s.Raw() {
				continue
			}
			if o.rxr != nil {
				r.warn(s, 0, "second route, shown as an instruction")
				o.words = append(o.words, routeWords(s))
				continue
			}
			o.rxr = s
		case "RXC":
			o.rxc = append(o.rxc, s)
		case "RXA":
			o.rxa = append(o.rxa, s)
		case "OBX":
			r.observe(s)
		case "CTI":
			r.trial(s)
		}
	}
	if n := len(all); n > 0 && !r.msg.Terminated && !all[n-1].routed() {
		return nil, r.missing("RXR")
	}
	if err := sharedOfOrders(all); err != nil {
		return nil, err
	}
	return r.standing(all)
}

// sharedOfOrders refuses orders of which too much would be repeated: of an ORC by all that
// stands behind it, of what else an order says by what was given.
func sharedOfOrders(all []order) error {
	entries := 0
	for i, o := range all {
		if i == 0 || o.orc != all[i-1].orc {
			entries = 0
		}
		entries += max(1, len(o.rxa))
		if err := shared(o.orc, entries, []*hl7v2.Segment{o.orc}); err != nil {
			return err
		}
		if err := shared(o.orc, len(o.rxa), []*hl7v2.Segment{o.rxe, o.rxr}, o.tq1, o.nte, o.rxc); err != nil {
			return err
		}
		if err := shared(o.orc, len(o.rxc), o.rxa); err != nil { // each is compared with each
			return err
		}
	}
	return nil
}

// routeWords says a route with where, with what and how.
func routeWords(rxr *hl7v2.Segment) string {
	var said []string
	for _, field := range []int{1, 6, 2, 3, 4, 5} {
		said = appendLine(said, codedOrNil(rxr.Field(field)).Label())
	}
	return strings.Join(said, " ")
}

// beforeOrders reads what a message of orders says of its patient and of all of them,
// before the first.
func (r *reader) beforeOrders(s *hl7v2.Segment) {
	switch s.Name {
	case "AL1":
		r.stateAllergy(s)
	case "OBX":
		r.observe(s)
	case "NTE":
		r.doc.Comments = appendLine(r.doc.Comments, s.Text(3))
	}
}

// trial reads a CTI.
func (r *reader) trial(cti *hl7v2.Segment) {
	id := cti.At(1, 1, 1, 1)
	if id == "" || r.trials[id] {
		return
	}
	if r.trials == nil {
		r.trials = make(map[string]bool)
	}
	r.trials[id] = true
	r.doc.Trials = append(r.doc.Trials, id)
}

// routed reports whether the route stands behind the drug, as it does in every drug
// message: behind what was given, if the message says that, for an amount before it may
// be half of a number.
func (o order) routed() bool { return o.rxr != nil && (len(o.rxa) == 0 || o.done) }

// standing leaves out the groups that the message cancels, and refuses a message
// that cancels all while its file says that it is current. Other files are read
// as they stand, so that a cancellation can be inspected.
func (r *reader) standing(all []order) ([]order, error) {
	if r.name.Flag != Current {
		return all, nil
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(o order) bool { return cancelled(o.orc) })
	if len(kept) == 0 && len(all) > 0 {
		return nil, all[0].orc.Errorf(1, "%w", ErrCancelled)
	}
	for _, o := range all {
		if cancelled(o.orc) {
			r.warn(o.orc, 1, "cancelled entry, left out")
		}
	}
	return kept, nil
}

// rp gives the RP number of ORC-4, which is written alone, as order_RP or as order_RP_admin.
func rp(orc *hl7v2.Segment) string {
	group := orc.Key(4)
	if behind, ok := strings.CutPrefix(group, orc.Key(2)); ok && len(behind) > 1 && behind[0] == '_' {
		number, _, _ := strings.Cut(behind[1:], "_")
		return number
	}
	last := strings.LastIndexByte(group, '_')
	if before := strings.LastIndexByte(group[:max(0, last)], '_'); before >= 0 {
		return group[before+1 : last]
	}
	return group
}

// instructions are the words that go with an order: why it ended, RXE-7, RXE-27, through
// what (RXR-5), of the drugs that are mixed (RXC-7), TQ1-10, TQ1-11 and notes.
func (o order) instructions() []clinical.Coded {
	out := append(appendText(nil, reason(o.orc)), codedAll(o.rxe.Field(o.at.instructions).Codes())...)
	out = append(out, codedAll(o.rxe.Field(o.at.indication).Codes())...)
	out = append(out, codedAll(o.rxr.Field(5).Codes())...)
	for _, s := range o.rxc {
		out = appendText(out, supplement(s))
	}
	for _, s := range o.tq1 {
		out = appendText(appendText(out, s.Text(10)), s.Text(11))
	}
	for _, s := range o.nte {
		out = appendText(out, s.Text(3))
	}
	for _, s := range o.words {
		out = appendText(out, s)
	}
	if o.rxe != nil && o.rxe.Name == "RXE" {
		for _, refill := range []struct {
			field int
			what  string
		}{{16, "リフィル残り回数 "}, {17, "調剤済みの回数 "}} {
			if n := o.rxe.Text(refill.field); n != "" {
				out = appendText(out, refill.what+n)
			}
		}
	}
	return out
}

// supplement says what goes with a drug that is mixed into others (RXC-7): that it is a
// narcotic, or may be another maker's. A further code of the drug itself says nothing.
func supplement(rxc *hl7v2.Segment) string {
	if rxc.Field(7).IsBlank() {
		return ""
	}
	drug := coded(rxc.Field(2).Code())
	var said []clinical.Coded
	for _, c := range codedAll(rxc.Field(7).Codes()) {
		if words := firstText(c.Text, c.LocalText); words != "" && !sameText(words, drug.Text) && !sameText(words, drug.LocalText) {
			said = append(said, c)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return drug.Label() + "：" + joined(said)
}

func appendText(list []clinical.Coded, text string) []clinical.Coded {
	if text == "" {
		return list
	}
	return append(list, clinical.Coded{Text: text})
}

// asNeeded reads a usage: of a JAMI standard usage code (HS027), oral or external, the
// third of its sixteen characters is 5; a repeat pattern begins with PRN. What the third
// character of an injection's code means is not known here.
func asNeeded(usage clinical.Coded) bool {
	switch usage.System {
	case "JAMISDP01":
		return len(usage.Code) == 16 && (usage.Code[0] == '1' || usage.Code[0] == '2') && usage.Code[2] == '5'
	case "", "HL70335", "MR9P":
		return jcode.IsPRN(usage.Code)
	}
	return false
}

// asNeeded reports whether the order's category says that it is given when needed: 頓用 of
// prescriptions (JHSP0003), which JAHIS puts into RXE-27, on demand of injections (JHSI0001).
func (o order) asNeeded() bool {
	return slices.ContainsFunc([]int{o.at.categories, o.at.indication}, func(field int) bool {
		return slices.ContainsFunc(o.rxe.Field(field).Codes(), func(c hl7v2.Code) bool {
			return c.System == "JHSP0003" && c.Code == "22" || c.System == "JHSI0001" && c.Code == "OTP"
		})
	})
}
