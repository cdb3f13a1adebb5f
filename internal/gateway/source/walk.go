package source

import (
	"context"
	"errors"
	"math"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// How much goes into one transaction of the first walk.
const (
	batchPatients  = 500
	batchDocuments = 4_000
)

// walkGarbage is how much garbage the first walk may leave, in percent of what is held.
const walkGarbage = 50

// walk reads the demographics of all patients and the documents of the linked, with many
// workers: directories of a cold disk or a share answer one at a time, and slowly. If
// the storage goes away in the middle, or the index cannot be written, the walk begins
// again when it is back; what was taken in is then only looked at.
func (s *Source) walk(ctx context.Context) error {
	for {
		err := s.prepare(ctx)
		if err == nil {
			err = s.walkOnce(ctx)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		if !s.note(ctx, err) && !errors.Is(err, errIndex) {
			s.Log.ErrorContext(ctx, "walk storage", logging.KeyError, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.Poll):
		}
	}
}

func (s *Source) walkOnce(ctx context.Context) error {
	// Of a large storage more is remembered than is read at a time: garbage of the same
	// size beside it would be most of the memory that a gateway ever takes.
	defer debug.SetGCPercent(debug.SetGCPercent(walkGarbage))
	begun := s.Clock()
	s.listPatients(ctx, math.MaxInt)
	patients, err := s.toWalk(ctx)
	if err != nil {
		return err
	}
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil {
		return err
	}
	read := make(chan walked) // not buffered: readings are large
	var writer errgroup.Group
	writer.Go(func() error { return s.writeWalked(ctx, read) })
	workers, wctx := errgroup.WithContext(ctx)
	workers.SetLimit(s.Workers)
	for _, p := range patients {
		_, whole := slices.BinarySearch(linked, p.id)
		workers.Go(func() error { return s.walkPatient(wctx, p, whole, read) })
	}
	err = workers.Wait()
	close(read)
	if werr := writer.Wait(); err == nil || werr != nil {
		err = werr
	}
	if err != nil {
		return err
	}
	if err := s.noteWalked(ctx); err != nil {
		return err
	}
	s.finish()
	s.Log.InfoContext(ctx, "storage walked", "patients", len(patients), "linked", len(linked), logging.KeyMillis, s.Clock().Sub(begun).Milliseconds())
	return nil
}

// prepare waits until the storage answers: a gateway may be started before its share is
// mounted.
func (s *Source) prepare(ctx context.Context) error {
	for _, v := range s.volumes {
		if err := s.recall(ctx, v); err != nil {
			return err
		}
	}
	for !s.answers(ctx) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.Poll):
		}
	}
	return nil
}

// toWalk gives the patients with a folder and those that the index knows from before,
// whose folder may have gone while nobody looked.
func (s *Source) toWalk(ctx context.Context) ([]*patient, error) {
	ids, err := s.index.PatientIDs(ctx)
	if err != nil {
		return nil, err
	}
	known := make([]*patient, len(ids))
	for i, id := range ids {
		known[i] = s.patient(id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.order)
	for _, p := range known {
		p.known = true
		if p.number == 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// walked is what was read of one patient.
type walked struct {
	patient *patient
	reading index.Reading
	listing *listing
}

// walkPatient reads one patient, in full if linked.
func (s *Source) walkPatient(ctx context.Context, p *patient, whole bool, read chan<- walked) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	result, l, err := s.look(ctx, p.id, whole, inWalk, nil)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, errAway) {
			return err
		}
		if errors.Is(err, index.ErrDamaged) {
			s.spoil(ctx, p.id, err)
			return nil
		}
		s.Log.ErrorContext(ctx, "read patient", "patient", p.id, logging.KeyError, err)
		s.soon(p.id, retryPause)
		return nil
	}
	if !p.known && !whole && result.Demographics == nil && len(result.Unreadable) == 0 {
		s.remember(p, l) // an empty folder of which the index knows nothing
		return nil
	}
	select {
	case read <- walked{p, result, l}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeWalked takes in what was read. What is remembered of a patient comes after what
// the index says: a patient whose reading was lost is read again.
func (s *Source) writeWalked(ctx context.Context, read <-chan walked) error {
	var pending []walked
	var readings []index.Reading
	var documents int
	var failed error
	flush := func() {
		if len(pending) > 0 && failed == nil {
			failed = s.putWalked(ctx, readings)
		}
		for _, w := range pending {
			if failed == nil {
				s.remember(w.patient, w.listing)
			}
		}
		clear(pending)
		clear(readings)
		pending, readings, documents = pending[:0], readings[:0], 0
	}
	for w := range read { // drained also after a failure, so that no worker hangs
		if failed != nil {
			continue
		}
		pending, readings = append(pending, w), append(readings, w.reading)
		documents += len(w.reading.Entries)
		if len(pending) == batchPatients || documents >= batchDocuments {
			flush()
		}
	}
	flush()
	return failed
}
