package register_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// corrected gives an amendment of a person as they stand, changed.
func (d *desk) corrected(id ident.PersonID, change func(*person.Person)) register.Amendment {
	d.Helper()
	a := register.Amendment{Person: id, New: d.person(id), StaffVerified: true, Reason: "打ち間違い"}
	change(&a.New)
	return a
}

func nameAndBirth(p *person.Person) {
	p.Name, p.Kana, p.BirthDate = "結城 一郎", "ユウキ イチロウ", wareki.Date{Year: 1950, Month: 4, Day: 1}
}

func sex(p *person.Person) { p.Sex = clinical.Male }

// Two corrections in a row make nobody somebody else: what the second leaves nothing of
// must be as somebody has seen it who is not the one who corrects.
func TestAmend_anotherInSteps(t *testing.T) {
	agreeing := wire.Claim{PatientID: "77", Name: "結城 一郎", Kana: "ユウキ イチロウ", BirthDate: "1950-04-01", Sex: clinical.Female}
	for name, tc := range map[string]struct {
		before  func(*desk, ident.PersonID)
		between func(*desk, ident.PersonID)
		refused bool
	}{
		"nobody else is linked": {refused: true},
		"another clinic has not looked": {refused: true, before: func(d *desk, id ident.PersonID) {
			d.byHand(id, flowtest.OtherClinic, "5")
		}},
		"the clinic that corrects has linked them anew": {refused: true, between: func(d *desk, id ident.PersonID) {
			if err := d.s.Unlink(d.Context(), d.clerk, d.linkAt(id, flowtest.Clinic).ID, "誤り"); err != nil {
				d.Fatal(err)
			}
			if _, err := d.s.Register(d.Context(), d.clerk, register.Registration{Existing: id, OwnID: "0000123", StaffVerified: true}); err != nil {
				d.Fatal(err)
			}
		}},
		"a hospital disagreed": {refused: true, before: func(d *desk, id ident.PersonID) {
			d.hospitalLinks(id)
		}},
		"a hospital agreed": {before: func(d *desk, id ident.PersonID) {
			d.hospitalLinks(id)
			d.Gateways.At(flowtest.Hospital).Patients["77"] = agreeing
		}},
		"a hospital agreed in the end": {before: func(d *desk, id ident.PersonID) {
			d.hospitalLinks(id)
		}, between: func(d *desk, id ident.PersonID) {
			d.Gateways.At(flowtest.Hospital).Patients["77"] = agreeing
			if err := d.s.Link(d.Context(), d.clerk, id, flowtest.Hospital, "77"); err != nil {
				d.Fatal(err)
			}
		}},
		"a hospital agreed, another clinic has not looked": {refused: true, before: func(d *desk, id ident.PersonID) {
			d.hospitalLinks(id)
			d.byHand(id, flowtest.OtherClinic, "5")
			d.Gateways.At(flowtest.Hospital).Patients["77"] = agreeing
		}},
		"another clinic links them after the first": {between: func(d *desk, id ident.PersonID) {
			d.byHand(id, flowtest.OtherClinic, "5")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
				d := newDesk(t, database)
				id := d.registered()
				if tc.before != nil {
					tc.before(d, id)
				}
				if _, err := d.s.Amend(t.Context(), d.clerk, d.corrected(id, nameAndBirth)); err != nil {
					t.Fatal(err)
				}
				if tc.between != nil {
					tc.between(d, id)
				}
				d.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
					c := g.Patients["77"]
					c.Sex = clinical.Male
					g.Patients["77"] = c
				})
				_, err := d.s.Amend(t.Context(), d.clerk, d.corrected(id, sex))
				if !tc.refused {
					if err != nil {
						t.Errorf("Amend of the sex = %v", err)
					}
					return
				}
				wantFault(t, "Amend of the sex", err, fault.Invalid, "person.another_in_steps")
				if p := d.person(id); p.Sex != clinical.Female {
					t.Errorf("person = %+v", p)
				}
				undo := register.Amendment{Person: id, New: hana(), StaffVerified: true, Reason: "誤り"}
				if _, err := d.s.Amend(t.Context(), d.clerk, undo); err != nil {
					t.Errorf("Amend back to what was registered = %v", err)
				}
			})
		})
	}
}

// byHand links a person to a clinic where a clerk compares by hand.
func (d *desk) byHand(id ident.PersonID, f ident.FacilityID, number ident.LocalPatientID) signin.Caller {
	d.Helper()
	clerk := d.Caller(f, access.Clerk, access.RoleLiaison)
	if _, err := d.s.Register(d.Context(), clerk, register.Registration{Existing: id, OwnID: number, StaffVerified: true}); err != nil {
		d.Fatal(err)
	}
	return clerk
}

// hospitalLinks links a person to a hospital whose gateway knows hana.
func (d *desk) hospitalLinks(id ident.PersonID) {
	d.Helper()
	d.known(flowtest.Hospital, "77", nil)
	if err := d.s.Link(d.Context(), d.clerk, id, flowtest.Hospital, "77"); err != nil {
		d.Fatal(err)
	}
}
