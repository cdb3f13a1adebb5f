package manage_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// A manager sees who is locked out and lifts that, with one hand: what the person signs in
// with stays as it is.
func TestReq_AUTH07_managersLiftALock(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		jiro, _ := w.working("jiro")
		dev := w.device(w.boss.Device)
		fail := func(times int) {
			for range times {
				w.Now = w.Now.Add(time.Minute) // past the waits before a lock
				w.signin.SignIn(t.Context(), dev, "jiro", "wrong", "000000")
			}
		}
		locked := func() time.Time {
			t.Helper()
			list, err := w.Locked(t.Context(), w.boss)
			if err != nil || len(list) > 1 {
				t.Fatalf("Locked = %v, %v", list, err)
			}
			return list[jiro.ID]
		}
		fail(9)
		if at := locked(); !at.IsZero() {
			t.Errorf("locked until %s after nine failures", at)
		}
		fail(1)
		if at := locked(); !at.Equal(w.Now.Add(15 * time.Minute)) {
			t.Errorf("locked until %s, want a quarter of an hour", at)
		}
		if list, err := w.Locked(t.Context(), w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager)); err != nil || len(list) != 0 {
			t.Errorf("another facility's manager sees %v, %v", list, err)
		}
		before := w.user(jiro.ID)
		if err := w.Unlock(t.Context(), w.fresh(w.boss), jiro.ID); err != nil {
			t.Fatal(err)
		}
		if at := locked(); !at.IsZero() {
			t.Errorf("locked until %s after it was lifted", at)
		}
		if after := w.user(jiro.ID); after.PasswordHash != before.PasswordHash || after.TOTPSecret != before.TOTPSecret {
			t.Error("the credentials changed")
		}
		wantFault(t, w.Unlock(t.Context(), w.fresh(w.boss), w.boss.User), fault.Conflict, "user.self")
		rows := w.Events(audit.ActionUserChange)
		if last := rows[len(rows)-1]; last.Detail["what"] != "unlocked" || last.User != w.boss.User || last.Detail["user"] != string(jiro.ID) {
			t.Errorf("audit row %+v", last)
		}
		w.Now = w.Now.Add(account.RecoveryLife)
		fail(10)
		w.Now = w.Now.Add(15 * time.Minute)
		if at := locked(); !at.IsZero() {
			t.Errorf("locked until %s after it passed by itself", at)
		}
	})
}
