package register_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
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

// desk is a clerk at a clinic without a gateway and the service.
type desk struct {
	*flowtest.World
	s     *register.Service
	clerk signin.Caller
}

func newDesk(t *testing.T, d *db.DB) *desk {
	w := flowtest.New(t, d)
	s := register.New(register.Config{DB: d, Audit: w.Audit, Gateways: w.Gateways, Clock: w.Clock, Log: w.Log})
	return &desk{World: w, s: s, clerk: w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)}
}

func hana() person.Person {
	return person.Person{Name: "水引  ハナ", Kana: "みずひき はな", BirthDate: wareki.Date{Year: 1948, Month: 3, Day: 9}, Sex: clinical.Female}
}

func written(at time.Time) *consent.Record {
	return &consent.Record{Basis: consent.Written, Signer: "本人", EffectiveFrom: at.Add(-time.Hour)}
}

// registered registers hana at the clinic.
func (d *desk) registered() ident.PersonID {
	d.Helper()
	id, err := d.s.Register(d.Context(), d.clerk, register.Registration{New: hana(), OwnID: "0000123", StaffVerified: true, Consent: written(d.Now)})
	if err != nil {
		d.Fatal(err)
	}
	return id
}

// known makes a hospital know hana under a patient number.
func (d *desk) known(f ident.FacilityID, id ident.LocalPatientID, change func(*wire.Claim)) {
	c := flowtest.ClaimOf(id, "水引 ハナ", "ミズヒキ ハナ")
	if change != nil {
		change(&c)
	}
	d.Gateways.At(f).Patients[id] = c
}

func actions(events []audit.Event) []audit.Action {
	var out []audit.Action
	for _, e := range events {
		out = append(out, e.Action)
	}
	return out
}

func wantFault(t *testing.T, what string, err error, kind fault.Kind, key fault.Key) {
	t.Helper()
	if got, _, _ := fault.Message(err); !fault.Is(err, kind) || got != key {
		t.Errorf("%s = %v (key %q), want %s (key %q)", what, err, got, kind, key)
	}
}

func TestFirstRegistration(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered()
		d.known(flowtest.Hospital, "0004567890", nil)

		found, err := d.s.Candidates(t.Context(), d.clerk, id, flowtest.Hospital)
		if err != nil || !slices.Equal(found.PatientIDs, []ident.LocalPatientID{"0004567890"}) {
			t.Fatalf("Candidates = %+v, %v", found, err)
		}
		if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "0004567890"); err != nil {
			t.Fatal(err)
		}
		f, err := d.s.Frame(t.Context(), d.clerk, id)
		if err != nil {
			t.Fatal(err)
		}
		if f.Person.Name != "水引 ハナ" || f.Person.Kana != "ミズヒキ ハナ" || f.Person.Union != flowtest.Union || f.Person.CreatedBy != d.clerk.User {
			t.Errorf("person = %+v", f.Person)
		}
		if f.OwnLink.PatientID != "0000123" || f.OwnLink.VerifiedBy != linkage.ByStaff || !f.ConsentInForce || len(f.Consents) != 1 {
			t.Errorf("frame = %+v", f)
		}
		if len(f.Links) != 1 || f.Links[0].PatientID != "0004567890" || f.Links[0].VerifiedBy != linkage.ByGateway || !f.Links[0].Counts() {
			t.Errorf("links = %+v", f.Links)
		}
		if got := d.Gateways.At(flowtest.Hospital).Linked; !slices.Equal(got, []ident.LocalPatientID{"0004567890"}) {
			t.Errorf("linked at the gateway: %v", got)
		}
		want := []audit.Action{audit.ActionCreatePerson, audit.ActionConsentGive, audit.ActionLink, audit.ActionCandidates, audit.ActionLink, audit.ActionOpenPatient}
		if diff := cmp.Diff(want, actions(d.Events())); diff != "" {
			t.Errorf("access log (-want +got):\n%s", diff)
		}
	})
}

