package register_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
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

// married is hana after her marriage.
func married(id ident.PersonID) register.Amendment {
	p := hana()
	p.Name, p.Kana = "結城 ハナ", "ユウキ ハナ"
	return register.Amendment{Person: id, New: p, StaffVerified: true, Reason: "婚姻"}
}

func (d *desk) person(id ident.PersonID) person.Person {
	d.Helper()
	p, err := persondb.Store{}.Person(d.Context(), d.DB.Reader(), flowtest.Union, id)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *desk) linkAt(id ident.PersonID, f ident.FacilityID) linkage.Link {
	d.Helper()
	l, err := linkagedb.Store{}.At(d.Context(), d.DB.Reader(), flowtest.Union, id, f)
	if err != nil {
		d.Fatal(err)
	}
	return l
}

// A correction changes the person, keeps what they were, compares every hospital anew, and
// takes out of force what does not agree and what nobody answers for.
func TestAmend(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered()
		for f, number := range map[ident.FacilityID]ident.LocalPatientID{flowtest.Hospital: "77", flowtest.Hospital2: "88"} {
			d.known(f, number, nil)
			if err := d.s.Link(t.Context(), d.clerk, id, f, number); err != nil {
				t.Fatal(err)
			}
		}
		by := d.Link(id, flowtest.OtherClinic, "5")
		d.Exec(`UPDATE person_link SET verified_by = 'staff' WHERE id = $1`, by.ID)
		d.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
			c := g.Patients["77"]
			c.Name, c.Kana = "結城 ハナ", "ユウキ ハナ"
			g.Patients["77"] = c
		})
		suspended, err := d.s.Amend(t.Context(), d.clerk, married(id))
		if err != nil || suspended != 1 {
			t.Fatalf("Amend = %d, %v, want one link suspended", suspended, err)
		}
		if p := d.person(id); p.Name != "結城 ハナ" || p.Kana != "ユウキ ハナ" || p.BirthDate != hana().BirthDate {
			t.Errorf("person = %+v", p)
		}
		former, err := persondb.Store{}.Former(t.Context(), d.DB.Reader(), id)
		if err != nil || len(former) != 1 || former[0].Person.Kana != "ミズヒキ ハナ" || former[0].Reason != "婚姻" || former[0].ChangedBy != d.clerk.User {
			t.Errorf("former = %+v, %v", former, err)
		}
		if l := d.linkAt(id, flowtest.Hospital); !l.Counts() {
			t.Errorf("link to the hospital that agrees = %+v", l)
		}
		if l := d.linkAt(id, flowtest.Hospital2); l.State != linkage.Suspended || !slices.Equal(l.Differs, []wire.Field{wire.FieldKana}) {
			t.Errorf("link to the hospital that disagrees = %+v", l)
		}
		if got := d.Gateways.At(flowtest.Hospital2).Linked; len(got) != 0 {
			t.Errorf("the hospital that disagrees serves %v still", got)
		}
		for name, want := range map[string]int{"ミズヒキ": 0, "ユウキ": 1} {
			found, err := d.s.List(t.Context(), d.clerk, register.ListQuery{Text: name})
			if err != nil || found.Total != want {
				t.Errorf("list of %s = %d, %v, want %d", name, found.Total, err, want)
			}
		}
		owners := map[ident.FacilityID]ident.UserID{}
		for _, e := range d.Events(audit.ActionAmendPerson) {
			owners[e.Owner] = e.User
		}
		want := map[ident.FacilityID]ident.UserID{flowtest.Clinic: d.clerk.User, flowtest.Hospital: d.clerk.User, flowtest.Hospital2: d.clerk.User, flowtest.OtherClinic: ""}
		if diff := cmp.Diff(want, owners); diff != "" {
			t.Errorf("rows by owner (-want +got):\n%s", diff)
		}
		if got := d.Events(audit.ActionLinkSuspend); len(got) != 1 || got[0].Owner != flowtest.Hospital2 {
			t.Errorf("rows of suspension = %+v", got)
		}
	})
}

