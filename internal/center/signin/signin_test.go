package signin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

func TestSignIn_opensASession(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		if len(token) != 43 {
			t.Errorf("token %q is not 256 bits", token)
		}
		got := w.resume(token)
		want := signin.Caller{
			Viewer: access.Viewer{
				User: w.user.ID, DisplayName: "水引 花子", Facility: flowtest.Clinic, Union: flowtest.Union, Profession: access.Nurse,
				Roles: []access.Role{access.RoleViewer}, Device: "pc1", TwoFactor: true, DeviceLive: true,
			},
			Session: got.Session, Home: w.World.Facility(flowtest.Clinic), Language: "ja", DeviceEnds: flowtest.Noon.AddDate(1, 0, 0), VerifiedAt: w.Now, Method: account.MethodPassword,
			LocksAt: w.Now.Add(account.IdleTimeout), EndsAt: w.Now.Add(account.AbsoluteTimeout),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Resume (-want +got):\n%s", diff)
		}
		rows := w.Events(audit.ActionSignIn)
		if len(rows) != 1 || rows[0].Outcome != audit.Done || rows[0].User != w.user.ID || rows[0].Device != "pc1" || rows[0].Facility != flowtest.Clinic {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// A stolen copy of the database opens nothing.
func TestReq_AUTH06_noSecretInClear(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		for _, table := range []string{"session", "user_account", "audit_event", "signin_failure"} {
			for _, secret := range []string{token, password} {
				if dumpHolds(t, w.DB, table, secret) {
					t.Errorf("%s holds a secret in clear", table)
				}
			}
		}
		if !dumpHolds(t, w.DB, "user_account", "hanako") {
			t.Error("the search finds nothing at all")
		}
	})
}

func dumpHolds(t *testing.T, d *db.DB, table, secret string) bool {
	t.Helper()
	rows, err := d.Reader().QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if s, ok := (*v.(*any)).(string); ok && strings.Contains(s, secret) {
				found = true
			}
		}
	}
	return found
}

// Whatever is wrong, the answer is the same; the log tells it apart.
func TestReq_AUTH02_bothFactorsAreNeeded(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare           func(w *ward)
		login, typed      string
		code              func(w *ward) string
		reason, auditUser string
	}{
		"a wrong password":       {nil, "hanako", wrong, (*ward).code, "password", "hanako"},
		"no password":            {nil, "hanako", "", (*ward).code, "password", "hanako"},
		"a wrong code":           {nil, "hanako", password, func(*ward) string { return "000000" }, "code", "hanako"},
		"no code":                {nil, "hanako", password, func(*ward) string { return "" }, "code", "hanako"},
		"both wrong":             {nil, "hanako", wrong, func(*ward) string { return "000000" }, "password", "hanako"},
		"an unknown login":       {nil, "taro", password, (*ward).code, "unknown login", ""},
		"a login that cannot be": {nil, password + " ", password, (*ward).code, "unknown login", ""},
		"an account of another facility": {func(w *ward) { w.dev = w.terminal("pc9", flowtest.Hospital) },
			"hanako", password, (*ward).code, "terminal of another facility", ""},
		"a closed account": {func(w *ward) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return accountdb.Store{}.Close(ctx, tx, w.user.ID, w.Now) })
		}, "hanako", password, (*ward).code, "account closed", ""},
		"a facility that has left": {func(w *ward) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return directorydb.Store{}.CloseFacility(ctx, tx, flowtest.Clinic, w.Now)
			})
		}, "hanako", password, (*ward).code, "facility has left", ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				if tc.prepare != nil {
					tc.prepare(w)
				}
				token, err := w.SignIn(t.Context(), w.dev, tc.login, tc.typed, tc.code(w))
				if token != "" {
					t.Error("a refused sign-in gave a token")
				}
				wantFault(t, err, fault.Denied, "signin.refused")
				rows := w.Events(audit.ActionSignIn)
				if len(rows) != 1 || rows[0].Outcome != audit.Denied || rows[0].Detail["reason"] != tc.reason {
					t.Fatalf("audit rows %+v, want one denied for %q", rows, tc.reason)
				}
				if (rows[0].User == w.user.ID) != (tc.auditUser == "hanako") || rows[0].Facility != w.dev.Facility {
					t.Errorf("the row is of user %q at %q", rows[0].User, rows[0].Facility)
				}
			})
		})
	}
}

