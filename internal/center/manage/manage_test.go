package manage_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
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

type office struct {
	*flowtest.World
	*manage.Service
	gateways *gateways
	signin   *signin.Service
	boss     signin.Caller // manager of the hospital, which discloses
}

func newOffice(t *testing.T, d *db.DB) *office {
	w := &office{World: flowtest.New(t, d)}
	w.gateways = &gateways{Gateways: w.World.Gateways}
	hasher := credential.NewHasher(credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1})
	w.Service = manage.New(manage.Config{DB: w.DB, Log: w.Audit, Seal: labels{}, Gateways: w.gateways, Clock: w.World.Clock})
	w.signin = signin.New(signin.Config{DB: w.DB, Log: w.Audit, Seal: labels{}, Hasher: hasher, Clock: w.World.Clock})
	w.boss = w.Caller(flowtest.Hospital, access.Clerk, access.RoleManager)
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *office)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) { fn(t, newOffice(t, d)) })
}

func wantFault(t *testing.T, err error, kind fault.Kind, key fault.Key) {
	t.Helper()
	got, _, _ := fault.Message(err)
	if !fault.Is(err, kind) || got != key {
		t.Errorf("error %v of kind %q, key %q, want %q, %q", err, fault.KindOf(err), got, kind, key)
	}
}

// An id of another facility, or of nobody, is not found and leaves a row; nothing changes.
func TestForeignUser(t *testing.T) {
	for name, do := range map[string]func(w *office, id ident.UserID) error{
		"SetRoles": func(w *office, id ident.UserID) error {
			return w.SetRoles(w.Context(), w.boss, id, []access.Role{access.RoleLiaison})
		},
		"CloseUser": func(w *office, id ident.UserID) error { return w.CloseUser(w.Context(), w.boss, id) },
		"Grants": func(w *office, id ident.UserID) error {
			_, _, err := w.Grants(w.Context(), w.boss, id)
			return err
		},
		"AskRecovery": func(w *office, id ident.UserID) error {
			return w.AskRecovery(w.Context(), w.boss, id, account.RecoveryLost)
		},
		"Unlock": func(w *office, id ident.UserID) error { return w.Unlock(w.Context(), w.boss, id) },
		"SetupCode": func(w *office, id ident.UserID) error {
			_, err := w.SetupCode(w.Context(), w.boss, id)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				stranger := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer).User
				before := w.user(stranger)
				wantFault(t, do(w, stranger), fault.NotFound, "")
				wantFault(t, do(w, "nobody"), fault.NotFound, "")
				if diff := cmp.Diff(before, w.user(stranger)); diff != "" {
					t.Errorf("the stranger changed:\n%s", diff)
				}
				rows := w.Events()
				if len(rows) != 2 {
					t.Fatalf("%d audit rows, want 2", len(rows))
				}
				for i, owner := range []ident.FacilityID{flowtest.Clinic, ""} {
					if e := rows[i]; e.Action != audit.ActionProbe || e.Outcome != audit.Denied || e.User != w.boss.User || e.Owner != owner {
						t.Errorf("row %d: %+v", i, e)
					}
				}
			})
		})
	}
}

// Whoever is no manager gets nothing, not even a difference between ids.
func TestEverythingNeedsTheManagersRole(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for _, roles := range [][]access.Role{nil, {access.RoleViewer, access.RoleLiaison}, {access.RoleOperator}} {
			c := w.Caller(flowtest.Hospital, access.Physician, roles...)
			ctx := t.Context()
			errs := map[string]error{}
			_, errs["Users"] = w.Users(ctx, c)
			_, errs["CreateUser"] = w.CreateUser(ctx, c, nurse("jiro"))
			errs["SetRoles"] = w.SetRoles(ctx, c, w.boss.User, []access.Role{access.RoleLiaison})
			errs["CloseUser"] = w.CloseUser(ctx, c, w.boss.User)
			errs["AskRecovery"] = w.AskRecovery(ctx, c, w.boss.User, account.RecoveryLost)
			errs["Unlock"] = w.Unlock(ctx, c, w.boss.User)
			_, errs["Locked"] = w.Locked(ctx, c)
			errs["WithdrawRecovery"] = w.WithdrawRecovery(ctx, c, "r")
			_, errs["ApproveRecovery"] = w.ApproveRecovery(ctx, c, "r")
			_, errs["Recoveries"] = w.Recoveries(ctx, c)
			_, errs["SetupCode"] = w.SetupCode(ctx, c, w.boss.User)
			_, _, errs["Grants"] = w.Grants(ctx, c, w.boss.User)
			_, errs["Release"] = w.Service.Release(ctx, c)
			_, errs["ReleaseCopy"] = w.ReleaseCopy(ctx, c)
			_, errs["ProposeRelease"] = w.ProposeRelease(ctx, c, 0, access.Matrix{})
			_, _, errs["AccessLog"] = w.AccessLog(ctx, c, manage.LogFilter{})
			_, _, errs["Devices"] = w.Devices(ctx, c)
			_, _, errs["EndingDevices"] = w.EndingDevices(ctx, c)
			_, errs["RegisterDevice"] = w.RegisterDevice(ctx, c, newPC())
			_, errs["ReplaceDevice"] = w.ReplaceDevice(ctx, c, w.boss.Device, newPC())
			_, errs["RenewDevice"] = w.RenewDevice(ctx, c, w.boss.Device)
			errs["RevokeDevice"] = w.RevokeDevice(ctx, c, w.boss.Device, device.Ceased)
			for name, err := range errs {
				if !fault.Is(err, fault.Denied) {
					t.Errorf("%s with roles %v: %v", name, roles, err)
				}
			}
		}
	})
}

func TestProbe(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		c := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
		if err := w.Probe(t.Context(), c, "item"); err != nil {
			t.Fatal(err)
		}
		if rows := w.Events(audit.ActionProbe); len(rows) != 1 || rows[0].User != c.User || rows[0].Detail["what"] != "item" {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestSetup_User(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		setup := manage.Setup{Log: w.Audit, Seal: labels{}, Hasher: credential.NewHasher(credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1}), By: "root"}
		user := func(n manage.NewUser, given manage.Credentials) (c manage.Created, err error) {
			err = w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				c, err = setup.User(ctx, tx, w.Now, flowtest.Hospital, n, given)
				return err
			})
			return c, err
		}
		operator := nurse("operator")
		operator.Roles = []access.Role{access.RoleManager, access.RoleOperator}
		const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		c, err := user(operator, manage.Credentials{Password: "w3tqa8r5", TOTPSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
		if c.Code != "" || !c.User.Equipped || c.User.MustChange {
			t.Errorf("Setup.User = %+v", c)
		}
		w.signIn(w.boss.Device, "operator", "w3tqa8r5", secret)
		made, err := user(nurse("saburo"), manage.Credentials{})
		if err != nil || made.Code == "" || made.User.Equipped {
			t.Errorf("Setup.User = %+v, %v", made, err)
		}
		w.comeIn(w.boss.Device, "saburo", made.Code)
		_, err = user(nurse("shiro"), manage.Credentials{Password: "password1", TOTPSecret: secret})
		wantFault(t, err, fault.Invalid, "password.common")
		_, err = user(nurse("shiro"), manage.Credentials{Password: "w3tqa8r5"})
		wantFault(t, err, fault.Invalid, "")
		if rows := w.Events(audit.ActionUserCreate); len(rows) != 2 || rows[0].UserName != "root" || rows[0].Owner != flowtest.Hospital {
			t.Errorf("audit rows %+v", rows)
		}
	})
}
