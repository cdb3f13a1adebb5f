package refresh_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/refresh"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const hospital = flowtest.Hospital

// world is a hospital with one linked, consenting patient.
type world struct {
	*flowtest.World
	s       *refresh.Service
	gw      *flowtest.Gateway
	patient person.Person
	link    linkage.Link
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := flowtest.New(t, d)
	out := &world{World: w, gw: w.Gateways.At(hospital)}
	out.s = refresh.New(refresh.Config{
		DB: d, Audit: w.Audit, Gateways: w.Gateways, Clock: w.Clock, Log: w.Log, Tend: 20 * time.Millisecond, Resync: 40 * time.Millisecond, Retry: 5 * time.Millisecond,
	})
	out.patient = w.Person("水引 ハナ", "ミズヒキ ハナ")
	w.Link(out.patient.ID, flowtest.Clinic, "c1")
	out.link = w.Link(out.patient.ID, hospital, "h1")
	w.Consent(out.patient.ID)
	out.gw.Patients["h1"] = flowtest.ClaimOf("h1", "水引 ハナ", "ミズヒキ ハナ")
	out.gw.Linked = []ident.LocalPatientID{"h1"}
	out.gw.Progress = []wire.Progress{{Read: 1, Total: 2}, {Read: 2, Total: 2, Done: true}}
	return out
}

// follow follows the hospital until the test ends.
func (w *world) follow(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { w.s.Follow(ctx, hospital) })
	t.Cleanup(func() { cancel(); wg.Wait() })
}

// until waits for something that another goroutine does.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (w *world) strings(t *testing.T, query string, args ...any) []string {
	t.Helper()
	out, err := db.All(t.Context(), w.DB.Reader(), func(s db.Scanner) (string, error) {
		var v string
		return v, s(&v)
	}, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) items(t *testing.T) []string {
	t.Helper()
	return w.strings(t, `SELECT item_id FROM catalog_item WHERE facility_id = $1 ORDER BY item_id`, hospital)
}

func (w *world) place(t *testing.T) string {
	t.Helper()
	return w.strings(t, `SELECT epoch || '/' || CAST(change_seq AS TEXT) FROM gateway WHERE facility_id = $1`, hospital)[0]
}

func (w *world) state(t *testing.T) linkage.Link {
	t.Helper()
	l, err := linkagedb.Store{}.Link(t.Context(), w.DB.Reader(), flowtest.Union, w.link.ID)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func upsert(epoch string, seq int64, id string) wire.Change {
	return wire.Change{Seq: seq, Epoch: epoch, Op: wire.OpUpsert, Item: &wire.Item{
		ID: ident.ItemID(id), PatientID: "h1", Kind: clinical.KindLab, DataType: "OML-11", Date: "20261101", Updated: "20261101120000000",
	}}
}

func TestFollow_takesChangesIn(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
		for i := range 1200 { // more than two batches
			w.gw.Feed <- upsert("e1", int64(i+1), fmt.Sprintf("i%04d", i))
		}
		w.gw.Feed <- wire.Change{Seq: 1201, Epoch: "e1", Op: wire.OpDelete, ItemID: "i0000"}
		w.follow(t)
		until(t, "1199 items", func() bool { return w.place(t) == "e1/1201" })
		if got := len(w.items(t)); got != 1199 {
			t.Errorf("%d items, want 1199", got)
		}
		if diff := cmp.Diff([]wire.ChangesRequest{{}}, w.gw.From); diff != "" {
			t.Errorf("asked for changes from (-want +got):\n%s", diff)
		}

		w.gw.Feed <- wire.Change{Seq: 1202, Epoch: "e1", Op: wire.OpForget, PatientID: "h1"}
		until(t, "nothing of the patient", func() bool { return len(w.items(t)) == 0 })
	})
}

