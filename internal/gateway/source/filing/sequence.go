package filing

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
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
	if _, ok := orderOf(msg, ssmix2.CancelsOrder); ok {
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

// new reports whether a message says that its order is a new one.
func (m sent) new() bool { return m.kind == orders && m.msg.First("ORC").At(1, 1, 1, 1) == "NW" }

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

// order is what the sender's times say of two messages.
type order int

const (
	unknown order = iota // nothing, or one thing and the contrary
	behindIt
	beforeIt
)

// against tells whether a message was written before another that came before it. alone: of
// the order nothing else is there but what ends it, so that one that says it is new is most
// likely the one that was ended.
func (m sent) against(other sent, alone bool) order {
	if m.new() && other.kind != orders {
		switch {
		case earlier(other.written, m.entered):
			return unknown // the order was entered after that, whatever the clock says
		case alone && (earlier(m.entered, other.written) || !earlier(other.written, m.written)):
			return beforeIt
		}
	}
	if m.new() && other.new() && earlier(other.entered, m.entered) {
		return unknown
	}
	switch {
	case earlier(m.written, other.written):
		return beforeIt
	case earlier(other.written, m.written):
		return behindIt
	}
	return unknown
}

// messages gives those of an entry as they came, the first first, without what the gateway put
// together of them: that has the MSH of one that came before and differs from it at most in
// what [stopped] writes.
func (s *storage) messages(at ground) (out []sent, err error) {
	all := slices.Concat(at.here, at.moved)
	slices.SortStableFunc(all, func(a, b version) int {
		switch {
		case a.name.Before(b.name):
			return -1
		case b.name.Before(a.name):
			return 1
		}
		return 0
	})
	for _, v := range all {
		body, err := s.root.ReadFile(v.path)
		if err != nil {
			return nil, err
		}
		m, ok := sentOf(v, body)
		if ok && !slices.ContainsFunc(out, func(former sent) bool { return madeOf(former.msg, m.msg) }) {
			out = append(out, m)
		}
	}
	return out, nil
}

// madeOf reports whether a message is another, perhaps with a status written into it.
func madeOf(was, is *hl7v2.Message) bool {
	if was.Len() != is.Len() || was.Header().Raw() != is.Header().Raw() {
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
// written, or others find their places by it. doubt: it tells of an order or takes it back and
// seems written before any; it is where it came, since then a clock is wrong or its own order
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

// placeOf gives the place of a message among others that came before it.
func placeOf(m sent, list []sent) (at int, sure bool) {
	order := func(other sent) bool { return other.kind == orders }
	alone := !slices.ContainsFunc(list, order)
	i := slices.IndexFunc(list, func(other sent) bool { return m.against(other, alone) == beforeIt })
	switch {
	case i < 0:
		return len(list), true
	case m.kind != orders && !alone && !slices.ContainsFunc(list[:i], order):
		return len(list), false
	}
	return i, true
}

// state is what an order says.
type state struct {
	body  []byte
	name  ssmix2.Name // day and department
	holds bool
}

// after gives what an order says after messages of it, one after the other, as [storage.put]
// and those before it decide it.
func after(list []sent) (st state) {
	for _, m := range list {
		switch m.kind {
		case cancels:
			st.cancel(m)
		case tellsOf:
			st.tell(m)
		default:
			st = state{m.body, m.own, true}
		}
	}
	return st
}

func (st *state) cancel(m sent) {
	if !st.holds {
		return
	}
	if namesPart(m.msg) {
		part, cause := leavesPart(st.body, groupsOf(m.msg))
		if cause != nil {
			return
		}
		if part {
			st.body = endedBy(st.body, m.body)
			return
		}
	}
	st.holds = false
}

func (st *state) tell(m sent) {
	switch {
	case stops(m.msg, m.named):
		if st.holds {
			st.body = endedBy(st.body, m.body)
		}
	case st.holds && writtenIn(m.own.DataType, st.body, m.body, m.own.CareDate != st.name.CareDate):
		st.body = endedBy(st.body, m.body)
	case st.holds:
		st.body = m.body // on the day of its order
	default:
		*st = state{m.body, m.own, true}
	}
}

// resequence files a message of an order that was written before others that came before it;
// done is false where it was not, or nobody can tell. What the order says then is as if
// all had come as they were written, and it is listed, since clocks are what they are.
func (s *storage) resequence(e entry, at ground) (done bool, err error) {
	if e.late || !oneEntry[e.name.DataType] || len(at.here)+len(at.moved) == 0 {
		return false, nil
	}
	came, err := s.messages(at)
	if err != nil {
		return false, err
	}
	m, ok := sentOf(version{name: e.name}, e.body)
	if !ok {
		return false, nil
	}
	if slices.ContainsFunc(came, func(other sent) bool { return bytes.Equal(other.body, e.body) }) {
		return e.remarked(kept.ReasonOutOfOrder) // it was filed, or is what came before once more
	}
	list, moved, doubt := inSequence(append(came, m))
	switch {
	case doubt:
		return false, e.remark(kept.ReasonOutOfOrder, "by the time at which it was written (MSH-7) it came before its order: that is not believed, and it holds")
	case !moved:
		return false, nil
	}
	if err := e.remark(kept.ReasonOutOfOrder, "by the time at which it was written (MSH-7) it is older than what came before it of its order"); err != nil {
		return false, err
	}
	now := after(list)
	if now.holds && bytes.Equal(now.body, e.body) && e.name.Flag == ssmix2.Current {
		return false, nil // what was written later says nothing else
	}
	return true, s.putInSequence(e, m, at, now)
}

// putInSequence files a message of an order, and what that says now. Its name is made last; what
// the order says now is younger than all that is there, so that readers and [base] take it
// whatever a crash leaves.
func (s *storage) putInSequence(e entry, m sent, at ground, now state) error {
	if !now.holds {
		return s.putDeleted(e, at)
	}
	whole := e.name
	whole.CareDate, whole.Department, whole.Flag = now.name.CareDate, now.name.Department, ssmix2.Current
	holding, err := s.ground(whole)
	if err != nil {
		return err
	}
	if err := s.folder(holding.folder); err != nil {
		return err
	}
	stamp, made, err := s.standsBehind(e, holding.here, now.body)
	if err != nil {
		return err
	}
	if !made {
		stamp = following(e.name.Timestamp, slices.Concat(holding.here, holding.moved))
		whole.Timestamp = stampAfter(stamp)
		if err := s.author(e.staged, path.Join(holding.folder, whole.String()), now.body); err != nil {
			return err
		}
		if err := s.syncFolder(holding.folder); err != nil {
			return err
		}
	}
	former := slices.DeleteFunc(holding.here, func(v version) bool { return v.name.Timestamp == stampAfter(stamp) })
	if err := s.flag(former, ssmix2.Superseded); err != nil {
		return err
	}
	if err := s.flag(holding.moved, ssmix2.Deleted); err != nil {
		return err
	}
	own := holding.folder
	e.name.CareDate, e.name.Flag, e.name.Timestamp = whole.CareDate, ssmix2.Superseded, stamp
	if m.kind == orders && m.own.CareDate != whole.CareDate { // it was moved since
		e.name.CareDate, e.name.Flag, own = m.own.CareDate, ssmix2.Deleted, at.folder
		if err := s.folder(own); err != nil {
			return err
		}
	}
	if err := s.syncFolder(own); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.rename(e, own)
}

// putDeleted files a message of an order that was taken back.
func (s *storage) putDeleted(e entry, at ground) error {
	e.name.Flag, e.name.Timestamp = ssmix2.Deleted, following(e.name.Timestamp, slices.Concat(at.here, at.moved))
	if err := s.folder(at.folder); err != nil {
		return err
	}
	if err := s.flag(slices.Concat(at.here, at.moved), ssmix2.Deleted); err != nil {
		return err
	}
	return s.rename(e, at.folder)
}

// standsBehind finds what [storage.putInSequence] made before a crash: the youngest version, which
// came after the message was received and leaves it a place before itself.
func (s *storage) standsBehind(e entry, here []version, body []byte) (stamp string, ok bool, err error) {
	v := latest(here)
	if v == nil || v.name.Flag != ssmix2.Current || !e.name.Before(v.name) {
		return "", false, nil
	}
	if same, err := s.hasBody(*v, body); !same || err != nil {
		return "", false, err
	}
	at, err := parseStamp(v.name.Timestamp)
	if err != nil {
		return "", false, err
	}
	stamp = stampOf(at.Add(-time.Millisecond))
	return stamp, !slices.ContainsFunc(here, func(v version) bool { return v.name.Timestamp == stamp }), nil
}
