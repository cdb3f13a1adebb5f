// Package source reads a hospital's SS-MIX2 standardised storage (標準化ストレージ) and keeps
// the index up with it: demographics of all patients, what exists for the linked ones.
//
// It only ever reads, through a [folder], so that no link leads out of the storage.
// What holds is found by looking: the times of directories are polled, since
// notifications do not see what other machines write to a share. On disks of this
// machine notifications make it faster: what they cover is polled rarely. Several roots are one storage (SS-MIX2 standardized
// storage specification 1.2b, multi-volume): the files of a patient are merged before
// it is said which are current.
//
// Of a share no call is waited for longer than a moment (silent.go), and since the times of
// its folders may not tell, the linked patients' are read again now and then (round.go).
//
// A storage that is not there is not an empty one: when a root has gone, or is the
// empty mount point of a share, nothing is taken for deleted, and the other roots are
// followed without it (away.go).
package source

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// Config says what to read and how eagerly.
type Config struct {
	Roots []string // folders of the standard storage
	// ExtendedRoots are folders of the extended storage, MaxFile bounds a file of a
	// document that is opened for a disclosure (0: DefaultMaxFile). See extended.go.
	ExtendedRoots []string
	MaxFile       int64
	// Own are those of them that the gateway itself writes, whole and by renaming: there
	// nothing is half written, see own.go.
	Own     []string
	Workers int           // of the first walk, and of looking for changes
	Poll    time.Duration // how often is looked for changes
	Budget  int           // folders and files looked at in one round, if the linked patients' folders do not need more
	Clock   func() time.Time
	Log     *slog.Logger
}

// Source is a storage being followed.
type Source struct {
	Config
	index   *index.Index
	volumes []*volume
	watcher *watcher
	walked  chan struct{}

	// Of the rounds alone: where the next one begins, and whether the index still has to be
	// told what lies where no patient's folder can be.
	turnLinked, turnFiles, turnOther, turnAgain int
	unlisted                                    bool
	again                                       *patient // who was read last though nothing seemed to have changed

	mu        sync.Mutex
	patients  map[ident.LocalPatientID]*patient
	order     []*patient                          // those with a folder
	due       map[ident.LocalPatientID]time.Time  // to be read again, not before; by the monotonic clock
	sightings map[ident.LocalPatientID][]sighting // in the order of times
	gone      map[ident.LocalPatientID]time.Time  // whose demographics are missed, since when
	damaged   map[ident.LocalPatientID]spoilt     // whose record in the index is
	trouble   error                               // why the storage does not answer
	stuck     error                               // why the index does not take in what was read
	behind    time.Time                           // since when trouble or stuck; zero: neither
	looked    time.Time                           // end of the last round

	// The look at all linked patients' folders that is being made, and the last one.
	passBegun, pass, passFrom time.Time
	passVisited               int
	passTook                  time.Duration
}

// patient is what is remembered of one patient.
type patient struct {
	id      ident.LocalPatientID
	number  uint32     // place in the order of the rounds, from 1; 0: has no folder. Guarded by Source.mu
	known   bool       // the index knew something before the walk
	reading sync.Mutex // one reader at a time

	mu      sync.Mutex
	memory  memory    // what a change is told by
	read    time.Time // when it was remembered
	whole   bool      // of all files and not of the demographics only
	watched bool      // the file system tells changes of every folder on a disk

	versions map[version]*clinical.Demographics // of ADT-00 that were read, and whom they name
}

// Open opens the roots. A folder that is not there is an error that names it; unless the
// index knows what was in it, for then it is away, as it might be a minute later as well.
func Open(ctx context.Context, cfg Config, x *index.Index) (*Source, error) {
	if cfg.MaxFile == 0 {
		cfg.MaxFile = DefaultMaxFile
	}
	s := &Source{
		Config: cfg, index: x, walked: make(chan struct{}),
		patients: map[ident.LocalPatientID]*patient{}, due: map[ident.LocalPatientID]time.Time{},
		sightings: map[ident.LocalPatientID][]sighting{}, gone: map[ident.LocalPatientID]time.Time{},
		damaged: map[ident.LocalPatientID]spoilt{},
	}
	err := errors.Join(s.openRoots(ctx, cfg.Roots, false), s.openRoots(ctx, cfg.ExtendedRoots, true))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.watcher = newWatcher(cfg.Log, s.hinted)
	return s, nil
}

