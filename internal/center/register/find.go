package register

import (
	"context"
	"time"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// maxFound is how many persons a search of the whole union may give.
const maxFound = 20

// FindQuery asks whether somebody is registered in the union already. Who stands
// before the desk has given kana name and birth date; without both nothing is found,
// so that the index cannot be leafed through.
type FindQuery struct {
	Kana      string // the name or its beginning, two characters at least
	BirthDate wareki.Date
	Sex       clinical.Sex // empty: any
}

// Found is one person of the union.
type Found struct {
	Person person.Person
	OwnID  ident.LocalPatientID // empty: not linked to the caller's facility
	// Differs is the one field in which the person is not as asked, only nearly; empty for
	// whoever agrees.
	Differs wire.Field
}

// Find looks for persons in the whole union, for liaison clerks: at most 20 who agree, and
// after them at most 5 who differ in one field as by a slip.
func (s *Service) Find(ctx context.Context, c signin.Caller, ask FindQuery) ([]Found, error) {
	if err := s.demandLiaison(ctx, c, audit.ActionSearchPerson); err != nil {
		return nil, err
	}
	switch {
	case !kana.IsKana(ask.Kana) || utf8.RuneCountInString(kana.Key(ask.Kana)) < 2:
		return nil, fault.WithKey(fault.Invalid, "person.kana_invalid", nil)
	case ask.BirthDate.IsZero():
		return nil, fault.WithKey(fault.Invalid, "person.birth_missing", nil)
	}
	var out []Found
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		out = nil
		list, err := s.persons.BornOn(ctx, tx, c.Union, ask.BirthDate, ask.Kana, maxFound)
		if err != nil {
			return err
		}
		for _, p := range list {
			if ask.Sex != "" && p.Sex != ask.Sex {
				continue
			}
			out = append(out, Found{Person: p})
		}
		exact := len(out)
		near, err := s.near(ctx, tx, c.Union, ask, now)
		if err != nil {
			return err
		}
		out = append(out, near...)
		for i, f := range out {
			own, err := s.links.At(ctx, tx, c.Union, f.Person.ID, c.Facility)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			out[i].OwnID = own.PatientID
		}
		return s.append(ctx, tx, now, c, audit.Event{Action: audit.ActionSearchPerson, Outcome: audit.Done, Detail: map[string]any{"union": true, "rows": exact, "near": len(near)}})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
