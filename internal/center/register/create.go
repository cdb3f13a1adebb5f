package register

import (
	"context"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Registration is a person who comes to the caller's facility: one whom the union
// knows, or a new one.
type Registration struct {
	Existing        ident.PersonID // empty: New is meant
	New             person.Person  // name, kana, birth date, sex, address; the rest is filled in
	OwnID           ident.LocalPatientID
	StaffVerified   bool            // the clerk has compared the person with the facility's own record by hand
	Consent         *consent.Record // basis, signer, effective time, note; nil only where one is in force
	ConfirmDistinct bool            // the clerk says that New is none of the persons alike or nearly so
	ConfirmAlike    bool            // the clerk says that OwnID is another number than the one that is alike
}

// Register links a person to the caller's facility under its own patient number.
//
// Errors of kind invalid are the clerk's to mend: those of [person.Person.Validate] and
// [consent.Record.Validate], consent.date_before_birth, consent.date_before_revocation, link.id_missing, link.id_invalid,
// link.staff_unverified, link.unknown_id, link.mismatch (fields). Of kind conflict:
// person.exists and person.near (persons: their number), consent.missing, link.exists,
// link.taken, link.alike (other: the number that is there), and as [Service.Link] without a key.
// Unavailable: gateway.silent, link.throttled (minutes).
func (s *Service) Register(ctx context.Context, c signin.Caller, r Registration) (ident.PersonID, error) {
	if err := s.demandLiaison(ctx, c, audit.ActionCreatePerson); err != nil {
		return "", err
	}
	own, err := readNumber(r.OwnID)
	if err != nil {
		return "", err
	}
	r.OwnID = own
	reg := registering{Registration: r}
	err = s.snapshot(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := s.fill(ctx, tx, c, &reg, now); err != nil {
			return err
		}
		if err := s.refuse(ctx, tx, c, reg, now); err != nil || !c.Home.Disclosing {
			return err
		}
		return s.throttle(ctx, tx, c, reg.link, now)
	})
	if err != nil {
		return "", err
	}
	if c.Home.Disclosing {
		if err := s.verified(ctx, c, c.Facility, reg.person, r.OwnID); err != nil {
			return "", err
		}
	}
	var others []linkage.Link
	err = s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := s.refuse(ctx, tx, c, reg, now); err != nil {
			return err
		}
		if reg.Existing != "" {
			again, err := s.persons.Person(ctx, tx, c.Union, reg.Existing)
			if err != nil {
				return err
			}
			if again != reg.person {
				return errAmended
			}
		}
		if err := s.write(ctx, tx, c, reg, now); err != nil {
			return err
		}
		others, err = s.served(ctx, tx, c.Union, reg.person.ID)
		return err
	})
	if err != nil {
		if c.Home.Disclosing {
			s.forget(ctx, reg.link)
		}
		return "", err
	}
	if r.Existing != "" && r.Consent != nil {
		s.revive(ctx, reg.person, others)
	}
	return reg.person.ID, nil
}

// registering is a registration on its way: what is to be written.
type registering struct {
	Registration
	person  person.Person
	consent *consent.Record
	link    linkage.Link
}

// fill makes the rows of a registration.
func (s *Service) fill(ctx context.Context, tx *db.Tx, c signin.Caller, reg *registering, now time.Time) error {
	if reg.Existing != "" {
		p, err := s.persons.Person(ctx, tx, c.Union, reg.Existing)
		if fault.Is(err, fault.NotFound) {
			return disclose.Foreign(c, "person", reg.Existing)
		}
		if err != nil {
			return err
		}
		reg.person = p
	} else {
		p := tidied(reg.New)
		p.ID, p.Union, p.CreatedBy, p.CreatedAt = ident.New[ident.PersonID](), c.Union, c.User, now
		if err := p.Validate(wareki.On(now)); err != nil {
			return err
		}
		reg.person = p
	}
	if reg.Consent != nil {
		filled := fillConsent(c, reg.person.ID, *reg.Consent, now)
		if err := s.refuseConsent(ctx, tx, filled, reg.person, now); err != nil {
			return err
		}
		reg.consent = &filled
	}
	reg.link = newLink(c, reg.person, c.Facility, reg.OwnID, linkage.ByStaff, now)
	if c.Home.Disclosing {
		reg.link.VerifiedBy = linkage.ByGateway
	} else if !reg.StaffVerified {
		return fault.WithKey(fault.Invalid, "link.staff_unverified", nil)
	}
	return nil
}

func newLink(c signin.Caller, p person.Person, f ident.FacilityID, id ident.LocalPatientID, by linkage.Verifier, now time.Time) linkage.Link {
	return linkage.Link{
		ID: ident.New[ident.LinkID](), Union: c.Union, Person: p.ID, Facility: f, PatientID: id,
		State: linkage.Confirmed, VerifiedBy: by, VerifiedAs: p.Identity(), CreatedBy: c.User, CreatedAt: now, ChangedAt: now,
	}
}

