package register

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// maxNear is how many persons alike a search may give: enough to see that one has
	// mistyped, too few to leaf through the index.
	maxNear = 5
	// maxBornOnDay bounds how many persons of one birth date are compared.
	maxBornOnDay = 1000
)

// near lists persons who agree with a search in all but one field, and in that one nearly:
// the sex is another, the kana name is near ([kana.Near]), or the birth date is
// ([person.NearBirths], for a name that was given whole). Every question goes by the index
// of birth dates and kana keys.
func (s *Service) near(ctx context.Context, q db.Querier, union ident.UnionID, ask FindQuery, now time.Time) ([]Found, error) {
	var out []Found
	add := func(p person.Person, f wire.Field) {
		if len(out) < maxNear {
			out = append(out, Found{Person: p, Differs: f})
		}
	}
	ofSex := func(p person.Person) bool { return ask.Sex == "" || p.Sex == ask.Sex }
	same, err := s.persons.BornOn(ctx, q, union, ask.BirthDate, ask.Kana, maxFound)
	if err != nil {
		return nil, err
	}
	for _, p := range same {
		if !ofSex(p) {
			add(p, wire.FieldSex)
		}
	}
	born, err := s.persons.BornOn(ctx, q, union, ask.BirthDate, "", maxBornOnDay)
	if err != nil {
		return nil, err
	}
	for _, p := range born {
		if ofSex(p) && kana.Near(p.Kana, ask.Kana) {
			add(p, wire.FieldKana)
		}
	}
	namesakes, err := s.persons.Namesakes(ctx, q, union, ask.Kana, person.NearBirths(ask.BirthDate, wareki.On(now)), maxFound)
	if err != nil {
		return nil, err
	}
	for _, p := range namesakes {
		if ofSex(p) {
			add(p, wire.FieldBirthDate)
		}
	}
	return out, nil
}
