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
)

// Correction is the right number of a patient whom the own facility linked under a wrong one.
type Correction struct {
	Link          ident.LinkID // the own link
	OwnID         ident.LocalPatientID
	StaffVerified bool   // as in [Registration]
	Reason        string // kept with the link that ends
}

// Correct ends the own link of a patient and links them under the right number, in one
// transaction: nobody at the facility loses the patient in between, and consent and the
// links of others stay.
//
// Errors: those of [Service.Unlink], and invalid link.id_missing, link.id_invalid,
// link.staff_unverified, link.unknown_id, link.mismatch; conflict link.same_number,
// link.taken, link.alike_correct, consent.missing, and as [Service.Link] without a key;
// unavailable gateway.silent, link.throttled.
func (s *Service) Correct(ctx context.Context, c signin.Caller, fix Correction) error {
	if err := s.demandLiaison(ctx, c, audit.ActionLink); err != nil {
		return err
	}
	number, err := readNumber(fix.OwnID)
	fix.Reason = strings.TrimSpace(fix.Reason)
	switch {
	case err != nil:
		return err
	case fix.Reason == "":
		return fault.WithKey(fault.Invalid, "link.reason_missing", nil)
	case !c.Home.Disclosing && !fix.StaffVerified:
		return fault.WithKey(fault.Invalid, "link.staff_unverified", nil)
	}
	by := linkage.ByStaff
	if c.Home.Disclosing {
		by = linkage.ByGateway
	}
	var p person.Person
	var old, l linkage.Link
	err = s.snapshot(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if old, p, err = s.correctable(ctx, tx, c, fix.Link, number, now); err != nil {
			return err
		}
		l = newLink(c, p, c.Facility, number, by, now)
		if by == linkage.ByStaff {
			return nil
		}
		return s.throttle(ctx, tx, c, l, now)
	})
	if err != nil {
		return err
	}
	if by == linkage.ByGateway {
		if err := s.verified(ctx, c, c.Facility, p, number); err != nil {
			return err
		}
	}
	err = s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		_, again, err := s.correctable(ctx, tx, c, fix.Link, number, now)
		if err != nil {
			return err
		}
		if again != p {
			return errAmended
		}
		if err := s.end(ctx, tx, c, old, fix.Reason, now); err != nil {
			return err
		}
		return s.addLink(ctx, tx, c, l, now)
	})
	if by == linkage.ByStaff {
		return err
	}
	if err != nil {
		s.forget(ctx, l)
		return err
	}
	s.forget(ctx, old)
	return nil
}

// correctable reads the own link that is to be corrected, and its person, and refuses what
// speaks against the new number.
func (s *Service) correctable(ctx context.Context, q db.Querier, c signin.Caller, id ident.LinkID, number ident.LocalPatientID, now time.Time) (linkage.Link, person.Person, error) {
	fail := func(err error) (linkage.Link, person.Person, error) { return linkage.Link{}, person.Person{}, err }
	if err := signin.NeedFresh(c, now); err != nil {
		return fail(err)
	}
	old, err := s.mayEnd(ctx, q, c, id)
	if err != nil {
		return fail(err)
	}
	if old.Facility != c.Facility {
		return fail(disclose.Foreign(c, "link", old.Person))
	}
	if old.PatientID == number {
		return fail(fault.WithKey(fault.Conflict, "link.same_number", nil))
	}
	if err := s.demandConsent(ctx, q, c, old.Person, now); err != nil {
		return fail(err)
	}
	for _, speaks := range []struct {
		key fault.Key
		ids []ident.LocalPatientID
	}{{"link.taken", number.Spellings()}, {"link.alike_correct", number.Alike()}} {
		there, err := s.links.OfPatients(ctx, q, c.Union, c.Facility, speaks.ids)
		if err != nil {
			return fail(err)
		}
		for _, l := range there {
			if l.ID != old.ID {
				return fail(fault.WithKey(fault.Conflict, speaks.key, map[string]any{"id": number, "other": l.PatientID}))
			}
		}
	}
	p, err := s.persons.Person(ctx, q, c.Union, old.Person)
	return old, p, err
}