func TestRegister_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(d *desk)
		change  func(d *desk, r *register.Registration)
		kind    fault.Kind
		key     fault.Key
	}{
		"without an own number":       {nil, func(_ *desk, r *register.Registration) { r.OwnID = "" }, fault.Invalid, "link.id_missing"},
		"without comparison by hand":  {nil, func(_ *desk, r *register.Registration) { r.StaffVerified = false }, fault.Invalid, "link.staff_unverified"},
		"without consent":             {nil, func(_ *desk, r *register.Registration) { r.Consent = nil }, fault.Conflict, "consent.missing"},
		"a consent without signer":    {nil, func(_ *desk, r *register.Registration) { r.Consent.Signer = " " }, fault.Invalid, "consent.signer_missing"},
		"a consent of tomorrow":       {nil, func(d *desk, r *register.Registration) { r.Consent.EffectiveFrom = d.Now.Add(time.Hour) }, fault.Invalid, "consent.date_future"},
		"a kana name in kanji":        {nil, func(_ *desk, r *register.Registration) { r.New.Kana = "水引" }, fault.Invalid, "person.kana_invalid"},
		"somebody born tomorrow":      {nil, func(_ *desk, r *register.Registration) { r.New.BirthDate = wareki.Date{Year: 2026, Month: 11, Day: 26} }, fault.Invalid, "person.birth_future"},
		"somebody who is there":       {func(d *desk) { d.registered() }, func(_ *desk, r *register.Registration) { r.OwnID = "9" }, fault.Conflict, "person.exists"},
		"a number that is taken":      {func(d *desk) { d.registered() }, func(_ *desk, r *register.Registration) { r.ConfirmDistinct = true }, fault.Conflict, "link.taken"},
		"a person of no union":        {nil, func(_ *desk, r *register.Registration) { r.Existing = "none" }, fault.NotFound, ""},
		"somebody else's permissions": {func(d *desk) { d.clerk.Roles = []access.Role{access.RoleViewer} }, func(*desk, *register.Registration) {}, fault.Denied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			if tc.prepare != nil {
				tc.prepare(d)
			}
			r := register.Registration{New: hana(), OwnID: "0000123", StaffVerified: true, Consent: written(d.Now)}
			tc.change(d, &r)
			before := d.count("person_link")
			_, err := d.s.Register(t.Context(), d.clerk, r)
			wantFault(t, "Register", err, tc.kind, tc.key)
			if got := d.count("person_link"); got != before {
				t.Errorf("%d links more", got-before)
			}
		})
	}
}

func (d *desk) count(table string) (n int) {
	d.Helper()
	if err := d.DB.Reader().QueryRowContext(d.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

func TestRegister_distinctPersonAlike(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	first := d.registered()
	second, err := d.s.Register(t.Context(), d.clerk, register.Registration{New: hana(), OwnID: "0000124", StaffVerified: true, Consent: written(d.Now), ConfirmDistinct: true})
	if err != nil || second == first {
		t.Fatalf("Register = %s, %v, want another person than %s", second, err, first)
	}
	found, err := d.s.Find(t.Context(), d.clerk, register.FindQuery{Kana: "ミズヒキ", BirthDate: hana().BirthDate})
	if err != nil || len(found) != 2 {
		t.Errorf("Find = %+v, %v, want both", found, err)
	}
}

// A facility added later: the person is known, the consent in force, and the hospital
// registers under its own number, which its own gateway compares.
func TestRegister_existingPersonAtADisclosingFacility(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	clerk := d.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
	d.known(flowtest.Hospital, "77", func(c *wire.Claim) { c.Sex = clinical.Male })
	_, err := d.s.Register(t.Context(), clerk, register.Registration{Existing: id, OwnID: "77", StaffVerified: true})
	wantFault(t, "Register against the hospital's own record", err, fault.Invalid, "link.mismatch")
	d.known(flowtest.Hospital, "77", nil)
	if _, err := d.s.Register(t.Context(), clerk, register.Registration{Existing: id, OwnID: "77"}); err != nil {
		t.Fatal(err)
	}
	f, err := d.s.Frame(t.Context(), clerk, id)
	if err != nil || f.OwnLink.PatientID != "77" || f.OwnLink.VerifiedBy != linkage.ByGateway {
		t.Errorf("Frame = %+v, %v", f, err)
	}
}

// Patient verification names the fields that differ and nothing that stands in them.
func TestReq_verificationNamesFieldsOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*wire.Claim)
		want   []wire.Field
	}{
		"birth date": {func(c *wire.Claim) { c.BirthDate = "1948-03-19" }, []wire.Field{wire.FieldBirthDate}},
		"sex":        {func(c *wire.Claim) { c.Sex = clinical.Male }, []wire.Field{wire.FieldSex}},
		"kana":       {func(c *wire.Claim) { c.Kana = "ミズヒキ ハル" }, []wire.Field{wire.FieldKana}},
		"all": {func(c *wire.Claim) { c.BirthDate, c.Sex, c.Kana = "1999-01-01", clinical.Male, "ユウキ タロウ" },
			[]wire.Field{wire.FieldBirthDate, wire.FieldSex, wire.FieldKana}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			id := d.registered()
			d.known(flowtest.Hospital, "55", tc.change)
			err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "55")
			wantFault(t, "Link", err, fault.Invalid, "link.mismatch")
			_, params, _ := fault.Message(err)
			if diff := cmp.Diff(map[string]any{"id": ident.LocalPatientID("55"), "fields": tc.want}, params); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
			refused := d.Events(audit.ActionLinkRefused)
			if len(refused) != 1 || refused[0].Owner != flowtest.Hospital || refused[0].Person != id || refused[0].Outcome != audit.Denied {
				t.Fatalf("refusal rows = %+v", refused)
			}
			var fields []any
			for _, f := range tc.want {
				fields = append(fields, string(f))
			}
			if diff := cmp.Diff(map[string]any{"cause": "mismatch", "fields": fields, "patient_id": "55"}, refused[0].Detail); diff != "" {
				t.Errorf("detail of the refusal (-want +got):\n%s", diff)
			}
			if d.count("person_link") != 1 || len(d.Gateways.At(flowtest.Hospital).Linked) != 0 {
				t.Error("the link was made")
			}
		})
	}
}

