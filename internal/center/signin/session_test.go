package signin_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

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
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		d, err := devicedb.Store{}.Device(ctx, tx, id)
		if err != nil {
			return err
		}
		return devicedb.Store{}.Revoke(ctx, tx, d, "test", device.Ceased, w.Now)
	})
}

func TestReq_CERT01_deviceIsSeen(t *testing.T) {
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
		"a session of twelve hours": func(w *ward, token string) string {
			for range 12 * 6 {
				w.resume(token)
				w.Now = w.Now.Add(10 * time.Minute)
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
