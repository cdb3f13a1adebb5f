package filing

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// run is records that are filed together, by patient.
type run struct {
	late    bool // see entry
	order   []ident.LocalPatientID
	entries map[ident.LocalPatientID][]pending
	vitals  vitalRun
}

type pending struct {
	entry
	record journal.Record
}

func newRun() *run { return &run{entries: map[ident.LocalPatientID][]pending{}} }

// add adds a record that has its name.
func (r *run) add(e entry, rec journal.Record) {
	id := e.name.PatientID
	if r.entries[id] == nil {
		r.order = append(r.order, id)
	}
	e.body, e.staged, e.late = contentOf(rec), stagedPath(rec), r.late
	r.entries[id] = append(r.entries[id], pending{e, rec})
}

// contentOf is what a record's file holds.
func contentOf(rec journal.Record) []byte {
	body := rec.Body
	if n := len(body); n > 0 && body[n-1] != '\r' && body[n-1] != '\n' {
		// The frame said that the message is whole; a file has only its last CR to say so.
		body = append(body[:len(body):len(body)], '\r')
	}
	return body
}

// finish brings a run into the storage and to the medium, and empties it: contents first,
// then names, so that no name ever stands for a content that a crash has taken.
func (f *Filer) finish(ctx context.Context, r *run, try int) error {
	if len(r.order)+len(r.vitals.order) == 0 {
		return nil
	}
	each := func(do func(pending) error) error {
		var g errgroup.Group
		g.SetLimit(workers)
		for _, id := range r.order {
			g.Go(func() error {
				for _, p := range r.entries[id] {
					if err := do(p); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return g.Wait()
	}
	if err := each(func(p pending) error { return f.storage.stage(p.entry) }); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	vitals, err := f.stageVitals(r, try)
	defer f.unstageVitals(vitals)
	if err != nil {
		return fmt.Errorf("stage vital signs: %w", err)
	}
	if err := f.sync("sync contents"); err != nil {
		return err
	}
	if err := each(func(p pending) error { return f.put(p, try) }); err != nil {
		return err
	}
	if err := f.putVitals(vitals); err != nil {
		return err
	}
	if err := f.sync("sync names"); err != nil {
		return err
	}
	if err := f.settleVitals(vitals); err != nil {
		return err
	}
	for _, id := range r.order {
		for _, p := range r.entries[id] { // what had been filed already is still staged
			f.storage.unstage(p.record)
		}
		f.cfg.Soon(id)
	}
	for _, id := range r.vitals.order {
		f.cfg.Soon(id)
	}
	f.callIn(ctx, r)
	*r = *newRun()
	return ctx.Err()
}

func (f *Filer) sync(step string) error {
	if err := f.storage.step(step); err != nil {
		return err
	}
	if err := disk.SyncAll(f.cfg.Dir); err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// put files one message. One that the storage refuses for itself, and not because of
// the state of the disk, must not hold up all others: it is kept instead, at once where it
// is for what the message says, and what a disk says of its name is asked some times.
func (f *Filer) put(p pending, try int) error {
	p.remark = func(reason kept.Reason, detail string) error { return f.list(p.record, reason, detail) }
	p.remarked = func(reason kept.Reason) (bool, error) {
		return f.cfg.Kept.Flags(p.record.Received, p.record.Content, reason)
	}
	err := f.storage.put(p.entry)
	if err == nil {
		return nil
	}
	if never := fault.Is(err, fault.Invalid) && !p.late; !never && (try < patience || !refused(err)) {
		return fmt.Errorf("file: %w", plain(err))
	}
	return f.keep(p.record, kept.ReasonFiling, plain(err))
}

// refused reports whether an error is of the name and place and not of the disk.
func refused(err error) bool {
	for _, cause := range []error{syscall.ENAMETOOLONG, syscall.ENOTDIR, syscall.EISDIR, syscall.EINVAL, syscall.EILSEQ, syscall.ELOOP} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return fault.Is(err, fault.Invalid)
}
