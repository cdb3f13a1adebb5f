package filing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// carryOut does what was decided on messages that are kept, in the order in which they
// were received. What fails for reasons of the disk is tried again, before what follows it.
func (f *Filer) carryOut(ctx context.Context) {
	list, err := f.cfg.Kept.Decisions()
	for _, d := range list {
		if err != nil || ctx.Err() != nil {
			break
		}
		if d.Decision == kept.Dismiss {
			err = f.cfg.Kept.Dismissed(d.ID)
		} else {
			err = f.fileLate(ctx, d.ID)
		}
	}
	if err != nil && ctx.Err() == nil {
		f.cfg.Log.ErrorContext(ctx, "kept messages", logging.KeyError, err)
	}
}

// fileLate files a message that was kept, as what it is: older than all that was received
// since. One that cannot be filed now either stays on the list with the reason.
func (f *Filer) fileLate(ctx context.Context, id string) error {
	e, body, err := f.cfg.Kept.Load(id)
	if errors.Is(err, fs.ErrNotExist) {
		return f.cfg.Kept.Filed(id) // it is done with, but for the decision
	}
	if fault.Is(err, fault.NotFound) {
		return f.cfg.Kept.StillKept(id, time.Now(), kept.ReasonFiling, err.Error())
	}
	if err != nil {
		return err
	}
	r := journal.Record{Received: e.Received, Listener: e.Listener, Body: body, Content: journal.DigestOf(body)}
	reason, cause, err := f.late(ctx, r)
	switch {
	case err != nil:
		return err
	case cause != nil:
		return f.cfg.Kept.StillKept(id, time.Now(), reason, cause.Error())
	}
	return f.cfg.Kept.Filed(id)
}

// late files a record and gives the cause if that cannot be done.
func (f *Filer) late(ctx context.Context, r journal.Record) (reason kept.Reason, cause, err error) {
	msg, cause := hl7v2.Parse(r.Body)
	if cause != nil {
		return kept.ReasonNotHL7, cause, nil
	}
	if _, ok, _ := mergesOf(msg); ok {
		// Numbers may have been given to other people since, and links verified anew.
		return kept.ReasonLate, fault.New(fault.Invalid, "a merge of patient ids is not filed late: it must be sent again"), nil
	}
	name, cause := nameOf(msg, r)
	if cause != nil {
		cancelled, ok, err := f.storage.cancelledEntry(msg, r)
		if err != nil {
			return "", nil, fmt.Errorf("find cancelled order: %w", plain(err))
		}
		if !ok {
			return kept.ReasonNoPlace, cause, nil
		}
		name = cancelled
	}
	run := newRun()
	run.late = true
	run.add(name, r)
	err = f.finish(ctx, run, 1)
	if err != nil {
		f.storage.unstage(r)
	}
	if refused(err) {
		return kept.ReasonFiling, plain(err), nil
	}
	return "", nil, err
}