func (s *Source) openRoots(ctx context.Context, names []string, extended bool) error {
	var errs []error
	for _, name := range names {
		v, err := openVolume(filepath.Clean(name))
		v.extended, v.own = extended, slices.ContainsFunc(s.Own, func(own string) bool { return filepath.Clean(own) == v.name })
		s.volumes = append(s.volumes, v)
		if err := s.recall(ctx, v); err != nil {
			errs = append(errs, err)
		}
		if err != nil && !v.walked {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Close closes the roots. It must not be called while Run runs.
func (s *Source) Close() error {
	var errs []error
	if s.watcher != nil {
		errs = append(errs, s.watcher.close())
	}
	for _, v := range s.volumes {
		errs = append(errs, v.close())
	}
	return errors.Join(errs...)
}

// Walked is closed once every patient's demographics have been read for the first time.
func (s *Source) Walked() <-chan struct{} { return s.walked }

// Run walks the storage and then follows it until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	if err := s.walk(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	close(s.walked)
	// Beside each other: a round takes as long as the slowest share answers.
	var both sync.WaitGroup
	both.Go(func() { every(ctx, s.Poll, func() { s.round(ctx) }) })
	both.Go(func() {
		readers := newSeats()
		every(ctx, duePause, func() { s.readDue(ctx, readers) })
		readers.wait()
	})
	both.Wait()
	return nil
}

// every does something again and again until ctx ends.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

// Soon has a patient read at the next opportunity, for one that has just been linked.
func (s *Source) Soon(id ident.LocalPatientID) { s.soon(id, 0) }

// Holds reports whether a root that answers has a folder of the patient's.
func (s *Source) Holds(id ident.LocalPatientID) bool {
	below, err := ssmix2.PatientFolder(id)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.volumes, func(v *volume) bool {
		if v.missing() != nil {
			return false
		}
		at, err := v.stat(below)
		return err == nil && at.mode.IsDir()
	})
}

// soon has a patient read after a pause; a sooner time that was set already stays, and so
// does that of [Source.spoil].
func (s *Source) soon(id ident.LocalPatientID, pause time.Duration) {
	at := time.Now().Add(pause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.damaged[id].until; at.Before(until) {
		at = until
	}
	if was, ok := s.due[id]; !ok || at.Before(was) {
		s.due[id] = at
	}
}

const (
	// duePause is how often is looked for patients to read.
	duePause = 200 * time.Millisecond
	// dueAtOnce is how many patients are read before it is asked again who is due: a
	// hospital that rewrites all its demographics at night must not hide for minutes what
	// happens to the linked.
	dueAtOnce = 200
)

// readDue has readers read the patients whose time has come, at most dueAtOnce. It waits
// until the last of them is begun and not until it is read, since one patient's folder
// may take minutes.
func (s *Source) readDue(ctx context.Context, readers *seats) {
	ids := s.takeDue()
	if len(ids) > dueAtOnce {
		ids = s.linkedFirst(ctx, ids)
		for _, id := range ids[dueAtOnce:] {
			s.soon(id, 0)
		}
		ids = ids[:dueAtOnce]
	}
	for _, id := range ids {
		readers.seat(func() { s.readNow(ctx, id) })
	}
}

// linkedFirst puts the linked patients before the others.
func (s *Source) linkedFirst(ctx context.Context, ids []ident.LocalPatientID) []ident.LocalPatientID {
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil { // then in any order
		return ids
	}
	var first, then []ident.LocalPatientID
	for _, id := range ids {
		if _, ok := slices.BinarySearch(linked, id); ok {
			first = append(first, id)
		} else {
			then = append(then, id)
		}
	}
	return append(first, then...)
}

func (s *Source) takeDue() []ident.LocalPatientID {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []ident.LocalPatientID
	for id, at := range s.due {
		if !at.After(now) {
			out = append(out, id)
			delete(s.due, id)
		}
	}
	return out
}

// readNow reads one patient unless somebody is at it: a refresh may take as long as the
// center takes to listen, and the others must not wait for it.
func (s *Source) readNow(ctx context.Context, id ident.LocalPatientID) {
	p := s.patient(id)
	if !p.reading.TryLock() {
		s.soon(id, duePause)
		return
	}
	defer p.reading.Unlock()
	_, err := s.read(ctx, id, p, nil)
	if err == nil || ctx.Err() != nil || fault.Is(err, fault.Invalid) {
		return // invalid: no patient's number; where its folder lies is listed
	}
	if errors.Is(err, index.ErrDamaged) {
		s.spoil(ctx, id, err)
		return
	}
	if !s.note(ctx, err) && !errors.Is(err, errIndex) {
		s.Log.ErrorContext(ctx, "read patient", "patient", id, logging.KeyError, err)
	}
	s.soon(id, retryPause)
}

func (s *Source) patient(id ident.LocalPatientID) *patient {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.patientLocked(id)
}

func (s *Source) patientLocked(id ident.LocalPatientID) *patient {
	p := s.patients[id]
	if p == nil {
		p = &patient{id: id}
		s.patients[id] = p
	}
	return p
}

// list puts a patient with a folder into the rounds and reports whether it is new.
func (s *Source) list(id ident.LocalPatientID) (fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.patientLocked(id)
	if p.number != 0 {
		return false
	}
	s.order = append(s.order, p)
	p.number = uint32(len(s.order))
	return true
}

// hasWalked reports whether the first walk is over.
func (s *Source) hasWalked() bool {
	select {
	case <-s.walked:
		return true
	default:
		return false
	}
}
