package signin_test

import (
	"context"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func (w *ward) shorten(idle time.Duration) {
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		return directorydb.Store{}.SetIdle(ctx, tx, flowtest.Clinic, idle)
	})
}

// Whatever locks a session, it goes on for its user and under another token.
func TestReq_SESS01_lockedSessionGoesOnForItsUser(t *testing.T) {
	for name, lock := range map[string]func(w *ward, token string){
		"left alone": func(w *ward, _ string) { w.Now = w.Now.Add(account.IdleTimeout) },
		"left alone where the facility allows less": func(w *ward, _ string) {
			w.shorten(5 * time.Minute)
			w.Now = w.Now.Add(5 * time.Minute)
		},
		"kept busy by scripts alone": func(w *ward, token string) {
			for range 15 {
				if _, err := w.Resume(w.Context(), w.dev, token, true); err != nil {
					w.Fatal(err)
				}
				w.Now = w.Now.Add(time.Minute)
			}
		},
		"by hand": func(w *ward, token string) {
			if err := w.Lock(w.Context(), w.resume(token)); err != nil {
				w.Fatal(err)
			}
			w.Now = w.Now.Add(time.Minute) // for another one-time code
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				token := w.in()
				before := w.resume(token)
				lock(w, token)
				for _, background := range []bool{false, true} {
					_, err := w.Resume(t.Context(), w.dev, token, background)
					wantFault(t, err, fault.Denied, signin.KeyLocked)
				}
				holder, err := w.Holder(t.Context(), w.dev, token)
				if err != nil || holder.User != w.user.ID || len(holder.Roles) != 0 {
					t.Errorf("Holder = %+v, %v, want the nurse without a role", holder, err)
				}
				next, err := w.Unlock(t.Context(), w.dev, token, signin.Proof{Password: password, Code: w.code()})
				if err != nil {
					t.Fatalf("Unlock: %v", err)
				}
				after := w.resume(next)
				if after.Session != before.Session || len(after.Roles) != 1 || !after.EndsAt.Equal(before.EndsAt) || !after.Fresh(w.Now) {
					t.Errorf("goes on as %+v, was %+v", after, before)
				}
				_, err = w.Resume(t.Context(), w.dev, token, false)
				wantFault(t, err, fault.Denied, "session.ended")
				rows := w.Events(audit.ActionStepUp)
				if len(rows) != 1 || rows[0].Detail["unlocked"] != true || rows[0].Outcome != audit.Done {
					t.Errorf("audit rows %+v", rows)
				}
			})
		})
	}
}

func TestReq_SESS01_lockHoldsAgainst(t *testing.T) {
	for name, tc := range map[string]struct {
		try func(w *ward, token string) error
		key fault.Key
	}{
		"a wrong password": {func(w *ward, token string) error {
			_, err := w.Unlock(w.Context(), w.dev, token, signin.Proof{Password: wrong, Code: w.code()})
			return err
		}, "signin.refused"},
		"a password alone": {func(w *ward, token string) error {
			_, err := w.Unlock(w.Context(), w.dev, token, signin.Proof{Password: password})
			return err
		}, "signin.refused"},
		"nothing at all": {func(w *ward, token string) error {
			_, err := w.Unlock(w.Context(), w.dev, token, signin.Proof{})
			return err
		}, "signin.refused"},
		"a token of nobody": {func(w *ward, _ string) error {
			_, err := w.Unlock(w.Context(), w.dev, "x", signin.Proof{Password: password, Code: w.code()})
			return err
		}, "session.ended"},
		"a closed account": {func(w *ward, token string) error {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return accountdb.Store{}.Close(ctx, tx, w.user.ID, w.Now) })
			_, err := w.Unlock(w.Context(), w.dev, token, signin.Proof{Password: password, Code: w.code()})
			return err
		}, "session.ended"},
		"twelve hours": {func(w *ward, token string) error {
			w.Now = w.Now.Add(account.AbsoluteTimeout)
			_, err := w.Unlock(w.Context(), w.dev, token, signin.Proof{Password: password, Code: w.code()})
			return err
		}, "session.ended"},
		"another terminal": {func(w *ward, token string) error {
			_, err := w.Unlock(w.Context(), w.terminal("pc9", flowtest.Clinic), token, signin.Proof{Password: password, Code: w.code()})
			return err
		}, "session.ended"},
		"a request that was on its way": {func(w *ward, token string) error {
			holder, err := w.Holder(w.Context(), w.dev, token)
			if err != nil {
				return err
			}
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				err := accountdb.Store{}.TouchSession(ctx, tx, holder.Session, w.Now)
				if !fault.Is(err, fault.NotFound) {
					w.Errorf("a locked session is kept busy: %v", err)
				}
				return nil
			})
			_, err = w.Resume(w.Context(), w.dev, token, false)
			return err
		}, signin.KeyLocked},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				token := w.in()
				c := w.resume(token)
				if err := w.Lock(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				w.Now = w.Now.Add(time.Minute)
				wantFault(t, tc.try(w, token), fault.Denied, tc.key)
			})
		})
	}
}