func TestSignIn_takesWhatAKeyboardMakesOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		if _, err := w.SignIn(t.Context(), w.dev, " ＨＡＮＡＫＯ ", "ｘ９ｋ２ｍ４ｐ７", w.code()); err != nil {
			t.Errorf("SignIn with full-width letters: %v", err)
		}
	})
}

func TestReq_AUTH02_aCodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		used := w.code()
		w.in()
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, used)
		wantFault(t, err, fault.Denied, "signin.refused")
		rows := w.Events(audit.ActionSignIn)
		if got := rows[len(rows)-1].Detail["reason"]; got != "code used before" {
			t.Errorf("reason %q", got)
		}
		w.Now = w.Now.Add(30 * time.Second)
		_, err = w.SignIn(t.Context(), w.dev, "hanako", password, used) // still within the window
		wantFault(t, err, fault.Denied, "signin.refused")
		latest := w.code()
		w.in()
		w.Now = w.Now.Add(-30 * time.Second) // a clock put back opens no used code again
		for _, code := range []string{used, latest} {
			_, err = w.SignIn(t.Context(), w.dev, "hanako", password, code)
			wantFault(t, err, fault.Denied, "signin.refused")
		}
	})
}

// Of attempts at the same time with one code only one may come in.
func TestReq_AUTH02_aCodeWorksOnceAlsoInARace(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		code := w.code()
		errs := make(chan error)
		const tries = 4
		for range tries {
			go func() {
				_, err := w.SignIn(t.Context(), w.dev, "hanako", password, code)
				errs <- err
			}()
		}
		in := 0
		for range tries {
			if err := <-errs; err == nil {
				in++
			} else if !fault.Is(err, fault.Denied) {
				t.Error(err)
			}
		}
		if in != 1 {
			t.Errorf("%d of %d came in with one code", in, tries)
		}
	})
}

func TestReq_AUTH06_hashIsUpgraded(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.Service = w.service(credential.Params{MemoryKiB: 16, Passes: 1, Threads: 1})
		w.in()
		u, err := accountdb.Store{}.User(t.Context(), w.DB.Reader(), w.user.ID)
		if err != nil || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=16,") {
			t.Errorf("hash after sign-in %q, %v", u.PasswordHash, err)
		}
		w.Now = w.Now.Add(time.Minute)
		w.in()
	})
}

func TestReq_AUTH01_secondTerminalShowsInTheLog(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		first := w.in()
		w.Now = w.Now.Add(time.Minute)
		pc1 := w.dev
		w.dev = w.terminal("pc2", flowtest.Clinic)
		w.in()
		rows := w.Events(audit.ActionSignIn)
		if rows[0].Detail["elsewhere"] != nil || rows[1].Detail["elsewhere"] != true {
			t.Errorf("details %v, %v", rows[0].Detail, rows[1].Detail)
		}
		if _, err := w.Resume(t.Context(), pc1, first, false); err != nil {
			t.Errorf("the first session ended: %v", err)
		}
	})
}

// No audit row, no session.
func TestSignIn_withoutAuditFails(t *testing.T) {
	w := newWard(t, dbtest.SQLite(t, migrate.Center))
	w.Exec(`CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(FAIL, 'disk full'); END`)
	if token, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code()); err == nil || token != "" {
		t.Errorf("SignIn = %q, %v, want an error", token, err)
	}
	var sessions int
	if err := w.DB.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM session`).Scan(&sessions); err != nil || sessions != 0 {
		t.Errorf("%d sessions, %v", sessions, err)
	}
}
