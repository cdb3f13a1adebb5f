package catalogdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var store catalogdb.Store

// full is an item with every field set.
func full() catalog.Item {
	return catalog.Item{Facility: flowtest.Hospital, ReceivedAt: flowtest.Noon, Item: wire.Item{
		ID: "i1", PatientID: "0001", Kind: clinical.KindEncounter, DataType: "ADT-22", Date: "20261101", Time: "0930", Department: "01",
		Event: clinical.EventAdmission, Entries: 3, Abnormal: true, Updated: "20261101093000000",
	}}
}

func TestStore_keepsEveryField(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		want := full()
		for _, change := range []func(*catalog.Item){func(*catalog.Item) {}, func(it *catalog.Item) {
			it.Kind, it.DataType, it.Date, it.Time, it.Department = clinical.KindLab, "OML-11", "20261102", "", "02"
			it.Event, it.Entries, it.Abnormal, it.Updated, it.ReceivedAt = "", 0, false, "20261102000000000", flowtest.Noon.Add(time.Hour)
		}} {
			change(&want)
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Put(ctx, tx, want) })
			got, err := store.Item(t.Context(), d.Reader(), flowtest.Hospital, "0001", "i1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Item (-want +got):\n%s", diff)
			}
		}
		for name, ask := range map[string][3]string{
			"another facility's": {string(flowtest.Hospital2), "0001", "i1"}, "another patient's": {string(flowtest.Hospital), "1", "i1"}, "none": {string(flowtest.Hospital), "0001", "i2"},
		} {
			if _, err := store.Item(t.Context(), d.Reader(), ident.FacilityID(ask[0]), ident.LocalPatientID(ask[1]), ident.ItemID(ask[2])); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s item = %v, want not found", name, err)
			}
		}
	})
}

func TestStore_Items_inOrder(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			for _, x := range []struct{ id, date, time string }{{"a", "20261101", ""}, {"b", "20261101", "0900"}, {"c", "20261103", ""}, {"e", "20261102", "1700"}, {"d", "20261102", "1700"}} {
				it := full()
				it.ID, it.Date, it.Time = ident.ItemID(x.id), x.date, x.time
				if err := store.Put(ctx, tx, it); err != nil {
					return err
				}
			}
			return nil
		})
		for name, tc := range map[string]struct {
			windows []catalog.Window
			want    string
		}{
			"all":            {[]catalog.Window{{Kind: clinical.KindEncounter, Until: "20261231"}}, "cdeba"},
			"up to a day":    {[]catalog.Window{{Kind: clinical.KindEncounter, Until: "20261101"}}, "ba"},
			"another kind":   {[]catalog.Window{{Kind: clinical.KindLab, Until: "20261231"}}, ""},
			"no window":      {nil, ""},
			"either of them": {[]catalog.Window{{Kind: clinical.KindLab, Until: "20261231"}, {Kind: clinical.KindEncounter, Until: "20261102"}}, "deba"},
		} {
			items, err := store.Items(t.Context(), d.Reader(), flowtest.Hospital, "0001", tc.windows)
			got := ""
			for _, it := range items {
				got += string(it.ID)
			}
			if err != nil || got != tc.want {
				t.Errorf("%s: Items = %q, %v, want %q", name, got, err, tc.want)
			}
		}
	})
}

func TestStore_Apply(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	w := flowtest.New(t, d)
	apply := func(c wire.Change) (err error) {
		return d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return store.Apply(ctx, tx, flowtest.Hospital, c, w.Now) })
	}
	item := full().Item
	if err := apply(wire.Change{Op: wire.OpUpsert, Item: &item}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]wire.Change{
		"an operation of a later version": {Op: "merge"},
		"an upsert without an item":       {Op: wire.OpUpsert},
		"an item without a date":          {Op: wire.OpUpsert, Item: &wire.Item{ID: "x", PatientID: "p", Kind: clinical.KindLab}},
	} {
		if err := apply(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("Apply of %s = %v, want invalid", name, err)
		}
	}
	for _, c := range []wire.Change{{Op: wire.OpBeat}, {Op: wire.OpSuspend, PatientID: "0001"}, {Op: wire.OpDelete, ItemID: "none"}, {Op: wire.OpForget, PatientID: "none"}} {
		if err := apply(c); err != nil {
			t.Errorf("Apply of %s = %v", c.Op, err)
		}
	}
	if _, err := store.Item(t.Context(), d.Reader(), flowtest.Hospital, "0001", "i1"); err != nil {
		t.Errorf("the item is gone: %v", err)
	}
}

func TestStore_Source(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		want := catalog.Source{Facility: flowtest.Hospital, PatientID: "0001"}
		check := func() {
			t.Helper()
			got, err := store.Source(t.Context(), d.Reader(), flowtest.Hospital, "0001")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Source (-want +got):\n%s", diff)
			}
		}
		check()
		for i := range 2 {
			want.FetchedAt, want.Unreadable = flowtest.Noon.Add(time.Duration(i)*time.Hour), i+1
			want.UnreadableOf = []wire.KindCount{{Kind: clinical.KindLab, Files: i + 1}}
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.PutSource(ctx, tx, want) })
			check()
		}
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Forget(ctx, tx, flowtest.Hospital, "0001") })
		want.FetchedAt, want.Unreadable, want.UnreadableOf = time.Time{}, 0, nil
		check()
	})
}
