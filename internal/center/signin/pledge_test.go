package signin_test

import (
	"context"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Until a training is recorded and the pledge given, whoever signs in may do nothing.
func TestReq_AUTH08_trainingAndPledgeComeFirst(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		made := w.accountOf("jiro", flowtest.Clinic, manage.Cleared{})
		token, err := w.SignIn(t.Context(), w.dev, "jiro", password, w.code())
		if err != nil {
			t.Fatal(err)
		}
		stands := func(untrained, unpledged bool) {
			t.Helper()
			c := w.resume(token)
			if c.Untrained != untrained || c.Unpledged != unpledged || c.Ready() != !(untrained || unpledged) || c.Has(access.RoleViewer) != c.Ready() {
				t.Errorf("untrained %v, unpledged %v, ready %v, roles %v; want untrained %v, unpledged %v", c.Untrained, c.Unpledged, c.Ready(), c.Roles, untrained, unpledged)
			}
		}
		stands(true, true)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return accountdb.Store{}.SetTraining(ctx, tx, made.User.ID, "2026-04-01", "setup")
		})
		stands(false, true)
		for range 2 { // given once, told twice
			if err := w.Pledge(t.Context(), w.resume(token)); err != nil {
				t.Fatal(err)
			}
		}
		stands(false, false)
		u, err := accountdb.Store{}.User(t.Context(), w.DB.Reader(), made.User.ID)
		if err != nil || u.PledgeVersion != account.PledgeVersion || u.PledgeBy != made.User.ID || !u.PledgedAt.Equal(w.Now) {
			t.Errorf("user = %+v, %v", u.Clearance, err)
		}
		rows := w.Events(audit.ActionUserChange)
		if len(rows) != 1 || rows[0].User != made.User.ID || rows[0].Detail["what"] != "pledge" || rows[0].Detail["version"] != account.PledgeVersion {
			t.Errorf("audit rows %+v, want one of the pledge", rows)
		}
		if in := w.Events(audit.ActionSignIn); in[len(in)-1].Detail["purpose"] != account.PurposeVersion {
			t.Errorf("the sign-in's row %+v does not say which statement of purpose was shown", in[len(in)-1].Detail)
		}
	})
}

// Whoever has not signed in for 90 days is refused like anybody, whatever they prove.
func TestReq_AUTH12_dormantAccountsLetNobodyIn(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.in()
		w.dev.NotAfter = w.Now.AddDate(1, 0, 0)
		w.Now = w.Now.Add(account.DormantAfter)
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.refused")
		if rows := w.Events(audit.ActionSignIn); rows[len(rows)-1].Detail["reason"] != "account dormant" {
			t.Errorf("the log says %v", rows[len(rows)-1].Detail)
		}
	})
}
