package accountdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var store accountdb.Store

func each(t *testing.T, fn func(t *testing.T, w *flowtest.World)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) { fn(t, flowtest.New(t, d)) })
}

// Who held which role, from when to when and by whose hand, stays readable.
func TestStore_SetRoles_keepsHistory(t *testing.T) {
	each(t, func(t *testing.T, w *flowtest.World) {
		u := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer, access.RoleLiaison).User
		set := func(roles ...access.Role) {
			w.Now = w.Now.Add(time.Hour)
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.SetRoles(ctx, tx, u, roles, "boss", w.Now) })
		}
		set(access.RoleLiaison, access.RoleManager)
		set(access.RoleViewer, access.RoleManager)
		type held struct {
			Role     access.Role
			From, To time.Duration // hours after the beginning; To 0: still
			Ended    string
		}
		got, err := db.All(t.Context(), w.DB.Reader(), func(s db.Scanner) (h held, err error) {
			var from, to int64
			err = s(&h.Role, &from, &to, &h.Ended)
			h.From = db.Time(from).Sub(flowtest.Noon)
			if to != 0 {
				h.To = db.Time(to).Sub(flowtest.Noon)
			}
			return h, err
		}, `SELECT role, granted_at, COALESCE(ended_at, 0), COALESCE(ended_by, '') FROM user_role WHERE user_id = $1 ORDER BY role, granted_at`, u)
		if err != nil {
			t.Fatal(err)
		}
		want := []held{
			{access.RoleLiaison, 0, 2 * time.Hour, "boss"}, {access.RoleManager, time.Hour, 0, ""},
			{access.RoleViewer, 0, time.Hour, "boss"}, {access.RoleViewer, 2 * time.Hour, 0, ""},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

func TestStore_TakeTOTPStep(t *testing.T) {
	each(t, func(t *testing.T, w *flowtest.World) {
		u := w.Caller(flowtest.Clinic, access.Nurse).User
		for _, tc := range []struct {
			step int64
			want bool
		}{{5, true}, {5, false}, {4, false}, {6, true}, {5, false}} {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				got, err := store.TakeTOTPStep(ctx, tx, u, tc.step)
				if got != tc.want {
					t.Errorf("step %d taken %v, want %v", tc.step, got, tc.want)
				}
				return err
			})
		}
	})
}

func TestStore_Failures(t *testing.T) {
	each(t, func(t *testing.T, w *flowtest.World) {
		for id, at := range map[ident.DeviceID]ident.FacilityID{"d1": flowtest.Clinic, "d2": flowtest.Clinic, "d3": flowtest.Hospital} {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return devicedb.Store{}.Add(ctx, tx, device.Device{
					ID: id, Facility: at, Name: string(id), CertSerial: "1", CertSHA256: string(id), CreatedAt: w.Now, NotAfter: w.Now.AddDate(1, 0, 0),
				})
			})
		}
		for _, f := range []struct {
			login string
			dev   ident.DeviceID
			ago   time.Duration
		}{
			{"a", "d3", 90 * time.Minute}, // at another facility, which is not the account's matter
			{"a", "d1", 25 * time.Hour}, {"a", "d1", 3 * time.Hour}, {"a", "d2", 2 * time.Hour}, {"b", "d1", time.Hour}, {"a", "d1", 0},
		} {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return store.AddFailure(ctx, tx, f.login, f.dev, w.Now.Add(-f.ago))
			})
		}
		at := func(hours ...int) (out []time.Time) {
			for _, h := range hours {
				out = append(out, w.Now.Add(-time.Duration(h)*time.Hour))
			}
			return out
		}
		check := func(want credential.Failures) {
			t.Helper()
			got, err := store.Failures(t.Context(), w.DB.Reader(), "a", "d1", w.Now)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("Failures, %v (-want +got):\n%s", err, diff)
			}
		}
		check(credential.Failures{Pair: at(0, 3), Account: at(0, 2, 3), Device: at(0, 1, 3)})
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.ForgetFailures(ctx, tx, "a", "d1") })
		check(credential.Failures{Account: at(2), Device: at(1)})
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.ForgetFailures(ctx, tx, "a", "") })
		check(credential.Failures{Device: at(1)})
	})
}
