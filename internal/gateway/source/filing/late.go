package filing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// settled reports whether there are decisions, and the same as at the last look. They are
// written one by one, and those on an order and its cancellation belong together.
func (f *Filer) settled() bool {
	list, err := f.cfg.Kept.Decisions()
	same := err != nil || len(list) > 0 && slices.Equal(list, f.decided) // carryOut tells the error
	f.decided = list
	return same
}

// carryOut does what was decided on messages that are kept, in the order in which they
// were received. What fails for reasons of the disk is tried again, before what follows it.
func (f *Filer) carryOut(ctx context.Context) {
	f.successors = nil
	list, err := f.begin()
	for _, d := range list {
		if err != nil || ctx.Err() != nil {
			break
		}
		if d.Decision == kept.Dismiss {
			err = f.dismiss(ctx, d)
		} else {
			err = f.fileLate(ctx, d)
		}
	}
	if err != nil && ctx.Err() == nil {
		f.cfg.Log.ErrorContext(ctx, "kept messages", logging.KeyError, err)
	}
}

// begin has all decisions that stand begun before the first of them is carried out: an
// order must not be filed whose cancellation somebody then withdraws.
func (f *Filer) begin() (begun []kept.Decided, err error) {
	list, err := f.cfg.Kept.Decisions()
	for _, d := range list {
		stands, err := f.cfg.Kept.Begin(d, f.cfg.Clock())
		if err != nil {
			return nil, err
		}
		if stands {
			begun = append(begun, d)
		}
	}
	return begun, err
}

// fileLate files a message that was kept, as what it is: older than all that was received
// since. One that cannot be filed now either stays on the list with the reason.
func (f *Filer) fileLate(ctx context.Context, d kept.Decided) error {
	e, body, err := f.cfg.Kept.Load(d.ID)
	if errors.Is(err, fs.ErrNotExist) { // it is done with, but for the decision
		return f.tell(ctx, Outcome{Decided: d, Result: Gone}, f.cfg.Kept.Filed)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) { // nor may it hold up others
		return f.stillKept(ctx, d, kept.ReasonFiling, err)
	}
	if err != nil {
		return err
	}
	r := recordOf(e, body)
	already, err := f.inStorage(r)
	if err != nil {
		return err
	}
	reason, cause, err := f.late(ctx, r)
	switch {
	case err != nil:
		return err
	case cause != nil:
		return f.stillKept(ctx, d, reason, cause)
	}
	o, err := f.outcome(d, Filed, r)
	if err != nil {
		return err
	}
	if already {
		o.Result = AlreadyFiled
	}
	return f.tell(ctx, o, f.cfg.Kept.Filed)
}

func (f *Filer) stillKept(ctx context.Context, d kept.Decided, reason kept.Reason, cause error) error {
	result := Refused
	if reason == kept.ReasonNoOrder {
		result = Waits
	}
	return f.tell(ctx, Outcome{Decided: d, Result: result, Reason: reason, Cause: cause.Error()}, func(id string) error {
		return f.cfg.Kept.StillKept(id, f.cfg.Clock(), reason, cause.Error())
	})
}

func recordOf(e kept.Entry, body []byte) journal.Record {
	return journal.Record{Received: e.Received, Listener: e.Listener, Body: body, Content: journal.DigestOf(body)}
}

// dismiss sets a message aside. One that is in the storage, since filing it failed
// half-way, was dismissed too late: what it began is carried through.
func (f *Filer) dismiss(ctx context.Context, d kept.Decided) error {
	e, body, err := f.cfg.Kept.Load(d.ID)
	o := Outcome{Decided: d, Result: Dismissed}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.Result = Gone
		return f.tell(ctx, o, f.cfg.Kept.Dismissed)
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid): // it cannot be looked for
		return f.tell(ctx, o, f.cfg.Kept.Dismissed)
	case err != nil:
		return err
	}
	r := recordOf(e, body)
	begun, err := f.inStorage(r)
	if err != nil {
		return err
	}
	if begun {
		f.cfg.Log.WarnContext(ctx, "a kept message was dismissed while it was being filed: it is filed", "message", d.ID)
		if _, _, err := f.late(ctx, r); err != nil {
			return err
		}
		if o, err = f.outcome(d, DismissedLate, r); err != nil {
			return err
		}
	}
	return f.tell(ctx, o, f.cfg.Kept.Dismissed)
}

var errLateMerge = fault.New(fault.Invalid, "a merge of patient ids is not filed late: it must be sent again")

// late files a record and gives the cause if that cannot be done.
func (f *Filer) late(ctx context.Context, r journal.Record) (reason kept.Reason, cause, err error) {
	msg, cause := hl7v2.Parse(contentOf(r))
	if cause != nil {
		return kept.ReasonNotHL7, cause, nil
	}
	if _, ok, _ := mergesOf(msg); ok {
		// Numbers may have been given to other people since, and links verified anew.
		return kept.ReasonLate, errLateMerge, nil
	}
	if ssmix2.IsVitals(msg) {
		return f.vitalsLate(ctx, r)
	}
	e, cause, err := f.storage.locate(msg, r, true)
	switch {
	case err != nil:
		return "", nil, err
	case cause != nil:
		return reasonOf(cause), cause, nil
	}
	begun, err := f.storage.has(e.name, r)
	if err != nil {
		return "", nil, fmt.Errorf("look for what is filed late: %w", plain(err))
	}
	if !begun { // or it is carried through, whatever was said since
		if cause, err = f.withheld(e, r); cause != nil || err != nil {
			return kept.ReasonLate, cause, err
		}
		if cause, err = f.storage.unclear(e); cause != nil || err != nil {
			return kept.ReasonLate, cause, err
		}
		if cause, err = f.storage.outOfPlace(e, contentOf(r)); cause != nil || err != nil {
			return kept.ReasonLate, cause, err
		}
	}
	run := newRun()
	run.late = true
	run.add(e, r)
	err = f.finish(ctx, run, 1)
	if err != nil {
		f.storage.unstage(r)
	}
	if refused(err) {
		return kept.ReasonFiling, plain(err), nil
	}
	return "", nil, err
}