func TestLink_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(d *desk, id ident.PersonID)
		at      ident.FacilityID
		number  ident.LocalPatientID
		kind    fault.Kind
		key     fault.Key
	}{
		"an unknown number":      {nil, flowtest.Hospital, "404", fault.Invalid, "link.unknown_id"},
		"an empty number":        {nil, flowtest.Hospital, "", fault.Invalid, "link.id_missing"},
		"a silent gateway":       {func(d *desk, _ ident.PersonID) { d.Gateways.At(flowtest.Hospital).Online = false }, flowtest.Hospital, "1", fault.Unavailable, "gateway.silent"},
		"a facility without one": {nil, flowtest.OtherClinic, "1", fault.NotFound, ""},
		"no facility":            {nil, "none", "1", fault.NotFound, ""},
		"without consent":        {func(d *desk, id ident.PersonID) { d.Revoke(id) }, flowtest.Hospital, "1", fault.Conflict, "consent.missing"},
		"a second number":        {func(d *desk, id ident.PersonID) { d.Link(id, flowtest.Hospital, "2") }, flowtest.Hospital, "1", fault.Conflict, "link.exists"},
		"another person's number": {func(d *desk, _ ident.PersonID) {
			d.Link(d.Person("結城 太郎", "ユウキ タロウ").ID, flowtest.Hospital, "1")
		}, flowtest.Hospital, "1", fault.Conflict, "link.taken"},
		"after the own link ended": {func(d *desk, id ident.PersonID) { d.endOwn(id) }, flowtest.Hospital, "1", fault.NotFound, ""},
		"with the own link in doubt": {func(d *desk, id ident.PersonID) {
			d.Exec(`UPDATE person_link SET state = 'suspended' WHERE person_id = $1`, id)
		}, flowtest.Hospital, "1", fault.Conflict, "link.own_suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t, migrate.Center))
			id := d.registered()
			d.known(flowtest.Hospital, "1", nil)
			if tc.prepare != nil {
				tc.prepare(d, id)
			}
			before := d.count("person_link")
			wantFault(t, "Link", d.s.Link(t.Context(), d.clerk, id, tc.at, tc.number), tc.kind, tc.key)
			if got := d.count("person_link"); got != before || len(d.Gateways.At(flowtest.Hospital).Linked) != 0 {
				t.Errorf("%d links more, linked at the gateway %v", got-before, d.Gateways.At(flowtest.Hospital).Linked)
			}
			if tc.kind == fault.NotFound && len(d.Events(audit.ActionProbe)) != 1 {
				t.Error("no probe row")
			}
		})
	}
}

func (d *desk) endOwn(id ident.PersonID) {
	d.InTx(func(ctx context.Context, tx *db.Tx) error {
		l, err := linkagedb.Store{}.At(ctx, tx, flowtest.Union, id, flowtest.Clinic)
		if err != nil {
			return err
		}
		return linkagedb.Store{}.End(ctx, tx, l.ID, "setup", "test", d.Now)
	})
}