// After a break the stream goes on where the catalog stands, and a change that comes
// twice is taken in once.
// A gateway that cannot take in all of its storage says so with an idle stream's beats.
func TestFollow_gatewayThatIsBehind(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		since := time.Date(2026, 11, 20, 3, 4, 5, 678_901_234, time.UTC)
		behind := func() time.Time {
			g, err := directorydb.Store{}.GatewayOf(t.Context(), w.DB.Reader(), hospital)
			if err != nil {
				t.Fatal(err)
			}
			return g.Behind
		}
		w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
		w.gw.Feed <- upsert("e1", 1, "a")
		w.follow(t)
		until(t, "the item", func() bool { return w.place(t) == "e1/1" })
		for _, want := range []time.Time{since, since.Add(time.Hour), {}} {
			for range 3 {
				w.gw.Feed <- wire.Change{Op: wire.OpBeat, Epoch: "e1", Seq: 1, Behind: want}
			}
			until(t, "it to be known", func() bool { return behind().Equal(want.Truncate(time.Microsecond)) })
		}
		if got := w.place(t); got != "e1/1" {
			t.Errorf("place = %s", got)
		}
	})
}

func TestFollow_goesOnAfterABreak(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
	w.gw.Feed <- upsert("e1", 1, "a")
	w.gw.Feed <- upsert("e1", 2, "b")
	w.follow(t)
	until(t, "two items", func() bool { return w.place(t) == "e1/2" })
	var from []wire.ChangesRequest
	next := make(chan wire.Change, 10)
	w.Gateways.With(hospital, func(g *flowtest.Gateway) { close(g.Feed); g.Feed = next })
	next <- wire.Change{Seq: 2, Epoch: "e1", Op: wire.OpForget, PatientID: "h1"} // an old one again
	next <- upsert("e1", 3, "c")
	until(t, "the third item", func() bool { return w.place(t) == "e1/3" })
	w.Gateways.With(hospital, func(g *flowtest.Gateway) { from = slices.Clone(g.From) })
	if diff := cmp.Diff([]wire.ChangesRequest{{}, {Epoch: "e1", After: 2}}, from); diff != "" {
		t.Errorf("asked for changes from (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, w.items(t)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func TestFollow_resetForgetsTheFacilityOnly(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.Item(hospital, "h1", clinical.KindLab, "20200101")
	other := w.Item(flowtest.Hospital2, "x", clinical.KindLab, "20200101")
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e2"}
	w.gw.Feed <- upsert("e2", 1, "new")
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e2"} // as a second replica would hear it
	w.gw.Feed <- upsert("e2", 2, "newer")
	w.follow(t)
	until(t, "the new catalog", func() bool { return w.place(t) == "e2/2" })
	if diff := cmp.Diff([]string{"new", "newer"}, w.items(t)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if got := w.strings(t, `SELECT item_id FROM catalog_item WHERE facility_id = $1`, flowtest.Hospital2); !slices.Equal(got, []string{string(other.ID)}) {
		t.Errorf("the other hospital's items = %v", got)
	}
}

func TestFollow_itemThatCannotBePlacedStopsNothing(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
	stale := upsert("e1", 0, "2") // of what is left out, nothing older stays
	stale.Seq = 1
	w.gw.Feed <- stale
	for i, change := range []func(*wire.Item){
		func(it *wire.Item) { it.Date = "" }, func(it *wire.Item) { it.Date = "20261399" }, func(it *wire.Item) { it.Kind = "unheard of" },
		func(it *wire.Item) { it.PatientID = "" }, func(it *wire.Item) { it.ID = "" },
	} {
		c := upsert("e1", int64(i+2), fmt.Sprint(i))
		change(c.Item)
		w.gw.Feed <- c
	}
	w.gw.Feed <- wire.Change{Seq: 7, Epoch: "e1", Op: wire.OpUpsert}
	w.gw.Feed <- upsert("e1", 8, "good")
	w.follow(t)
	until(t, "the good item", func() bool { return w.place(t) == "e1/8" })
	if diff := cmp.Diff([]string{"good"}, w.items(t)); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	leftOut := func() []string {
		return w.strings(t, `SELECT CAST(left_out AS TEXT) FROM gateway WHERE facility_id = $1`, flowtest.Hospital)
	}
	if got := leftOut(); !slices.Equal(got, []string{"6"}) {
		t.Errorf("left out = %v, want 6", got)
	}
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e2"}
	w.gw.Feed <- upsert("e2", 1, "anew")
	until(t, "the new catalog", func() bool { return w.place(t) == "e2/1" })
	if got := leftOut(); !slices.Equal(got, []string{"0"}) {
		t.Errorf("after the catalog began anew, left out = %v", got)
	}
}

// A gateway that was replaced and never revoked takes no part, and must not stop the one
// in its place.
func TestFollow_besideAGatewayThatIsNotRevoked(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		return directorydb.Store{}.AddGateway(ctx, tx, directory.Gateway{
			ID: "older", Facility: hospital, CertSHA256: "older", NotAfter: flowtest.Noon.AddDate(1, 0, 0), EnrolledAt: flowtest.Noon.Add(-time.Hour),
		})
	})
	w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
	w.gw.Feed <- wire.Change{Seq: 1, Epoch: "e1", Op: wire.OpUpsert}
	w.gw.Feed <- upsert("e1", 2, "good")
	w.follow(t)
	until(t, "the good item", func() bool { return slices.Equal(w.items(t), []string{"good"}) })
	got := w.strings(t, `SELECT id || ' ' || CAST(left_out AS TEXT) FROM gateway WHERE facility_id = $1 ORDER BY id`, hospital)
	if diff := cmp.Diff([]string{"gw-" + string(hospital) + " 1", "older 0"}, got); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

func TestFollow_suspendsALink(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
		w.gw.Feed <- wire.Change{Seq: 1, Epoch: "e1", Op: wire.OpSuspend, PatientID: "h1", Differs: []wire.Field{wire.FieldBirthDate, wire.FieldKana}}
		w.gw.Feed <- wire.Change{Seq: 2, Epoch: "e1", Op: wire.OpSuspend, PatientID: "nobody's"}
		w.follow(t)
		until(t, "the suspension", func() bool { return w.place(t) == "e1/2" })
		if l := w.state(t); l.State != linkage.Suspended || !slices.Equal(l.Differs, []wire.Field{wire.FieldBirthDate, wire.FieldKana}) {
			t.Errorf("link = %+v, want suspended for birth date and kana", l)
		}
		rows := w.Events(audit.ActionLinkSuspend)
		if len(rows) != 1 || rows[0].Owner != hospital || rows[0].Person != w.patient.ID {
			t.Errorf("rows = %+v, want one for the patient", rows)
		}
	})
}

