package register

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
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

// Amendment corrects the demographics of a person whom the caller's facility is linked to:
// a new name, a typing error.
type Amendment struct {
	Person          ident.PersonID
	New             person.Person // name, kana, birth date, sex, address; the rest stays
	StaffVerified   bool          // the clerk has compared the person with the facility's own record by hand
	ConfirmDistinct bool          // the clerk says that the person is none of those alike or nearly so
	Reason          string        // kept with what the demographics were
}

// amending is an amendment on its way: what was read, and what the gateways said.
type amending struct {
	Amendment
	old     person.Person
	own     linkage.Link
	links   []linkage.Link                // gateways have verified them, and they count: to be compared anew
	differs map[ident.LinkID][]wire.Field // those whose facility disagrees, or did not answer
}

// Amend corrects a person's demographics. Nobody may become somebody else by it: the own
// facility's record must agree with what is new (its gateway compares, or the clerk by
// hand), kana name, birth date and sex cannot all change, at once or in steps that no
// other facility has seen, and every link that a gateway has verified is compared anew. Where the hospital's record disagrees, or its
// gateway does not answer, the link is suspended until somebody has it compared again
// there; how many were is the result. Links that another facility's staff verified by hand
// stay: each such facility finds the correction in its access log, though not by whom. A
// change of the address or of how the name is written compares nothing.
//
// Errors: those of [person.Person.Validate]; invalid person.unchanged, person.another,
// person.another_in_steps,
// person.reason_missing, consent.date_before_birth, link.staff_unverified, link.unknown_id,
// link.mismatch; conflict person.exists, person.near, link.own_suspended, and without a key
// where somebody else was faster; unavailable gateway.silent (the own one), link.throttled;
// denied without a fresh proof of who the caller is ([signin.NeedFresh]); not found.
func (s *Service) Amend(ctx context.Context, c signin.Caller, a Amendment) (suspended int, err error) {
	if err := s.demandLiaison(ctx, c, audit.ActionAmendPerson); err != nil {
		return 0, err
	}
	am := amending{Amendment: a, differs: map[ident.LinkID][]wire.Field{}}
	err = s.snapshot(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := s.readAmendment(ctx, tx, c, &am, now); err != nil {
			return err
		}
		if am.own.VerifiedBy != linkage.ByGateway || !am.compares() {
			return nil
		}
		return s.throttle(ctx, tx, c, am.own, now)
	})
	if err != nil {
		return 0, err
	}
	if am.compares() {
		if err := s.compareAnew(ctx, c, &am); err != nil {
			return 0, err
		}
	}
	var consented bool
	err = s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		again := am
		if err := s.readAmendment(ctx, tx, c, &again, now); err != nil {
			return err
		}
		if again.old != am.old || !sameLinks(again.links, am.links) || again.own.ID != am.own.ID || again.own.PatientID != am.own.PatientID {
			return errAmended
		}
		if err := s.writeAmendment(ctx, tx, c, again, now); err != nil {
			return err
		}
		consented, err = s.consents.InForce(ctx, tx, c.Union, a.Person, now)
		return err
	})
	if err != nil || !am.compares() {
		return 0, err
	}
	s.tellAmended(ctx, am, consented)
	return len(am.differs), nil
}

// errAmended refuses what was compared with demographics, or for links, that have changed
// since: nothing would ever compare it with what holds now.
var errAmended = fault.New(fault.Conflict, "person changed while it was compared")

// compares reports whether anything changes that gateways compare.
func (am amending) compares() bool { return len(compared(am.changed())) > 0 }

// Fields that no gateway compares, as the access log names them beside those of the wire.
const (
	fieldName    wire.Field = "name"
	fieldAddress wire.Field = "address"
)

// changed names what changes, as the access log tells it.
func (am amending) changed() []wire.Field {
	out := changed(am.old.Identity(), am.New.Identity())
	if am.old.Address != am.New.Address {
		out = append(out, fieldAddress)
	}
	return out
}

// changed names in what two identities differ.
func changed(old, now person.Identity) []wire.Field {
	var out []wire.Field
	for _, f := range []struct {
		name wire.Field
		is   bool
	}{
		{fieldName, old.Name != now.Name}, {wire.FieldKana, old.Kana != now.Kana}, {wire.FieldBirthDate, old.BirthDate != now.BirthDate}, {wire.FieldSex, old.Sex != now.Sex},
	} {
		if f.is {
			out = append(out, f.name)
		}
	}
	return out
}

