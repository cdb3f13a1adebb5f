package filing

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// besideOrder are the segments of a message that says of its order no more than the number.
var besideOrder = map[string]bool{
	"MSH": true, "SFT": true, "EVN": true, "PID": true, "PD1": true, "PV1": true, "PV2": true, "NTE": true, "IN1": true, "AL1": true, "ORC": true, "TQ1": true,
}

// ofDrugs are the segments with which it may say of which drug.
var ofDrugs = map[string]bool{"RXE": true, "RXO": true, "RXR": true, "RXC": true}

// ofOrders are the messages that order something; others say what was done.
var ofOrders = map[string]bool{"RDE": true, "OMP": true, "OMD": true, "OML": true, "OMG": true}

// halting tells which ORC of a message say of its order that it goes on no longer or, of one
// that is to be carried out, that it rests, was replaced or goes on again.
func halting(msg *hl7v2.Message) func(orc *hl7v2.Segment) bool {
	if !ofOrders[msg.Header().At(9, 1, 1, 1)] {
		return ssmix2.DiscontinuesOrder
	}
	return func(orc *hl7v2.Segment) bool {
		return ssmix2.DiscontinuesOrder(orc) || ssmix2.HoldsOrder(orc) || ssmix2.ReplacesOrder(orc) || ssmix2.ReleasesOrder(orc)
	}
}

// stops reports whether a message discontinues its order, or holds or releases it, and is not
// all that the order says from now on: it has the number alone, or does not say where it
// belongs.
func stops(msg *hl7v2.Message, named bool) bool {
	if _, ok := orderOf(msg, halting(msg)); !ok {
		return false
	}
	return !named || !saysBeside(msg, besideOrder)
}

// saysBeside reports whether a message has a segment that is none of some.
func saysBeside(msg *hl7v2.Message, known ...map[string]bool) bool {
	for s := range msg.All() {
		if !slices.ContainsFunc(known, func(k map[string]bool) bool { return k[s.Name] }) {
			return true
		}
	}
	return false
}

// stoppedEntry names a message that [stops] after the entry of its order, which goes on
// standing with that status. One that is late may be of an order that came after it. cause
// is why there is none.
func (s *storage) stoppedEntry(msg *hl7v2.Message, r journal.Record, own ssmix2.DataType, late bool) (n ssmix2.Name, cause, err error) {
	order, _ := orderOf(msg, halting(msg))
	stamp := stampOf(r.Received.In(jst))
	n, ok, err := s.entryOf(msg, contentOf(r), order, stamp, own)
	if err == nil && !ok && late {
		n, _, ok, err = s.cameLater(msg, r, halting(msg), own)
	}
	if err != nil {
		return n, nil, err
	}
	if !ok {
		return n, errNoOrder(msg), nil
	}
	n.Flag = ssmix2.Current
	filed, err := s.has(n, r)
	if filed || err != nil { // what came since may be otherwise
		return n, nil, err
	}
	at, err := s.ground(n)
	if err != nil {
		return n, nil, err
	}
	i, ok := base(at.here)
	if !ok {
		return n, errUnwritable, nil
	}
	held, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return n, nil, err
	}
	_, cause = stopped(held, r.Body)
	return n, cause, nil
}

// tells reports whether a message with a place of its own tells what has become of all of an
// order that has one entry: it was discontinued, held, released, or its status changed.
func tells(n ssmix2.Name, msg *hl7v2.Message) bool {
	_, all := orderOf(msg, ssmix2.TellsOfOrder)
	return all && oneEntry[n.DataType]
}

// onItsDay names a message that [tells] of its order on another day than that of the
// order, which goes on standing under its own: when it ended is not when it was ordered. It
// is written into the order, see [writtenIn]; what is not takes its place on that day.
func (s *storage) onItsDay(own ssmix2.Name, msg *hl7v2.Message, r journal.Record) (e entry, err error) {
	e.name = own
	order, _ := orderOf(msg, ssmix2.TellsOfOrder)
	n, ok, err := s.entryOf(msg, contentOf(r), order, own.Timestamp, own.DataType)
	if err != nil || !ok || n.DataType != own.DataType {
		return e, err
	}
	e.name.CareDate = n.CareDate
	at, err := s.ground(e.name)
	if err != nil {
		return e, err
	}
	v, filed, err := s.filed(at.here, entry{name: e.name, body: contentOf(r)})
	if filed || err != nil { // what came since may be otherwise
		e.stops = v.name.Flag == ssmix2.Superseded
		return e, err
	}
	i, ok := base(at.here)
	if !ok {
		return e, nil
	}
	held, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return e, err
	}
	if writtenIn(n.DataType, held, r.Body, n.CareDate != own.CareDate) {
		e.name, e.stops = n, true
		e.name.Flag = ssmix2.Current
	}
	return e, nil
}

// writtenIn reports whether a message that [tells] of its order is written into that and does
// not take its place: it can be, and says less than the order, or the same; one that
// discontinues it says less on another day than the order's in any case. What names as going
// on what had ended is the sender's newer word.
func writtenIn(typ ssmix2.DataType, held, later []byte, otherDay bool) bool {
	if _, cause := stopped(held, later); cause != nil {
		return false
	}
	is, err := hl7v2.Parse(later)
	if err != nil {
		return false
	}
	less := lacks(typ, held, later)
	if _, ends := orderOf(is, ssmix2.DiscontinuesOrder); ends {
		return otherDay || less
	}
	return (less || repeats(held, is)) && !goesOn(held, later)
}

// repeats reports whether all that a message says of what it orders stands in an entry.
func repeats(held []byte, is *hl7v2.Message) bool {
	was, err := hl7v2.Parse(held)
	if err != nil {
		return false
	}
	had := map[string]bool{}
	for s := range was.All() {
		had[s.Raw()] = true
	}
	for s := range is.All() {
		if (!besideOrder[s.Name] || s.Name == "TQ1") && !had[s.Raw()] {
			return false
		}
	}
	return true
}