// refuse refuses what the index and the ledger speak against. It is asked before the
// gateway is, and again in the transaction that writes.
func (s *Service) refuse(ctx context.Context, tx *db.Tx, c signin.Caller, reg registering, now time.Time) error {
	if reg.Existing == "" && !reg.ConfirmDistinct {
		if err := s.refuseTwin(ctx, tx, reg.person, now); err != nil {
			return err
		}
	}
	if reg.consent == nil {
		if err := s.demandConsent(ctx, tx, c, reg.person.ID, now); err != nil {
			return err
		}
	}
	if err := s.refuseSecondLink(ctx, tx, reg.link); err != nil || reg.ConfirmAlike {
		return err
	}
	return s.refuseAlike(ctx, tx, reg.link)
}

// tidied gives demographics as they are stored, however they were typed.
func tidied(p person.Person) person.Person {
	p.Name, p.Address = strings.Join(strings.Fields(p.Name), " "), strings.TrimSpace(p.Address)
	p.Kana = strings.TrimSpace(kana.ToKatakana(p.Kana))
	return p
}

// refuseTwin refuses a person who, by what they are called, is another one of the union, or
// nearly so.
func (s *Service) refuseTwin(ctx context.Context, q db.Querier, p person.Person, now time.Time) error {
	twins, err := s.persons.Twins(ctx, q, p)
	if err != nil {
		return err
	}
	if len(twins) > 0 {
		return fault.WithKey(fault.Conflict, "person.exists", map[string]any{"persons": len(twins)})
	}
	near, err := s.near(ctx, q, p.Union, FindQuery{Kana: p.Kana, BirthDate: p.BirthDate, Sex: p.Sex}, now)
	near = slices.DeleteFunc(near, func(f Found) bool { return f.Person.ID == p.ID })
	if err != nil || len(near) == 0 {
		return err
	}
	return fault.WithKey(fault.Conflict, "person.near", map[string]any{"persons": len(near)})
}

// refuseAlike refuses a number of the own facility from which one that is linked there
// differs only in the zeros that it begins with or the case of its letters: one of the two
// is likely mistyped.
func (s *Service) refuseAlike(ctx context.Context, q db.Querier, l linkage.Link) error {
	near, err := s.links.OfPatients(ctx, q, l.Union, l.Facility, l.PatientID.Alike())
	if err != nil || len(near) == 0 {
		return err
	}
	return fault.WithKey(fault.Conflict, "link.alike", map[string]any{"id": l.PatientID, "other": near[0].PatientID})
}

// readNumber reads a patient number as it was typed, see [ident.TypedPatientID].
func readNumber(typed ident.LocalPatientID) (ident.LocalPatientID, error) {
	id, ok := ident.TypedPatientID(string(typed))
	switch {
	case !ok:
		return "", fault.WithKey(fault.Invalid, "link.id_invalid", nil)
	case id == "":
		return "", fault.WithKey(fault.Invalid, "link.id_missing", nil)
	}
	return id, nil
}

func (s *Service) demandConsent(ctx context.Context, q db.Querier, c signin.Caller, p ident.PersonID, now time.Time) error {
	ok, err := s.consents.InForce(ctx, q, c.Union, p, now)
	if err != nil {
		return err
	}
	if !ok {
		return fault.WithKey(fault.Conflict, "consent.missing", nil)
	}
	return nil
}

// refuseSecondLink says early what [linkagedb.Store.Add] would say in the end, so that
// a gateway is not asked to link a number that is another person's.
func (s *Service) refuseSecondLink(ctx context.Context, q db.Querier, l linkage.Link) error {
	_, err := s.links.At(ctx, q, l.Union, l.Person, l.Facility)
	if err == nil {
		return fault.WithKey(fault.Conflict, "link.exists", nil)
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	taken, err := s.links.OfPatients(ctx, q, l.Union, l.Facility, l.PatientID.Spellings())
	if err == nil && len(taken) > 0 {
		return fault.WithKey(fault.Conflict, "link.taken", map[string]any{"id": l.PatientID})
	}
	return err
}

// write writes person, consent and link, each with its row in the access log.
func (s *Service) write(ctx context.Context, tx *db.Tx, c signin.Caller, reg registering, now time.Time) error {
	if reg.Existing == "" {
		if err := s.persons.Add(ctx, tx, reg.person); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionCreatePerson, Outcome: audit.Done, Person: reg.person.ID, Detail: map[string]any{"confirmed_distinct": reg.ConfirmDistinct}}
		if err := s.append(ctx, tx, now, c, e); err != nil {
			return err
		}
	}
	if reg.consent != nil {
		if err := s.addConsent(ctx, tx, c, *reg.consent, now); err != nil {
			return err
		}
	}
	return s.addLink(ctx, tx, c, reg.link, now)
}

func (s *Service) addLink(ctx context.Context, tx *db.Tx, c signin.Caller, l linkage.Link, now time.Time) error {
	if err := s.links.Add(ctx, tx, l); err != nil {
		return err
	}
	return s.append(ctx, tx, now, c, audit.Event{
		Action: audit.ActionLink, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "verified_by": l.VerifiedBy},
	})
}