// The gateway has agreed and the transaction fails: the gateway must forget again.
func TestLink_unlinksAtTheGatewayWhenTheTransactionFails(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "1", nil)
	d.Exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit_event WHEN NEW.action = 'link_confirm' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err == nil {
		t.Fatal("Link succeeded without its row in the access log")
	}
	if got := d.Gateways.At(flowtest.Hospital).Linked; len(got) != 0 || d.count("person_link") != 1 {
		t.Errorf("linked at the gateway %v, %d links, want none and the own one", got, d.count("person_link"))
	}
}

// Two clerks link the same number: the slower one must not undo what the faster did.
func TestLink_slowerClerkLeavesTheFasterOnesLink(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "1", nil)
	gw := d.Gateways.At(flowtest.Hospital)
	gw.Before = func(_ context.Context, call string) error {
		if call == "link" {
			gw.Before = nil
			return d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1")
		}
		return nil
	}
	err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1")
	wantFault(t, "the slower Link", err, fault.Conflict, "link.exists")
	if !slices.Equal(gw.Linked, []ident.LocalPatientID{"1"}) {
		t.Errorf("linked at the gateway: %v, want the faster clerk's link", gw.Linked)
	}
}

func TestUnlink(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "1", nil)
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err != nil {
		t.Fatal(err)
	}
	f, err := d.s.Frame(t.Context(), d.clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	link := f.Links[0].ID

	stranger := d.Caller(flowtest.OtherClinic, access.Clerk, access.RoleLiaison)
	wantFault(t, "Unlink by a facility without an own link", d.s.Unlink(t.Context(), stranger, link, "x"), fault.NotFound, "")
	wantFault(t, "Unlink of nothing", d.s.Unlink(t.Context(), d.clerk, "none", "x"), fault.NotFound, "")
	wantFault(t, "Unlink without a reason", d.s.Unlink(t.Context(), d.clerk, link, " "), fault.Invalid, "link.reason_missing")
	if got := len(d.Events(audit.ActionProbe)); got != 2 {
		t.Errorf("%d probe rows, want 2", got)
	}
	stale := d.clerk
	stale.VerifiedAt = d.Now.Add(-time.Hour)
	wantFault(t, "Unlink without a fresh proof", d.s.Unlink(t.Context(), stale, link, "x"), fault.Denied, signin.KeyStepUp)
	if err := d.s.Unlink(t.Context(), d.clerk, link, "wrong patient"); err != nil {
		t.Fatal(err)
	}
	wantFault(t, "Unlink again", d.s.Unlink(t.Context(), d.clerk, link, "x"), fault.Conflict, "link.ended")
	if got := d.Gateways.At(flowtest.Hospital).Linked; len(got) != 0 {
		t.Errorf("linked at the gateway: %v", got)
	}
	if f, err = d.s.Frame(t.Context(), d.clerk, id); err != nil || len(f.Links) != 0 {
		t.Errorf("Frame = %+v, %v, want no links", f, err)
	}
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err != nil {
		t.Errorf("Link anew = %v", err)
	}
}

// The own link ends, and what is not the facility's to end stays: the person, the consent,
// the hospital's link. The person is found again and linked under the right number.
func TestUnlink_theOwnLinkAndAnew(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered()
		d.known(flowtest.Hospital, "1", nil)
		if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err != nil {
			t.Fatal(err)
		}
		f, err := d.s.Frame(t.Context(), d.clerk, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.s.Unlink(t.Context(), d.clerk, f.OwnLink.ID, "mistyped"); err != nil {
			t.Fatal(err)
		}
		_, err = d.s.Frame(t.Context(), d.clerk, id)
		wantFault(t, "Frame", err, fault.NotFound, "")
		found, err := d.s.Find(t.Context(), d.clerk, register.FindQuery{Kana: "ミズヒキ ハナ", BirthDate: hana().BirthDate})
		if err != nil || len(found) != 1 || found[0].Person.ID != id || found[0].OwnID != "" {
			t.Fatalf("Find = %+v, %v", found, err)
		}
		if _, err := d.s.Register(t.Context(), d.clerk, register.Registration{Existing: id, OwnID: "0000321", StaffVerified: true}); err != nil {
			t.Fatal(err)
		}
		if f, err = d.s.Frame(t.Context(), d.clerk, id); err != nil || f.OwnLink.PatientID != "0000321" || len(f.Links) != 1 || !f.ConsentInForce {
			t.Errorf("Frame = %+v, %v, want the new number, the hospital's link and the consent", f, err)
		}
	})
}

