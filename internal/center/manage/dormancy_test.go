package manage_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// An account that nobody has signed in to for 90 days lets nobody in until a manager
// takes it into use again.
func TestReq_AUTH12_dormancy(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		made, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		dev, err := devicedb.Store{}.Device(t.Context(), w.DB.Reader(), w.boss.Device)
		if err != nil {
			t.Fatal(err)
		}
		w.comeIn(dev.ID, "jiro", made.Code)
		in := w.Now
		if err := w.Reactivate(t.Context(), w.boss, made.User.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("reactivating an account in use: %v, want a conflict", err)
		}
		w.Now = in.Add(account.DormantAfter - 1)
		if w.user(made.User.ID).Dormant(w.Now) {
			t.Error("dormant before its time")
		}
		w.Now = in.Add(account.DormantAfter)
		if !w.user(made.User.ID).Dormant(w.Now) {
			t.Error("not dormant after 90 days")
		}
		boss := w.boss
		boss.VerifiedAt = w.Now
		if err := w.Reactivate(t.Context(), boss, made.User.ID); err != nil {
			t.Fatal(err)
		}
		if w.user(made.User.ID).Dormant(w.Now) {
			t.Error("dormant after it was taken into use again")
		}
		rows := w.Events(audit.ActionUserChange)
		if last := rows[len(rows)-1]; last.Detail["what"] != "reactivated" || last.User != w.boss.User {
			t.Errorf("audit row %+v", last)
		}
		w.Now = w.Now.Add(account.DormantAfter)
		if u := w.user(made.User.ID); !u.Dormant(w.Now) {
			t.Error("a reactivated account that nobody uses stays awake")
		}
	})
}