// Guessing at a lock screen counts like guessing at sign-in.
func TestReq_SESS01_lockScreenIsThrottled(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		if err := w.Lock(t.Context(), w.resume(token)); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			_, err := w.Unlock(t.Context(), w.dev, token, signin.Proof{Password: wrong, Code: "000000"})
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		w.Now = w.Now.Add(time.Second)
		_, err := w.Unlock(t.Context(), w.dev, token, signin.Proof{Password: password, Code: w.code()})
		wantFault(t, err, fault.Denied, "signin.locked")
	})
}

func TestReq_SESS05_userEndsOwnSessions(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		here := w.in()
		w.Now = w.Now.Add(time.Minute)
		pc2 := w.terminal("pc2", flowtest.Clinic)
		there, err := w.SignIn(t.Context(), pc2, "hanako", password, w.code())
		if err != nil {
			t.Fatal(err)
		}
		c := w.resume(here)
		own, err := w.Own(t.Context(), c)
		if err != nil || len(own.Sessions) != 2 || own.Sessions[0].Here == own.Sessions[1].Here {
			t.Fatalf("sessions %+v, %v", own.Sessions, err)
		}
		if own.Sessions[1].DeviceName != "pc2" && own.Sessions[0].DeviceName != "pc2" || len(own.History) != 2 || own.History[0].DeviceName != "pc2" || own.History[0].Method != account.MethodPassword {
			t.Errorf("sessions %+v, history %+v", own.Sessions, own.History)
		}
		for _, x := range own.Sessions {
			if !x.Here {
				if err := w.EndSession(t.Context(), c, x.ID); err != nil {
					t.Fatal(err)
				}
				err := w.EndSession(t.Context(), c, x.ID)
				wantFault(t, err, fault.NotFound, "")
			}
		}
		_, err = w.Resume(t.Context(), pc2, there, false)
		wantFault(t, err, fault.Denied, "session.ended")
		w.resume(here)
		if rows := w.Events(audit.ActionSessionEnd); len(rows) != 1 || rows[0].User != w.user.ID {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestReq_SESS05_nobodyEndsAnothersSession(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		other := w.Caller(flowtest.Clinic, w.user.Profession)
		err := w.EndSession(t.Context(), other, w.resume(token).Session)
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("EndSession = %v, want not found", err)
		}
		w.resume(token)
	})
}

func TestReq_SESS06_logoutEverywhere(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		here := w.in()
		w.Now = w.Now.Add(time.Minute)
		pc2 := w.terminal("pc2", flowtest.Clinic)
		there, err := w.SignIn(t.Context(), pc2, "hanako", password, w.code())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.EndSessions(t.Context(), w.resume(here)); err != nil {
			t.Fatal(err)
		}
		for _, at := range []struct {
			dev   string
			token string
		}{{"pc1", here}, {"pc2", there}} {
			dev, err := w.Service.Device(t.Context(), at.dev)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Resume(t.Context(), dev, at.token, false)
			wantFault(t, err, fault.Denied, "session.ended")
		}
	})
}

// A proof that was on its way when the screen was locked leaves it locked.
func TestReq_SESS01_stepUpDoesNotUnlock(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		c := w.resume(token)
		if err := w.Lock(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		w.Now = w.Now.Add(time.Minute)
		_, _, err := w.StepUp(t.Context(), c, signin.Proof{Password: password, Code: w.code()})
		wantFault(t, err, fault.Denied, signin.KeyLocked)
		_, err = w.Resume(t.Context(), w.dev, token, false)
		wantFault(t, err, fault.Denied, signin.KeyLocked)
	})
}