// Numbers are not tried one after the other: after ten refusals of one hospital its
// gateway is not asked for a while, and the log says so.
func TestReq_linksAreThrottled(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "1", nil)
	d.known(flowtest.Hospital2, "1", nil)
	for range 10 {
		wantFault(t, "Link", d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "404"), fault.Invalid, "link.unknown_id")
		d.Now = d.Now.Add(time.Second)
	}
	err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1")
	wantFault(t, "Link of the right number", err, fault.Unavailable, "link.throttled")
	if _, params, _ := fault.Message(err); params["minutes"] != 30 {
		t.Errorf("minutes = %v", params["minutes"])
	}
	if rows := d.Events(audit.ActionLinkThrottled); len(rows) != 1 || rows[0].Owner != flowtest.Hospital || rows[0].User != d.clerk.User || rows[0].Detail["patient_id"] != "1" {
		t.Errorf("rows = %+v", rows)
	}
	if rows := d.Events(audit.ActionLinkRefused); len(rows) != 10 || rows[0].Detail["patient_id"] != "404" {
		t.Errorf("%d rows of refusals, %+v", len(rows), rows[0])
	}
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital2, "1"); err != nil {
		t.Errorf("Link at another hospital = %v", err)
	}
	other := d.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
	wantFault(t, "Link by somebody else", d.s.Link(t.Context(), other, id, flowtest.Hospital, "405"), fault.Invalid, "link.unknown_id")
	d.Now = d.Now.Add(30 * time.Minute)
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err != nil {
		t.Errorf("Link after half an hour = %v", err)
	}
}

// A clinic's own link is nobody else's to see or to end.
func TestUnlink_ofAnotherViewingFacility(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	theirs := d.Link(id, flowtest.OtherClinic, "9")
	wantFault(t, "Unlink", d.s.Unlink(t.Context(), d.clerk, theirs.ID, "x"), fault.NotFound, "")
	f, err := d.s.Frame(t.Context(), d.clerk, id)
	if err != nil || len(f.Links) != 0 {
		t.Errorf("Frame = %+v, %v, want no link of the other clinic", f.Links, err)
	}
}

func TestReq_revocationReachesGatewaysAndTheLinkedSet(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered()
		for _, h := range []ident.FacilityID{flowtest.Hospital, flowtest.Hospital2} {
			d.known(h, "1", nil)
			if err := d.s.Link(t.Context(), d.clerk, id, h, "1"); err != nil {
				t.Fatal(err)
			}
		}
		d.Gateways.At(flowtest.Hospital2).Online = false
		d.Now = d.Now.Add(time.Minute)
		wantFault(t, "RevokeConsent without a reason", d.s.RevokeConsent(t.Context(), d.clerk, id, ""), fault.Invalid, "consent.reason_missing")
		if err := d.s.RevokeConsent(t.Context(), d.clerk, id, "by form"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, "RevokeConsent again", d.s.RevokeConsent(t.Context(), d.clerk, id, "by form"), fault.Conflict, "consent.not_in_force")
		if got := d.Gateways.At(flowtest.Hospital).Linked; len(got) != 0 {
			t.Errorf("linked at the gateway that answers: %v", got)
		}
		for _, h := range []ident.FacilityID{flowtest.Hospital, flowtest.Hospital2} {
			if set, err := (linkagedb.Store{}).InForce(t.Context(), database.Reader(), h, d.Now); err != nil || len(set) != 0 {
				t.Errorf("linked set of %s = %+v, %v, want nobody", h, set, err)
			}
		}
		f, err := d.s.Frame(t.Context(), d.clerk, id)
		if err != nil || f.ConsentInForce || f.Consents[0].RevokedBy != d.clerk.User || f.Consents[0].RevokeReason != "by form" || len(f.Links) != 2 {
			t.Errorf("Frame = %+v, %v, want a revoked consent and standing links", f, err)
		}

		d.Now = d.Now.Add(time.Minute)
		if err := d.s.GiveConsent(t.Context(), d.clerk, id, *written(d.Now)); err != nil {
			t.Fatal(err)
		}
		if got := d.Gateways.At(flowtest.Hospital).Linked; !slices.Equal(got, []ident.LocalPatientID{"1"}) {
			t.Errorf("linked at the gateway after a new consent: %v", got)
		}
	})
}

