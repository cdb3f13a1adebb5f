package signin_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// labels seals by a label: enough to see that the context is the user's.
type labels struct{}

func (labels) Seal(secret, context string) (string, error) { return context + "|" + secret, nil }

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", errors.New("sealed in another context")
	}
	return secret, nil
}

var cheap = signin.Params{MemoryKiB: 8, Passes: 1, Threads: 1}

const password, wrong = "x9k2m4p7", "x9k2m4p8"

// ward is a clinic's terminal with a nurse who works at it.
type ward struct {
	*flowtest.World
	*signin.Service
	dev    device.Device
	user   account.User
	secret string
}

func newWard(t *testing.T, d *db.DB) *ward {
	w := &ward{World: flowtest.New(t, d)}
	w.Service = w.service(cheap)
	w.dev = w.terminal("pc1", flowtest.Clinic)
	created := w.account("hanako", flowtest.Clinic)
	w.user, w.secret = created.User, created.TOTPSecret
	return w
}

func (w *ward) service(p signin.Params) *signin.Service {
	return signin.New(signin.Config{DB: w.DB, Log: w.World.Audit, Seal: labels{}, Hasher: signin.NewHasher(p), Clock: w.World.Clock})
}

func (w *ward) terminal(cert string, f ident.FacilityID) device.Device {
	w.Helper()
	d := device.Device{ID: ident.DeviceID(cert), Facility: f, Name: cert, CertSerial: "1", CertSHA256: cert, CreatedAt: w.Now, NotAfter: w.Now.AddDate(1, 0, 0)}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return devicedb.Store{}.Add(ctx, tx, d) })
	return d
}

func (w *ward) account(login string, f ident.FacilityID) (created manage.Created) {
	w.Helper()
	setup := manage.Setup{Log: w.World.Audit, Seal: labels{}, Hasher: signin.NewHasher(cheap), By: "test"}
	w.InTx(func(ctx context.Context, tx *db.Tx) (err error) {
		created, err = setup.User(ctx, tx, w.Now, f, manage.NewUser{
			Login: login, DisplayName: "水引 花子", Kana: "ミズヒキ ハナコ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer},
		}, manage.Credentials{Password: password})
		return err
	})
	return created
}

// code gives the one-time code of now.
func (w *ward) code() string {
	w.Helper()
	code, err := totp.GenerateCode(w.secret, w.Now)
	if err != nil {
		w.Fatal(err)
	}
	return code
}

// in signs the nurse in.
func (w *ward) in() (token string) {
	w.Helper()
	token, err := w.SignIn(w.Context(), w.dev, "hanako", password, w.code())
	if err != nil {
		w.Fatalf("SignIn: %v", err)
	}
	return token
}

func (w *ward) resume(token string) signin.Caller {
	w.Helper()
	c, err := w.Resume(w.Context(), w.dev, token, false)
	if err != nil {
		w.Fatalf("Resume: %v", err)
	}
	return c
}

func each(t *testing.T, fn func(t *testing.T, w *ward)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) { fn(t, newWard(t, d)) })
}

// wantFault checks kind and key of an error.
func wantFault(t *testing.T, err error, kind fault.Kind, key fault.Key) {
	t.Helper()
	got, _, _ := fault.Message(err)
	if !fault.Is(err, kind) || got != key {
		t.Errorf("error %v of kind %q, key %q, want %q, %q", err, fault.KindOf(err), got, kind, key)
	}
}