// withheld gives the cause why a message that could be filed late must not be. With a
// damaged ledger none is: its number may be another person's by now.
func (f *Filer) withheld(e entry, r journal.Record) (cause, err error) {
	merges, err := ledger.Read(f.cfg.Dir)
	if fault.Is(err, fault.Invalid) {
		return unknownMerges(err), nil
	}
	if err != nil {
		return nil, err
	}
	if f.successors == nil {
		list, err := f.readKept()
		if err != nil {
			return nil, err
		}
		// A decision that may still be withdrawn does not count.
		if f.successors, err = f.stayingSuccessors(list, func(d kept.Decided) bool { return !d.Begun.IsZero() }); err != nil {
			return nil, err
		}
	}
	return withheld(e, r, merges, f.successors), nil
}

func unknownMerges(damage error) error {
	return fault.New(fault.Invalid, "whether its patient number was merged since cannot be told: %w", damage)
}

func withheld(e entry, r journal.Record, merges []ledger.Event, successors []successor) error {
	if ledger.Changed(merges, e.name.PatientID, r.Received) {
		return fault.New(fault.Invalid, "its patient number was merged into another, and may be another person's by now: it must be sent again, under the number that the patient has")
	}
	switch by, ok := succeeded(e, r, successors); {
	case !ok:
		return nil
	case by.stops, by.leaves(r):
		return fault.New(fault.Invalid, "its order is discontinued, or cancelled in part, by %s, which is kept as well: have both filed together", by.id)
	case by.cancels:
		return fault.New(fault.Invalid, "its order is cancelled by %s, which is kept as well: have both filed together", by.id)
	default:
		return fault.New(fault.Invalid, "it is changed by %s, which is kept as well: have both filed together, or dismiss that one if its content came in another way", by.id)
	}
}

// has reports whether a record is in the storage under a name.
func (s *storage) has(n ssmix2.Name, r journal.Record) (bool, error) {
	folder, err := n.Folder()
	if err != nil {
		return false, nil // it cannot have been filed
	}
	if err := s.tellApart(&n, contentOf(r)); err != nil {
		return false, err
	}
	here, err := s.versions(path.Join(storageDir, folder), n)
	if err != nil {
		return false, err
	}
	_, ok, err := s.filed(here, entry{name: n, body: contentOf(r)})
	return ok, err
}

// putLate files an entry that changes what was received before it and nothing that came
// since.
//
// The new name comes first, and is on the medium before anything else is renamed; then
// what it supersedes or cancels is flagged. Up to the new name nothing has changed, and
// the message may still be dismissed. From there on it is in the storage, where it is
// found by its content and carried through, see [storage.put] and [Filer.dismiss]. In
// between two versions call themselves current, of which readers take the younger, or a
// cancelled one still does: never is there none.
func (s *storage) putLate(e entry, folder string, here, moved []version) error {
	flag := e.name.Flag
	before, since := split(here, e.name)
	_, movedOn := split(moved, e.name)
	if err := tied(e.name, since, movedOn); err != nil {
		return err
	}
	e.name.Flag = lateFlag(flag, since, movedOn)
	e.name.Timestamp = following(e.name.Timestamp, before)
	if err := s.folder(folder); err != nil {
		return err
	}
	if err := s.rename(e, folder); err != nil {
		return err
	}
	if err := s.syncFolder(folder); err != nil {
		return err
	}
	return s.flagBefore(flag, e.name, here, moved)
}

// tied is the refusal of an entry of which nobody can tell whether others came after it.
func tied(n ssmix2.Name, since, movedOn []version) error {
	if slices.ContainsFunc(slices.Concat(since, movedOn), func(v version) bool { return sameMoment(v.name, n) }) {
		return fault.New(fault.Invalid, "other messages of its order were received within the same second: which is the later cannot be told, it must be sent again")
	}
	return nil
}

// flagBefore flags what was received before an entry that is late, own, and that its
// message supersedes or cancels, as flag says. Again it changes nothing.
func (s *storage) flagBefore(flag ssmix2.Flag, own ssmix2.Name, here, moved []version) error {
	before, _ := split(here, own)
	movedBefore, _ := split(moved, own)
	if err := s.flag(before, flagOfOlder(flag)); err != nil {
		return err
	}
	return s.flag(movedBefore, ssmix2.Deleted)
}

func (s *storage) syncFolder(folder string) error {
	if err := s.step("sync folder"); err != nil {
		return err
	}
	d, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// split gives the versions that were sent before n, and those that were not.
func split(list []version, n ssmix2.Name) (before, since []version) {
	for _, v := range list {
		if v.name.Before(n) {
			before = append(before, v)
		} else {
			since = append(since, v)
		}
	}
	return before, since
}

// lateFlag is the condition of an entry that is late: superseded if there are versions
// since, and deleted if the last of them took the entry back or moved it to another day.
func lateFlag(flag ssmix2.Flag, since, movedOn []version) ssmix2.Flag {
	switch {
	case flag == ssmix2.Deleted || len(movedOn) > 0:
		return ssmix2.Deleted
	case len(since) == 0:
		return flag
	case since[len(since)-1].name.Flag == ssmix2.Deleted: // the current one would be the last
		return ssmix2.Deleted
	}
	return ssmix2.Superseded
}
