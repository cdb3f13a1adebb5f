package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

func (d *desk) ownLink(t *testing.T, c signin.Caller, id ident.PersonID) ident.LinkID {
	t.Helper()
	f, err := d.s.Frame(t.Context(), c, id)
	if err != nil {
		t.Fatal(err)
	}
	return f.OwnLink.ID
}

func TestCorrect(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		id := d.registered() // 0000123
		d.add("山田 太郎", "ヤマダ タロウ", "1960-04-01", "0000777")
		own := d.ownLink(t, d.clerk, id)
		right := register.Correction{Link: own, OwnID: "００００３２１", StaffVerified: true, Reason: "打ち間違い"}
		for name, tc := range map[string]struct {
			change func(*register.Correction)
			kind   fault.Kind
			key    fault.Key
		}{
			"without a number":         {func(r *register.Correction) { r.OwnID = " " }, fault.Invalid, "link.id_missing"},
			"under no number":          {func(r *register.Correction) { r.OwnID = "ハナ" }, fault.Invalid, "link.id_invalid"},
			"without a reason":         {func(r *register.Correction) { r.Reason = " " }, fault.Invalid, "link.reason_missing"},
			"not compared":             {func(r *register.Correction) { r.StaffVerified = false }, fault.Invalid, "link.staff_unverified"},
			"the same number":          {func(r *register.Correction) { r.OwnID = "0000123" }, fault.Conflict, "link.same_number"},
			"another patient's":        {func(r *register.Correction) { r.OwnID = "0000777" }, fault.Conflict, "link.taken"},
			"another's by its zeros":   {func(r *register.Correction) { r.OwnID = "777" }, fault.Conflict, "link.alike_correct"},
			"a link that is not there": {func(r *register.Correction) { r.Link = "none" }, fault.NotFound, ""},
		} {
			r := right
			tc.change(&r)
			wantFault(t, name, d.s.Correct(t.Context(), d.clerk, r), tc.kind, tc.key)
		}
		stale := d.clerk
		stale.VerifiedAt = d.Now.Add(-time.Hour)
		wantFault(t, "without a fresh proof", d.s.Correct(t.Context(), stale, right), fault.Denied, signin.KeyStepUp)
		if got := d.ownLink(t, d.clerk, id); got != own {
			t.Fatal("a refused correction changed the link")
		}
		if err := d.s.Correct(t.Context(), d.clerk, right); err != nil {
			t.Fatal(err)
		}
		f, err := d.s.Frame(t.Context(), d.clerk, id)
		if err != nil || f.OwnLink.PatientID != "0000321" || !f.OwnLink.Counts() || !f.ConsentInForce {
			t.Errorf("Frame = %+v, %v", f, err)
		}
		want := []audit.Action{audit.ActionUnlink, audit.ActionLink}
		if diff := cmp.Diff(want, actions(d.Events(audit.ActionUnlink, audit.ActionLink))[1:]); diff != "" { // the first is hana's registration
			t.Errorf("access log (-want +got):\n%s", diff)
		}
		back := register.Correction{Link: d.ownLink(t, d.clerk, id), OwnID: "321", StaffVerified: true, Reason: "先頭の0"}
		if err := d.s.Correct(t.Context(), d.clerk, back); err != nil {
			t.Errorf("Correct of the zeros = %v", err)
		}
	})
}

// At a hospital its own gateway compares, and serves the right patient afterwards. Nobody
// corrects another facility's link.
func TestCorrect_atADisclosingFacility(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	id := d.registered()
	clerk := d.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
	d.known(flowtest.Hospital, "77", nil)
	d.known(flowtest.Hospital, "78", nil)
	if _, err := d.s.Register(t.Context(), clerk, register.Registration{Existing: id, OwnID: "77"}); err != nil {
		t.Fatal(err)
	}
	fix := register.Correction{Link: d.ownLink(t, clerk, id), OwnID: "404", Reason: "x"}
	wantFault(t, "Correct to an unknown number", d.s.Correct(t.Context(), clerk, fix), fault.Invalid, "link.unknown_id")
	fix.OwnID, fix.StaffVerified = "78", true
	wantFault(t, "Correct of another facility's link", d.s.Correct(t.Context(), d.clerk, fix), fault.NotFound, "")
	if err := d.s.Correct(t.Context(), clerk, fix); err != nil {
		t.Fatal(err)
	}
	if got := d.Gateways.At(flowtest.Hospital).Linked; !slices.Equal(got, []ident.LocalPatientID{"78"}) {
		t.Errorf("linked at the gateway: %v", got)
	}
}
