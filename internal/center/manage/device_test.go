package manage_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func newPC() manage.NewDevice {
	return manage.NewDevice{Name: " 受付1 ", Place: "1階 受付", UserGroup: "医事課", OS: "Windows 11", Method: device.ByPKCS12}
}

func (w *office) device(id ident.DeviceID) device.Device {
	w.Helper()
	d, err := devicedb.Store{}.Device(w.Context(), w.DB.Reader(), id)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// second is another terminal of the manager's facility, whose certificate ends in days.
func (w *office) second(days int) ident.DeviceID {
	w.Helper()
	id := w.Caller(w.boss.Facility, access.Nurse, access.RoleViewer).Device
	w.Exec(`UPDATE device SET cert_not_after = $1 WHERE id = $2`, db.Micros(w.Now.AddDate(0, 0, days)), string(id))
	return id
}

func TestReq_CERT01_registerDevice(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		got, err := w.RegisterDevice(t.Context(), w.boss, newPC())
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "受付1" || got.ExpiresAt != w.Now.Add(10*time.Minute) || len(got.Password) < 26 {
			t.Errorf("ticket %+v", got)
		}
		take := func(purpose directory.CodePurpose) (c directory.Code, err error) {
			err = w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				c, err = directorydb.Store{}.TakeCode(ctx, tx, directory.HashCode(got.Code), purpose, w.Now)
				return err
			})
			return c, err
		}
		_, err = take(directory.CodeDevice)
		wantFault(t, err, fault.Denied, "enroll.code")
		code, err := take(directory.CodePKCS12)
		if err != nil {
			t.Fatal(err)
		}
		want := directory.Code{
			SHA256: directory.HashCode(got.Code), Purpose: directory.CodePKCS12, Facility: w.boss.Facility, Label: "受付1", Place: "1階 受付", UserGroup: "医事課",
			OS: "Windows 11", SealedPassword: directory.PasswordContext(directory.HashCode(got.Code)) + "|" + got.Password, CreatedBy: string(w.boss.User), ExpiresAt: got.ExpiresAt,
		}
		if diff := cmp.Diff(want, code); diff != "" {
			t.Errorf("code (-want +got):\n%s", diff)
		}
		var left int
		if err := w.DB.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM enrollment_code WHERE sealed_password <> ''`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d passwords are kept after use, %v", left, err)
		}
		if rows := w.Events(audit.ActionDeviceCode); len(rows) != 1 || rows[0].User != w.boss.User {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestRegisterDevice_whatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for key, spoil := range map[fault.Key]func(*manage.NewDevice){
			"device.name_missing":   func(n *manage.NewDevice) { n.Name = " " },
			"device.place_missing":  func(n *manage.NewDevice) { n.Place = strings.Repeat("階", 61) },
			"device.group_missing":  func(n *manage.NewDevice) { n.UserGroup = "a\x00b" },
			"device.os_invalid":     func(n *manage.NewDevice) { n.OS = "\n" },
			"device.method_missing": func(n *manage.NewDevice) { n.Method = device.ByOperator },
		} {
			n := newPC()
			spoil(&n)
			_, err := w.RegisterDevice(t.Context(), w.boss, n)
			wantFault(t, err, fault.Invalid, key)
		}
	})
}

// A terminal of another facility is answered like one that does not exist, leaves a row,
// and stays as it is.
func TestReq_CERT04_managerOfAnotherFacility(t *testing.T) {
	for name, do := range map[string]func(w *office, id ident.DeviceID) error{
		"ReplaceDevice": func(w *office, id ident.DeviceID) error {
			_, err := w.ReplaceDevice(w.Context(), w.boss, id, newPC())
			return err
		},
		"RenewDevice": func(w *office, id ident.DeviceID) error {
			_, err := w.RenewDevice(w.Context(), w.boss, id)
			return err
		},
		"RevokeDevice": func(w *office, id ident.DeviceID) error {
			return w.RevokeDevice(w.Context(), w.boss, id, device.Ceased)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				stranger := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer).Device
				before := w.device(stranger)
				wantFault(t, do(w, stranger), fault.NotFound, "")
				wantFault(t, do(w, "nobody"), fault.NotFound, "")
				if diff := cmp.Diff(before, w.device(stranger)); diff != "" {
					t.Errorf("the terminal changed:\n%s", diff)
				}
				rows := w.Events()
				if len(rows) != 2 {
					t.Fatalf("%d audit rows, want 2", len(rows))
				}
				for i, owner := range []ident.FacilityID{flowtest.Clinic, ""} {
					if e := rows[i]; e.Action != audit.ActionProbe || e.Outcome != audit.Denied || e.Owner != owner || e.Detail["what"] != "device" {
						t.Errorf("row %d: %+v", i, e)
					}
				}
			})
		})
	}
}

func TestReq_AUTH10_terminalsNeedAFreshProof(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		id := w.second(30)
		w.Now = w.Now.Add(6 * time.Minute)
		ctx := t.Context()
		errs := map[string]error{}
		_, errs["RegisterDevice"] = w.RegisterDevice(ctx, w.boss, newPC())
		_, errs["ReplaceDevice"] = w.ReplaceDevice(ctx, w.boss, id, newPC())
		_, errs["RenewDevice"] = w.RenewDevice(ctx, w.boss, id)
		errs["RevokeDevice"] = w.RevokeDevice(ctx, w.boss, id, device.Ceased)
		for name, err := range errs {
			t.Run(name, func(t *testing.T) { wantFault(t, err, fault.Denied, signin.KeyStepUp) })
		}
	})
}

func TestReq_CERT04_revokeDevice(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		id := w.second(300)
		wantFault(t, w.RevokeDevice(t.Context(), w.boss, w.boss.Device, device.Ceased), fault.Conflict, "device.self")
		wantFault(t, w.RevokeDevice(t.Context(), w.boss, id, "because"), fault.Invalid, "device.reason_missing")
		if _, err := w.signin.Device(t.Context(), string(id)); err != nil {
			t.Fatal(err)
		}
		if err := w.RevokeDevice(t.Context(), w.boss, id, device.KeyCompromise); err != nil {
			t.Fatal(err)
		}
		_, err := w.signin.Device(t.Context(), string(id))
		wantFault(t, err, fault.Denied, "device.unknown")
		wantFault(t, w.RevokeDevice(t.Context(), w.boss, id, device.Ceased), fault.Conflict, "device.revoked")
		got, err := devicedb.Store{}.Revocations(t.Context(), w.DB.Reader(), w.Now)
		want := []device.Revocation{{
			Certificate: device.Certificate{Serial: string(id), SHA256: string(id), NotAfter: w.Now.AddDate(0, 0, 300)},
			Device:      id, At: w.Now, By: string(w.boss.User), Reason: device.KeyCompromise,
		}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("revocations (-want +got):\n%s%v", diff, err)
		}
		if later, err := (devicedb.Store{}).Revocations(t.Context(), w.DB.Reader(), w.Now.AddDate(0, 0, 300)); err != nil || len(later) != 0 {
			t.Errorf("after its end: %v, %v", later, err)
		}
	})
}

func TestReq_CERT03_renewDevice(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for days, key := range map[int]fault.Key{96: "device.too_early", 0: "device.expired", -1: "device.expired"} {
			_, err := w.RenewDevice(t.Context(), w.boss, w.second(days))
			wantFault(t, err, fault.Conflict, key)
		}
		got, err := w.RenewDevice(t.Context(), w.boss, w.second(95))
		if err != nil || !got.Renews || got.Method != device.ByPKCS12 {
			t.Errorf("ticket %+v, %v", got, err)
		}
		if count, days, err := w.EndingDevices(t.Context(), w.boss); err != nil || count != 0 || days != 0 {
			t.Errorf("ending: %d, %d days, %v", count, days, err)
		}
		w.second(30)
		w.second(7)
		if count, days, err := w.EndingDevices(t.Context(), w.boss); err != nil || count != 2 || days != 7 {
			t.Errorf("ending: %d, %d days, %v", count, days, err)
		}
	})
}

func TestReq_CERT01_ledgerOfTheOwnFacility(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
		got, names, err := w.Devices(t.Context(), w.boss)
		if err != nil || len(got) != 1 || got[0].ID != w.boss.Device || names[string(w.boss.User)] == "" {
			t.Errorf("Devices = %+v, %v, %v", got, names, err)
		}
	})
}
