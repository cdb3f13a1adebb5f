package source

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// batch is how many patients' demographics go into one transaction of the first walk.
const batch = 500

// walk reads the demographics of all patients, with many workers: directories of a cold
// disk or a share answer one at a time, and slowly. Linked patients' documents are left
// to be read at once afterwards; what the index has of them from before holds until
// then. If the storage goes away in the middle, the walk begins again when it is back.
func (s *Source) walk(ctx context.Context) error {
	for {
		if err := s.prepare(ctx); err != nil {
			return err
		}
		err := s.walkOnce(ctx)
		if !errors.Is(err, errAway) {
			return err
		}
		s.note(ctx, err)
	}
}

func (s *Source) walkOnce(ctx context.Context) error {
	begun := s.Clock()
	s.listPatients(ctx)
	ids, err := s.toWalk(ctx)
	if err != nil {
		return err
	}
	read := make(chan index.Reading, batch)
	var writer errgroup.Group
	writer.Go(func() error { return s.writeWalked(ctx, read) })
	workers, wctx := errgroup.WithContext(ctx)
	workers.SetLimit(s.Workers)
	for _, id := range ids {
		workers.Go(func() error { return s.walkPatient(wctx, id, read) })
	}
	err = workers.Wait()
	close(read)
	if werr := writer.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		return err
	}
	linked, err := s.index.LinkedIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range linked {
		s.soon(id, 0)
	}
	s.finish()
	s.Log.InfoContext(ctx, "storage walked", "patients", len(ids), "linked", len(linked), logging.KeyMillis, s.Clock().Sub(begun).Milliseconds())
	return nil
}

// prepare waits until the storage answers: a gateway may be started before its share is
// mounted.
func (s *Source) prepare(ctx context.Context) error {
	for _, v := range s.volumes {
		noted, err := s.index.VolumeNoted(ctx, v.name)
		if err != nil {
			return err
		}
		v.mu.Lock()
		v.noted = noted
		v.mu.Unlock()
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
func (s *Source) toWalk(ctx context.Context) ([]ident.LocalPatientID, error) {
	ids := s.listed()
	here := make(map[ident.LocalPatientID]bool, len(ids))
	for _, id := range ids {
		here[id] = true
	}
	known, err := s.index.PatientIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range known {
		if !here[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// walkPatient reads the demographics of one patient.
func (s *Source) walkPatient(ctx context.Context, id ident.LocalPatientID, read chan<- index.Reading) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	result, seen, err := s.look(ctx, id, false, nil)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, errAway) {
			return err
		}
		s.Log.ErrorContext(ctx, "read patient", "patient", id, logging.KeyError, err)
		s.soon(id, retryPause)
		return nil
	}
	s.patient(id).remember(seen, false)
	select {
	case read <- result:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Source) writeWalked(ctx context.Context, read <-chan index.Reading) error {
	var pending []index.Reading
	var failed error
	flush := func() {
		if len(pending) > 0 && failed == nil {
			failed = s.index.Put(ctx, pending...)
		}
		pending = pending[:0]
	}
	for r := range read { // drained also after a failure, so that no worker hangs
		if pending = append(pending, r); len(pending) == batch {
			flush()
		}
	}
	flush()
	return failed
}
