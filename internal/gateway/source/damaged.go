package source

import (
	"context"
	"errors"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// maxDamagedPause bounds how long a patient waits whose record in the index is damaged: no
// try mends that, a person does.
const maxDamagedPause = 10 * time.Minute

// spoilt is what is remembered of such a patient.
type spoilt struct {
	pause time.Duration
	until time.Time // not read before, whatever changes
}

// spoil has a patient wait whose record is damaged, each time longer, and tells of it once.
func (s *Source) spoil(ctx context.Context, id ident.LocalPatientID, err error) {
	s.mu.Lock()
	was, known := s.damaged[id]
	pause := min(max(2*was.pause, retryPause), maxDamagedPause)
	s.damaged[id] = spoilt{pause, time.Now().Add(pause)}
	s.mu.Unlock()
	if !known {
		s.Log.ErrorContext(ctx, "a patient's record in the index is damaged: link the patient anew", "patient", id, logging.KeyError, err)
	}
	s.soon(id, pause)
}

// sound forgets that a patient's record was damaged.
func (s *Source) sound(ctx context.Context, id ident.LocalPatientID) {
	s.mu.Lock()
	_, was := s.damaged[id]
	delete(s.damaged, id)
	s.mu.Unlock()
	if was {
		s.Log.InfoContext(ctx, "a patient's record in the index is sound again", "patient", id)
	}
}

// putWalked puts what a walk has read into the index. One patient whose record is damaged
// must not hold up the others, nor have the storage walked again and again.
func (s *Source) putWalked(ctx context.Context, readings []index.Reading) error {
	err := s.put(ctx, readings...)
	if !errors.Is(err, index.ErrDamaged) {
		return err
	}
	for i := range readings {
		switch err := s.put(ctx, readings[i]); {
		case errors.Is(err, index.ErrDamaged):
			s.spoil(ctx, readings[i].ID, err)
		case err != nil:
			return err
		}
	}
	return nil
}
