package account_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// labels seals by writing the context beside the secret.
type labels struct{}

func (labels) Seal(secret, context string) (string, error) { return context + "|" + secret, nil }

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", fmt.Errorf("sealed for somebody else")
	}
	return secret, nil
}

const own = "k7-ringo-9x4w"

type office struct {
	*account.Service
	t   *testing.T
	db  *db.DB
	now time.Time
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	dbtest.Each(t, migrate.Gateway, func(t *testing.T, d *db.DB) {
		o := &office{t: t, db: d, now: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)}
		s, err := account.Open(t.Context(), account.Config{
			DB: d, Seal: labels{}, Hasher: credential.NewHasher(credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1}),
			Clock: func() time.Time { return o.now },
		})
		if err != nil {
			t.Fatal(err)
		}
		o.Service = s
		fn(t, o)
	})
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) resume(token string) account.Caller {
	o.t.Helper()
	c, err := o.Resume(o.t.Context(), token, false)
	o.must(err)
	c.Address = "192.0.2.7"
	return c
}

func (o *office) signIn(login, password, code string) (string, error) {
	return o.SignIn(o.t.Context(), account.Attempt{Login: login, Password: password, Code: code, Address: "192.0.2.7"})
}

// settle makes an account and takes it through its first sign-in.
func (o *office) settle(login string, role account.Role) (secret, token string) {
	o.t.Helper()
	ctx := o.t.Context()
	first, err := o.Add(ctx, "command line", login, role)
	o.must(err)
	token, err = o.signIn(login, first, "")
	o.must(err)
	token, err = o.ChangePassword(ctx, o.resume(token), first, own)
	o.must(err)
	secret, _, err = o.SecondFactor(ctx, o.resume(token))
	o.must(err)
	token, err = o.EnrolSecondFactor(ctx, o.resume(token), o.code(secret))
	o.must(err)
	return secret, token
}

func (o *office) code(secret string) string {
	o.t.Helper()
	code, err := totp.GenerateCode(secret, o.now)
	o.must(err)
	return code
}

func wantKey(t *testing.T, err error, kind fault.Kind, want string) {
	t.Helper()
	key, _, _ := fault.Message(err)
	if !fault.Is(err, kind) || string(key) != want {
		t.Errorf("got %v (%s), want %s %s", err, key, kind, want)
	}
}

func TestFirstSignIn_setsPasswordAndSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		first, err := o.Add(ctx, "command line", "Joho.Taro", account.Viewer)
		o.must(err)
		token, err := o.signIn("joho.taro", first, "")
		o.must(err)
		c := o.resume(token)
		if !c.MustChange || !c.MustEnrol || c.Ready() || c.May(account.Viewer) {
			t.Errorf("after the first password: %+v", c)
		}
		_, err = o.EnrolSecondFactor(ctx, c, "000000")
		wantKey(t, err, fault.Invalid, "code.wrong")
		_, err = o.ChangePassword(ctx, c, first, "joho-taro-77")
		wantKey(t, err, fault.Invalid, "password.own")
		_, err = o.ChangePassword(ctx, c, "wrong", own)
		wantKey(t, err, fault.Invalid, "password.wrong")
		_, err = o.ChangePassword(ctx, c, first, first)
		wantKey(t, err, fault.Invalid, "password.reused")
		second, err := o.ChangePassword(ctx, c, first, own)
		o.must(err)
		if _, err := o.Resume(ctx, token, false); !fault.Is(err, fault.Denied) {
			t.Errorf("the session from before the change lives on: %v", err)
		}
		c = o.resume(second)
		if c.MustChange || !c.MustEnrol || c.Ready() {
			t.Errorf("after the change: %+v", c)
		}
		secret, link, err := o.SecondFactor(ctx, c)
		o.must(err)
		again, _, err := o.SecondFactor(ctx, c)
		o.must(err)
		if again != secret || !strings.Contains(link, "secret="+secret) || !strings.HasPrefix(link, "otpauth://totp/Mizuhiki") {
			t.Errorf("secret %q, again %q, link %q", secret, again, link)
		}
		third, err := o.EnrolSecondFactor(ctx, c, o.code(secret))
		o.must(err)
		c = o.resume(third)
		if !c.Ready() || !c.May(account.Viewer) || c.May(account.Admin) {
			t.Errorf("after enrolment: %+v", c)
		}
		if _, err := o.signIn("joho.taro", own, o.code(secret)); !fault.Is(err, fault.Denied) {
			t.Errorf("the code that enrolled opens a session too: %v", err)
		}
		if _, _, err := o.SecondFactor(ctx, c); !fault.Is(err, fault.Denied) {
			t.Errorf("a second enrolment: %v", err)
		}
	})
}

