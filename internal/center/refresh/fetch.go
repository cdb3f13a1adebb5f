package refresh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// fetchTimeout bounds one patient's refresh at the gateway.
	fetchTimeout = 5 * time.Minute
	// takeTimeout is how long the catalog may take to follow after the gateway is done.
	takeTimeout = 30 * time.Second
	// lookAgain is how often the place in the stream is read while waiting: the stream
	// may be followed by another replica, whose wake is not heard here.
	lookAgain = 500 * time.Millisecond
	// incompleteAtOnce is how many incomplete patients are listed at once.
	incompleteAtOnce = 200
)

// Fetch makes a facility's gateway read a patient's record anew. each hears of the
// progress; the line with Done comes when the catalog holds all of it. Of another facility's
// unreadable files it counts those that the caller may know of, see [catalog.Source.UnreadableFor].
// For liaison
// clerks, and for readers who may see something of the facility; for others, and
// where there is no link, the facility's link does not seem to exist.
//
// Errors: not found, denied, conflict consent.missing, unavailable gateway.silent.
func (s *Service) Fetch(ctx context.Context, c signin.Caller, id ident.PersonID, f ident.FacilityID, each func(wire.Progress) error) error {
	if err := s.guard.Refused(ctx, disclose.Demand(c, audit.ActionRefresh, access.RoleLiaison, access.RoleViewer)); err != nil {
		return err
	}
	var l linkage.Link
	var kinds []clinical.Kind
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		if l, kinds, err = s.fetchable(ctx, tx, c, id, f, now); err != nil {
			return err
		}
		return s.record(ctx, tx, c, l, audit.Allowed, nil, now)
	})
	if err != nil {
		return err
	}
	start := s.cfg.Clock()
	err = s.fetch(ctx, f, l.PatientID, func(p wire.Progress) error {
		if f != c.Facility {
			p.Unreadable = catalog.Source{Unreadable: p.Unreadable, UnreadableOf: p.UnreadableOf}.CountUnreadable(kinds)
			p.UnreadableOf = nil
		}
		return each(p)
	})
	// The rows are read at both facilities. The gateway's numbers of files are of every kind,
	// also of those that are not released, and stay out of them.
	outcome, detail := audit.Done, map[string]any{"ms": s.cfg.Clock().Sub(start).Milliseconds()}
	if err != nil {
		outcome = audit.Failed
	}
	e := audit.Event{Action: audit.ActionRefresh, Outcome: outcome, Owner: f, Person: id, Detail: detail}
	if werr := s.guard.Append(ctx, e.By(c.Viewer)); werr != nil {
		return errors.Join(fault.New(fault.Internal, "record a refresh: %w", werr), err)
	}
	return err
}

// fetchable reads the link whose patient the caller may have fetched, and of which kinds they
// may see documents.
func (s *Service) fetchable(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.PersonID, f ident.FacilityID, now time.Time) (linkage.Link, []clinical.Kind, error) {
	fail := func(err error) (linkage.Link, []clinical.Kind, error) { return linkage.Link{}, nil, err }
	own, err := disclose.OwnLink(ctx, tx, c, id)
	if err != nil {
		return fail(err)
	}
	l, err := s.links.At(ctx, tx, c.Union, id, f)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fail(err)
	}
	if err != nil || !own.Counts() || !l.Counts() || l.VerifiedBy != linkage.ByGateway {
		return fail(disclose.Foreign(c, "facility", id))
	}
	consents, err := consentdb.Store{}.InForce(ctx, tx, c.Union, id, now)
	if err != nil {
		return fail(err)
	}
	copied, err := s.release.Copy(ctx, tx, f)
	if err != nil {
		return fail(err)
	}
	v := disclose.Decide(disclose.Facts{Viewer: c.Viewer, Owner: f, ViewerLink: true, OwnerLink: true, Consent: consents, Release: copied, Now: now})
	if len(v.Windows) == 0 && !c.Has(access.RoleLiaison) {
		return fail(disclose.Foreign(c, "facility", id))
	}
	if !consents {
		return fail(fault.WithKey(fault.Conflict, "consent.missing", nil))
	}
	var kinds []clinical.Kind
	for _, w := range v.Windows {
		kinds = append(kinds, w.Kind)
	}
	return l, kinds, nil
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c signin.Caller, l linkage.Link, o audit.Outcome, detail map[string]any, now time.Time) error {
	e := audit.Event{Action: audit.ActionRefresh, Outcome: o, Owner: l.Facility, Person: l.Person, Detail: detail}
	_, err := s.cfg.Audit.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// fetch refreshes one patient, waits until the catalog has taken in what came of it,
// notes that it is complete, and then gives the last line.
func (s *Service) fetch(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID, each func(wire.Progress) error) error {
	limited, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	var last wire.Progress
	read := func() error {
		return s.cfg.Gateways.Refresh(limited, f, id, func(p wire.Progress) error {
			if last = p; p.Done {
				return nil
			}
			return each(p)
		})
	}
	err := read()
	if fault.Is(err, fault.NotFound) {
		// The linked set was on its way when the link was made, and the gateway has
		// dropped the patient by it: the link is told once more.
		if err = s.mend(limited, f, wire.SyncResult{Missing: []ident.LocalPatientID{id}}); err == nil {
			err = read()
		}
	}
	if err == nil && !last.Done {
		err = fault.WithKey(fault.Unavailable, "gateway.silent", nil)
	}
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	if err := s.waitFor(limited, f, last.Seq); err != nil {
		return err
	}
	err = s.cfg.DB.InTx(limited, func(ctx context.Context, tx *db.Tx) error {
		now := s.cfg.Clock()
		links, err := s.links.InForceOf(ctx, tx, f, id, now)
		if err != nil || len(links) == 0 {
			return err // taken back meanwhile: the gateway forgets, and so does the catalog
		}
		return s.catalog.PutSource(ctx, tx, catalog.Source{Facility: f, PatientID: id, FetchedAt: now, Unreadable: last.Unreadable, UnreadableOf: last.UnreadableOf})
	})
	if err != nil {
		return err
	}
	return each(last)
}

// waitFor waits until the catalog has taken in a facility's changes up to a number.
func (s *Service) waitFor(ctx context.Context, f ident.FacilityID, seq int64) error {
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	for {
		tide := s.tide(f) // before looking, so that no batch falls between
		at, err := s.position(ctx, s.cfg.DB.Reader(), f)
		if err != nil {
			return err
		}
		if at.After >= seq {
			return nil
		}
		select {
		case <-tide:
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return &fault.Error{Kind: fault.Unavailable, Key: "gateway.silent", Op: "wait for changes of " + string(f), Err: ctx.Err()}
		}
	}
}

// fetchIncomplete fetches linked patients whose catalog was never known to be complete,
// one after the other. A patient who cannot be fetched is tried again at the next round.
func (s *Service) fetchIncomplete(ctx context.Context, f ident.FacilityID) error {
	for {
		list, err := s.links.Unfetched(ctx, s.cfg.DB.Reader(), f, s.cfg.Clock(), incompleteAtOnce)
		if err != nil {
			return err
		}
		failed := 0
		for _, l := range list {
			err := s.fetch(ctx, f, l.PatientID, func(wire.Progress) error { return nil })
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				failed++
				s.cfg.Log.WarnContext(ctx, "a linked patient could not be fetched",
					slog.String(logging.KeyFacility, string(f)), slog.Any(logging.KeyError, err))
			}
		}
		if failed > 0 || len(list) < incompleteAtOnce {
			return nil
		}
	}
}
