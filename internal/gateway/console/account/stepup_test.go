package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func (o *office) stepUp(c account.Caller, password, code string) (string, account.Caller, error) {
	o.t.Helper()
	return o.StepUp(o.t.Context(), c, password, code)
}

func (o *office) wantFresh(c account.Caller, want bool) {
	o.t.Helper()
	err := account.NeedFresh(c, o.now)
	if want != (err == nil) {
		o.t.Errorf("NeedFresh = %v, fresh is %v", err, want)
	}
	if err != nil {
		wantKey(o.t, err, fault.Denied, "stepup.needed")
	}
}

// A proof is fresh for five minutes, however much the session is used, and a new one goes
// on under another token until the same end.
func TestStepUp(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, token := o.settle("taro", account.Admin)
		o.wantFresh(o.resume(token), true)
		o.now = o.now.Add(account.FreshFor - time.Second)
		o.wantFresh(o.resume(token), true)
		o.now = o.now.Add(time.Second)
		stale := o.resume(token)
		o.wantFresh(stale, false)
		if err := account.NeedFresh(stale, stale.ProvedAt.Add(-time.Hour)); err == nil {
			t.Error("a clock that was set back makes a proof fresh")
		}

		for _, bad := range [][2]string{{"wrong", o.code(secret)}, {own, "000000"}, {own, ""}, {"", ""}} {
			_, _, err := o.stepUp(stale, bad[0], bad[1])
			wantKey(t, err, fault.Denied, "signin.refused")
		}
		o.wantFresh(o.resume(token), false)

		next, fresh, err := o.stepUp(stale, own, o.code(secret))
		o.must(err)
		o.wantFresh(fresh, true)
		if fresh.Login != "taro" || fresh.Address != stale.Address || fresh.Role != account.Admin {
			t.Errorf("goes on as %+v", fresh)
		}
		_, err = o.Resume(t.Context(), token, false)
		wantKey(t, err, fault.Denied, "session.ended")
		o.wantFresh(o.resume(next), true)
		_, _, err = o.stepUp(fresh, own, o.code(secret))
		wantKey(t, err, fault.Denied, "signin.refused") // the code was used

		// Whoever holds the former session gets no new one, whatever they prove.
		o.now = o.now.Add(time.Minute)
		_, _, err = o.stepUp(stale, own, o.code(secret))
		wantKey(t, err, fault.Denied, "session.ended")

		log, err := o.Log(t.Context(), 3)
		o.must(err)
		if log[2].Action != account.ActionStepUp && log[1].Action != account.ActionStepUp {
			t.Errorf("history %+v", log)
		}
	})
}

// Proving oneself again and again does not make a session last for ever.
func TestStepUp_endsWhenItWouldHave(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, token := o.settle("taro", account.Admin)
		begun := o.now
		for o.now.Sub(begun) < account.AbsoluteTimeout-10*time.Minute {
			o.now = o.now.Add(10 * time.Minute)
			next, _, err := o.stepUp(o.resume(token), own, o.code(secret))
			o.must(err)
			token = next
		}
		o.now = begun.Add(account.AbsoluteTimeout)
		_, err := o.Resume(t.Context(), token, false)
		wantKey(t, err, fault.Denied, "session.ended")
	})
}

// A new password is proved by the old one alone: it makes no proof by both fresh.
func TestStepUp_aNewPasswordIsNone(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		_, token := o.settle("taro", account.Admin)
		o.now = o.now.Add(6 * time.Minute)
		token, err := o.ChangePassword(t.Context(), o.resume(token), own, "j3-mikan-5t8q")
		o.must(err)
		o.wantFresh(o.resume(token), false)
	})
}

// Failures count like those of signing in, with them, and lock both.
func TestStepUp_isThrottled(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, token := o.settle("taro", account.Admin)
		o.now = o.now.Add(10 * time.Minute)
		c := o.resume(token)
		for range 10 {
			_, _, err := o.stepUp(c, "wrong", "000000")
			wantKey(t, err, fault.Denied, "signin.refused")
		}
		_, _, err := o.stepUp(c, own, o.code(secret))
		wantKey(t, err, fault.Denied, "signin.refused")
		_, err = o.signIn("taro", own, o.code(secret))
		wantKey(t, err, fault.Denied, "signin.refused")
		log, err := o.Log(t.Context(), 100)
		o.must(err)
		seen := map[account.Action]map[string]bool{account.ActionStepUp: {}, account.ActionSignIn: {}}
		for _, e := range log {
			if e.Outcome == account.Denied {
				seen[e.Action][e.Detail.Reason] = true
			}
		}
		want := map[account.Action]map[string]bool{account.ActionStepUp: {"password": true, "locked": true}, account.ActionSignIn: {"locked": true}}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("refusals in the history (-want +got):\n%s", diff)
		}
	})
}

// What the gateway did of a decision is written once, however often it is told.
func TestCarriedOut_once(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for range 2 {
			for _, id := range []string{"accepted-1.file.1", "accepted-1.file.2"} {
				o.must(o.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return account.CarriedOut(ctx, tx, id, o.now, account.ActionKeptFiled, account.Detail{Message: "accepted-1", Kept: &account.Kept{As: "x_1", Condition: account.Current}})
				}))
			}
		}
		log, err := o.Log(t.Context(), 10)
		o.must(err)
		if len(log) != 2 || log[0].Address != account.ByGateway || log[0].Login != "" || log[0].Detail.Kept.As != "x_1" || log[0].Detail.Message != "accepted-1" {
			t.Errorf("history %+v", log)
		}
	})
}

func TestCommandLineUser(t *testing.T) {
	for _, user := range []string{"", "root", "a b", "of x"} {
		if got, ok := account.CommandLineUser(account.AtCommandLine(user)); got != user || !ok {
			t.Errorf("%q: %q, %v", user, got, ok)
		}
	}
	for _, other := range []string{"", "10.1.2.3", account.ByGateway, "command lines"} {
		if user, ok := account.CommandLineUser(other); ok {
			t.Errorf("%q is the command line of %q", other, user)
		}
	}
}

// When a session began and when its owner last proved who they are are two columns: a
// fresh proof makes no session younger, and another session under a new password begins
// where the one before it did.
func TestSession_beginsOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		times := func() (began, proved time.Time) {
			t.Helper()
			var b, p int64
			o.must(o.db.Reader().QueryRowContext(t.Context(), `SELECT created_at, proved_at FROM console_session WHERE ended_at IS NULL`).Scan(&b, &p))
			return db.Time(b), db.Time(p)
		}
		secret, token := o.settle("taro", account.Admin)
		began, first := times()
		if !began.Equal(o.now) || !first.Equal(o.now) {
			t.Errorf("began %v, proved %v, want %v", began, first, o.now)
		}
		o.now = o.now.Add(10 * time.Minute)
		next, _, err := o.stepUp(o.resume(token), own, o.code(secret))
		o.must(err)
		if b, p := times(); !b.Equal(began) || !p.Equal(o.now) {
			t.Errorf("after another proof: began %v, proved %v, want %v, %v", b, p, began, o.now)
		}
		proved := o.now
		o.now = o.now.Add(10 * time.Minute)
		_, err = o.ChangePassword(t.Context(), o.resume(next), own, own+"-next")
		o.must(err)
		if b, p := times(); !b.Equal(began) || !p.Equal(proved) {
			t.Errorf("after another password: began %v, proved %v, want %v, %v", b, p, began, proved)
		}
	})
}
