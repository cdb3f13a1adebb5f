package center

import (
	"context"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var start = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

type ledgerWorld struct {
	*ledger
	now      time.Time
	facility directory.Facility
	code     string
}

func newLedgerWorld(t *testing.T, d *db.DB) *ledgerWorld {
	t.Helper()
	w := &ledgerWorld{now: start, code: directory.NewCode()}
	w.ledger = &ledger{db: d, log: auditdb.Log{Replica: "r1"}, clock: func() time.Time { return w.now }}
	union := directory.Union{ID: ident.New[ident.UnionID](), Name: "試験ユニオン"}
	w.facility = directory.Facility{
		ID: ident.New[ident.FacilityID](), Code: "9910000001", Name: "試験病院", Kind: directory.Hospital,
		Disclosing: true, Unions: []ident.UnionID{union.ID}, JoinedAt: start,
	}
	var store directorydb.Store
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := store.AddUnion(ctx, tx, union, start); err != nil {
			return err
		}
		return store.AddFacility(ctx, tx, w.facility)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.addCode(t, w.code, directory.CodeGateway)
	return w
}

func (w *ledgerWorld) addCode(t *testing.T, code string, purpose directory.CodePurpose) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return w.directory.AddCode(ctx, tx, directory.Code{
			SHA256: directory.HashCode(code), Purpose: purpose, Facility: w.facility.ID, CreatedBy: "operator", ExpiresAt: w.now.Add(directory.CodeLife),
		}, w.now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// redeem enrols a gateway whose certificate has the given fingerprint.
func (w *ledgerWorld) redeem(t *testing.T, code, cert string) (directory.Gateway, error) {
	t.Helper()
	var out directory.Gateway
	err := w.Redeem(t.Context(), directory.HashCode(code), w.now, func(f directory.Facility) (directory.Gateway, error) {
		out = directory.Gateway{ID: ident.New[ident.GatewayID](), Facility: f.ID, CertSHA256: cert, NotAfter: w.now.Add(time.Hour), EnrolledAt: w.now}
		return out, nil
	})
	return out, err
}

func (w *ledgerWorld) auditRows(t *testing.T) (n int) {
	t.Helper()
	if err := w.db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit_event WHERE action = $1`, "gateway_enroll").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLedger_redeemOnce(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newLedgerWorld(t, d)
		want, err := w.redeem(t, w.code, "aa")
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Gateway(t.Context(), "aa")
		if err != nil || got.ID != want.ID || got.Facility != w.facility.ID {
			t.Errorf("Gateway = %+v, %v, want %s", got, err, want.ID)
		}
		if _, err := w.redeem(t, w.code, "bb"); !fault.Is(err, fault.Denied) {
			t.Errorf("second Redeem = %v, want denied", err)
		}
		if got := w.auditRows(t); got != 1 {
			t.Errorf("audit rows = %d, want 1", got)
		}
		if err := w.GatewaySeen(t.Context(), want.ID, w.now); err != nil {
			t.Error(err)
		}
	})
}

func TestLedger_codesThatDoNotHold(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newLedgerWorld(t, d)
		forDevice := directory.NewCode()
		w.addCode(t, forDevice, directory.CodeDevice)
		for name, code := range map[string]string{"unknown": directory.NewCode(), "for a terminal": forDevice} {
			if _, err := w.redeem(t, code, "aa"); !fault.Is(err, fault.Denied) {
				t.Errorf("%s: Redeem = %v, want denied", name, err)
			}
		}
		w.now = start.Add(directory.CodeLife)
		if _, err := w.redeem(t, w.code, "aa"); !fault.Is(err, fault.Denied) {
			t.Errorf("expired: Redeem = %v, want denied", err)
		}
		if got := w.auditRows(t); got != 0 {
			t.Errorf("audit rows = %d, want 0", got)
		}
	})
}

// What fails after the code was taken gives the code back.
func TestLedger_failedIssueDoesNotSpendTheCode(t *testing.T) {
	w := newLedgerWorld(t, dbtest.SQLite(t, migrate.Center))
	bad := fault.New(fault.Invalid, "no request")
	err := w.Redeem(t.Context(), directory.HashCode(w.code), w.now, func(directory.Facility) (directory.Gateway, error) {
		return directory.Gateway{}, bad
	})
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("Redeem = %v, want invalid", err)
	}
	if _, err := w.redeem(t, w.code, "aa"); err != nil {
		t.Errorf("Redeem after a failure = %v", err)
	}
}

func TestLedger_enrollingAnewRevokesTheOneBefore(t *testing.T) {
	w := newLedgerWorld(t, dbtest.SQLite(t, migrate.Center))
	if _, err := w.redeem(t, w.code, "aa"); err != nil {
		t.Fatal(err)
	}
	next := directory.NewCode()
	w.addCode(t, next, directory.CodeGateway)
	if _, err := w.redeem(t, next, "bb"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway(t.Context(), "aa"); !fault.Is(err, fault.Denied) {
		t.Errorf("the gateway before = %v, want denied", err)
	}
	if _, err := w.Gateway(t.Context(), "bb"); err != nil {
		t.Errorf("the new gateway = %v", err)
	}
}

func TestLedger_gatewaysThatMayNotLink(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *ledgerWorld, directory.Gateway){
		"revoked": func(t *testing.T, w *ledgerWorld, g directory.Gateway) {
			if err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return w.directory.RevokeGateway(ctx, tx, g.ID, "operator", revocation.KeyCompromise, w.now)
			}); err != nil {
				t.Fatal(err)
			}
		},
		"expired": func(_ *testing.T, w *ledgerWorld, g directory.Gateway) { w.now = g.NotAfter },
		"of a facility that has left": func(t *testing.T, w *ledgerWorld, g directory.Gateway) {
			if err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return w.directory.CloseFacility(ctx, tx, g.Facility, w.now)
			}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLedgerWorld(t, dbtest.SQLite(t, migrate.Center))
			g, err := w.redeem(t, w.code, "aa")
			if err != nil {
				t.Fatal(err)
			}
			change(t, w, g)
			if _, err := w.Gateway(t.Context(), "aa"); !fault.Is(err, fault.Denied) {
				t.Errorf("Gateway = %v, want denied", err)
			}
		})
	}
	w := newLedgerWorld(t, dbtest.SQLite(t, migrate.Center))
	if _, err := w.Gateway(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown certificate = %v, want not found", err)
	}
}

func TestLedger_Ending(t *testing.T) {
	const soon = 30 * 24 * time.Hour
	w := newLedgerWorld(t, dbtest.SQLite(t, migrate.Center))
	if _, err := w.redeem(t, w.code, "aa"); err != nil {
		t.Fatal(err)
	}
	next := directory.NewCode()
	w.addCode(t, next, directory.CodeGateway)
	g, err := w.redeem(t, next, "bb")
	if err != nil {
		t.Fatal(err)
	}
	ending := func() []directory.Gateway {
		t.Helper()
		out, err := w.Ending(t.Context(), soon)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	w.now = g.NotAfter.Add(-soon)
	if got := ending(); len(got) > 0 {
		t.Errorf("%d gateways end in 30 days, want none", len(got))
	}
	for _, left := range []time.Duration{soon - time.Second, -time.Hour} {
		w.now = g.NotAfter.Add(-left)
		if got := ending(); len(got) != 1 || got[0].ID != g.ID {
			t.Errorf("with %s left: %v, want the gateway that is not revoked", left, got)
		}
	}
	if err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return w.directory.CloseFacility(ctx, tx, g.Facility, w.now)
	}); err != nil {
		t.Fatal(err)
	}
	if got := ending(); len(got) > 0 {
		t.Errorf("of a facility that has left: %v", got)
	}
}

// redeemDevice enrols a terminal whose certificate has the given fingerprint.
func (w *ledgerWorld) redeemDevice(t *testing.T, code, cert string) (device.Device, error) {
	t.Helper()
	var out device.Device
	err := w.RedeemDevice(t.Context(), directory.HashCode(code), w.now, func(f directory.Facility, c directory.Code) (device.Device, error) {
		out = device.Device{ID: ident.New[ident.DeviceID](), Facility: f.ID, Name: c.Label, CertSHA256: cert, NotAfter: w.now.Add(time.Hour), CreatedAt: w.now}
		return out, nil
	})
	return out, err
}

func (w *ledgerWorld) deviceCode(t *testing.T, facility ident.FacilityID, replaces ident.DeviceID) string {
	t.Helper()
	code := directory.NewCode()
	err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return w.directory.AddCode(ctx, tx, directory.Code{
			SHA256: directory.HashCode(code), Purpose: directory.CodeDevice, Facility: facility, Label: "受付1", Replaces: replaces,
			CreatedBy: "operator", ExpiresAt: w.now.Add(directory.CodeLife),
		}, w.now)
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (w *ledgerWorld) live(t *testing.T, id ident.DeviceID) bool {
	t.Helper()
	d, err := w.devices.Device(t.Context(), w.db.Reader(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Live(w.now)
}

// Replacing a terminal (端末入替) enrols the new one and shuts the old one out in one step.
func TestLedger_replacesATerminal(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newLedgerWorld(t, d)
		old, err := w.redeemDevice(t, w.deviceCode(t, w.facility.ID, ""), "d1")
		if err != nil || !w.live(t, old.ID) || old.Name != "受付1" {
			t.Fatalf("terminal = %+v, %v", old, err)
		}
		code := w.deviceCode(t, w.facility.ID, old.ID)
		if !w.live(t, old.ID) {
			t.Error("a code alone shut the old terminal out")
		}
		fresh, err := w.redeemDevice(t, code, "d2")
		if err != nil || w.live(t, old.ID) || !w.live(t, fresh.ID) {
			t.Errorf("after the replacement: %v, old live %v, new live %v", err, w.live(t, old.ID), w.live(t, fresh.ID))
		}
		if _, err := w.redeemDevice(t, code, "d3"); !fault.Is(err, fault.Denied) {
			t.Errorf("the code a second time: %v, want denied", err)
		}
		again, err := w.redeemDevice(t, w.deviceCode(t, w.facility.ID, old.ID), "d4")
		if err != nil || !w.live(t, again.ID) {
			t.Errorf("in place of one that is out already: %v", err)
		}
	})
}

func TestLedger_neverReplacesAnotherFacilitysTerminal(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newLedgerWorld(t, d)
		other := w.facility
		other.ID, other.Code = ident.New[ident.FacilityID](), "9910000002"
		if err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return w.directory.AddFacility(ctx, tx, other) }); err != nil {
			t.Fatal(err)
		}
		theirs, err := w.redeemDevice(t, w.deviceCode(t, other.ID, ""), "d1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.redeemDevice(t, w.deviceCode(t, w.facility.ID, theirs.ID), "d2"); !fault.Is(err, fault.Denied) {
			t.Errorf("RedeemDevice = %v, want denied", err)
		}
		if !w.live(t, theirs.ID) {
			t.Error("another facility's terminal was shut out")
		}
	})
}

func TestLedger_deviceCodesThatDoNotHold(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newLedgerWorld(t, d)
		late := w.deviceCode(t, w.facility.ID, "")
		w.now = w.now.Add(directory.CodeLife)
		for name, code := range map[string]string{"unknown": directory.NewCode(), "for a gateway": w.code, "ten minutes old": late} {
			if _, err := w.redeemDevice(t, code, "d1"); !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v, want denied", name, err)
			}
		}
	})
}
