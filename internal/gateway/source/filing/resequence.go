package filing

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// resequence files a message of an order that was written before others that came before it;
// done is false where it was not, or nobody can tell. What the order says then is as if
// all had come as they were written, and it is listed, since clocks are what they are.
func (s *storage) resequence(e entry, at ground) (done bool, err error) {
	if e.late {
		return false, nil
	}
	m, ok := sentOf(version{name: e.name}, e.body)
	if !ok {
		return false, nil
	}
	rest, corrected, err := s.correctedElsewhere(e, m)
	if err != nil || !corrected && len(at.here)+len(at.moved) == 0 {
		return false, err
	}
	if !corrected && !oneEntry[e.name.DataType] && !m.overtaken(at.here) {
		return false, nil
	}
	came, err := s.messages(at)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(came, func(other sent) bool { return bytes.Equal(other.body, e.body) }) {
		return e.remarked(kept.ReasonOutOfOrder) // it was filed, or is what came before once more
	}
	came = slices.DeleteFunc(came, func(other sent) bool { // made of it before a crash
		return !other.name.Before(e.name) && other.msg.Header().Raw() == m.msg.Header().Raw()
	})
	if corrected {
		if err := e.remark(kept.ReasonOutOfOrder, "results in it were corrected or withdrawn under another day by what came before it and was written after it (MSH-7): these are left out"); err != nil {
			return false, err
		}
		if m.body = rest; len(rest) > 0 {
			came = append(came, m)
		}
		list, _, _ := inSequence(came)
		return true, s.putInSequence(e, m, at, after(e.name, list))
	}
	list, moved, doubt := inSequence(append(slices.Clone(came), m))
	now := after(e.name, list)
	switch {
	case !oneEntry[e.name.DataType] && now.same(e.name.DataType, after(e.name, append(came, m))):
		return false, nil // as it is of results of one order that come from several machines
	case doubt:
		return false, e.remark(kept.ReasonOutOfOrder, "by the time at which it was written (MSH-7) it came before its order: that is not believed, and it holds")
	case !moved:
		return false, nil
	}
	if err := e.remark(kept.ReasonOutOfOrder, "by the time at which it was written (MSH-7) it is older than what came before it of its order"); err != nil {
		return false, err
	}
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

// putDeleted files a message of an order that was taken back. One that does so has its name
// first, as in [storage.putNow].
func (s *storage) putDeleted(e entry, at ground) error {
	cancels := e.name.Flag == ssmix2.Deleted
	e.name.Flag, e.name.Timestamp = ssmix2.Deleted, following(e.name.Timestamp, slices.Concat(at.here, at.moved))
	if err := s.folder(at.folder); err != nil {
		return err
	}
	if cancels {
		if err := s.rename(e, at.folder); err != nil {
			return err
		}
	}
	if err := s.flag(slices.Concat(at.here, at.moved), ssmix2.Deleted); err != nil || cancels {
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

// errOutOfPlace: filed late, a message changes nothing that was received since.
var errOutOfPlace = fault.New(fault.Invalid, "by the times at which they were written, or by what ends its order, it and what came since would say something else than is filed: it must be sent again")

// outOfPlace is why a message is not filed late: it would hold though others were written after
// it, or not hold though it was written after them, or lose what ends it.
func (s *storage) outOfPlace(e entry, body []byte) (cause, err error) {
	if severalADay[e.name.DataType] {
		return nil, nil
	}
	at, err := s.ground(e.name)
	if err != nil {
		return nil, err
	}
	m, ok := sentOf(version{name: e.name}, body)
	if !ok {
		return nil, nil
	}
	if other, err := s.elsewhereToo(e, m, body); other || err != nil {
		return errOutOfPlace, err
	}
	if len(at.here)+len(at.moved) == 0 || !oneEntry[e.name.DataType] && !m.overtaken(at.here) {
		return nil, nil
	}
	came, err := s.messages(at)
	if err != nil || slices.ContainsFunc(came, func(other sent) bool { return bytes.Equal(other.body, body) }) {
		return nil, err
	}
	list, _, _ := inSequence(came)
	now := after(e.name, list)
	i := slices.IndexFunc(came, func(other sent) bool { return !other.name.Before(e.name) })
	if i < 0 {
		i = len(came)
	}
	list, _, _ = inSequence(slices.Insert(slices.Clone(came), i, m))
	own := slices.IndexFunc(list, func(other sent) bool { return other.msg == m.msg })
	followed := slices.ContainsFunc(list[own:], func(other sent) bool { return other.kind == orders })
	want := after(e.name, list)
	_, since := split(at.here, e.name)
	_, movedOn := split(at.moved, e.name)
	got := now
	switch {
	case e.stops:
		ok, _, err := s.amends(e.name, at)
		switch {
		case err != nil:
			return nil, err
		case ok && followed: // what was written since says that it goes on
			return errOutOfPlace, nil
		case ok:
			return nil, nil
		}
	case e.name.Flag == ssmix2.Deleted:
		got.holds = got.holds && slices.ContainsFunc(slices.Concat(since, movedOn), func(v version) bool { return v.name.Flag == ssmix2.Current })
	case takenApart[e.name.DataType] && s.ownLate(entry{name: e.name, body: body}, at.here) != nil:
		return nil, nil // which says why
	case lateFlag(e.name.Flag, since, movedOn) == ssmix2.Current:
		got = state{body, e.name, true}
	}
	if !got.same(e.name.DataType, want) {
		return errOutOfPlace, nil
	}
	return nil, nil
}