func TestSignIn_opensASession(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		if len(token) != 43 {
			t.Errorf("token %q is not 256 bits", token)
		}
		got := w.resume(token)
		want := signin.Caller{
			Viewer: access.Viewer{
				User: w.user.ID, DisplayName: "水引 花子", Facility: flowtest.Clinic, Profession: access.Nurse,
				Roles: []access.Role{access.RoleViewer}, Device: "pc1", TwoFactor: true, DeviceLive: true,
			},
			Session: got.Session, Union: flowtest.Union, Home: w.World.Facility(flowtest.Clinic), Language: "ja",
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
func TestSignIn_keepsNoSecretInClear(t *testing.T) {
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
func TestSignIn_refuses(t *testing.T) {
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

func TestSignIn_takesACodeOnce(t *testing.T) {
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
func TestSignIn_takesACodeOnceAlsoInARace(t *testing.T) {
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

func TestSignIn_throttles(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		other := w.terminal("pc2", flowtest.Clinic)
		w.account("jiro", flowtest.Clinic)
		try := func(dev device.Device, login, typed string) error {
			_, err := w.SignIn(t.Context(), dev, login, typed, w.code())
			return err
		}
		for i := range 5 {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
			w.Now = w.Now.Add(time.Duration(i) * time.Millisecond)
		}
		err := try(w.dev, "hanako", password)
		wantFault(t, err, fault.Denied, "signin.locked")
		if _, params, _ := fault.Message(err); params["minutes"] != 1 {
			t.Errorf("params %v", params)
		}
		// The pair waits; the colleague, and the user at another terminal, do not.
		wantFault(t, try(w.dev, "jiro", wrong), fault.Denied, "signin.refused")
		if err := try(other, "hanako", password); err != nil {
			t.Errorf("locked out at another terminal, too: %v", err)
		}
		// An attempt while locked is not counted: the lock ends.
		w.Now = w.Now.Add(time.Minute)
		for _, wait := range []time.Duration{4, 8, 16, 32} {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
			wantFault(t, try(w.dev, "hanako", password), fault.Denied, "signin.locked")
			w.Now = w.Now.Add(wait * time.Second)
		}
		wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused") // the tenth
		w.Now = w.Now.Add(15*time.Minute - time.Second)
		wantFault(t, try(w.dev, "hanako", password), fault.Denied, "signin.locked")
		w.Now = w.Now.Add(time.Second)
		if err := try(w.dev, "hanako", password); err != nil {
			t.Fatalf("still locked after 15 minutes: %v", err)
		}
		// Success forgets the pair's failures.
		w.Now = w.Now.Add(time.Minute)
		for range 4 {
			wantFault(t, try(w.dev, "hanako", wrong), fault.Denied, "signin.refused")
		}
		if err := try(w.dev, "hanako", password); err != nil {
			t.Errorf("failures before the success still count: %v", err)
		}
	})
}

// A login that does not exist locks like one that does.
func TestSignIn_throttlesNobodyAlike(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		for range 5 {
			_, err := w.SignIn(t.Context(), w.dev, "nobody", wrong, "000000")
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		_, err := w.SignIn(t.Context(), w.dev, "nobody", wrong, "000000")
		wantFault(t, err, fault.Denied, "signin.locked")
	})
}

// One password tried on many names blocks the terminal, not the names.
func TestSignIn_sprayingBlocksTheTerminal(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		other := w.terminal("pc2", flowtest.Clinic)
		for i := range 30 {
			_, err := w.SignIn(t.Context(), w.dev, "user"+strconv.Itoa(i), wrong, "000000")
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		_, err := w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.locked")
		if _, err := w.SignIn(t.Context(), other, "hanako", password, w.code()); err != nil {
			t.Errorf("locked out at another terminal, too: %v", err)
		}
	})
}

// Many attempts at the same time must not all be taken before the first is counted.
func TestSignIn_throttlesAFlood(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		const tries = 20
		errs := make(chan error)
		for range tries {
			go func() {
				for {
					_, err := w.SignIn(t.Context(), w.dev, "hanako", wrong, "000000")
					if !fault.Is(err, fault.Internal) { // not one that lost too many races on PostgreSQL
						errs <- err
						return
					}
				}
			}()
		}
		compared := 0
		for range tries {
			if key, _, _ := fault.Message(<-errs); key == "signin.refused" {
				compared++
			}
		}
		if compared < 1 || compared > 5 {
			t.Errorf("%d passwords were compared before the throttle, want at most 5", compared)
		}
	})
}

func TestSignIn_upgradesTheHash(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.Service = w.service(signin.Params{MemoryKiB: 16, Passes: 1, Threads: 1})
		w.in()
		u, err := accountdb.Store{}.User(t.Context(), w.DB.Reader(), w.user.ID)
		if err != nil || !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=16,") {
			t.Errorf("hash after sign-in %q, %v", u.PasswordHash, err)
		}
		w.Now = w.Now.Add(time.Minute)
		w.in()
	})
}

func TestSignIn_atASecondTerminalShowsInTheLog(t *testing.T) {
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

func TestDevice(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(w *ward)
		cert    string
		refused bool
	}{
		"registered":           {nil, "pc1", false},
		"unknown":              {nil, "pc0", true},
		"none":                 {nil, "", true},
		"revoked":              {func(w *ward) { w.revoke("pc1") }, "pc1", true},
		"expired":              {func(w *ward) { w.Now = w.Now.AddDate(1, 0, 0) }, "pc1", true},
		"in its last instants": {func(w *ward) { w.Now = w.Now.AddDate(1, 0, 0).Add(-time.Microsecond) }, "pc1", false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				if tc.prepare != nil {
					tc.prepare(w)
				}
				dev, err := w.Service.Device(t.Context(), tc.cert)
				if tc.refused {
					wantFault(t, err, fault.Denied, "device.unknown")
				} else if err != nil || dev.ID != "pc1" {
					t.Errorf("Device = %v, %v", dev.ID, err)
				}
			})
		})
	}
}

func (w *ward) revoke(id ident.DeviceID) {
	w.Helper()
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return devicedb.Store{}.Revoke(ctx, tx, id, w.Now) })
}

func TestDevice_isSeenOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		start := w.Now
		for _, tc := range []struct{ after, seen time.Duration }{{0, 0}, {59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {100 * time.Second, 60 * time.Second}} {
			w.Now = start.Add(tc.after)
			if _, err := w.Service.Device(t.Context(), "pc1"); err != nil {
				t.Fatal(err)
			}
			d, err := devicedb.Store{}.Device(t.Context(), w.DB.Reader(), "pc1")
			if err != nil || !d.LastSeen.Equal(start.Add(tc.seen)) {
				t.Errorf("after %v seen at %v, %v, want %v", tc.after, d.LastSeen, err, start.Add(tc.seen))
			}
		}
	})
}