// readAmendment reads whom and what an amendment is about and refuses what speaks against it.
func (s *Service) readAmendment(ctx context.Context, q db.Querier, c signin.Caller, am *amending, now time.Time) error {
	if err := signin.NeedFresh(c, now); err != nil {
		return err
	}
	var err error
	if am.own, err = disclose.OwnLink(ctx, q, c, am.Person); err != nil {
		return err
	}
	if am.old, err = s.persons.Person(ctx, q, c.Union, am.Person); err != nil {
		return err
	}
	am.New = tidied(am.New)
	am.New.ID, am.New.Union, am.New.CreatedBy, am.New.CreatedAt = am.old.ID, am.old.Union, am.old.CreatedBy, am.old.CreatedAt
	am.Reason = strings.TrimSpace(am.Reason)
	if err := am.refuse(now); err != nil {
		return err
	}
	others, err := s.others(ctx, q, am.own)
	if err != nil {
		return err
	}
	am.links = nil
	for _, l := range others {
		if l.VerifiedBy == linkage.ByGateway {
			am.links = append(am.links, l)
		}
	}
	if err := s.refuseAnother(ctx, q, *am, others); err != nil {
		return err
	}
	if err := s.refuseBornLater(ctx, q, *am); err != nil || am.ConfirmDistinct || !am.compares() {
		return err
	}
	return s.refuseTwin(ctx, q, am.New, now)
}

// refuse refuses what an amendment itself says.
func (am amending) refuse(now time.Time) error {
	o, n := am.old, am.New
	if err := n.Validate(wareki.On(now)); err != nil {
		return err
	}
	byHand := am.own.VerifiedBy == linkage.ByStaff
	switch {
	case len(am.changed()) == 0:
		return fault.WithKey(fault.Invalid, "person.unchanged", nil)
	case o.Identity().Another(n.Identity()):
		return fault.WithKey(fault.Invalid, "person.another", nil)
	case am.Reason == "":
		return fault.WithKey(fault.Invalid, "person.reason_missing", nil)
	case byHand && !am.own.Counts():
		return fault.WithKey(fault.Conflict, "link.own_suspended", nil)
	case byHand && !am.StaffVerified:
		return fault.WithKey(fault.Invalid, "link.staff_unverified", nil)
	case !byHand && !am.own.Counts() && !am.compares(): // nothing would show whose number it is
		return fault.WithKey(fault.Conflict, "link.own_suspended", nil)
	}
	return nil
}

// others lists a person's links in force at other facilities than that of a link.
func (s *Service) others(ctx context.Context, q db.Querier, own linkage.Link) ([]linkage.Link, error) {
	links, err := s.links.Living(ctx, q, own.Union, own.Person)
	return slices.DeleteFunc(links, func(l linkage.Link) bool { return l.ID == own.ID || !l.Counts() }), err
}

// refuseAnother refuses a correction after which nothing would be left of the person with
// whom another facility has agreed: several corrections in a row must not do what one may
// not. That the own facility agrees proves nothing here, since it is the one that corrects;
// where no other link is in force the person is held against what was registered.
func (s *Service) refuseAnother(ctx context.Context, q db.Querier, am amending, others []linkage.Link) error {
	former, err := s.persons.Former(ctx, q, am.Person)
	if err != nil {
		return err
	}
	registered := am.old.Identity()
	if len(former) > 0 {
		registered = former[len(former)-1].Person.Identity()
	}
	var known []person.Identity
	for _, l := range others {
		if l.VerifiedAs == (person.Identity{}) {
			l.VerifiedAs = registered
		}
		known = append(known, l.VerifiedAs)
	}
	if len(known) == 0 {
		known = append(known, registered)
	}
	if slices.ContainsFunc(known, am.New.Identity().Another) {
		return fault.WithKey(fault.Invalid, "person.another_in_steps", nil)
	}
	return nil
}

// refuseBornLater refuses a birth date after which the person had consented.
func (s *Service) refuseBornLater(ctx context.Context, q db.Querier, am amending) error {
	if am.old.BirthDate == am.New.BirthDate {
		return nil
	}
	ledger, err := s.consents.OfPerson(ctx, q, am.old.Union, am.old.ID)
	if err != nil {
		return err
	}
	for _, r := range ledger {
		if r.EffectiveFrom.Before(am.New.BirthDate.Midnight()) {
			return fault.WithKey(fault.Invalid, "consent.date_before_birth", nil)
		}
	}
	return nil
}