// goesOn reports whether a message names as going on what of its order had ended.
func goesOn(held, later []byte) bool {
	was, err := hl7v2.Parse(held)
	is, err1 := hl7v2.Parse(later)
	if err != nil || err1 != nil {
		return false
	}
	ended := func(orc *hl7v2.Segment) bool {
		return ssmix2.DiscontinuesOrder(orc) || ssmix2.CancelsOrder(orc) || ssmix2.ReplacesOrder(orc)
	}
	had, has := groupsOf(was), groupsOf(is)
	going := func(list []group, d *drug) (n int) {
		for _, g := range list {
			if ended(g.orc) || d == nil && len(g.drugs) > 0 || d != nil && !slices.ContainsFunc(g.drugs, d.is) {
				continue
			}
			if !ssmix2.HoldsOrder(g.orc) {
				n++
			}
		}
		return n
	}
	for _, g := range had {
		if !ended(g.orc) {
			continue
		}
		if len(g.drugs) == 0 && going(has, nil) > going(had, nil) {
			return true
		}
		for i := range g.drugs {
			if going(has, &g.drugs[i]) > going(had, &g.drugs[i]) {
				return true
			}
		}
	}
	return false
}

func errNoOrder(msg *hl7v2.Message) error {
	return unplaced{msg.First("ORC").Errorf(2, "the order that it discontinues, holds or cancels is not filed, or more than once, or was written after it"), kept.ReasonNoOrder}
}

// waitsForOrder reports whether a message that takes its order back says no more than its
// number, or which drugs of it, so that it means nothing before the order is there.
func waitsForOrder(msg *hl7v2.Message) bool {
	order, cancels := orderOf(msg, ssmix2.CancelsOrder)
	_, err := ssmix2.PatientOf(msg)
	return err == nil && cancels && order != "" && ofOrders[msg.Header().At(9, 1, 1, 1)] && !saysBeside(msg, besideOrder, ofDrugs)
}

// cameBefore reports whether an order that was found for a message came before that, and not
// only others that end it; or whether the message was filed.
func (s *storage) cameBefore(n ssmix2.Name, r journal.Record) (bool, error) {
	at, err := s.ground(n)
	if err != nil {
		return false, err
	}
	if _, filed, err := s.filed(at.here, entry{name: n, body: contentOf(r)}); filed || err != nil {
		return filed, err
	}
	before, _ := split(at.here, n)
	movedBefore, _ := split(at.moved, n)
	had, err := s.orders(before, movedBefore)
	return len(had) > 0, err
}

// cameLater names a message that is late, and ends its order in a way, after the order that
// came since; last is the same behind all that came. One that was written after the message
// is another, to which the number was given anew, or goes on.
func (s *storage) cameLater(msg *hl7v2.Message, r journal.Record, ends func(orc *hl7v2.Segment) bool, own ssmix2.DataType) (n, last ssmix2.Name, ok bool, err error) {
	order, _ := orderOf(msg, ends)
	if n, ok, err = s.entryOf(msg, contentOf(r), order, lastStamp, own); err != nil || !ok {
		return n, n, false, err
	}
	n.Timestamp = stampOf(r.Received.In(jst))
	at, err := s.ground(n)
	if err != nil {
		return n, n, false, err
	}
	last = n
	last.Timestamp = following(n.Timestamp, slices.Concat(at.here, at.moved))
	i, ok := base(at.here)
	if !ok {
		return n, last, false, nil
	}
	body, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return n, last, false, err
	}
	held, ok := sentOf(at.here[i], body)
	by, ok1 := sentOf(version{name: n}, contentOf(r))
	if !ok || !ok1 {
		return n, last, true, nil
	}
	was := held.turnTo(by, true)
	return n, last, was == beforeIt || was == unknown && !earlier(by.written, held.entered), nil
}

// lastStamp is behind all that are received.
const lastStamp = "99991231235959999"

// cancelsPart reports whether a message that cancels, and was named after the entry of its
// order, says which part it means (ORC-4, a drug) and leaves another standing. cause is why
// that cannot be told, or not be said there: then it must take nothing back.
func (s *storage) cancelsPart(n ssmix2.Name, msg *hl7v2.Message, r journal.Record) (part bool, cause, err error) {
	at, err := s.ground(n)
	if err != nil {
		return false, nil, err
	}
	own, filed, err := s.filed(at.here, entry{name: n, body: contentOf(r)})
	if filed || err != nil { // what came since may be otherwise
		return own.name.Flag == ssmix2.Superseded, nil, err
	}
	i, ok := base(at.here)
	if !ok {
		return false, nil, nil
	}
	held, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return false, nil, err
	}
	if part, cause = leavesPart(held, groupsOf(msg)); !part || cause != nil {
		return false, cause, nil
	}
	_, cause = stopped(held, r.Body)
	return cause == nil, cause, nil
}

// stop is what a message that [stops] makes of the entry that is there.
func (s *storage) stop(e entry, here []version) (outcome, error) {
	i, ok := base(here)
	if !ok {
		return outcome{}, errUnwritable
	}
	held, err := s.root.ReadFile(here[i].path)
	if err != nil {
		return outcome{}, err
	}
	if here[i].name.Flag == ssmix2.Current {
		if stamp, ok, err := s.made(e, here, i, held); ok || err != nil {
			return outcome{made: stamp}, err
		}
	}
	// Also what was discontinued already is written once more: the youngest superseded version
	// is what [base] takes for the entry after a crash, and must not be the message.
	body, cause := stopped(held, e.body)
	return outcome{body: body}, cause
}