func TestFollow_syncMendsDifferences(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare    func(w *world)
		wantLinked []ident.LocalPatientID
		wantState  linkage.State
		wantFields []wire.Field
	}{
		"nothing to mend": {func(*world) {}, []ident.LocalPatientID{"h1"}, linkage.Confirmed, nil},
		"lost at the gateway": {func(w *world) { w.gw.Linked = nil },
			[]ident.LocalPatientID{"h1"}, linkage.Confirmed, nil},
		"lost, and the record differs now": {func(w *world) {
			w.gw.Linked = nil
			c := w.gw.Patients["h1"]
			c.Sex = clinical.Male
			w.gw.Patients["h1"] = c
		}, nil, linkage.Suspended, []wire.Field{wire.FieldSex}},
		"lost, and unknown now": {func(w *world) { w.gw.Linked = nil; delete(w.gw.Patients, "h1") },
			nil, linkage.Suspended, nil},
		"suspended at the gateway": {func(w *world) {
			c := w.gw.Patients["h1"]
			c.Kana = "ミズヒキ ハル"
			w.gw.Patients["h1"] = c
			w.gw.Suspended = []ident.LocalPatientID{"h1"}
		}, nil, linkage.Suspended, []wire.Field{wire.FieldKana}},
		"suspended there and mended: a person must look": {func(w *world) { w.gw.Suspended = []ident.LocalPatientID{"h1"} },
			nil, linkage.Suspended, nil},
		"revoked while it was away": {func(w *world) { w.Revoke(w.patient.ID) }, nil, linkage.Confirmed, nil},
		"somebody else's": {func(w *world) { w.gw.Linked = append(w.gw.Linked, "h2") },
			[]ident.LocalPatientID{"h1"}, linkage.Confirmed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dbtest.SQLite(t, migrate.Center))
			tc.prepare(w)
			w.follow(t)
			until(t, "two rounds of sync", func() (ok bool) {
				w.Gateways.With(hospital, func(g *flowtest.Gateway) { ok = len(g.Synced) >= 3 })
				return ok
			})
			var linked []ident.LocalPatientID
			w.Gateways.With(hospital, func(g *flowtest.Gateway) { linked = slices.Clone(g.Linked) })
			if !slices.Equal(linked, tc.wantLinked) {
				t.Errorf("linked at the gateway: %v, want %v", linked, tc.wantLinked)
			}
			if l := w.state(t); l.State != tc.wantState || !slices.Equal(l.Differs, tc.wantFields) {
				t.Errorf("link is %s for %v, want %s for %v", l.State, l.Differs, tc.wantState, tc.wantFields)
			}
		})
	}
}

