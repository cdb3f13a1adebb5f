package consentdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var store consentdb.Store

func record(p ident.PersonID, from, recorded time.Time) consent.Record {
	return consent.Record{
		ID: ident.New[ident.ConsentID](), Union: flowtest.Union, Person: p, Scope: consent.Comprehensive, Basis: consent.Proxy, Signer: "長男 水引 一郎",
		Note: "電話で確認", Facility: flowtest.Clinic, TakenBy: "u1", EffectiveFrom: from, ReceivedAt: from.Add(time.Hour), RecordedAt: recorded,
	}
}

func TestStore_ledger(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		p, other := w.Person("水引 ハナ", "ミズヒキ ハナ"), w.Person("結城 太郎", "ユウキ タロウ")
		first, second := record(p.ID, w.Now.Add(-48*time.Hour), w.Now), record(p.ID, w.Now.Add(-24*time.Hour), w.Now.Add(time.Minute))
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Add(ctx, tx, first) })
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Add(ctx, tx, second) })
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Add(ctx, tx, record(other.ID, w.Now, w.Now)) })
		check := func(want ...consent.Record) {
			t.Helper()
			got, err := store.OfPerson(t.Context(), d.Reader(), flowtest.Union, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("OfPerson (-want +got):\n%s", diff)
			}
		}
		check(second, first)

		at := w.Now.Add(time.Hour)
		revoke := func() (n int) {
			w.InTx(func(ctx context.Context, tx *db.Tx) (err error) {
				n, err = store.Revoke(ctx, tx, flowtest.Union, p.ID, "u2", "撤回書", at)
				return err
			})
			return n
		}
		if n := revoke(); n != 2 {
			t.Errorf("Revoke = %d entries, want 2", n)
		}
		for _, r := range []*consent.Record{&first, &second} {
			r.RevokedAt, r.RevokedBy, r.RevokeReason = at, "u2", "撤回書"
		}
		check(second, first)
		if n := revoke(); n != 0 {
			t.Errorf("Revoke again = %d entries, want 0", n)
		}
		if ok, err := store.InForce(t.Context(), d.Reader(), flowtest.Union, other.ID, at); err != nil || !ok {
			t.Errorf("the other person's consent = %v, %v, want in force", ok, err)
		}
	})
}

// The store and the domain must say the same of every instant, the borders included.
func TestStore_InForce_isTheRecordsInForce(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		p := w.Person("水引 ハナ", "ミズヒキ ハナ")
		r := record(p.ID, w.Now, w.Now)
		r.RevokedAt = w.Now.Add(time.Hour)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			if err := store.Add(ctx, tx, r); err != nil {
				return err
			}
			_, err := store.Revoke(ctx, tx, flowtest.Union, p.ID, "u", "x", r.RevokedAt)
			return err
		})
		for _, border := range []time.Time{r.EffectiveFrom, r.RevokedAt} {
			for _, off := range []time.Duration{-time.Hour * 2, -time.Microsecond, 0, time.Microsecond} {
				at := border.Add(off)
				got, err := store.InForce(t.Context(), d.Reader(), flowtest.Union, p.ID, at)
				if err != nil || got != r.InForce(at) {
					t.Errorf("InForce at %s = %v, %v, the record says %v", at, got, err, r.InForce(at))
				}
			}
		}
		if ok, err := store.InForce(t.Context(), d.Reader(), flowtest.OtherUnion, p.ID, w.Now); err != nil || ok {
			t.Errorf("InForce in another union = %v, %v, want no", ok, err)
		}
	})
}
