package register

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Confirmation says that a correction by another facility agrees with the own record, where
// staff compare by hand.
type Confirmation struct {
	Person        ident.PersonID
	Seen          person.Identity // as whom the clerk was shown the person
	StaffVerified bool            // as in [Registration]
}

// Confirm notes that somebody of the caller's facility has compared a corrected person with
// its own record by hand: the link, which counted all the while, no longer waits for it.
//
// Errors: invalid link.staff_unverified; conflict person.amended_again where the person is
// not as the clerk has seen them, person.confirmed_already where nothing waits; denied, not found.
func (s *Service) Confirm(ctx context.Context, c signin.Caller, ask Confirmation) error {
	if err := s.demandLiaison(ctx, c, audit.ActionConfirmPerson); err != nil {
		return err
	}
	return s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		own, err := disclose.OwnLink(ctx, tx, c, ask.Person)
		if err != nil {
			return err
		}
		p, err := s.persons.Person(ctx, tx, c.Union, ask.Person)
		if err != nil {
			return err
		}
		switch {
		case !own.ToConfirm(p.Identity()):
			return fault.WithKey(fault.Conflict, "person.confirmed_already", nil)
		case ask.Seen != p.Identity():
			return fault.WithKey(fault.Conflict, "person.amended_again", nil)
		case !ask.StaffVerified:
			return fault.WithKey(fault.Invalid, "link.staff_unverified", nil)
		}
		if err := s.links.Agree(ctx, tx, own.ID, p.Identity()); err != nil {
			return err
		}
		return s.append(ctx, tx, now, c, audit.Event{
			Action: audit.ActionConfirmPerson, Outcome: audit.Done, Owner: own.Facility, Person: p.ID,
			Detail: map[string]any{"link": own.ID, "fields": changed(own.VerifiedAs, p.Identity())},
		})
	})
}