// A link that is made while the set is on its way is dropped by it; the set is sent again.
func TestFollow_linkMadeDuringSyncIsHealed(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.s = refresh.New(refresh.Config{DB: w.DB, Audit: w.Audit, Gateways: w.Gateways, Clock: w.Clock, Log: w.Log}) // no second round within the test
	late := w.Person("結城 花", "ユウキ ハナ")
	w.Consent(late.ID)
	w.gw.Patients["h2"] = flowtest.ClaimOf("h2", "結城 花", "ユウキ ハナ")
	var once sync.Once
	w.gw.Before = func(_ context.Context, call string) error {
		if call == "sync" {
			once.Do(func() {
				w.Link(late.ID, hospital, "h2")
				w.Gateways.With(hospital, func(g *flowtest.Gateway) { g.Linked = append(g.Linked, "h2") })
			})
		}
		return nil
	}
	w.follow(t)
	until(t, "both linked", func() (ok bool) {
		w.Gateways.With(hospital, func(g *flowtest.Gateway) { ok = len(g.Synced) >= 2 && len(g.Linked) == 2 })
		return ok
	})
}

func TestFollow_copiesTheReleaseMatrix(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.gw.State = wire.ReleaseState{Version: 3, Matrix: flowtest.Everything()}
	w.follow(t)
	version := func() int64 {
		c, err := releasedb.Store{}.Copy(t.Context(), w.DB.Reader(), hospital)
		if err != nil {
			t.Fatal(err)
		}
		return c.Version
	}
	until(t, "the copy", func() bool { return version() == 3 })
	w.Gateways.With(hospital, func(g *flowtest.Gateway) { g.State = wire.ReleaseState{Version: 4} })
	until(t, "the narrowed copy", func() bool { return version() == 4 })
}

func TestFollow_fetchesIncompletePatients(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.gw.Progress = []wire.Progress{{Read: 3, Total: 3, Done: true, Unreadable: 2, UnreadableOf: []wire.KindCount{{Kind: clinical.KindLab, Files: 2}}}}
	w.follow(t)
	until(t, "the source state", func() bool {
		return slices.Equal(w.strings(t, `SELECT patient_id || '/' || CAST(unreadable AS TEXT) || unreadable_of FROM source_state`), []string{`h1/2[{"kind":"lab","files":2}]`})
	})
}

