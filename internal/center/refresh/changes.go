package refresh

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// batchSize is how many changes one transaction takes in at most. A first catalog
// comes in thousands; a single change does not wait for others.
const batchSize = 500

// takeChanges takes the change stream into the catalog until it breaks off.
func (s *Service) takeChanges(ctx context.Context, f ident.FacilityID) error {
	from, err := s.position(ctx, s.cfg.DB.Reader(), f)
	if err != nil {
		return err
	}
	lines := make(chan wire.Change, batchSize)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(lines)
		sent, behind := from.After, from.behind
		return s.cfg.Gateways.Changes(ctx, f, from.ChangesRequest, func(c wire.Change) error {
			if c.Op == wire.OpBeat {
				if c.Seq <= sent && sameTime(c.Behind, behind) {
					return nil // the stream lives; nothing to write
				}
				behind = c.Behind
			}
			sent = c.Seq
			select {
			case lines <- c:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	g.Go(func() error {
		for first := range lines {
			if err := s.take(ctx, f, gather(first, lines)); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// gather adds to a change what is there already, without waiting for more.
func gather(first wire.Change, lines <-chan wire.Change) []wire.Change {
	batch := []wire.Change{first}
	for len(batch) < batchSize {
		select {
		case c, ok := <-lines:
			if !ok {
				return batch
			}
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// take takes a batch in with the new place in the stream, in one transaction, and
// wakes those who wait for it.
func (s *Service) take(ctx context.Context, f ident.FacilityID, batch []wire.Change) error {
	err := s.cfg.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		before, err := s.position(ctx, tx, f)
		if err != nil {
			return err
		}
		at, behind := before.ChangesRequest, before.behind
		now := s.cfg.Clock()
		for _, c := range batch {
			if at, err = s.takeOne(ctx, tx, f, at, c, now); err != nil {
				return err
			}
			if c.Op == wire.OpBeat {
				behind = c.Behind
			}
		}
		if !sameTime(behind, before.behind) {
			if err := s.network.SetGatewayBehind(ctx, tx, before.gateway, behind); err != nil {
				return err
			}
		}
		if at == before.ChangesRequest {
			return nil
		}
		return s.network.SetGatewayChanges(ctx, tx, before.gateway, at.Epoch, at.After)
	})
	if err == nil {
		s.wake(f)
	}
	return err
}

// sameTime compares times as the database keeps them, to the microsecond.
func sameTime(a, b time.Time) bool {
	return a.Truncate(time.Microsecond).Equal(b.Truncate(time.Microsecond))
}

// takeOne takes one change in and gives the new place. What is behind the place was
// taken in by another replica. A change of another epoch without a reset before it
// cannot be placed; the stream must begin anew, and the gateway will say reset.
func (s *Service) takeOne(ctx context.Context, tx *db.Tx, f ident.FacilityID, at wire.ChangesRequest, c wire.Change, now time.Time) (wire.ChangesRequest, error) {
	if c.Op == wire.OpReset {
		if c.Epoch == at.Epoch {
			return at, nil // another replica began anew before us
		}
		if err := s.network.ForgetLeftOut(ctx, tx, f); err != nil {
			return at, err
		}
		return wire.ChangesRequest{Epoch: c.Epoch, After: c.Seq}, s.catalog.Apply(ctx, tx, f, c, now)
	}
	if c.Epoch != at.Epoch {
		return at, fault.New(fault.Conflict, "change %d of %s is of another epoch", c.Seq, f)
	}
	if c.Seq <= at.After {
		return at, nil
	}
	at.After = c.Seq
	if c.Op == wire.OpSuspend {
		return at, s.suspendIn(ctx, tx, f, c.PatientID, c.Differs, now)
	}
	if c.Op == wire.OpUpsert && (c.Item == nil || catalog.Check(*c.Item) != nil) {
		return at, s.leaveOut(ctx, tx, f, c)
	}
	return at, s.catalog.Apply(ctx, tx, f, c, now)
}

// leaveOut does without an item that cannot be placed, as of a kind that only a newer
// gateway knows: one must not stop the others for good. What stood there is older and goes,
// and the operator sees how many there were since the gateway's catalog began anew.
func (s *Service) leaveOut(ctx context.Context, tx *db.Tx, f ident.FacilityID, c wire.Change) error {
	s.cfg.Log.ErrorContext(ctx, "a gateway's catalog item is left out", slog.String(logging.KeyFacility, string(f)), slog.Int64("seq", c.Seq))
	if c.Item != nil {
		if err := s.catalog.Delete(ctx, tx, f, c.Item.ID); err != nil {
			return err
		}
	}
	return s.network.CountLeftOut(ctx, tx, f)
}

// tide gives a channel that is closed when changes of the facility have been taken in.
func (s *Service) tide(f ident.FacilityID) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tides[f] == nil {
		s.tides[f] = make(chan struct{})
	}
	return s.tides[f]
}

func (s *Service) wake(f ident.FacilityID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch := s.tides[f]; ch != nil {
		close(ch)
		delete(s.tides, f)
	}
}
