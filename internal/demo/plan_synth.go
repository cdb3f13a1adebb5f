package demo

import (
	"cmp"
	"context"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

// newPlan makes the plan of a new region from a synthetic one. Patients whom a clerk can
// register without being refused come first among those who are not linked.
func newPlan(cfg Config) (*plan, error) {
	want := synth.DefaultConfig()
	want.Persons, want.Seed = cfg.Persons, cfg.Seed
	want.Linked = min(want.Linked, want.Persons)
	if cfg.Linked > 0 {
		want.Linked = cfg.Linked
	}
	region, err := synth.NewRegion(want)
	if err != nil {
		return nil, err
	}
	p := &plan{
		Region: region.Name,
		writeStorage: func(ctx context.Context, facility int, dir string) error {
			return region.WriteStorage(ctx, dir, facility)
		},
		writeExtended: func(ctx context.Context, facility int, dir string) error {
			return region.WriteExtended(ctx, dir, facility)
		},
	}
	for _, f := range region.Facilities {
		out := plannedFacility{Code: f.Code, Name: f.Name, Kana: f.Kana, Mark: f.Mark, Kind: directory.FacilityKind(f.Kind), Disclosing: f.Disclosing}
		for _, s := range f.Staff {
			out.Staff = append(out.Staff, plannedStaff{Login: s.Login, DisplayName: s.Name, Kana: s.Kana, Profession: s.Profession, Roles: s.Roles})
		}
		p.Facilities = append(p.Facilities, out)
	}
	var mistyped []plannedPatient
	for _, person := range region.Persons {
		if person.Linked {
			one := plannedPerson{Name: person.Name(), Kana: person.Kana(), BirthDate: person.Birth, Sex: person.Sex, Address: person.Address}
			for _, n := range person.Numbers() {
				one.Links = append(one.Links, plannedLink{n.Facility, n.ID})
			}
			p.Persons = append(p.Persons, one)
			continue
		}
		for _, rec := range person.Records {
			one := plannedPatient{Facility: rec.Facility, PatientID: rec.ID, Name: person.Name(), Kana: person.Kana(), BirthDate: person.Birth, Sex: person.Sex}
			if rec.Mistyped {
				mistyped = append(mistyped, one)
			} else {
				p.Unlinked = append(p.Unlinked, one)
			}
		}
	}
	slices.SortStableFunc(p.Unlinked, func(a, b plannedPatient) int { return cmp.Compare(a.Facility, b.Facility) })
	p.Unlinked = append(p.Unlinked, mistyped...)
	return p, nil
}
