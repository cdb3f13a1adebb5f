package source

import (
	"context"
	"errors"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What is asked for may still be being written: the half of a document reads like a
// document. So a disclosure gives nothing that has not rested, as the index takes in
// nothing for good; but somebody waits for it, so it waits a little for what is about to
// rest, and then says that it is being written, which helps to ask again.

const (
	// patienceTime is how long one disclosure waits for all of its files together. It is
	// longer than [restTime], so that what was written whole just now is given at once, and
	// shorter than a center waits for a gateway.
	patienceTime = restTime + time.Second
	// glancePause is how often is looked meanwhile.
	glancePause = 100 * time.Millisecond
)

// errWritten: somebody is writing it.
var errWritten = &fault.Error{Kind: fault.Unavailable, Key: wire.KeyBeingWritten, Op: "read document"}

// patience is what is left of the waiting of one disclosure, by the monotonic clock.
type patience struct{ until time.Time }

// wait comes back when ready says so, at the earliest after [glancePause]; errWritten if
// there is no patience left.
func (p *patience) wait(ctx context.Context, ready func() bool) error {
	if p.until.IsZero() {
		p.until = time.Now().Add(patienceTime)
	}
	for time.Now().Before(p.until) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(glancePause):
		}
		if ready() {
			return nil
		}
	}
	return errWritten
}

// sight is what was seen of something and since when it has been like that.
type sight[T any] struct {
	same  func(a, b T) bool
	last  T
	since time.Time // zero: it was not seen yet
}

// rested reports whether something has been seen as it is now for [restTime]: then the
// clocks may say what they like.
func (s *sight[T]) rested(now T) bool {
	if s.since.IsZero() || !s.same(s.last, now) {
		s.last, s.since = now, time.Now()
		return false
	}
	return time.Since(s.since) >= restTime
}

// rested reports whether what lies in a volume is known to have been left alone: the
// gateway wrote it itself, the index has it as it is, the clock tells, or a listing has
// seen it for long enough.
func (s *Source) rested(v *volume, e index.Entry, size, time int64) bool {
	if v.own || e.MTime == time && e.Size == size && time != timeYoung {
		return true
	}
	old, explained := s.age(v, time)
	if !explained {
		_, old = slices.BinarySearch(s.settled(e.PatientID), time)
	}
	return old
}

// body reads a file of the standard storage that has rested.
func (c *Contents) body(ctx context.Context, v *volume, e index.Entry) ([]byte, error) {
	seen := sight[info]{same: func(a, b info) bool { return a == b }}
	rested := func(at info) bool { return c.source.rested(v, e, at.size, at.time) || seen.rested(at) }
	for {
		body, at, err := v.root().read(e.Path)
		if errors.Is(err, errInUse) {
			if err := c.wait(ctx, func() bool { return !errors.Is(v.mayOpen(e.Path), errInUse) }); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		after, err := v.stat(e.Path)
		if err != nil {
			return nil, err
		}
		if rested(at) && after == at {
			return body, nil
		}
		err = c.wait(ctx, func() bool {
			now, err := v.stat(e.Path)
			return err != nil || rested(now)
		})
		if err != nil {
			return nil, err
		}
	}
}
