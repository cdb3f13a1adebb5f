package manage

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func needOwnRelease(c signin.Caller) error {
	if err := needManager(c); err != nil {
		return err
	}
	if !c.Home.Disclosing {
		return fault.WithKey(fault.NotFound, "release.no_gateway", nil)
	}
	return nil
}

// Release asks the caller's own gateway for its release matrix and what waits for
// approval there. A facility that discloses nothing has none: kind not found, key
// release.no_gateway.
func (s *Service) Release(ctx context.Context, c signin.Caller) (wire.ReleaseState, error) {
	if err := needOwnRelease(c); err != nil {
		return wire.ReleaseState{}, err
	}
	state, err := s.Gateways.Release(ctx, c.Facility)
	if err != nil {
		return wire.ReleaseState{}, err
	}
	known, err := s.releases.Copy(ctx, s.DB.Reader(), c.Facility)
	if err != nil || !known.FetchedAt.IsZero() && known.Version == state.Version {
		return state, err
	}
	now := s.Clock()
	return state, s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.releases.Put(ctx, tx, release.Copy{Facility: c.Facility, ReleaseState: state, FetchedAt: now})
	})
}

// ProposeRelease sends a changed matrix to the caller's own gateway, which narrows at
// once and lets what widens wait for approval in the hospital. Base is the version
// that the change was made on; kind conflict if the gateway has moved on.
//
// The intention is filed before anything is sent, and how it ended after, together
// with the center's copy: what was narrowed leaves its lists at once, too.
func (s *Service) ProposeRelease(ctx context.Context, c signin.Caller, base int64, m access.Matrix) (wire.ReleaseState, error) {
	if err := needOwnRelease(c); err != nil {
		return wire.ReleaseState{}, err
	}
	if err := signin.NeedFresh(c, s.Clock()); err != nil {
		return wire.ReleaseState{}, err
	}
	if err := m.Validate(); err != nil {
		return wire.ReleaseState{}, fault.New(fault.Invalid, "%w", err)
	}
	e := audit.Event{
		Action: audit.ActionRelease, Outcome: audit.Allowed, Owner: c.Facility, Decision: ident.New[ident.DecisionID](),
		Detail: map[string]any{"base": base, "matrix": m},
	}.By(c.Viewer)
	if err := s.file(ctx, e, nil); err != nil {
		return wire.ReleaseState{}, err
	}
	state, err := s.Gateways.Propose(ctx, c.Facility, wire.Proposal{BaseVersion: base, Matrix: m, By: c.DisplayName + " (" + string(c.User) + ")"})
	var taken *wire.ReleaseState
	if err != nil {
		e.Outcome, e.Detail = audit.Failed, map[string]any{"error": fault.KindOf(err)}
	} else {
		taken = &state
		e.Outcome, e.Detail = audit.Done, map[string]any{"version": state.Version, "pending": len(state.Pending)}
	}
	// The browser may be gone by now; how it ended is filed all the same.
	if fileErr := s.file(context.WithoutCancel(ctx), e, taken); err == nil {
		err = fileErr
	}
	return state, err
}

// file files an event and, if there is a state that the gateway has taken, the copy of it.
func (s *Service) file(ctx context.Context, e audit.Event, taken *wire.ReleaseState) error {
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if taken != nil {
			err := s.releases.Put(ctx, tx, release.Copy{Facility: e.Owner, ReleaseState: *taken, FetchedAt: now})
			if err != nil {
				return err
			}
		}
		_, err := s.Log.Append(ctx, tx, now, e)
		return err
	})
}