// compareAnew asks the gateways whether their records agree with what is new. Nothing is
// changed there yet.
func (s *Service) compareAnew(ctx context.Context, c signin.Caller, am *amending) error {
	if am.own.VerifiedBy == linkage.ByGateway {
		limited, cancel := context.WithTimeout(ctx, gatewayTimeout)
		defer cancel()
		v, err := s.cfg.Gateways.Verify(limited, am.own.Facility, claim(am.New, am.own.PatientID))
		if err != nil {
			return silentIf(limited, err)
		}
		if err := s.refuseMismatch(ctx, c, am.own.Facility, am.New, am.own.PatientID, v); err != nil {
			return err
		}
	}
	// The others have time of their own: where the own gateway is slow, their links must not
	// be suspended for a silence that is none.
	limited, cancel := context.WithTimeout(ctx, gatewayTimeout)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, l := range am.links {
		wg.Go(func() {
			v, err := s.cfg.Gateways.Verify(limited, l.Facility, claim(am.New, l.PatientID))
			if err == nil && v.Match {
				return
			}
			if err != nil {
				s.cfg.Log.WarnContext(ctx, "a gateway did not compare corrected demographics",
					slog.String(logging.KeyFacility, string(l.Facility)), slog.Any(logging.KeyError, err))
			}
			mu.Lock()
			defer mu.Unlock()
			if am.differs[l.ID] = v.Differs; err != nil { // what may differ is what changes
				am.differs[l.ID] = compared(am.changed())
			}
		})
	}
	wg.Wait()
	return nil
}

// compared leaves the fields that verification compares.
func compared(fields []wire.Field) []wire.Field {
	var out []wire.Field
	for _, f := range fields {
		if f == wire.FieldKana || f == wire.FieldBirthDate || f == wire.FieldSex {
			out = append(out, f)
		}
	}
	return out
}

func sameLinks(a, b []linkage.Link) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].PatientID != b[i].PatientID {
			return false
		}
	}
	return true
}

// writeAmendment writes the person, what they were, the links that are suspended, and a row
// for each facility that is linked.
func (s *Service) writeAmendment(ctx context.Context, tx *db.Tx, c signin.Caller, am amending, now time.Time) error {
	former := person.Former{ID: ident.New[ident.FormerID](), Person: am.old, ChangedBy: c.User, ChangedAt: now, Reason: am.Reason}
	if err := s.persons.Amend(ctx, tx, am.New, former); err != nil {
		return err
	}
	living, err := s.links.Living(ctx, tx, c.Union, am.Person)
	if err != nil {
		return err
	}
	for _, l := range living {
		e := audit.Event{Action: audit.ActionAmendPerson, Outcome: audit.Done, Owner: l.Facility, Person: am.Person, Detail: map[string]any{"former": former.ID, "fields": am.changed()}}
		if l.ID == am.own.ID || l.VerifiedBy == linkage.ByGateway {
			e = e.By(c.Viewer)
		} // else the caller's own log would tell who else treats the person
		if _, err := s.cfg.Audit.Append(ctx, tx, now, e); err != nil {
			return err
		}
		differs, disagrees := am.differs[l.ID]
		switch {
		case disagrees:
			if err := s.links.Suspend(ctx, tx, l.ID, differs, now); err != nil {
				return err
			}
			e := audit.Event{Action: audit.ActionLinkSuspend, Outcome: audit.Done, Owner: l.Facility, Person: l.Person, Detail: map[string]any{"link": l.ID, "fields": differs}}
			if err := s.append(ctx, tx, now, c, e); err != nil {
				return err
			}
		case l.ID == am.own.ID && l.State == linkage.Suspended: // its gateway agrees with what is new
			if err := s.resume(ctx, tx, c, l, am.New, now); err != nil {
				return err
			}
		case l.ID == am.own.ID || am.compares() && l.Counts() && l.VerifiedBy == linkage.ByGateway:
			if err := s.links.Agree(ctx, tx, l.ID, am.New.Identity()); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellAmended gives gateways the new claim of whom they serve and makes those forget the
// person whose record disagrees. A gateway that does not hear of the new claim holds the
// old one against its record, and suspends the link as soon as the two differ.
func (s *Service) tellAmended(ctx context.Context, am amending, consented bool) {
	var agree, disagree []linkage.Link
	for _, l := range am.links {
		if _, ok := am.differs[l.ID]; ok {
			disagree = append(disagree, l)
		} else {
			agree = append(agree, l)
		}
	}
	s.forget(ctx, disagree...)
	if am.own.VerifiedBy == linkage.ByGateway {
		agree = append(agree, am.own)
	}
	if consented {
		s.revive(ctx, am.New, agree)
	}
}