func TestFetch(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		clerk := w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
		w.gw.Progress = []wire.Progress{{Read: 1, Total: 2}, {Read: 2, Total: 2, Done: true, Seq: 2, Unreadable: 1}}
		w.follow(t)
		w.gw.Feed <- wire.Change{Op: wire.OpReset, Epoch: "e1"}
		w.gw.Feed <- upsert("e1", 1, "a")
		until(t, "the first item", func() bool { return w.place(t) == "e1/1" })

		var lines []wire.Progress
		err := w.s.Fetch(t.Context(), clerk, w.patient.ID, hospital, func(p wire.Progress) error {
			if !p.Done {
				if len(w.strings(t, `SELECT patient_id FROM source_state`)) != 0 {
					t.Error("complete before the catalog has everything")
				}
				w.gw.Feed <- upsert("e1", 2, "b")
			} else if len(w.items(t)) != 2 {
				t.Error("done before the catalog has everything")
			}
			lines = append(lines, p)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.gw.Progress, lines); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
		if got := w.strings(t, `SELECT CAST(unreadable AS TEXT) FROM source_state WHERE fetched_at = $1`, db.Micros(w.Now)); !slices.Equal(got, []string{"1"}) {
			t.Errorf("source state = %v", got)
		}
		rows := w.Events(audit.ActionRefresh)
		if len(rows) != 2 || rows[0].Outcome != audit.Allowed || rows[1].Outcome != audit.Done || rows[1].Owner != hospital {
			t.Errorf("rows = %+v", rows)
		}
		// Both facilities read these rows: a number of files would count what is not released.
		if got := slices.Sorted(maps.Keys(rows[1].Detail)); !slices.Equal(got, []string{"ms"}) {
			t.Errorf("the row tells %v", got)
		}
	})
}

func TestFetch_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare    func(w *world)
		profession access.Profession
		role       access.Role
		kind       fault.Kind
		key        fault.Key
	}{
		"neither role":                      {nil, access.Clerk, access.RoleManager, fault.Denied, ""},
		"without consent":                   {func(w *world) { w.Revoke(w.patient.ID) }, access.Clerk, access.RoleLiaison, fault.Conflict, "consent.missing"},
		"a link that is suspended":          {func(w *world) { w.Exec(`UPDATE person_link SET state = 'suspended' WHERE id = $1`, w.link.ID) }, access.Clerk, access.RoleLiaison, fault.NotFound, ""},
		"no link":                           {func(w *world) { w.Exec(`DELETE FROM person_link WHERE id = $1`, w.link.ID) }, access.Clerk, access.RoleLiaison, fault.NotFound, ""},
		"no own link":                       {func(w *world) { w.Exec(`DELETE FROM person_link WHERE facility_id = $1`, flowtest.Clinic) }, access.Clerk, access.RoleLiaison, fault.NotFound, ""},
		"a reader to whom nothing is shown": {nil, access.Physician, access.RoleViewer, fault.NotFound, ""},
		"a reader after revocation":         {func(w *world) { w.Release(hospital, flowtest.Everything()); w.Revoke(w.patient.ID) }, access.Physician, access.RoleViewer, fault.NotFound, ""},
		"a silent gateway":                  {func(w *world) { w.gw.Online = false }, access.Clerk, access.RoleLiaison, fault.Unavailable, "gateway.silent"},
		"a refresh that breaks off":         {func(w *world) { w.gw.Progress = w.gw.Progress[:1] }, access.Clerk, access.RoleLiaison, fault.Unavailable, "gateway.silent"},
		"a refresh that fails at the source": {func(w *world) {
			w.gw.Progress = []wire.Progress{{Error: &wire.Error{Kind: fault.NotFound, Key: "patient.gone"}}}
		}, access.Clerk, access.RoleLiaison, fault.NotFound, "patient.gone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, dbtest.SQLite(t, migrate.Center))
			if tc.prepare != nil {
				tc.prepare(w)
			}
			err := w.s.Fetch(t.Context(), w.Caller(flowtest.Clinic, tc.profession, tc.role), w.patient.ID, hospital, func(wire.Progress) error { return nil })
			if key, _, _ := fault.Message(err); !fault.Is(err, tc.kind) || key != tc.key {
				t.Errorf("Fetch = %v (key %q), want %s (key %q)", err, key, tc.kind, tc.key)
			}
			if got := w.strings(t, `SELECT patient_id FROM source_state`); len(got) != 0 {
				t.Errorf("source state = %v, want none", got)
			}
			for _, e := range w.Events(audit.ActionRefresh) {
				if e.Outcome == audit.Done {
					t.Errorf("row = %+v: nothing was done", e)
				}
			}
		})
	}
}