// The hospital's record has changed while the consent was revoked.
// A form of before a withdrawal does not undo it; one of the same day or later does.
func TestGiveConsent_refusesOneOfBeforeTheWithdrawal(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	if err := d.s.RevokeConsent(t.Context(), d.clerk, id, "form"); err != nil {
		t.Fatal(err)
	}
	old := written(d.Now)
	old.EffectiveFrom = wareki.On(d.Now).AddDays(-1).Midnight()
	wantFault(t, "a consent of the day before", d.s.GiveConsent(t.Context(), d.clerk, id, *old), fault.Invalid, "consent.date_before_revocation")
	old.EffectiveFrom = wareki.On(d.Now).Midnight()
	if err := d.s.GiveConsent(t.Context(), d.clerk, id, *old); err != nil {
		t.Errorf("a consent of the day of the withdrawal = %v", err)
	}
}

func TestGiveConsent_suspendsALinkThatNoLongerAgrees(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	d.known(flowtest.Hospital, "1", nil)
	if err := errors.Join(d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"), d.s.RevokeConsent(t.Context(), d.clerk, id, "form")); err != nil {
		t.Fatal(err)
	}
	d.known(flowtest.Hospital, "1", func(c *wire.Claim) { c.Sex = clinical.Male })
	if err := d.s.GiveConsent(t.Context(), d.clerk, id, *written(d.Now)); err != nil {
		t.Fatal(err)
	}
	f, err := d.s.Frame(t.Context(), d.clerk, id)
	if err != nil || f.Links[0].State != linkage.Suspended || !slices.Equal(f.Links[0].Differs, []wire.Field{wire.FieldSex}) {
		t.Fatalf("Frame = %+v, %v, want a link suspended for the sex", f.Links, err)
	}
	d.known(flowtest.Hospital, "1", nil)
	if err := d.s.Link(t.Context(), d.clerk, id, flowtest.Hospital, "1"); err != nil {
		t.Fatal(err)
	}
	if f, err = d.s.Frame(t.Context(), d.clerk, id); err != nil || !f.Links[0].Counts() || f.Links[0].ID == "" || len(f.Links[0].Differs) != 0 {
		t.Errorf("Frame = %+v, %v, want the link in force again", f.Links, err)
	}
}

func TestFrame_foreignPersonLeavesARow(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	stranger := d.Person("結城 太郎", "ユウキ タロウ")
	d.Link(stranger.ID, flowtest.OtherClinic, "1")
	_, err := d.s.Frame(t.Context(), d.clerk, stranger.ID)
	wantFault(t, "Frame", err, fault.NotFound, "")
	if got := d.Events(audit.ActionProbe); len(got) != 1 || got[0].Person != stranger.ID {
		t.Errorf("probe rows = %+v", got)
	}
}

func TestFind_needsNameAndBirthDate(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	d.registered()
	birth := hana().BirthDate
	for name, tc := range map[string]struct {
		q    register.FindQuery
		want int
		key  fault.Key
	}{
		"whole name":    {register.FindQuery{Kana: "みずひき はな", BirthDate: birth}, 1, ""},
		"its beginning": {register.FindQuery{Kana: "ﾐｽﾞﾋｷ", BirthDate: birth, Sex: clinical.Female}, 1, ""},
		"another sex":   {register.FindQuery{Kana: "ミズヒキ", BirthDate: birth, Sex: clinical.Male}, 1, ""}, // nearly
		"another day":   {register.FindQuery{Kana: "ミズヒキ", BirthDate: birth.AddDays(1)}, 0, ""},
		"another name":  {register.FindQuery{Kana: "ユウキ", BirthDate: birth}, 0, ""},
		"one character": {register.FindQuery{Kana: "ミ", BirthDate: birth}, 0, "person.kana_invalid"},
		"no name":       {register.FindQuery{BirthDate: birth}, 0, "person.kana_invalid"},
		"no birth date": {register.FindQuery{Kana: "ミズヒキ"}, 0, "person.birth_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := d.s.Find(t.Context(), d.clerk, tc.q)
			if key, _, _ := fault.Message(err); len(got) != tc.want || key != tc.key {
				t.Errorf("Find = %+v, %v, want %d persons, key %q", got, err, tc.want, tc.key)
			}
		})
	}
	viewer := d.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
	if _, err := d.s.Find(t.Context(), viewer, register.FindQuery{Kana: "ミズヒキ", BirthDate: birth}); !fault.Is(err, fault.Denied) {
		t.Errorf("Find by a physician = %v, want denied", err)
	}
}
