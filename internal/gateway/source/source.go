// Package source reads a hospital's SS-MIX2 standardised storage (標準化ストレージ) and keeps
// the index up with it: demographics of all patients, what exists for the linked ones.
//
// It only ever reads, through [os.Root], so that no link leads out of the storage.
// What holds is found by looking: directory times are polled, since notifications do
// not see what other machines write to a share. On local disks notifications make it
// faster. Several roots are one storage (multi-volume, 標準化ストレージ仕様書 1.2b): the files
// of a patient are merged before it is said which are current.
package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Config says what to read and how eagerly.
type Config struct {
	Roots   []string      // folders of the storage
	Workers int           // of the first walk
	Poll    time.Duration // how often directories of linked patients are looked at
	Budget  int           // directories looked at in one round
	Clock   func() time.Time
	Log     *slog.Logger
}

// Source is a storage being followed.
type Source struct {
	Config
	index *index.Index
	roots []root

	mu       sync.Mutex
	seen     map[string]map[string]int64          // folder of a patient, or "" above → directory → its time when it was last read
	patients map[ident.LocalPatientID]bool        // every patient with a folder
	order    []ident.LocalPatientID               // the same, in the order of the rounds
	turn     int                                  // where the next round begins
	dirty    map[ident.LocalPatientID]time.Time   // to be read again, not before
	locks    map[ident.LocalPatientID]*sync.Mutex // one reader of a patient at a time
	walked   chan struct{}
	hints    *hints
}

type root struct {
	name string // as configured
	dir  *os.Root
}

// Open opens the roots. A folder that is not there is an error that names it.
func Open(cfg Config, x *index.Index) (*Source, error) {
	s := &Source{
		Config: cfg, index: x, seen: map[string]map[string]int64{}, patients: map[ident.LocalPatientID]bool{},
		dirty: map[ident.LocalPatientID]time.Time{}, locks: map[ident.LocalPatientID]*sync.Mutex{}, walked: make(chan struct{}),
		hints: newHints(cfg.Log),
	}
	var errs []error
	for _, name := range cfg.Roots {
		dir, err := os.OpenRoot(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("storage folder: %w", err))
			continue
		}
		s.roots = append(s.roots, root{name, dir})
	}
	if len(errs) > 0 {
		s.Close()
		return nil, errors.Join(errs...)
	}
	return s, nil
}

// Close closes the roots.
func (s *Source) Close() error {
	var errs []error
	for _, r := range s.roots {
		errs = append(errs, r.dir.Close())
	}
	return errors.Join(errs...)
}

// Walked is closed once every patient's demographics and every linked patient's files
// have been read for the first time.
func (s *Source) Walked() <-chan struct{} { return s.walked }

// Run walks the storage and then follows it until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	defer s.hints.close()
	if err := s.walk(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	close(s.walked)
	poll, due := time.NewTicker(s.Poll), time.NewTicker(hintPause)
	defer poll.Stop()
	defer due.Stop()
	events, problems := s.hints.next()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
			s.round(ctx)
		case e := <-events:
			s.hinted(e.Name)
		case err := <-problems: // an overflow: polling will find what was missed
			s.Log.InfoContext(ctx, "file notifications", "error", err)
		case <-due.C:
			s.readDirty(ctx)
		}
	}
}

// lock gives the lock of one patient, so that a refresh and a round do not read it at once.
func (s *Source) lock(id ident.LocalPatientID) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.locks[id]
	if l == nil {
		l = &sync.Mutex{}
		s.locks[id] = l
	}
	return l
}

// soon marks a patient to be read again after a pause.
func (s *Source) soon(id ident.LocalPatientID, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty[id] = s.Clock().Add(pause)
}

// readDirty reads the patients whose time has come.
func (s *Source) readDirty(ctx context.Context) {
	now := s.Clock()
	var due []ident.LocalPatientID
	s.mu.Lock()
	for id, at := range s.dirty {
		if !at.After(now) {
			due = append(due, id)
			delete(s.dirty, id)
		}
	}
	s.mu.Unlock()
	for _, id := range due {
		if err := s.readPatient(ctx, id, nil); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "read patient", "patient", id, "error", err)
			s.soon(id, retryPause)
		}
	}
}

// Soon has a patient read at the next opportunity, for one that has just been linked.
func (s *Source) Soon(id ident.LocalPatientID) { s.soon(id, 0) }
