package filing

import (
	"context"
	"fmt"
	"path"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// Result is how carrying out a decision on a kept message ended.
type Result string

const (
	Filed         Result = "filed"
	AlreadyFiled  Result = "already_filed"  // the storage had it
	Refused       Result = "refused"        // it cannot be filed now either, and stays on the list
	Waits         Result = "waits"          // its order has not come yet: it stays on the list until then
	Dismissed     Result = "dismissed"      // set aside
	DismissedLate Result = "dismissed_late" // set aside when filing it had begun: it is filed
	Gone          Result = "gone"           // it was not on the list any more
)

// Outcome is what became of a decision on a kept message.
type Outcome struct {
	kept.Decided
	Result Result

	Reason kept.Reason // of a refusal, or why it waits, with place and cause
	Cause  string

	// Of what was filed, file names of the storage:
	As     string      // of what was written into its order, that as it is now
	Flag   ssmix2.Flag // in what condition it is
	Before string      // the version before it, which it has taken the place of or taken back
	Since  string      // the latest version that was received since; it is as it was
}

// tell has an outcome recorded and then lets the list go on without what it was about. A
// crash in between, or a list that the disk does not take, has the same told again.
func (f *Filer) tell(ctx context.Context, o Outcome, then func(id string) error) error {
	if f.cfg.CarriedOut != nil {
		if err := f.cfg.CarriedOut(ctx, o); err != nil {
			return fmt.Errorf("record what became of a kept message: %w", err)
		}
	}
	return then(o.ID)
}

// inStorage reports whether a record is in the storage, as far as it says where.
func (f *Filer) inStorage(r journal.Record) (bool, error) {
	msg, unread := hl7v2.Parse(contentOf(r))
	if unread != nil {
		return false, nil
	}
	if ssmix2.IsVitals(msg) {
		_, w, err := f.weighVitals(r)
		return w.has, err
	}
	e, cause, err := f.storage.locate(msg, r, true)
	if err != nil || cause != nil {
		return false, err
	}
	ok, err := f.storage.has(e.name, r)
	if err != nil {
		return false, fmt.Errorf("look for a kept message: %w", plain(err))
	}
	return ok, nil
}

// outcome tells of a record that was filed what the storage shows, which is the same
// however often filing it was tried.
func (f *Filer) outcome(d kept.Decided, result Result, r journal.Record) (Outcome, error) {
	o := Outcome{Decided: d, Result: result}
	msg, err := hl7v2.Parse(contentOf(r))
	if err != nil {
		return o, fmt.Errorf("look at what was filed: %w", err)
	}
	if ssmix2.IsVitals(msg) {
		o.As, o.Flag, err = f.vitalsFiled(r)
		return o, err
	}
	e, cause, err := f.storage.locate(msg, r, true)
	if err != nil {
		return o, fmt.Errorf("look at what was filed: %w", err)
	}
	if cause != nil { // it is filed all the same, and the list must not wait for where
		return o, nil
	}
	st, err := f.storage.standing(e.name, r)
	if err != nil {
		return o, fmt.Errorf("look at what was filed: %w", plain(err))
	}
	if e.body = contentOf(r); e.stops {
		if now, ok, err := f.amended(e, st); ok || err != nil {
			o.As, o.Flag = now.String(), now.Flag
			return o, err
		}
	}
	if st.own != nil {
		o.As, o.Flag = st.own.name.String(), st.own.name.Flag
	}
	// Of a version that stood there superseded nothing was taken: one since it did that.
	if v := latest(slices.Concat(st.before, st.movedBefore)); v != nil && (st.own == nil || st.own.name.Flag != ssmix2.Superseded) {
		o.Before = v.name.String()
	}
	if v := latest(slices.Concat(st.since, st.movedOn)); v != nil {
		o.Since = v.name.String()
	}
	return o, nil
}

// amended gives what an entry says now that a late message was written into, if it was.
func (f *Filer) amended(e entry, st standing) (now ssmix2.Name, ok bool, err error) {
	at, err := f.storage.ground(e.name)
	if err == nil && st.own != nil {
		ok, _, err = f.storage.amends(e.name, at)
	}
	if err != nil {
		return now, false, fmt.Errorf("look at what was filed: %w", plain(err))
	}
	i, holds := base(at.here)
	if !ok || !holds {
		return now, false, nil
	}
	body, err := f.storage.root.ReadFile(at.here[i].path)
	if err != nil {
		return now, false, fmt.Errorf("look at what was filed: %w", plain(err))
	}
	if !goesOn(body, e.body) { // else what ended the order came since
		return at.here[i].name, true, nil
	}
	return now, false, nil
}

func latest(list []version) (out *version) {
	for i, v := range list {
		if out == nil || out.name.Before(v.name) {
			out = &list[i]
		}
	}
	return out
}

// standing is what a storage has of the entry that a record is a version of.
type standing struct {
	own                  *version  // the record's own; nil: it is not there
	before, since        []version // received before it and since
	movedBefore, movedOn []version // the same under other days, see oneEntry
}

func (s *storage) standing(n ssmix2.Name, r journal.Record) (st standing, err error) {
	folder, err := n.Folder()
	if err != nil {
		return st, fault.New(fault.Invalid, "%w", err)
	}
	if err := s.tellApart(&n, contentOf(r)); err != nil {
		return st, err
	}
	here, err := s.versions(path.Join(storageDir, folder), n)
	if err != nil {
		return st, err
	}
	own, ok, err := s.filed(here, entry{name: n, body: contentOf(r)})
	if err != nil {
		return st, err
	}
	moved, err := s.elsewhere(n)
	if err != nil {
		return st, err
	}
	if ok {
		st.own, n = &own, own.name
	}
	for _, v := range here {
		switch {
		case ok && v.path == own.path:
		case v.name.Before(n):
			st.before = append(st.before, v)
		default:
			st.since = append(st.since, v)
		}
	}
	st.movedBefore, st.movedOn = split(moved, n)
	return st, nil
}
