package signin_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		elsewhere := w.in()
		w.Now = w.Now.Add(time.Minute)
		token := w.in()
		c := w.resume(token)
		const next = "w3tqa8r5"
		for name, tc := range map[string]struct {
			old, next string
			key       fault.Key
		}{
			"a wrong old one":  {wrong, next, "password.wrong"},
			"a short new one":  {password, "w3tqa8r", "password.length"},
			"the same again":   {password, password, "password.reused"},
			"with the login":   {password, "hanako99", "password.own"},
			"same, full width": {password, "ｘ９ｋ２ｍ４ｐ７", "password.reused"},
		} {
			wantFaultNamed(t, name, w.ChangePassword(t.Context(), c, tc.old, tc.next), tc.key)
		}
		if err := w.ChangePassword(t.Context(), c, password, next); err != nil {
			t.Fatal(err)
		}
		w.resume(token)
		_, err := w.Resume(t.Context(), w.dev, elsewhere, false)
		wantFault(t, err, fault.Denied, "session.ended")
		w.Now = w.Now.Add(time.Minute)
		_, err = w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.refused")
		if _, err := w.SignIn(t.Context(), w.dev, "hanako", next, w.code()); err != nil {
			t.Errorf("SignIn with the new password: %v", err)
		}
		if rows := w.Events(audit.ActionUserChange); len(rows) != 2 || rows[0].Outcome != audit.Denied || rows[1].Outcome != audit.Done {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func wantFaultNamed(t *testing.T, name string, err error, key fault.Key) {
	t.Helper()
	if got, _, _ := fault.Message(err); got != key || !fault.Is(err, fault.Invalid) {
		t.Errorf("%s: %v, want %s", name, err, key)
	}
}

func TestReq_AUTH05_lastPasswordsDoNotComeBack(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		used := []string{password}
		for i := range credential.FormerPasswords + 1 {
			next := "w3tqa8r" + strconv.Itoa(i)
			if err := w.ChangePassword(t.Context(), c, used[len(used)-1], next); err != nil {
				t.Fatal(err)
			}
			used = append(used, next)
			w.Now = w.Now.Add(time.Hour)
		}
		now := used[len(used)-1]
		for _, former := range used[1:] {
			wantFaultNamed(t, former, w.ChangePassword(t.Context(), c, now, former), "password.reused")
		}
		if err := w.ChangePassword(t.Context(), c, now, used[0]); err != nil {
			t.Errorf("one long left: %v", err)
		}
	})
}

func TestChangePassword_wrongOldOnesLock(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		for range 5 {
			wantFaultNamed(t, "wrong", w.ChangePassword(t.Context(), c, wrong, "w3tqa8r5"), "password.wrong")
		}
		wantFault(t, w.ChangePassword(t.Context(), c, password, "w3tqa8r5"), fault.Denied, "signin.locked")
	})
}

// Until a password that somebody else set has been changed, the caller may do nothing.
func TestReq_AUTH08_firstUseForcesAnOwnPassword(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.Exec(`UPDATE user_account SET must_change = 1 WHERE id = $1`, w.user.ID) // as before there were setup codes
		token := w.in()
		c := w.resume(token)
		if !c.MustChange || len(c.Roles) != 0 {
			t.Errorf("must change %v, roles %v", c.MustChange, c.Roles)
		}
		if err := w.ChangePassword(t.Context(), c, password, "w3tqa8r5"); err != nil {
			t.Fatal(err)
		}
		if c := w.resume(token); c.MustChange || !c.Has(access.RoleViewer) {
			t.Errorf("after the change: must change %v, roles %v", c.MustChange, c.Roles)
		}
	})
}

// No password expires by the calendar.
func TestReq_AUTH05_noPasswordEnds(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.Now = w.Now.AddDate(10, 0, 0)
		w.dev.NotAfter = w.Now.AddDate(1, 0, 0) // the terminal's certificate was renewed
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.refused") // nobody has come for ten years
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return accountdb.Store{}.Reactivate(ctx, tx, w.user.ID, "boss", w.Now)
		})
		w.Now = w.Now.Add(time.Minute)
		if c := w.resume(w.in()); c.MustChange {
			t.Error("a password has to be changed only because time has passed")
		}
	})
}