func TestSignIn_refusesAlike(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, _ := o.settle("taro", account.Admin)
		_, _ = o.settle("closed", account.Viewer)
		o.must(o.Close(t.Context(), "command line", "closed"))
		late, err := o.Add(t.Context(), "command line", "late", account.Viewer)
		o.must(err)
		o.now = o.now.Add(account.InitialLife)
		for name, tc := range map[string]struct{ login, password, code string }{
			"wrong password":       {"taro", own + "x", o.code(secret)},
			"wrong code":           {"taro", own, "000000"},
			"no code":              {"taro", own, ""},
			"unknown login":        {"jiro", own, o.code(secret)},
			"malformed login":      {"'; DROP", own, ""},
			"closed account":       {"closed", own, ""},
			"first password, late": {"late", late, ""},
			"the sealed text":      {"taro", own, "console-totp"},
			"nobody's secret":      {"jiro", "", ""},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := o.signIn(tc.login, tc.password, tc.code)
				wantKey(t, err, fault.Denied, "signin.refused")
			})
		}
	})
}

func TestSignIn_aCodeIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, _ := o.settle("taro", account.Admin)
		o.now = o.now.Add(time.Minute)
		code := o.code(secret)
		_, err := o.signIn("taro", own, code)
		o.must(err)
		_, err = o.signIn("taro", own, code)
		wantKey(t, err, fault.Denied, "signin.refused")
		before, err := totp.GenerateCode(secret, o.now.Add(-30*time.Second))
		o.must(err)
		_, err = o.signIn("taro", own, before)
		wantKey(t, err, fault.Denied, "signin.refused")
	})
}

func TestSignIn_locks(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		secret, _ := o.settle("taro", account.Admin)
		o.now = o.now.Add(time.Minute)
		for range 10 {
			o.now = o.now.Add(33 * time.Second)
			_, err := o.signIn("taro", "wrong", "000000")
			wantKey(t, err, fault.Denied, "signin.refused")
		}
		o.now = o.now.Add(time.Second)
		_, err := o.signIn("taro", own, o.code(secret))
		wantKey(t, err, fault.Denied, "signin.refused")
		if log := o.log(); log[0].Detail.Reason != "locked" {
			t.Errorf("the log says %q", log[0].Detail.Reason)
		}
		_, err = o.SignIn(t.Context(), account.Attempt{Login: "taro", Password: own, Code: o.code(secret), Address: "192.0.2.8"})
		if err != nil {
			t.Errorf("from another PC: %v", err)
		}
		first, err := o.Reset(t.Context(), "command line", "taro")
		o.must(err)
		if _, err := o.signIn("taro", first, ""); err != nil {
			t.Errorf("after a reset: %v", err)
		}
	})
}

func TestSignIn_strangersDoNotFillTheLog(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		before := len(o.log())
		try := func(n int, address func(int) string) {
			t.Helper()
			for i := range n {
				_, err := o.SignIn(t.Context(), account.Attempt{Login: "nobody", Password: "x", Code: "000000", Address: address(i)})
				wantKey(t, err, fault.Denied, "signin.refused")
			}
		}
		try(60, func(int) string { return "192.0.2.66" })
		var numbers []int
		for _, e := range o.log()[:len(o.log())-before] {
			numbers = append(numbers, e.Detail.Attempts)
		}
		slices.Sort(numbers)
		if diff := cmp.Diff([]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 50}, numbers); diff != "" {
			t.Errorf("numbers of the recorded failures (-want +got):\n%s", diff)
		}
		try(300, func(i int) string { return "2001:db8::" + strconv.Itoa(i) })
		if n := len(o.log()) - before; n > 160 {
			t.Errorf("360 failures of 301 addresses left %d rows", n)
		}
		o.now = o.now.Add(time.Hour)
		before = len(o.log())
		try(1, func(int) string { return "192.0.2.66" })
		if n := len(o.log()) - before; n != 1 {
			t.Errorf("an hour later a failure leaves %d rows", n)
		}
	})
}