// Whatever a stream says, cut wherever it may be, the catalog ends as if it had been
// taken in at once.
func TestFollow_anyCutGivesTheSameCatalog(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var stream []wire.Change
		want := map[string]bool{}
		for i := range rapid.IntRange(1, 30).Draw(rt, "changes") {
			id := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "item")
			c := upsert("e1", int64(i+1), id)
			switch rapid.IntRange(0, 4).Draw(rt, "op") {
			case 0:
				c = wire.Change{Seq: c.Seq, Epoch: "e1", Op: wire.OpDelete, ItemID: ident.ItemID(id)}
				delete(want, id)
			case 1:
				c = wire.Change{Seq: c.Seq, Epoch: "e1", Op: wire.OpForget, PatientID: "h1"}
				clear(want)
			default:
				want[id] = true
			}
			stream = append(stream, c)
		}
		w := newWorld(t, dbtest.SQLite(t, migrate.Center))
		gw := replaying{w.Gateways, stream, rapid.SliceOfN(rapid.IntRange(0, len(stream)), 0, 3).Draw(rt, "cuts"), new(int)}
		s := refresh.New(refresh.Config{DB: w.DB, Audit: w.Audit, Gateways: gw, Clock: w.Clock, Log: w.Log, Retry: time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { s.Follow(ctx, hospital) })
		until(t, "the end of the stream", func() bool { return w.place(t) == fmt.Sprintf("e1/%d", len(stream)) })
		cancel()
		wg.Wait()
		got := w.items(t)
		if len(got) != len(want) || slices.ContainsFunc(got, func(id string) bool { return !want[id] }) {
			rt.Fatalf("catalog holds %v, want %v", got, want)
		}
	})
}

// replaying is a gateway that replays a stream from where it is asked and breaks off
// after as many lines as the cuts say.
type replaying struct {
	*flowtest.Gateways
	stream []wire.Change
	cuts   []int
	calls  *int
}

func (r replaying) Changes(ctx context.Context, _ ident.FacilityID, from wire.ChangesRequest, each func(wire.Change) error) error {
	cut := len(r.stream)
	if *r.calls < len(r.cuts) {
		cut = r.cuts[*r.calls]
	}
	*r.calls++
	if from.Epoch != "e1" {
		from.After = 0
		if err := each(wire.Change{Op: wire.OpReset, Epoch: "e1"}); err != nil {
			return err
		}
	}
	for _, c := range r.stream {
		if c.Seq <= from.After {
			continue
		}
		if cut--; cut < 0 {
			return fault.WithKey(fault.Unavailable, "gateway.silent", nil)
		}
		if err := each(c); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// A linked set that was on its way when the link was made drops the patient at the
// gateway; whoever fetches then must not be told that nobody is linked.
func TestFetch_linksAnewWhatASetHasDropped(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, migrate.Center))
	w.gw.Linked = nil
	w.gw.Progress = []wire.Progress{{Read: 1, Total: 1, Done: true}}
	refused := 0
	w.gw.Before = func(_ context.Context, call string) error {
		if call == "refresh" && refused == 0 {
			refused++
			return fault.New(fault.NotFound, "no such linked patient")
		}
		return nil
	}
	clerk := w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
	if err := w.s.Fetch(t.Context(), clerk, w.patient.ID, hospital, func(wire.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if refused != 1 || len(w.gw.Linked) != 1 {
		t.Errorf("refused %d times, then %v linked, want once and the patient", refused, w.gw.Linked)
	}
}
