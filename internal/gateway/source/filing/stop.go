package filing

import (
	"bytes"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
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

// stops reports whether a message discontinues its order and is not all that the order
// says from now on: it has the number alone, or does not say where it belongs.
func stops(msg *hl7v2.Message, named bool) bool {
	if _, ok := orderOf(msg, ssmix2.DiscontinuesOrder); !ok {
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
	order, _ := orderOf(msg, ssmix2.DiscontinuesOrder)
	stamp := stampOf(r.Received.In(jst))
	n, ok, err := s.entryOf(msg, order, stamp, own)
	if err == nil && !ok && late {
		n, ok, err = s.entryOf(msg, order, lastStamp, own)
		n.Timestamp = stamp
	}
	if err != nil {
		return n, nil, err
	}
	if !ok {
		return n, unplaced{msg.First("ORC").Errorf(2, "the order that it discontinues is not filed, or more than once"), kept.ReasonNoOrder}, nil
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

// discontinues reports whether a message with a place of its own discontinues all of an order
// that has one entry.
func discontinues(n ssmix2.Name, msg *hl7v2.Message) bool {
	_, all := orderOf(msg, ssmix2.DiscontinuesOrder)
	return all && oneEntry[n.DataType]
}

// onItsDay names a message that [discontinues] its order on another day than that of the
// order, which goes on standing under its own: when it ended is not when it was ordered. It
// is written into the order; what cannot be, since it says something else, takes its place.
// On the order's own day only what says less than the order is written in.
func (s *storage) onItsDay(own ssmix2.Name, msg *hl7v2.Message, r journal.Record) (e entry, err error) {
	e.name = own
	order, _ := orderOf(msg, ssmix2.DiscontinuesOrder)
	n, ok, err := s.entryOf(msg, order, own.Timestamp, own.DataType)
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
	if _, cause := stopped(held, r.Body); cause == nil && (n.CareDate != own.CareDate || lacks(n.DataType, held, r.Body)) {
		e.name, e.stops = n, true
		e.name.Flag = ssmix2.Current
	}
	return e, nil
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

// stopped writes an entry as it is once a message has discontinued its order, or cancelled a
// part of it: with that status (ORC-5) and, discontinued, the time (ORC-15), all else byte by
// byte. cause is why it is not: the message means something that the entry does not have, or
// the entry cannot be written so.
func stopped(held, later []byte) (body []byte, cause error) {
	is, err := hl7v2.Parse(later)
	if err != nil {
		return nil, err
	}
	if !(ofDrugOrders[is.Header().At(9, 1, 1, 1)] && namesPart(is)) && saysBeside(is, besideOrder, ofDrugs) {
		return nil, errBeside
	}
	was, lines, ok := segmentsOf(held)
	if !ok {
		return nil, errUnwritable
	}
	all := groupsOf(was)
	if len(all) == 0 {
		return nil, errUnwritable
	}
	by, cause := aimed(all, groupsOf(is))
	if cause != nil {
		return nil, cause
	}
	changed := map[int]bool{}
	for i, g := range all {
		if by[i] == nil || ssmix2.CancelsOrder(g.orc) {
			continue
		}
		fields := fieldsOf(lines[g.at], was.Delimiters.Field)
		for len(fields) <= 15 {
			fields = append(fields, nil)
		}
		if ssmix2.CancelsOrder(by[i]) {
			fields[5] = []byte("CA")
		} else {
			at, told := stoppedAt(is, by[i], g.orc)
			if !told && ssmix2.DiscontinuesOrder(g.orc) && len(fields[15]) > 0 {
				continue // it is known better
			}
			fields[5], fields[15] = []byte("DC"), []byte(at)
		}
		lines[g.at], changed[g.at] = bytes.Join(fields, []byte{was.Delimiters.Field}), true
	}
	if body = joined(lines); !onlyStopped(was, body, changed) {
		return nil, errUnwritable
	}
	return body, nil
}

var (
	errBeside     = unplaced{fault.New(fault.Invalid, "it discontinues its order and says more than which drugs of it"), kept.ReasonUnclearPart}
	errUnwritable = unplaced{fault.New(fault.Invalid, "the entry of the order that it discontinues or cancels cannot say that"), kept.ReasonUnclearPart}
)

// onlyStopped reports whether a body differs from a message in the two fields alone, and in
// these segments. It is read for that, since a separator may be half of a kanji.
func onlyStopped(was *hl7v2.Message, body []byte, changed map[int]bool) bool {
	is, err := hl7v2.Parse(body)
	if err != nil || is.Len() != was.Len() {
		return false
	}
	for i := range was.Len() {
		a, b := was.Segment(i+1), is.Segment(i+1)
		if !changed[i] {
			if a.Raw() != b.Raw() {
				return false
			}
			continue
		}
		if a.Name != b.Name || !ssmix2.DiscontinuesOrder(b) && !ssmix2.CancelsOrder(b) {
			return false
		}
		for n := 1; n <= max(a.Len(), b.Len()); n++ {
			if n != 5 && n != 15 && a.Field(n).Raw() != b.Field(n).Raw() {
				return false
			}
		}
	}
	return true
}

// stoppedAt gives the time that a message discontinues an order at: when that takes effect
// (ORC-15), when it was entered (ORC-9) unless that is when the order was, and else when the
// message was made (MSH-7); told is false for the last. It is as precise as the message says
// anywhere of that time.
func stoppedAt(msg *hl7v2.Message, stop, order *hl7v2.Segment) (at string, told bool) {
	made, _ := dayTime(msg.Header(), 7)
	at, told = dayTime(stop, 15)
	if !told {
		if at, told = dayTime(stop, 9); told && !behind(at, order.At(9, 1, 1, 1)) {
			told = false
		}
	}
	if !told || strings.HasPrefix(made, at) {
		at = made
	}
	return at, told
}

// dayTime gives a time of which at least the day is known.
func dayTime(s *hl7v2.Segment, field int) (string, bool) {
	at, err := s.Field(field).Time()
	if err != nil || at.Date() == "" {
		return "", false
	}
	return at.Raw, true
}

func behind(a, b string) bool {
	x, err := hl7v2.ParseTime(strings.TrimSpace(a))
	y, err1 := hl7v2.ParseTime(strings.TrimSpace(b))
	at, ok := x.Instant()
	of, ok1 := y.Instant()
	return err == nil && err1 == nil && ok && (!ok1 || at.After(of))
}

// fieldsOf splits a segment as it was written. Between ESC $ and ESC ( two bytes are a
// character, in which a separator is none.
func fieldsOf(line []byte, separator byte) (out [][]byte) {
	from, wide := 0, false
	for i, c := range line {
		switch {
		case c == 0x1B && i+1 < len(line):
			wide = line[i+1] == '$'
		case c == separator && !wide:
			out, from = append(out, line[from:i]), i+1
		}
	}
	return append(out, line[from:])
}
