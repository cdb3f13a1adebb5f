package refresh

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// syncTries bounds how often the set is sent again because it changed on the way.
const syncTries = 3

// copyRelease renews the center's copy of the release matrix if it has changed.
func (s *Service) copyRelease(ctx context.Context, f ident.FacilityID) error {
	state, err := s.cfg.Gateways.Release(ctx, f)
	if err != nil {
		return fmt.Errorf("fetch release matrix: %w", err)
	}
	held, err := s.release.Copy(ctx, s.cfg.DB.Reader(), f)
	if err != nil || !held.FetchedAt.IsZero() && reflect.DeepEqual(held.ReleaseState, state) {
		return err
	}
	return s.cfg.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.release.Put(ctx, tx, release.Copy{Facility: f, ReleaseState: state, FetchedAt: s.cfg.Clock()})
	})
}

// sync gives the gateway the set of patients whom it may serve and mends the
// differences that it finds. A link that was made while the set was on its way could
// be dropped by it, so the set is read again afterwards and sent anew if it differs.
func (s *Service) sync(ctx context.Context, f ident.FacilityID) error {
	sent, err := s.linkedSet(ctx, f)
	if err != nil {
		return err
	}
	for range syncTries {
		res, err := s.cfg.Gateways.Sync(ctx, f, wire.LinkedSet{PatientIDs: sent})
		if err != nil {
			return fmt.Errorf("send linked patients: %w", err)
		}
		if err := s.mend(ctx, f, res); err != nil {
			return err
		}
		now, err := s.linkedSet(ctx, f)
		if err != nil {
			return err
		}
		if slices.Equal(sent, now) {
			return nil
		}
		sent = now
	}
	return nil // links keep changing; the next round sends the set again
}

// linkedSet lists the numbers whose link counts and whose person consents, each once.
func (s *Service) linkedSet(ctx context.Context, f ident.FacilityID) ([]ident.LocalPatientID, error) {
	links, err := s.links.InForce(ctx, s.cfg.DB.Reader(), f, s.cfg.Clock())
	if err != nil {
		return nil, err
	}
	set := make([]ident.LocalPatientID, 0, len(links))
	for _, l := range links {
		set = append(set, l.PatientID)
	}
	return slices.Compact(set), nil // they come in order
}

// mend links patients anew that the gateway has lost, and suspends those whose record
// there disagrees.
func (s *Service) mend(ctx context.Context, f ident.FacilityID, res wire.SyncResult) error {
	for _, id := range res.Missing {
		v, err := s.compare(ctx, f, id, s.cfg.Gateways.Link)
		if err != nil {
			return fmt.Errorf("link patient anew: %w", err)
		}
		if v.Match {
			continue
		}
		if err := s.suspend(ctx, f, id, v.Differs); err != nil {
			return err
		}
	}
	for _, id := range res.Suspended {
		// Only to name the fields. Agreeing again does not lift the suspension: that takes a person.
		v, err := s.compare(ctx, f, id, s.cfg.Gateways.Verify)
		if err != nil {
			return fmt.Errorf("verify suspended patient: %w", err)
		}
		if err := s.suspend(ctx, f, id, v.Differs); err != nil {
			return err
		}
	}
	return nil
}

// compare asks the gateway about a linked patient with the claim of its person. A
// patient who is not linked any more agrees: there is nothing to mend.
func (s *Service) compare(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID, ask func(context.Context, ident.FacilityID, wire.Claim) (wire.Verification, error)) (wire.Verification, error) {
	links, err := s.links.InForceOf(ctx, s.cfg.DB.Reader(), f, id, s.cfg.Clock())
	if err != nil {
		return wire.Verification{}, err
	}
	if len(links) == 0 {
		return wire.Verification{Known: true, Match: true}, nil
	}
	p, err := s.persons.Person(ctx, s.cfg.DB.Reader(), links[0].Union, links[0].Person)
	if err != nil {
		return wire.Verification{}, err
	}
	return ask(ctx, f, wire.Claim{PatientID: id, Name: p.Name, Kana: p.Kana, BirthDate: p.BirthDate.String(), Sex: p.Sex})
}

// suspend takes every link of a patient number out of force, with a row each.
func (s *Service) suspend(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID, differs []wire.Field) error {
	return s.cfg.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.suspendIn(ctx, tx, f, id, differs, s.cfg.Clock())
	})
}

func (s *Service) suspendIn(ctx context.Context, tx *db.Tx, f ident.FacilityID, id ident.LocalPatientID, differs []wire.Field, now time.Time) error {
	links, err := s.links.ConfirmedOf(ctx, tx, f, id)
	if err != nil {
		return err
	}
	for _, l := range links {
		if err := s.suspendLink(ctx, tx, l, differs, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) suspendLink(ctx context.Context, tx *db.Tx, l linkage.Link, differs []wire.Field, now time.Time) error {
	if err := s.links.Suspend(ctx, tx, l.ID, differs, now); err != nil {
		return err
	}
	s.cfg.Log.WarnContext(ctx, "a link is suspended: the facility's record disagrees", slog.String(logging.KeyFacility, string(l.Facility)))
	_, err := s.cfg.Audit.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionLinkSuspend, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "fields": differs},
	})
	return err
}

// place is where the catalog stands in a facility's change stream.
type place struct {
	gateway ident.GatewayID
	wire.ChangesRequest
	behind time.Time // since when the gateway cannot take in all of its storage
}

func (s *Service) position(ctx context.Context, q db.Querier, f ident.FacilityID) (place, error) {
	g, err := s.network.GatewayOf(ctx, q, f)
	if err != nil {
		return place{}, fault.New(fault.KindOf(err), "place in the change stream of %s: %w", f, err)
	}
	return place{g.ID, wire.ChangesRequest{Epoch: g.Epoch, After: g.ChangeSeq}, g.Behind}, nil
}