func TestAmend_refusals(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	before := d.person(id)
	d.Exec(`UPDATE consent SET effective_from = $1`, db.Micros(d.Now.AddDate(0, 0, -7)))
	d.AddPerson(person.Person{ID: ident.New[ident.PersonID](), Union: flowtest.Union, Name: "綾 ハナ", Kana: "アヤ ハナ", BirthDate: hana().BirthDate, Sex: clinical.Female, CreatedBy: "u", CreatedAt: d.Now})
	d.AddPerson(person.Person{ID: ident.New[ident.PersonID](), Union: flowtest.Union, Name: "水引 ハナ", Kana: "ミズヒキ ハナ", BirthDate: wareki.Date{Year: 1950, Month: 3, Day: 9}, Sex: clinical.Female, CreatedBy: "u", CreatedAt: d.Now})
	for name, tc := range map[string]struct {
		change func(*register.Amendment)
		kind   fault.Kind
		key    fault.Key
	}{
		"nothing changes":          {func(a *register.Amendment) { a.New = hana() }, fault.Invalid, "person.unchanged"},
		"without a reason":         {func(a *register.Amendment) { a.Reason = " " }, fault.Invalid, "person.reason_missing"},
		"without a name":           {func(a *register.Amendment) { a.New.Name = " " }, fault.Invalid, "person.name_missing"},
		"born in the future":       {func(a *register.Amendment) { a.New.BirthDate.Year = 2090 }, fault.Invalid, "person.birth_future"},
		"born after the consent":   {func(a *register.Amendment) { a.New.BirthDate = wareki.On(d.Now) }, fault.Invalid, "consent.date_before_birth"},
		"not compared by hand":     {func(a *register.Amendment) { a.StaffVerified = false }, fault.Invalid, "link.staff_unverified"},
		"somebody else altogether": {func(a *register.Amendment) { a.New.BirthDate.Year, a.New.Sex = 1950, clinical.Male }, fault.Invalid, "person.another"},
		"who is there already":     {func(a *register.Amendment) { a.New.Kana = "アヤ ハナ" }, fault.Conflict, "person.exists"},
		"who is nearly there":      {func(a *register.Amendment) { a.New.Kana = "アヤ バナ" }, fault.Conflict, "person.near"},
		"another's patient":        {func(a *register.Amendment) { a.Person = "none" }, fault.NotFound, ""},
	} {
		a := married(id)
		tc.change(&a)
		_, err := d.s.Amend(t.Context(), d.clerk, a)
		wantFault(t, name, err, tc.kind, tc.key)
	}
	stale := d.clerk
	stale.VerifiedAt = d.Now.Add(-time.Hour)
	if _, err := d.s.Amend(t.Context(), stale, married(id)); !fault.Is(err, fault.Denied) {
		t.Errorf("without a fresh proof = %v", err)
	}
	doctor := d.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
	if _, err := d.s.Amend(t.Context(), doctor, married(id)); !fault.Is(err, fault.Denied) {
		t.Errorf("by who does not register = %v", err)
	}
	if diff := cmp.Diff(before, d.person(id)); diff != "" {
		t.Errorf("a refused correction changed the person (-before +after):\n%s", diff)
	}
	if n := len(d.Events(audit.ActionAmendPerson)); n != 1 { // the doctor's refusal
		t.Errorf("%d rows, want that of the refusal", n)
	}
	a := married(id)
	a.New.Kana, a.ConfirmDistinct = "アヤ ハナ", true
	if _, err := d.s.Amend(t.Context(), d.clerk, a); err != nil {
		t.Errorf("a twin that is said to be another = %v", err)
	}
}

// Only what hospitals compare is compared anew, and a gateway that does not answer agrees
// with nothing.
func TestAmend_silentGateway(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "77", nil)
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "77"); err != nil {
		t.Fatal(err)
	}
	d.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) { g.Online = false })
	address := married(id)
	address.New = hana()
	address.New.Address = "水引郡結び村2"
	if n, err := d.s.Amend(t.Context(), d.clerk, address); err != nil || n != 0 || !d.linkAt(id, flowtest.Hospital).Counts() {
		t.Errorf("Amend of the address = %d, %v", n, err)
	}
	if n, err := d.s.Amend(t.Context(), d.clerk, married(id)); err != nil || n != 1 {
		t.Errorf("Amend with a silent gateway = %d, %v, want one suspended", n, err)
	}
	if l := d.linkAt(id, flowtest.Hospital); l.State != linkage.Suspended || !slices.Equal(l.Differs, []wire.Field{wire.FieldKana}) {
		t.Errorf("link = %+v", l)
	}
}

