package filing

import (
	"bytes"
	"path"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// errLateStop: whether it was said of what the order was or of what it is cannot be told.
var errLateStop = fault.New(fault.Invalid, "it discontinues its order, or cancels a part of it, and the order came after it and was changed since: it must be sent again")

// amends reports whether a message that is late and [stops] is written into what its entry
// says: where nothing came since but what is written in as well, or where the order itself
// came after it and nothing behind that. Else what came since holds as it is, as if the
// message had been there in time. cause is why neither can be told.
func (s *storage) amends(n ssmix2.Name, at ground) (ok bool, cause, err error) {
	before, since := split(at.here, n)
	movedBefore, movedOn := split(at.moved, n)
	had, err := s.orders(before, movedBefore)
	if err != nil {
		return false, nil, err
	}
	came, err := s.orders(since, movedOn)
	if err != nil {
		return false, nil, err
	}
	for head := range had {
		delete(came, head)
	}
	_, stands := base(at.here)
	switch {
	case !stands, len(had) > 0 && len(came) > 0:
		return false, nil, nil
	case len(came) > 1, len(came) > 0 && takenApart[n.DataType]:
		return false, errLateStop, nil
	}
	return true, nil, nil
}

// orders gives the MSH of the messages that are an order, and not what is written into one.
// What was put together by the gateway has that of the order.
func (s *storage) orders(lists ...[]version) (map[string]bool, error) {
	out := map[string]bool{}
	for _, v := range slices.Concat(lists...) {
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return nil, err
		}
		if head, ends := headOf(v, body); !ends {
			out[head] = true
		}
	}
	return out, nil
}

// headOf gives the MSH of a version, and whether it is a message that was written into another.
func headOf(v version, body []byte) (head string, ends bool) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return string(body), false
	}
	own, unnamed := ssmix2.NameOf(msg, time.Time{})
	_, cancels := orderOf(msg, ssmix2.CancelsOrder)
	ends = cancels || tells(own, msg) // see onItsDay
	return msg.Header().Raw(), stops(msg, unnamed == nil) || ends && v.name.Flag == ssmix2.Superseded
}

// stopLate files what is late and [stops].
//
// The message itself comes first, superseded, and is on the medium before its entry
// changes: from there on it is in the storage, where it is found by its content and carried
// through, as what [storage.putLate] files.
func (s *storage) stopLate(e entry, at ground) error {
	ok, cause, err := s.amends(e.name, at)
	switch {
	case err != nil:
		return err
	case cause != nil:
		return cause
	case !ok:
		return s.putLate(e, at.folder, at.here, at.moved)
	}
	e.name.Flag, e.name.Timestamp = ssmix2.Superseded, free(e.name.Timestamp, at.here)
	if err := s.folder(at.folder); err != nil {
		return err
	}
	if err := s.rename(e, at.folder); err != nil {
		return err
	}
	if err := s.syncFolder(at.folder); err != nil {
		return err
	}
	own := version{e.name, path.Join(at.folder, e.name.String())}
	at.here = append(at.here, own)
	return s.amend(e, own, at)
}

// carryOn carries through what [storage.stopLate] began.
func (s *storage) carryOn(e entry, own version, at ground) error {
	ok, cause, err := s.amends(e.name, at)
	if err != nil || cause != nil || !ok { // what came since holds
		return err
	}
	return s.amend(e, own, at)
}

// unclear is why a message that is late and [stops] is not filed; nil: it is, or it is another.
func (s *storage) unclear(e entry) (cause, err error) {
	if !e.stops {
		return nil, nil
	}
	at, err := s.ground(e.name)
	if err != nil {
		return nil, err
	}
	_, cause, err = s.amends(e.name, at)
	return cause, err
}

// free gives the first time stamp from one on that no version has: two that differ in the
// flag alone would be one file once they have the same.
func free(stamp string, here []version) string {
	for slices.ContainsFunc(here, func(v version) bool { return v.name.Timestamp == stamp }) {
		stamp = stampAfter(stamp)
	}
	return stamp
}

// amend brings the entry to what it says with a message that is late, own, in its place
// among those that are written in. Again it changes nothing. What it says now is there
// before what it said is flagged: what is superseded by then may be the message itself,
// and others must not take that for the entry. Readers take the younger of two.
func (s *storage) amend(e entry, own version, at ground) error {
	i, ok := base(at.here)
	if !ok {
		return nil
	}
	held, err := s.root.ReadFile(at.here[i].path)
	if err != nil {
		return err
	}
	body, err := s.amended(e, own, at, held)
	if err != nil {
		return err
	}
	former := slices.Clone(at.here)
	if bytes.Equal(body, held) && at.here[i].name.Flag == ssmix2.Current {
		former = slices.Delete(former, i, i+1)
	} else {
		n := own.name
		n.Flag, n.Timestamp = ssmix2.Current, following(own.name.Timestamp, at.here)
		if err := s.author(e.staged, path.Join(at.folder, n.String()), body); err != nil {
			return err
		}
		if err := s.syncFolder(at.folder); err != nil {
			return err
		}
	}
	return s.flag(former, ssmix2.Superseded)
}

// amended gives what an entry says with a message that is late among those that are written
// in: what was said later, of the same, holds on. That is told by writing all of them into
// the order anew; where this does not give what the entry says without it, the message is
// written into that.
func (s *storage) amended(e entry, own version, at ground, held []byte) ([]byte, error) {
	without, with, err := s.rewritten(own, at, held)
	switch {
	case err != nil:
		return nil, err
	case with != nil && (bytes.Equal(with, held) || bytes.Equal(without, held)):
		return with, nil
	}
	return stopped(held, e.body)
}

// rewritten writes what ended an order, or parts of it, into the order as it came, without
// one of these messages and with it.
func (s *storage) rewritten(own version, at ground, held []byte) (without, with []byte, err error) {
	if takenApart[own.name.DataType] { // of which the entry may be put together
		return nil, nil, nil
	}
	orders, err := s.orders(at.here, at.moved)
	if err != nil {
		return nil, nil, err
	}
	is, _ := headOf(version{}, held)
	var order []byte
	var ends []sent // as they were written
	for _, v := range asReceived(at.here) {
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return nil, nil, err
		}
		switch head, end := headOf(v, body); {
		case v.path == own.path, end && (order != nil || len(orders) == 1): // else it ended what the order was before
			if m, ok := sentOf(v, body); ok {
				at := slices.IndexFunc(ends, func(other sent) bool { return m.turnTo(other, false) == beforeIt })
				if at < 0 {
					at = len(ends)
				}
				ends = slices.Insert(ends, at, m)
			}
		case !end && order == nil && head == is:
			order = body
		}
	}
	if order == nil {
		return nil, nil, nil
	}
	without, with = order, order
	for _, by := range ends {
		with = endedBy(with, by.body)
		if by.path != own.path {
			without = endedBy(without, by.body)
		}
	}
	return without, with, nil
}

// endedBy writes a message into an order, as far as it can be.
func endedBy(order, by []byte) []byte {
	if body, cause := stopped(order, by); cause == nil {
		return body
	}
	return order
}