// Everything that shuts somebody out acts on the next request.
func TestResume_refuses(t *testing.T) {
	for name, prepare := range map[string]func(w *ward, token string) string{
		"a token that was never given": func(*ward, string) string { return strings.Repeat("A", 43) },
		"no token":                     func(*ward, string) string { return "" },
		"the hash of the token":        func(w *ward, _ string) string { return storedToken(w) },
		"after signing out": func(w *ward, token string) string {
			if err := w.SignOut(w.Context(), w.resume(token)); err != nil {
				w.Fatal(err)
			}
			return token
		},
		"an idle session": func(w *ward, token string) string {
			w.Now = w.Now.Add(account.IdleTimeout)
			return token
		},
		"a session of twelve hours": func(w *ward, token string) string {
			for range 12 * 6 {
				w.resume(token)
				w.Now = w.Now.Add(10 * time.Minute)
			}
			return token
		},
		"a session that only scripts kept busy": func(w *ward, token string) string {
			for range 15 {
				if _, err := w.Resume(w.Context(), w.dev, token, true); err != nil {
					w.Fatal(err)
				}
				w.Now = w.Now.Add(time.Minute)
			}
			return token
		},
		"a closed account": func(w *ward, token string) string {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return accountdb.Store{}.Close(ctx, tx, w.user.ID, w.Now) })
			return token
		},
		"a revoked device": func(w *ward, token string) string {
			w.dev.RevokedAt = w.Now
			return token
		},
		"a facility that has left": func(w *ward, token string) string {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return directorydb.Store{}.CloseFacility(ctx, tx, flowtest.Clinic, w.Now)
			})
			return token
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				token := w.in()
				w.resume(token)
				token = prepare(w, token)
				_, err := w.Resume(t.Context(), w.dev, token, false)
				wantFault(t, err, fault.Denied, "session.ended")
			})
		})
	}
}

func storedToken(w *ward) (hash string) {
	w.Helper()
	if err := w.DB.Reader().QueryRowContext(w.Context(), `SELECT token_sha256 FROM session`).Scan(&hash); err != nil {
		w.Fatal(err)
	}
	return hash
}

func TestResume_keepsABusySessionAlive(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		for range 10 {
			w.Now = w.Now.Add(account.IdleTimeout - time.Minute)
			w.resume(token)
		}
	})
}

// A token at another device has been copied: it ends, also where it belongs.
func TestResume_atAnotherDeviceEndsTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		other := w.terminal("pc9", flowtest.Hospital)
		_, err := w.Resume(t.Context(), other, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		_, err = w.Resume(t.Context(), w.dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		rows := w.Events(audit.ActionProbe)
		if len(rows) != 1 || rows[0].User != w.user.ID || rows[0].Device != "pc9" || rows[0].Owner != flowtest.Hospital {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestResume_readsRolesAnew(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return accountdb.Store{}.SetRoles(ctx, tx, w.user.ID, []access.Role{access.RoleLiaison}, "m", w.Now)
		})
		if got := w.resume(token).Roles; !slices.Equal(got, []access.Role{access.RoleLiaison}) {
			t.Errorf("roles %v", got)
		}
	})
}

func TestSignOut_twice(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		for range 2 {
			if err := w.SignOut(t.Context(), c); err != nil {
				t.Errorf("SignOut: %v", err)
			}
		}
		if rows := w.Events(audit.ActionSignOut); len(rows) != 1 {
			t.Errorf("%d audit rows, want 1", len(rows))
		}
	})
}

func TestSetLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		token := w.in()
		c := w.resume(token)
		if err := w.SetLanguage(t.Context(), c, "en"); err != nil {
			t.Fatal(err)
		}
		if got := w.resume(token).Language; got != "en" {
			t.Errorf("language %q", got)
		}
		if err := w.SetLanguage(t.Context(), c, "xx"); !fault.Is(err, fault.Invalid) {
			t.Errorf("SetLanguage xx: %v", err)
		}
	})
}

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

func TestChangePassword_lastOnesDoNotComeBack(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		used := []string{password}
		for i := range account.FormerPasswords + 1 {
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
func TestMustChange(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			hash, err := signin.NewHasher(cheap).Hash(ctx, password)
			if err != nil {
				return err
			}
			return accountdb.Store{}.SetPassword(ctx, tx, w.user.ID, hash, true, w.Now)
		})
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
func TestSignIn_afterTenYears(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.Now = w.Now.AddDate(10, 0, 0)
		w.dev.NotAfter = w.Now.AddDate(1, 0, 0) // the terminal's certificate was renewed
		if c := w.resume(w.in()); c.MustChange {
			t.Error("a password has to be changed only because time has passed")
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