// At a hospital its own record decides: it is corrected there first, and the own link that
// was suspended for it comes back.
func TestAmend_atADisclosingFacility(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	clerk := d.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
	d.known(flowtest.Hospital, "77", nil)
	if _, err := d.s.Register(t.Context(), clerk, register.Registration{Existing: id, OwnID: "77"}); err != nil {
		t.Fatal(err)
	}
	_, err := d.s.Amend(t.Context(), clerk, married(id))
	wantFault(t, "Amend against the own record", err, fault.Invalid, "link.mismatch")
	d.InTx(func(ctx context.Context, tx *db.Tx) error {
		return linkagedb.Store{}.Suspend(ctx, tx, d.linkAt(id, flowtest.Hospital).ID, []wire.Field{wire.FieldKana}, d.Now)
	})
	address := married(id)
	address.New = hana()
	address.New.Address = "x"
	_, err = d.s.Amend(t.Context(), clerk, address)
	wantFault(t, "Amend that compares nothing, on a suspended link", err, fault.Conflict, "link.own_suspended")
	d.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
		c := g.Patients["77"]
		c.Kana = "ユウキ ハナ"
		g.Patients["77"] = c
	})
	if _, err := d.s.Amend(t.Context(), clerk, married(id)); err != nil {
		t.Fatal(err)
	}
	if l := d.linkAt(id, flowtest.Hospital); !l.Counts() {
		t.Errorf("own link = %+v, want it back in force", l)
	}
	d.Gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) { g.Online = false })
	_, err = d.s.Amend(t.Context(), clerk, register.Amendment{Person: id, New: hana(), Reason: "誤り"})
	wantFault(t, "Amend with the own gateway silent", err, fault.Unavailable, "gateway.silent")
}

// A link that was compared with demographics which were corrected meanwhile is not made: no
// correction to come would find that the hospital never saw what holds now.
func TestAmend_whileAnotherLinks(t *testing.T) {
	for name, do := range map[string]func(*desk, signin.Caller, ident.PersonID) error{
		"linking": func(d *desk, _ signin.Caller, id ident.PersonID) error {
			return d.s.Link(d.Context(), d.clerk, id, flowtest.Hospital, "77")
		},
		"registering": func(d *desk, clerk signin.Caller, id ident.PersonID) error {
			_, err := d.s.Register(d.Context(), clerk, register.Registration{Existing: id, OwnID: "77"})
			return err
		},
		"correcting a number": func(d *desk, clerk signin.Caller, id ident.PersonID) error {
			l := d.Link(id, flowtest.Hospital, "76")
			return d.s.Correct(d.Context(), clerk, register.Correction{Link: l.ID, OwnID: "77", Reason: "打ち間違い"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			id := d.registered()
			clerk := d.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
			d.known(flowtest.Hospital, "77", nil)
			gw := d.Gateways.At(flowtest.Hospital)
			gw.Before = func(_ context.Context, call string) error {
				if call != "link" {
					return nil
				}
				gw.Before = nil
				_, err := d.s.Amend(t.Context(), d.clerk, married(id))
				return err
			}
			wantFault(t, name, do(d, clerk, id), fault.Conflict, "")
			if p := d.person(id); p.Kana != "ユウキ ハナ" {
				t.Fatalf("person = %+v: the test proves nothing", p)
			}
			if l, err := (linkagedb.Store{}).At(t.Context(), d.DB.Reader(), flowtest.Union, id, flowtest.Hospital); err == nil && l.Counts() {
				t.Errorf("link in force that was compared with the old name: %+v", l)
			}
			if len(gw.Linked) != 0 {
				t.Errorf("the gateway serves %v", gw.Linked)
			}
		})
	}
}

// The time that the own gateway took is not taken from the others: they would count as silent.
func TestAmend_slowOwnGateway(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	clerk := d.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
	d.known(flowtest.Hospital, "77", nil)
	d.known(flowtest.Hospital2, "88", nil)
	if _, err := d.s.Register(t.Context(), clerk, register.Registration{Existing: id, OwnID: "77"}); err != nil {
		t.Fatal(err)
	}
	if err := d.s.Link(t.Context(), clerk, id, flowtest.Hospital2, "88"); err != nil {
		t.Fatal(err)
	}
	until := map[ident.FacilityID]time.Time{}
	for _, f := range []ident.FacilityID{flowtest.Hospital, flowtest.Hospital2} {
		d.known(f, map[ident.FacilityID]ident.LocalPatientID{flowtest.Hospital: "77", flowtest.Hospital2: "88"}[f], func(c *wire.Claim) { c.Kana = "ユウキ ハナ" })
		d.Gateways.At(f).Before = func(ctx context.Context, call string) error {
			if call == "verify" {
				until[f], _ = ctx.Deadline()
			}
			return nil
		}
	}
	if n, err := d.s.Amend(t.Context(), clerk, married(id)); err != nil || n != 0 {
		t.Fatalf("Amend = %d, %v", n, err)
	}
	if own, other := until[flowtest.Hospital], until[flowtest.Hospital2]; own.IsZero() || !other.After(own) {
		t.Errorf("the own gateway has until %v, the other until %v", own, other)
	}
}
