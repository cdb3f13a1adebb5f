package register

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// fillConsent fills what the clerk does not say: who takes it, where, and when it is recorded.
func fillConsent(c signin.Caller, p ident.PersonID, r consent.Record, now time.Time) consent.Record {
	r.ID, r.Union, r.Person = ident.New[ident.ConsentID](), c.Union, p
	r.Facility, r.TakenBy, r.RecordedAt = c.Facility, c.User, now
	r.Signer, r.Note = strings.TrimSpace(r.Signer), strings.TrimSpace(r.Note)
	if r.Scope == "" {
		r.Scope = consent.Comprehensive
	}
	if r.ReceivedAt.IsZero() {
		r.ReceivedAt = now
	}
	r.RevokedAt, r.RevokedBy, r.RevokeReason = time.Time{}, "", ""
	return r
}

// refuseConsent refuses an entry that could not be proved later, that is older than the
// person, or than the day on which the person withdrew: an old form does not undo that.
func (s *Service) refuseConsent(ctx context.Context, q db.Querier, r consent.Record, p person.Person, now time.Time) error {
	if err := r.Validate(now); err != nil {
		return err
	}
	if r.EffectiveFrom.Before(p.BirthDate.Midnight()) {
		return fault.WithKey(fault.Invalid, "consent.date_before_birth", nil)
	}
	ledger, err := s.consents.OfPerson(ctx, q, p.Union, p.ID)
	if err != nil {
		return err
	}
	for _, former := range ledger {
		if !former.RevokedAt.IsZero() && r.EffectiveFrom.Before(wareki.On(former.RevokedAt).Midnight()) {
			return fault.WithKey(fault.Invalid, "consent.date_before_revocation", nil)
		}
	}
	return nil
}

func (s *Service) addConsent(ctx context.Context, tx *db.Tx, c signin.Caller, r consent.Record, now time.Time) error {
	if err := s.consents.Add(ctx, tx, r); err != nil {
		return err
	}
	return s.append(ctx, tx, now, c, audit.Event{
		Action: audit.ActionConsentGive, Outcome: audit.Done, Person: r.Person, Detail: map[string]any{"consent": r.ID, "scope": r.Scope, "basis": r.Basis},
	})
}

// GiveConsent adds an entry to the ledger of a person who is linked to the caller's
// facility: basis, signer, effective time and note are the clerk's to say. Gateways are
// asked to serve the person again where links stand. Errors: those of
// [consent.Record.Validate], consent.date_before_birth, consent.date_before_revocation, not
// found.
func (s *Service) GiveConsent(ctx context.Context, c signin.Caller, id ident.PersonID, r consent.Record) error {
	if err := s.demandLiaison(ctx, c, audit.ActionConsentGive); err != nil {
		return err
	}
	var p person.Person
	var links []linkage.Link
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := disclose.OwnLink(ctx, tx, c, id); err != nil {
			return err
		}
		var err error
		if p, err = s.persons.Person(ctx, tx, c.Union, id); err != nil {
			return err
		}
		filled := fillConsent(c, id, r, now)
		if err := s.refuseConsent(ctx, tx, filled, p, now); err != nil {
			return err
		}
		if err := s.addConsent(ctx, tx, c, filled, now); err != nil {
			return err
		}
		links, err = s.served(ctx, tx, c.Union, id)
		return err
	})
	if err != nil {
		return err
	}
	s.revive(ctx, p, links)
	return nil
}

// RevokeConsent revokes every entry of the person that stands. Nothing is shown from
// the next request on, and gateways stop serving the person: those that answer now,
// the others when they connect. Errors: invalid consent.reason_missing, conflict
// consent.not_in_force, not found, denied without a fresh proof of who the caller is
// ([signin.NeedFresh]): a withdrawal by a passer-by's hand takes a record from those who treat.
func (s *Service) RevokeConsent(ctx context.Context, c signin.Caller, id ident.PersonID, reason string) error {
	if err := s.demandLiaison(ctx, c, audit.ActionConsentRevoke); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.WithKey(fault.Invalid, "consent.reason_missing", nil)
	}
	var links []linkage.Link
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := signin.NeedFresh(c, now); err != nil {
			return err
		}
		if _, err := disclose.OwnLink(ctx, tx, c, id); err != nil {
			return err
		}
		n, err := s.consents.Revoke(ctx, tx, c.Union, id, c.User, reason, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.WithKey(fault.Conflict, "consent.not_in_force", nil)
		}
		e := audit.Event{Action: audit.ActionConsentRevoke, Outcome: audit.Done, Person: id, Detail: map[string]any{"entries": n}}
		if err := s.append(ctx, tx, now, c, e); err != nil {
			return err
		}
		links, err = s.served(ctx, tx, c.Union, id)
		return err
	})
	if err != nil {
		return err
	}
	s.forget(ctx, links...)
	return nil
}

// revive asks gateways to serve a person again whose links stand. A gateway whose
// record no longer agrees suspends the link; one that is silent does the same when it
// connects and finds the person missing.
func (s *Service) revive(ctx context.Context, p person.Person, links []linkage.Link) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, l := range links {
		wg.Go(func() {
			v, err := s.cfg.Gateways.Link(ctx, l.Facility, claim(p, l.PatientID))
			if err == nil && !v.Match {
				err = s.suspend(ctx, l, v.Differs)
			}
			s.untold(ctx, l, err)
		})
	}
	wg.Wait()
}

// suspend takes a link out of force that its facility's record contradicts.
func (s *Service) suspend(ctx context.Context, l linkage.Link, differs []wire.Field) error {
	s.cfg.Log.WarnContext(ctx, "a link is suspended: the facility's record differs", slog.String(logging.KeyFacility, string(l.Facility)))
	return s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := s.links.Suspend(ctx, tx, l.ID, differs, now); err != nil {
			return err
		}
		_, err := s.cfg.Audit.Append(ctx, tx, now, audit.Event{
			Action: audit.ActionLinkSuspend, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "fields": differs},
		})
		return err
	})
}