func (o *office) log() []account.Entry {
	o.t.Helper()
	log, err := o.Log(o.t.Context(), 1000)
	o.must(err)
	return log
}

func TestSessions_end(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, o *office, c account.Caller) error{
		"idle": func(_ context.Context, o *office, _ account.Caller) error {
			o.now = o.now.Add(account.IdleTimeout)
			return nil
		},
		"signed out": func(ctx context.Context, o *office, c account.Caller) error { return o.SignOut(ctx, c) },
		"closed":     func(ctx context.Context, o *office, c account.Caller) error { return o.Close(ctx, "x", c.Login) },
		"reset": func(ctx context.Context, o *office, c account.Caller) error {
			_, err := o.Reset(ctx, "x", c.Login)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, o *office) {
				_, token := o.settle("taro", account.Admin)
				o.must(end(t.Context(), o, o.resume(token)))
				_, err := o.Resume(t.Context(), token, false)
				wantKey(t, err, fault.Denied, "session.ended")
			})
		})
	}
	t.Run("the whole day", func(t *testing.T) {
		each(t, func(t *testing.T, o *office) {
			_, token := o.settle("taro", account.Admin)
			begin := o.now
			for o.now.Sub(begin) < account.AbsoluteTimeout-10*time.Minute {
				o.now = o.now.Add(10 * time.Minute)
				o.resume(token)
			}
			o.now = begin.Add(account.AbsoluteTimeout)
			_, err := o.Resume(t.Context(), token, false)
			wantKey(t, err, fault.Denied, "session.ended")
		})
	})
	t.Run("a page that asks by itself keeps nobody in", func(t *testing.T) {
		each(t, func(t *testing.T, o *office) {
			_, token := o.settle("taro", account.Admin)
			for range 2 {
				o.now = o.now.Add(8 * time.Minute)
				_, _ = o.Resume(t.Context(), token, true)
			}
			_, err := o.Resume(t.Context(), token, true)
			wantKey(t, err, fault.Denied, "session.ended")
		})
	})
}

func TestAdd_refuses(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		_, err := o.Add(t.Context(), "x", "taro", account.Viewer)
		o.must(err)
		o.must(o.Close(t.Context(), "x", "taro"))
		for name, tc := range map[string]struct {
			login string
			role  account.Role
			want  fault.Kind
		}{
			"a login that was somebody's": {"Taro", account.Viewer, fault.Conflict},
			"two letters":                 {"ab", account.Viewer, fault.Invalid},
			"no such role":                {"jiro", "root", fault.Invalid},
		} {
			t.Run(name, func(t *testing.T) {
				if _, err := o.Add(t.Context(), "x", tc.login, tc.role); !fault.Is(err, tc.want) {
					t.Errorf("got %v, want %s", err, tc.want)
				}
			})
		}
		if err := o.Close(t.Context(), "x", "taro"); !fault.Is(err, fault.NotFound) {
			t.Errorf("closing again: %v", err)
		}
		if _, err := o.Reset(t.Context(), "x", "taro"); !fault.Is(err, fault.Conflict) {
			t.Errorf("reset of a closed account: %v", err)
		}
	})
}

func TestLog_isAppendOnlyAndKeepsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		_, token := o.settle("taro", account.Admin)
		o.now = o.now.Add(time.Second)
		o.must(o.Record(t.Context(), o.resume(token), account.ActionRereadPerson, account.Detail{Patient: "0000012345"}))
		o.now = o.now.Add(time.Second)
		_, err := o.signIn("secret-typed-as-login", "x", "")
		wantKey(t, err, fault.Denied, "signin.refused")
		for _, e := range o.log() {
			if strings.Contains(fmt.Sprint(e), "secret-typed-as-login") || strings.Contains(fmt.Sprint(e), own) {
				t.Errorf("the log holds what was typed: %+v", e)
			}
		}
		if got := o.log()[1]; got.Action != account.ActionRereadPerson || got.Detail.Patient != "0000012345" || got.Login != "taro" {
			t.Errorf("entry %+v", got)
		}
		if o.db.Engine() == db.SQLite {
			for _, stmt := range []string{`UPDATE console_log SET login = 'x'`, `DELETE FROM console_log`} {
				if _, err := o.db.Writer().Exec(stmt); err == nil {
					t.Errorf("%s went through", stmt)
				}
			}
		}
	})
}
