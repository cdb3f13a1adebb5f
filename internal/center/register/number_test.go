package register_test

import (
	"slices"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// second is a registration of somebody who is not hana.
func (d *desk) second(own ident.LocalPatientID) register.Registration {
	p := hana()
	p.Name, p.Kana, p.BirthDate = "結城 太郎", "ユウキ タロウ", wareki.Date{Year: 1960, Month: 4, Day: 1}
	return register.Registration{New: p, OwnID: own, StaffVerified: true, Consent: written(d.Now)}
}

// A number in full width is the same number: it is no second patient's, and is kept, sent
// to gateways and found as the one that it is.
func TestReq_aNumberInFullWidthIsTheSameNumber(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered() // 0000123
		_, err := d.s.Register(t.Context(), d.clerk, d.second("０００0１２３"))
		wantFault(t, "Register of a second person", err, fault.Conflict, "link.taken")
		if _, err := d.s.Register(t.Context(), d.clerk, d.second(" ７７－１　")); err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"77-1", "７７－１", " ７7ー1"} {
			if got := d.names(t, d.clerk, register.ListQuery{Text: typed}); !slices.Equal(got, []string{"結城 太郎"}) {
				t.Errorf("List of %q = %v", typed, got)
			}
		}
		d.known(flowtest.Hospital, "0004567890", nil)
		if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "０００４５６７８９０"); err != nil {
			t.Fatal(err)
		}
		if got := d.Gateways.At(flowtest.Hospital).Linked; !slices.Equal(got, []ident.LocalPatientID{"0004567890"}) {
			t.Errorf("linked at the gateway: %v", got)
		}
	})
}

func TestRegister_refusesWhatIsNoNumber(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	for _, typed := range []ident.LocalPatientID{"アオキ", "0770 001", "①", "07\x000"} {
		_, err := d.s.Register(t.Context(), d.clerk, d.second(typed))
		wantFault(t, "Register under "+string(typed), err, fault.Invalid, "link.id_invalid")
		wantFault(t, "Link of "+string(typed), d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, typed), fault.Invalid, "link.id_invalid")
	}
	_, err := d.s.Register(t.Context(), d.clerk, d.second("　"))
	wantFault(t, "Register under a blank", err, fault.Invalid, "link.id_missing")
}

// Leading zeros are significant, and easily forgotten: the clerk has to say so.
func TestRegister_numberThatDiffersInLeadingZeros(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	d.registered() // 0000123
	r := d.second("123")
	_, err := d.s.Register(t.Context(), d.clerk, r)
	wantFault(t, "Register", err, fault.Conflict, "link.alike")
	if _, params, _ := fault.Message(err); params["other"] != ident.LocalPatientID("0000123") {
		t.Errorf("the refusal names %v", params["other"])
	}
	r.ConfirmAlike = true
	if _, err := d.s.Register(t.Context(), d.clerk, r); err != nil {
		t.Fatal(err)
	}
	other := d.Caller(flowtest.OtherClinic, access.Clerk, access.RoleLiaison)
	s := d.second("00123")
	s.ConfirmDistinct = true
	if _, err := d.s.Register(t.Context(), other, s); err != nil {
		t.Errorf("Register at another facility = %v", err)
	}
}

// Numbers that were stored in full width before: a search gives both patients, never the
// other one alone, and the number is taken.
func TestReq_anOldNumberInFullWidthIsNotAnotherPersons(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		d.add("山田 太郎", "ヤマダ タロウ", "1960-04-01", "0770001")
		d.add("中山 田鶴", "ナカヤマ タヅ", "1989-01-08", "０７７０００１")
		d.add("渡邊 一", "ワタナベ ハジメ", "2019-05-01", "０770002")
		for typed, want := range map[string][]string{
			"0770001": {"中山 田鶴", "山田 太郎"},
			"０７７０００１": {"中山 田鶴", "山田 太郎"},
			"０770002": {"渡邊 一"},
		} {
			if got := d.names(t, d.clerk, register.ListQuery{Text: typed}); !slices.Equal(got, want) {
				t.Errorf("List of %q = %v, want %v", typed, got, want)
			}
		}
		d.Exec(`UPDATE person_link SET ended_at = 1, state = 'ended' WHERE patient_id = '0770001'`)
		_, err := d.s.Register(t.Context(), d.clerk, d.second("0770001"))
		wantFault(t, "Register", err, fault.Conflict, "link.taken")
	})
}
