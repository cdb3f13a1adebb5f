package releasedb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestStore_copy(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		var store releasedb.Store
		want := release.Copy{Facility: flowtest.Hospital}
		check := func() {
			t.Helper()
			got, err := store.Copy(t.Context(), d.Reader(), flowtest.Hospital)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Copy (-want +got):\n%s", diff)
			}
		}
		check()
		if _, ok := want.Matrix.Until(clinical.KindLab, access.AudienceOwn, w.Now); ok {
			t.Error("a facility without a copy releases something")
		}
		change := access.Change{Kind: clinical.KindLab, Audience: access.AudienceCare, To: access.Cell{Allowed: true}}
		for i, state := range []wire.ReleaseState{
			{Version: 1, Matrix: flowtest.Everything()},
			{Version: 2, Matrix: access.Matrix{clinical.KindLab: {access.AudienceNurse: {Allowed: true, DelayDays: 7}}},
				Pending: []wire.PendingChange{{ID: "p", Change: change, ProposedBy: "manager", ProposedAt: 5}}},
		} {
			want.ReleaseState, want.FetchedAt = state, w.Now.Add(time.Duration(i)*time.Hour)
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Put(ctx, tx, want) })
			check()
		}
	})
}
