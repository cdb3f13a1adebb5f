package filing

import (
	"path"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// sent is a message of an order as its sender wrote it.
type sent struct {
	version // where it lies; without a path it is being filed
	body    []byte
	msg     *hl7v2.Message
	own     ssmix2.Name // by what it says
	named   bool        // it says that
	kind    kind
	written hl7v2.Time // MSH-7; zero: not known
	entered hl7v2.Time // ORC-9
}

// kind is what a message does with its order.
type kind int

const (
	orders  kind = iota // it is all that the order says
	tellsOf             // it tells what has become of the order, see [tells] and [stops]
	cancels             // it takes the order back, or a part of it
)

// sentOf reads a message that has a name, by which it was received.
func sentOf(v version, body []byte) (out sent, ok bool) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return out, false
	}
	out = sent{version: v, body: body, msg: msg}
	out.own, err = ssmix2.NameOf(msg, time.Time{})
	out.named = err == nil
	if _, ok := orderOf(msg, ssmix2.CancelsOrder); ok || out.own.Flag == ssmix2.Deleted {
		out.kind = cancels
	} else if stops(msg, out.named) || tells(out.own, msg) {
		out.kind = tellsOf
	}
	out.entered, _ = msg.First("ORC").Field(9).Time()
	written, err := msg.Header().Field(7).Time()
	received, err1 := parseStamp(v.name.Timestamp)
	if at, ok := written.Instant(); err == nil && err1 == nil && ok {
		received = time.Date(received.Year(), received.Month(), received.Day(), received.Hour(), received.Minute(), received.Second(), 0, jst)
		if !at.After(received.Add(clocksDiffer)) {
			out.written = written
		}
	}
	return out, true
}

// clocksDiffer bounds by how much a message may seem to have been written after it was
// received. Where it is more, the sender's clock says nothing.
const clocksDiffer = time.Hour

// overtaken reports whether some of versions were received since a message was written, so
// that others may have been written after it. Some entries have a great many versions: they
// are not read for each message.
func (m sent) overtaken(list []version) bool {
	at, ok := m.written.Instant()
	if !ok {
		return false
	}
	since := stampOf(at.Add(-clocksDiffer).In(jst))
	return slices.ContainsFunc(list, func(v version) bool { return v.name.Timestamp >= since })
}

// delayed reports whether a message was received long after it was written.
func (m sent) delayed() bool {
	at, ok := m.written.Instant()
	received, err := parseStamp(m.name.Timestamp)
	return ok && err == nil && stampOf(at.Add(time.Minute).In(jst)) < stampOf(received)
}

// sameClock reports whether two messages have their times from one clock, as far as is known:
// from one application at one facility (MSH-3, MSH-4). Between two clocks of a hospital there
// may be minutes, and what came last over two connections seldom was written first.
func (m sent) sameClock(other sent) bool {
	a, b := m.msg.Header(), other.msg.Header()
	return a.Field(3).Raw() == b.Field(3).Raw() && a.Field(4).Raw() == b.Field(4).Raw()
}

// new reports whether a message says that its order is a new one.
func (m sent) new() bool { return m.kind == orders && m.msg.First("ORC").ID(1) == "NW" }

// earlier reports whether a time is before another, as precisely as both are written.
func earlier(a, b hl7v2.Time) bool {
	x, ok := a.Instant()
	y, ok1 := b.Instant()
	if !ok || !ok1 || !x.Before(y) {
		return false
	}
	if a.Zone != "" || b.Zone != "" {
		return true
	}
	p, q := digits(a.Raw), digits(b.Raw)
	n := min(len(p), len(q))
	return p[:n] != q[:n]
}

// turn is what the sender's times say of two messages.
type turn int

const (
	unknown turn = iota // nothing, or one thing and the contrary
	behindIt
	beforeIt
)

// turnTo tells whether a message was written before another that came before it. alone: of
// the order nothing else is there but what ends it, so that one that says it is new is most
// likely the one that was ended.
func (m sent) turnTo(other sent, alone bool) turn {
	if m.new() && other.kind != orders {
		switch {
		case earlier(other.written, m.entered):
			return unknown // the order was entered after that, whatever the clock says
		case alone && (earlier(m.entered, other.written) || !earlier(other.written, m.written)):
			return beforeIt
		}
	}
	switch {
	case m.new() && other.new() && earlier(other.entered, m.entered), !m.sameClock(other):
		return unknown
	case earlier(m.written, other.written):
		return beforeIt
	case earlier(other.written, m.written):
		return behindIt
	}
	return unknown
}

// messages gives those of an entry as they came, the first first, without what the gateway put
// together of them: that has the MSH of one that came just before, see [storage.combine], or
// differs from one at most in what [stopped] writes.
func (s *storage) messages(at ground) (out []sent, err error) {
	for _, v := range asReceived(slices.Concat(at.here, at.moved)) {
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return nil, err
		}
		m, ok := sentOf(v, body)
		if ok && !slices.ContainsFunc(out, func(former sent) bool { return madeOf(former, m) }) {
			out = append(out, m)
		}
	}
	return out, nil
}

// madeOf reports whether a message is another, perhaps with a status written into it, or put
// together with others.
func madeOf(former, later sent) bool {
	was, is := former.msg, later.msg
	switch {
	case was.Header().Raw() != is.Header().Raw():
		return false
	case path.Dir(former.path) == path.Dir(later.path) && later.name.Timestamp == stampAfter(former.name.Timestamp):
		return true
	case was.Len() != is.Len():
		return false
	}
	for i := range was.Len() {
		a, b := was.Segment(i+1), is.Segment(i+1)
		if a.Raw() != b.Raw() && !(a.Name == "ORC" && sameButStatus(a, b)) {
			return false
		}
	}
	return true
}

// inSequence gives the messages of an order as they were written. Where the times of the
// sender say nothing, they are as they came. moved: the last that came is not the last that was
// written, or others find their places by it. doubt: it tells of an order, changes it or takes it
// back and seems written before any; it is where it came, since then a clock is wrong or its own order
// is not there.
func inSequence(came []sent) (list []sent, moved, doubt bool) {
	var doubts []sent
	for _, m := range came {
		i, sure := placeOf(m, list)
		if doubt = !sure; doubt {
			doubts = append(doubts, m)
		}
		moved = i < len(list)
		list = slices.Insert(list, i, m)
	}
	for _, m := range doubts {
		was := slices.IndexFunc(list, func(other sent) bool { return other.msg == m.msg })
		rest := slices.Delete(slices.Clone(list), was, was+1)
		if i, sure := placeOf(m, rest); sure && i != was {
			list, moved = slices.Insert(rest, i, m), true
		}
	}
	return list, moved, doubt
}

// placeOf gives the place of a message among others that came before it. Before any order
// nothing is told of one, and before the new order nothing is changed.
func placeOf(m sent, list []sent) (at int, sure bool) {
	order := func(other sent) bool { return other.kind == orders }
	alone := !slices.ContainsFunc(list, order)
	i := slices.IndexFunc(list, func(other sent) bool { return m.turnTo(other, alone) == beforeIt })
	switch {
	case i < 0:
		return len(list), true
	case alone || slices.ContainsFunc(list[:i], order):
		return i, true
	}
	first := list[i+slices.IndexFunc(list[i:], order)]
	if m.kind != orders || first.new() && ssmix2.ChangesOrder(m.msg.First("ORC")) {
		return len(list), false
	}
	return i, true
}
