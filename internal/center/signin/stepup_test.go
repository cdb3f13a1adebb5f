package signin_test

import (
	"context"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func TestReq_AUTH10_proofIsFreshForFiveMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		for name, tc := range map[string]struct {
			after time.Duration
			fresh bool
		}{
			"at once":               {0, true},
			"after five minutes":    {signin.FreshFor, true},
			"a moment later":        {signin.FreshFor + time.Microsecond, false},
			"after six minutes":     {6 * time.Minute, false},
			"by a replica's clock":  {-30 * time.Second, true},
			"by a clock put back":   {-time.Hour, false},
			"a day later":           {24 * time.Hour, false},
			"before there were any": {c.VerifiedAt.Sub(time.Time{}), false},
		} {
			err := signin.NeedFresh(c, c.VerifiedAt.Add(tc.after))
			if (err == nil) != tc.fresh {
				t.Errorf("%s: %v, want fresh %v", name, err, tc.fresh)
			}
			if err != nil {
				wantFault(t, err, fault.Denied, signin.KeyStepUp)
			}
		}
	})
}

func TestReq_SESS06_stepUpGivesANewToken(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		former := w.in()
		w.Now = w.Now.Add(6 * time.Minute)
		before := w.resume(former)
		if before.Fresh(w.Now) {
			t.Fatal("fresh after six minutes")
		}
		token, fresh, err := w.StepUp(t.Context(), before, signin.Proof{Password: password, Code: w.code()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Resume(t.Context(), w.dev, former, false)
		wantFault(t, err, fault.Denied, "session.ended")
		after := w.resume(token)
		if !fresh.Fresh(w.Now) || !after.Fresh(w.Now) || after.Session != before.Session {
			t.Errorf("after the proof: %+v, resumed %+v", fresh, after)
		}
		rows := w.Events(audit.ActionStepUp)
		if len(rows) != 1 || rows[0].Outcome != audit.Done || rows[0].User != w.user.ID || rows[0].Detail["method"] != "password" {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// A proof lets nobody stay longer than a sign-in does.
func TestStepUp_doesNotProlongTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token, begin := w.in(), w.Now
		for w.Now = begin.Add(10 * time.Minute); w.Now.Before(begin.Add(account.AbsoluteTimeout)); w.Now = w.Now.Add(10 * time.Minute) {
			var err error
			if token, _, err = w.StepUp(t.Context(), w.resume(token), signin.Proof{Password: password, Code: w.code()}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.Resume(t.Context(), w.dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
	})
}

func TestReq_AUTH10_proofTakesBothFactors(t *testing.T) {
	for name, tc := range map[string]struct {
		proof  func(w *ward, used string) signin.Proof
		reason string
	}{
		"a wrong password": {func(w *ward, _ string) signin.Proof { return signin.Proof{Password: wrong, Code: w.code()} }, "password"},
		"no code":          {func(w *ward, _ string) signin.Proof { return signin.Proof{Password: password} }, "code"},
		"a wrong code":     {func(w *ward, _ string) signin.Proof { return signin.Proof{Password: password, Code: "000000"} }, "code"},
		"nothing":          {func(*ward, string) signin.Proof { return signin.Proof{} }, "password"},
		"the code of the sign-in": {func(w *ward, used string) signin.Proof {
			w.Now = w.Now.Add(-6 * time.Minute)
			return signin.Proof{Password: password, Code: used}
		}, "code used before"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				used := w.code()
				session := w.in()
				w.Now = w.Now.Add(6 * time.Minute)
				c := w.resume(session)
				token, _, err := w.StepUp(t.Context(), c, tc.proof(w, used))
				wantFault(t, err, fault.Denied, "signin.refused")
				if token != "" {
					t.Error("a refused proof gave a token")
				}
				w.Now = c.VerifiedAt.Add(6 * time.Minute)
				w.resume(session) // goes on as it was
				rows := w.Events(audit.ActionStepUp)
				if len(rows) != 1 || rows[0].Outcome != audit.Denied || rows[0].Detail["reason"] != tc.reason {
					t.Errorf("audit rows %+v, want one denied for %q", rows, tc.reason)
				}
			})
		})
	}
}

// Guessing at a screen left open slows down and locks like guessing at the door.
func TestStepUp_locks(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		locked := false
		for range 12 {
			_, _, err := w.StepUp(t.Context(), c, signin.Proof{Password: wrong, Code: w.code()})
			if key, _, _ := fault.Message(err); key == "signin.locked" {
				locked = true
			}
		}
		if !locked {
			t.Error("twelve guesses at a time and no lock")
		}
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.locked")
	})
}

func TestStepUp_refusesWhoIsOut(t *testing.T) {
	for name, prepare := range map[string]func(w *ward, c signin.Caller){
		"an ended session": func(w *ward, c signin.Caller) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return accountdb.Store{}.EndSession(ctx, tx, c.Session, w.Now)
			})
		},
		"a closed account": func(w *ward, c signin.Caller) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return accountdb.Store{}.Close(ctx, tx, c.User, w.Now) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				c := w.resume(w.in())
				w.Now = w.Now.Add(time.Minute)
				prepare(w, c)
				token, _, err := w.StepUp(t.Context(), c, signin.Proof{Password: password, Code: w.code()})
				if !fault.Is(err, fault.Denied) || token != "" {
					t.Errorf("StepUp = %q, %v", token, err)
				}
			})
		})
	}
}
