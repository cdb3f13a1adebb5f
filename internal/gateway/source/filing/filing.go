// Package filing writes received messages into an SS-MIX2 standardised storage
// (標準化ストレージ) of the gateway's own, where they are read like any other.
//
// It takes records from the journal in order and has them on the medium, under names
// and condition flags after the SS-MIX2 standardised storage specification 1.2, before
// it lets the journal drop them. Messages of one patient are filed in the order in which
// they were received, those of different patients at the same time. A record that was
// filed before a crash and is read again changes nothing.
//
// A later message takes the place of its entry as far as it says so; what it does not have
// and does not take back stays, or the message is listed (ADR 16). One that was written before
// what it came behind takes its place there, see [storage.resequence].
//
// Vital signs lie in an extended storage (拡張ストレージ) beside it (ADR 19).
//
// A message that says no place in a storage is kept and listed, see package kept. A
// merge of patient ids is not filed but acted on.
package filing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// Config says from where to where.
type Config struct {
	Dir     string // holds the storage, see [StorageDir], and the ledger of merges
	Journal *journal.Journal
	Kept    *kept.Keeper
	// Merge is told that the records of one patient id were merged into another's, and
	// keeps it for good: the message is dropped after it. Told again of the same merge
	// under the same time of receipt, as after a crash, it changes nothing.
	Merge func(ctx context.Context, received time.Time, prior, surviving ident.LocalPatientID) error
	// Soon is told that something of a patient was filed.
	Soon func(ident.LocalPatientID)
	// Filed is told of records before the journal may drop them.
	Filed func([]journal.Record) error
	// CarriedOut is told what became of each decision on a kept message before the list goes
	// on without it, after a crash the same again; nil: nobody is. An error has it tried again.
	CarriedOut func(context.Context, Outcome) error
	By         string           // in whose name the gateway itself decides on kept messages, see [Filer.callIn]
	Clock      func() time.Time // of what is written down; filing itself goes by times of receipt
	Log        *slog.Logger

	// fail is asked before each step that touches the storage, for tests of what happens
	// when it fails; nil: nobody is.
	fail func(step string) error
}

// StorageDir is the root of the storage in a folder of received messages.
func StorageDir(dir string) string { return filepath.Join(dir, storageDir) }

const (
	workers    = 8       // patients that are filed at the same time
	batchBytes = 4 << 20 // what is taken from the journal at once
	retryPause = time.Second
	restPause  = time.Second // after which an emptied journal is cleared away
	askPause   = time.Second // between looks for decisions on messages that are kept
	patience   = 3           // tries of one message before it is kept instead
)

// Filer files what the journal holds.
type Filer struct {
	cfg     Config
	storage *storage

	// Of Run alone.
	decided    []kept.Decided // when it last looked
	successors []successor    // see stayingSuccessors; nil: not read yet
	halts      halts          // see callIn; nil: not read yet

	gone *gone // numbers that were merged away

	mu      sync.Mutex
	trouble error
}

// Open opens the storage, which it makes if there is none.
func Open(cfg Config) (*Filer, error) {
	s, err := openStorage(cfg.Dir, cfg.fail)
	if err != nil {
		return nil, err
	}
	return &Filer{cfg: cfg, storage: s, gone: &gone{dir: cfg.Dir, log: cfg.Log}}, nil
}

// Close closes the storage. It must not be called while Run runs.
func (f *Filer) Close() error { return f.storage.root.Close() }

// Trouble tells why nothing is filed now; nil: it is.
func (f *Filer) Trouble() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.trouble
}

// LedgerDamaged tells why the ledger of merges cannot be read whole; nil: it can.
func (f *Filer) LedgerDamaged() error { return f.gone.damaged() }

func (f *Filer) note(ctx context.Context, err error) {
	f.mu.Lock()
	was := f.trouble
	f.trouble = err
	f.mu.Unlock()
	switch {
	case err != nil && was == nil:
		f.cfg.Log.ErrorContext(ctx, "received messages cannot be filed", logging.KeyError, err)
	case err == nil && was != nil:
		f.cfg.Log.InfoContext(ctx, "received messages are filed again")
	}
}

