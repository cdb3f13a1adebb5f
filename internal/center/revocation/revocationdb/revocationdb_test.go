package revocationdb_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/center/revocation/revocationdb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var (
	now   = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	end   = now.AddDate(0, 3, 0)
	store revocationdb.Store
)

func inTx(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestRevoked(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		var devices devicedb.Store
		var gateways directorydb.Store
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := gateways.AddUnion(ctx, tx, directory.Union{ID: "u", Name: "u"}, now); err != nil {
				return err
			}
			err := gateways.AddFacility(ctx, tx, directory.Facility{ID: "f", Code: "9910000001", Name: "f", Kana: "f", Mark: "ff", Kind: directory.Hospital, JoinedAt: now})
			if err != nil {
				return err
			}
			for _, dev := range []device.Device{
				{ID: "lost", CertSerial: "a1", CertSHA256: "da", NotAfter: end},
				{ID: "kept", CertSerial: "a2", CertSHA256: "db", NotAfter: end},
				{ID: "over", CertSerial: "a3", CertSHA256: "dc", NotAfter: now.AddDate(0, 0, -2)},
			} {
				dev.Facility, dev.CreatedAt = "f", now
				if err := devices.Add(ctx, tx, dev); err != nil {
					return err
				}
				if dev.ID != "kept" {
					if err := devices.Revoke(ctx, tx, dev.ID, now); err != nil {
						return err
					}
				}
			}
			g := directory.Gateway{ID: "g", Facility: "f", CertSHA256: "ga", CertSerial: "b1", NotAfter: end, EnrolledAt: now}
			if err := gateways.AddGateway(ctx, tx, g); err != nil {
				return err
			}
			if err := gateways.SetNextCert(ctx, tx, "g", directory.NextCert{SHA256: "gb", Serial: "b2", NotAfter: end}); err != nil {
				return err
			}
			if err := gateways.RevokeGateway(ctx, tx, "g", "operator", revocation.Superseded, now); err != nil {
				return err
			}
			for _, sha := range []string{"sa", "sb"} {
				c := revocation.Certificate{Entry: revocation.Entry{Kind: wire.DeniedServer, SHA256: sha, Serial: "c" + sha, NotAfter: end}, Name: "host"}
				if added, err := store.Note(ctx, tx, c, now); err != nil || !added {
					t.Errorf("Note = %v, %v", added, err)
				}
				if added, err := store.Note(ctx, tx, c, now); err != nil || added {
					t.Errorf("Note again = %v, %v", added, err)
				}
			}
			return store.Revoke(ctx, tx, "sa", "operator", revocation.KeyCompromise, now)
		})
		got, err := store.Revoked(t.Context(), d.Reader(), now.AddDate(0, 0, -1))
		if err != nil {
			t.Fatal(err)
		}
		for i := range got { // in the zone of the reader's choice
			got[i].NotAfter, got[i].RevokedAt = got[i].NotAfter.UTC(), got[i].RevokedAt.UTC()
		}
		slices.SortFunc(got, func(a, b revocation.Entry) int { return strings.Compare(a.SHA256, b.SHA256) })
		want := []revocation.Entry{
			{Kind: wire.DeniedDevice, SHA256: "da", Serial: "a1", Device: "lost", NotAfter: end, RevokedAt: now},
			{Kind: wire.DeniedGateway, SHA256: "ga", Serial: "b1", NotAfter: end, RevokedAt: now, Reason: revocation.Superseded},
			{Kind: wire.DeniedGateway, SHA256: "gb", Serial: "b2", NotAfter: end, RevokedAt: now, Reason: revocation.Superseded},
			{Kind: wire.DeniedServer, SHA256: "sa", Serial: "csa", NotAfter: end, RevokedAt: now, Reason: revocation.KeyCompromise},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Revoked (-want +got):\n%s", diff)
		}
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return store.Revoke(ctx, tx, "sa", "operator", revocation.Ceased, now)
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("revoked twice: %v, want not found", err)
		}
	})
}

func TestList_numbersDoNotGoBack(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		first, err := store.List(t.Context(), d.Reader(), "crl x")
		if err != nil || first.Number != 0 || first.Next(now) != now.Unix() {
			t.Errorf("a list that was never made = %+v, next %d, %v", first, first.Next(now), err)
		}
		l := revocation.List{Name: "crl x", Number: 7, MadeAt: now, Digest: "d", Body: []byte{0, 1, 255}}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return store.PutList(ctx, tx, l) })
		got, err := store.List(t.Context(), d.Reader(), "crl x")
		got.MadeAt = got.MadeAt.UTC()
		if diff := cmp.Diff(l, got); err != nil || diff != "" {
			t.Errorf("List, %v (-want +got):\n%s", err, diff)
		}
		if next := (revocation.List{Number: now.Unix() + 5}).Next(now); next != now.Unix()+6 {
			t.Errorf("the number after one that is ahead of the clock = %d", next)
		}
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			l.Number = 7
			return store.PutList(ctx, tx, l)
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("the same number again: %v, want it refused", err)
		}
	})
}
