package filing

import (
	"context"
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// place adds a message to the run, or keeps it where nothing tells its place.
func (f *Filer) place(ctx context.Context, run *run, msg *hl7v2.Message, r journal.Record, try int) error {
	if err := f.listMerged(msg, r); err != nil {
		return err
	}
	if name, err := nameOf(msg, r); err == nil && !stops(msg, true) && !cancelsByPart(name, msg) && !tells(name, msg) {
		run.add(entry{name: name}, r)
		return nil
	}
	if err := f.finish(ctx, run, try); err != nil { // what is meant may be among it
		return err
	}
	e, cause, err := f.storage.locate(msg, r, false)
	switch {
	case err != nil:
		return err
	case cause != nil:
		if err := f.keep(r, reasonOf(cause), cause); err != nil {
			return err
		}
		f.halts.add(kept.AcceptedID(r.Received, r.Content), msg, r)
		return nil
	}
	run.add(e, r)
	return nil
}

// unplaced is why a message has no place that is another reason than what it lacks.
type unplaced struct {
	error
	reason kept.Reason
}

func (u unplaced) Unwrap() error { return u.error }

// reasonOf gives the reason for which a message is kept that has no place.
func reasonOf(cause error) kept.Reason {
	if u, ok := errors.AsType[unplaced](cause); ok {
		return u.reason
	}
	return kept.ReasonNoPlace
}

// locate names a message by what it says or, if that is no more than its order, by what it
// cancels or discontinues of what is filed, late: also of what came after it. cause is why
// it has no place.
func (s *storage) locate(msg *hl7v2.Message, r journal.Record, late bool) (e entry, cause, err error) {
	e.name, cause = nameOf(msg, r)
	if stops(msg, cause == nil) {
		name, why, err := s.stoppedEntry(msg, r, e.name.DataType, late)
		if err != nil {
			return e, nil, fmt.Errorf("find discontinued order: %w", plain(err))
		}
		if why == nil {
			cause = nil
		} else if !saysBeside(msg, besideOrder, ofDrugs) {
			cause = why
		}
		return entry{name: name, stops: true}, cause, nil
	}
	named := cause == nil
	if named && tells(e.name, msg) {
		at, err := s.onItsDay(e.name, msg, r)
		if err != nil {
			return e, nil, fmt.Errorf("find discontinued order: %w", plain(err))
		}
		return at, nil, nil
	}
	if named && !cancelsByPart(e.name, msg) {
		return e, nil, nil
	}
	name, ok, err := s.cancelledEntry(msg, contentOf(r), stampOf(r.Received.In(jst)), e.name.DataType)
	last := name
	if err == nil && !named && waitsForOrder(msg) {
		if ok && late {
			ok, err = s.cameBefore(name, r)
		}
		if cause = errNoOrder(msg); err == nil && !ok && late {
			name, last, ok, err = s.cameLater(msg, r, ssmix2.CancelsOrder, e.name.DataType)
		}
	}
	switch {
	case err != nil:
		return e, nil, fmt.Errorf("find cancelled order: %w", plain(err))
	case !ok:
		return e, cause, nil
	}
	part, cause, err := s.cancelsPart(name, msg, r)
	if !part {
		name = last
	}
	switch {
	case err != nil:
		return e, nil, fmt.Errorf("read cancelled order: %w", plain(err))
	case cause != nil:
		return e, cause, nil
	case named && !part:
		return e, nil, nil
	}
	if part {
		name.Flag = ssmix2.Current
	}
	return entry{name: name, stops: part}, nil, nil
}

// cancelsByPart reports whether a message that says where it belongs cancels its order, or
// what it names of it: with what is filed it is seen which. What is put together anyway is
// taken apart there, see [against].
func cancelsByPart(n ssmix2.Name, msg *hl7v2.Message) bool {
	return n.Flag == ssmix2.Deleted && !takenApart[n.DataType] && namesPart(msg)
}

// nameOf names a message by what it says, and by arrival: that is the order that the
// network vouches for, while clocks of senders and their MSH-7 are what they are.
func nameOf(msg *hl7v2.Message, r journal.Record) (ssmix2.Name, error) {
	name, err := ssmix2.NameOf(msg, r.Received)
	if err != nil {
		return name, err
	}
	name.Timestamp = stampOf(r.Received.In(jst))
	if _, err = name.Folder(); err == nil && len(name.String()) > maxFileName {
		err = fault.New(fault.Invalid, "the file name would have %d bytes, a file system takes %d", len(name.String()), maxFileName)
	}
	return name, err
}

// maxFileName is what file systems take. It is known before anything is renamed: the
// entry that a message supersedes must not be flagged for one that has no place.
const maxFileName = 255