// Run files until ctx ends. What fails is tried again: the journal holds it. In between
// it does what was decided on messages that are kept.
func (f *Filer) Run(ctx context.Context) error {
	var asked time.Time
	for {
		// Not before what lies in the journal: it was received before the decision, and would
		// come to stand behind it.
		if time.Since(asked) >= askPause && f.cfg.Journal.State().Records == 0 {
			asked = time.Now()
			if f.settled() {
				f.carryOut(ctx)
			}
		}
		records, err := f.next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		f.note(ctx, err)
		switch {
		case err != nil:
			pause(ctx, retryPause)
		case len(records) > 0:
			f.batch(ctx, records)
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// next waits a while for records and, when none have come, clears the journal away.
func (f *Filer) next(ctx context.Context) ([]journal.Record, error) {
	short, cancel := context.WithTimeout(ctx, restPause)
	records, err := f.cfg.Journal.Next(short, batchBytes)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return records, err
	}
	return nil, f.cfg.Journal.Rest()
}

// batch files records and has them dropped, however often it must be tried.
func (f *Filer) batch(ctx context.Context, records []journal.Record) {
	for try := 1; ctx.Err() == nil; try++ {
		err := f.file(ctx, records, try)
		if err == nil && f.cfg.Filed != nil {
			err = f.cfg.Filed(records)
		}
		if err == nil {
			err = f.cfg.Journal.Finish(records)
			f.note(ctx, err)
			return
		}
		f.note(ctx, err)
		pause(ctx, retryPause)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// file files records: each run of them up to a merge, then the merge, since what comes
// before and after it means different things.
func (f *Filer) file(ctx context.Context, records []journal.Record, try int) error {
	run := newRun()
	for _, r := range records {
		if r.Changed {
			if err := f.cfg.Kept.Keep(describe(r, kept.Flagged, kept.ReasonChangedID, nil), r.Content, nil); err != nil {
				return err
			}
		}
		if err := f.fileOne(ctx, run, r, try); err != nil {
			return err
		}
	}
	return f.finish(ctx, run, try)
}

// fileOne adds a message to the run, one of several orders as that of each.
func (f *Filer) fileOne(ctx context.Context, run *run, r journal.Record, try int) error {
	// Read again after a stop, what is kept must not be filed by itself: others that came
	// after it hold by now, and somebody decides.
	if held, err := f.cfg.Kept.Holds(r.Received, r.Content); err != nil || held {
		return err
	}
	body := contentOf(r)
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return f.keep(r, kept.ReasonNotHL7, err)
	}
	if merges, ok, err := mergesOf(msg); ok && err != nil {
		return f.keep(r, kept.ReasonNoPlace, err)
	} else if ok {
		if err := f.finish(ctx, run, try); err != nil {
			return err
		}
		return f.merge(ctx, r, merges)
	}
	if ssmix2.IsVitals(msg) {
		return f.placeVitals(run, msg, r)
	}
	orders := ssmix2.ByOrder(msg, body)
	if orders == nil {
		return f.place(ctx, run, msg, r, try)
	}
	for _, order := range orders {
		one := r
		one.Body, one.Content = order, journal.DigestOf(order)
		if err := f.fileOrder(ctx, run, one, try); err != nil {
			return err
		}
	}
	return nil
}

// fileOrder adds what a message says of one of its orders.
func (f *Filer) fileOrder(ctx context.Context, run *run, r journal.Record, try int) error {
	if held, err := f.cfg.Kept.Holds(r.Received, r.Content); err != nil || held {
		return err
	}
	msg, err := hl7v2.Parse(r.Body)
	if err != nil {
		return f.keep(r, kept.ReasonNotHL7, err)
	}
	return f.place(ctx, run, msg, r, try)
}

// describe says of a record what is listed. Of a message that cannot be read its header may
// be: the id is what its sender finds it by.
func describe(r journal.Record, class kept.Class, reason kept.Reason, cause error) kept.Entry {
	e := kept.Entry{Class: class, Reason: reason, Listener: r.Listener, Received: r.Received}
	if cause != nil {
		e.Detail = cause.Error()
	}
	msg, err := hl7v2.Parse(r.Body)
	if err != nil {
		header, _, _ := bytes.Cut(bytes.TrimLeft(r.Body, "\r\n"), []byte("\r"))
		msg, err = hl7v2.Parse(header)
	}
	if err == nil {
		e.Type, e.ControlID = msg.Type(), msg.Header().Text(10)
	}
	return e
}

func (f *Filer) keep(r journal.Record, reason kept.Reason, cause error) error {
	return f.cfg.Kept.Keep(describe(r, kept.Accepted, reason, cause), r.Content, r.Body)
}

// list lists a message that was filed.
func (f *Filer) list(r journal.Record, reason kept.Reason, detail string) error {
	e := describe(r, kept.Flagged, reason, nil)
	e.Detail = detail
	return f.cfg.Kept.Keep(e, r.Content, nil)
}

func (f *Filer) merge(ctx context.Context, r journal.Record, merges []merge) error {
	reason := kept.ReasonMergeSelf
	for _, m := range merges {
		if m.prior == m.surviving {
			continue
		}
		reason = kept.ReasonMerge
		if err := f.cfg.Merge(ctx, r.Received, m.prior, m.surviving); err != nil {
			return fmt.Errorf("merge patient ids: %w", err)
		}
		f.cfg.Soon(m.prior)
		f.cfg.Soon(m.surviving)
	}
	return f.cfg.Kept.Keep(describe(r, kept.Flagged, reason, nil), r.Content, nil)
}
