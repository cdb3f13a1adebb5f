package register

import (
	"context"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Candidates asks a disclosing facility under which of its patient numbers it knows
// the person. The person must be linked to the caller's facility and consent.
func (s *Service) Candidates(ctx context.Context, c signin.Caller, id ident.PersonID, f ident.FacilityID) (wire.Candidates, error) {
	if err := s.demandLiaison(ctx, c, audit.ActionCandidates); err != nil {
		return wire.Candidates{}, err
	}
	var p person.Person
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		if p, err = s.linkable(ctx, tx, c, id, f, now); err != nil {
			return err
		}
		return s.append(ctx, tx, now, c, audit.Event{Action: audit.ActionCandidates, Outcome: audit.Allowed, Owner: f, Person: id})
	})
	if err != nil {
		return wire.Candidates{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	found, err := s.cfg.Gateways.Candidates(ctx, f, claim(p, ""))
	if err != nil {
		return wire.Candidates{}, silentIf(ctx, err)
	}
	return found, nil
}

// linkable reads a person whom the caller may link to a disclosing facility: one with
// a consent in force whom the caller's own facility holds a confirmed number of. An own
// link that is suspended can be verified anew, and until then links nothing else.
func (s *Service) linkable(ctx context.Context, q db.Querier, c signin.Caller, id ident.PersonID, f ident.FacilityID, now time.Time) (person.Person, error) {
	own, err := disclose.OwnLink(ctx, q, c, id)
	if err != nil {
		return person.Person{}, err
	}
	if _, err := s.disclosing(ctx, q, c, id, f); err != nil {
		return person.Person{}, err
	}
	if !own.Counts() && f != c.Facility {
		return person.Person{}, fault.WithKey(fault.Conflict, "link.own_suspended", nil)
	}
	if err := s.demandConsent(ctx, q, c, id, now); err != nil {
		return person.Person{}, err
	}
	return s.persons.Person(ctx, q, c.Union, id)
}

// Link links a person to a disclosing facility's patient number after its gateway has
// compared the two. A suspended link of the same number is put into force again.
//
// Errors: invalid link.id_missing, link.id_invalid, link.unknown_id, link.mismatch
// (fields); conflict link.exists, link.taken, link.own_suspended, consent.missing, and without
// a key where the demographics were corrected meanwhile ([Service.Amend]); unavailable
// gateway.silent, link.throttled (minutes); not found for what the caller may not know of.
func (s *Service) Link(ctx context.Context, c signin.Caller, id ident.PersonID, f ident.FacilityID, patient ident.LocalPatientID) error {
	if err := s.demandLiaison(ctx, c, audit.ActionLink); err != nil {
		return err
	}
	patient, err := readNumber(patient)
	if err != nil {
		return err
	}
	var p person.Person
	var l linkage.Link
	err = s.snapshot(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		if p, err = s.linkable(ctx, tx, c, id, f, now); err != nil {
			return err
		}
		if l, err = s.toLink(ctx, tx, newLink(c, p, f, patient, linkage.ByGateway, now)); err != nil {
			return err
		}
		return s.throttle(ctx, tx, c, l, now)
	})
	if err != nil {
		return err
	}
	if err := s.verified(ctx, c, f, p, patient); err != nil {
		return err
	}
	err = s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		again, err := s.linkable(ctx, tx, c, id, f, now)
		if err != nil {
			return err
		}
		if again != p {
			return errAmended
		}
		if l.State == linkage.Suspended {
			return s.resume(ctx, tx, c, l, p, now)
		}
		return s.addLink(ctx, tx, c, l, now)
	})
	if err != nil {
		s.forget(ctx, l)
	}
	return err
}

// toLink gives the link to be made, or the suspended one of the same number that is to
// be put into force again.
func (s *Service) toLink(ctx context.Context, q db.Querier, l linkage.Link) (linkage.Link, error) {
	there, err := s.links.At(ctx, q, l.Union, l.Person, l.Facility)
	if err == nil && there.State == linkage.Suspended && there.PatientID == l.PatientID {
		return there, nil
	}
	return l, s.refuseSecondLink(ctx, q, l)
}

func (s *Service) resume(ctx context.Context, tx *db.Tx, c signin.Caller, l linkage.Link, p person.Person, now time.Time) error {
	if err := s.links.Resume(ctx, tx, l.ID, linkage.ByGateway, p.Identity(), now); err != nil {
		return err
	}
	return s.append(ctx, tx, now, c, audit.Event{
		Action: audit.ActionLink, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "verified_by": linkage.ByGateway, "resumed": true},
	})
}

// Unlink ends a link of a person who is linked to the caller's facility: the own link
// or that of a disclosing facility. From the next request on it opens nothing. The
// reason is kept with the link, and the access logs of both facilities show it. Denied
// without a fresh proof of who the caller is ([signin.NeedFresh]): whoever ends a link
// takes that facility's record from everybody who treats the person.
//
// The end of the own link leaves the person, the consent and the links of others: the
// person is found again in registering, and other facilities' views are not this one's to
// end. The caller's facility has no more to do with the person until it links them anew.
func (s *Service) Unlink(ctx context.Context, c signin.Caller, id ident.LinkID, reason string) error {
	if err := s.demandLiaison(ctx, c, audit.ActionUnlink); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.WithKey(fault.Invalid, "link.reason_missing", nil)
	}
	var l linkage.Link
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		err := signin.NeedFresh(c, now)
		if err != nil {
			return err
		}
		if l, err = s.mayEnd(ctx, tx, c, id); err != nil {
			return err
		}
		return s.end(ctx, tx, c, l, reason, now)
	})
	if err != nil {
		return err
	}
	if l.VerifiedBy == linkage.ByGateway {
		s.forget(ctx, l)
	}
	return nil
}

func (s *Service) end(ctx context.Context, tx *db.Tx, c signin.Caller, l linkage.Link, reason string, now time.Time) error {
	if err := s.links.End(ctx, tx, l.ID, c.User, reason, now); err != nil {
		return err
	}
	return s.append(ctx, tx, now, c, audit.Event{
		Action: audit.ActionUnlink, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "state": l.State},
	})
}

func (s *Service) mayEnd(ctx context.Context, q db.Querier, c signin.Caller, id ident.LinkID) (linkage.Link, error) {
	l, err := s.links.Link(ctx, q, c.Union, id)
	if fault.Is(err, fault.NotFound) {
		return linkage.Link{}, disclose.Foreign(c, "link", "")
	}
	if err != nil {
		return linkage.Link{}, err
	}
	if _, err := disclose.OwnLink(ctx, q, c, l.Person); err != nil {
		return linkage.Link{}, err
	}
	if l.Facility != c.Facility {
		if _, err := s.disclosing(ctx, q, c, l.Person, l.Facility); err != nil {
			return linkage.Link{}, err
		}
	}
	if !l.EndedAt.IsZero() {
		return linkage.Link{}, fault.WithKey(fault.Conflict, "link.ended", nil)
	}
	return l, nil
}
