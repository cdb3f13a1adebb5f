package center

import (
	"context"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// A terminal renews by itself only while it is what it was when its request came in.
func TestLedger_renewsATerminalAsItIsNow(t *testing.T) {
	for name, tc := range map[string]struct {
		left   time.Duration // that the certificate still holds
		change func(*device.Device)
		revoke bool
		kind   fault.Kind // empty: it is renewed
	}{
		"late in its life":                {left: device.RenewWithin},
		"too early":                       {left: device.RenewWithin + time.Second, kind: fault.Denied},
		"ended":                           {left: 0, kind: fault.Denied},
		"revoked meanwhile":               {left: device.RenewWithin, revoke: true, kind: fault.Denied},
		"with another certificate by now": {left: device.RenewWithin, change: func(d *device.Device) { d.CertSHA256 = "before" }, kind: fault.Denied},
		"of nobody":                       {left: device.RenewWithin, change: func(d *device.Device) { d.ID = "nobody" }, kind: fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
				w := newLedgerWorld(t, d)
				dev, err := w.redeemDevice(t, w.deviceCode(t, w.facility.ID, ""), "first") // holds for an hour
				if err != nil {
					t.Fatal(err)
				}
				w.now = dev.NotAfter.Add(-tc.left)
				if tc.revoke {
					err := w.db.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						return w.devices.Revoke(ctx, tx, dev, "boss", device.Ceased, w.now)
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				asked := dev
				if tc.change != nil {
					tc.change(&asked)
				}
				issued := false
				err = w.RenewDevice(t.Context(), asked, w.now, func(directory.Facility) (device.Certificate, string, error) {
					issued = true
					return device.Certificate{Serial: "2", SHA256: "second", NotAfter: dev.NotAfter.Add(time.Hour)}, "Debian", nil
				})
				if tc.kind != "" {
					if !fault.Is(err, tc.kind) || issued {
						t.Errorf("RenewDevice = %v, issued %v, want %s and nothing issued", err, issued, tc.kind)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := w.devices.Device(t.Context(), w.db.Reader(), dev.ID)
				if err != nil || got.Next.SHA256 != "second" || got.CertSHA256 != "first" || got.OS != "Debian" {
					t.Errorf("the ledger says %+v, %v", got, err)
				}
			})
		})
	}
}
