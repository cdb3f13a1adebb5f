package linkagedb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var store linkagedb.Store

func TestStore_lifeOfALink(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		p := w.Person("水引 ハナ", "ミズヒキ ハナ")
		want := w.Link(p.ID, flowtest.Hospital, "0001")
		check := func() {
			t.Helper()
			got, err := store.Link(t.Context(), d.Reader(), flowtest.Union, want.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Link (-want +got):\n%s", diff)
			}
		}
		try := func(fn func(context.Context, *db.Tx) error) error { return d.InTx(t.Context(), fn) }
		check()
		later := w.Now.Add(time.Hour)
		married := person.Identity{Name: "結城 ハナ", Kana: "ユウキ ハナ", BirthDate: p.BirthDate, Sex: p.Sex}
		agree := func(ctx context.Context, tx *db.Tx) error { return store.Agree(ctx, tx, want.ID, p.Identity()) }
		fields := []wire.Field{wire.FieldSex, wire.FieldKana}
		suspend := func(ctx context.Context, tx *db.Tx) error { return store.Suspend(ctx, tx, want.ID, fields, later) }
		resume := func(ctx context.Context, tx *db.Tx) error {
			return store.Resume(ctx, tx, want.ID, linkage.ByGateway, married, later)
		}
		end := func(ctx context.Context, tx *db.Tx) error {
			return store.End(ctx, tx, want.ID, "u", "wrong patient", later)
		}

		if err := try(resume); !fault.Is(err, fault.NotFound) {
			t.Errorf("Resume of a confirmed link = %v, want not found", err)
		}
		w.InTx(suspend)
		want.State, want.Differs, want.ChangedAt = linkage.Suspended, fields, later
		check()
		if err := try(agree); !fault.Is(err, fault.NotFound) {
			t.Errorf("Agree with a suspended link = %v, want not found", err)
		}
		if err := try(suspend); !fault.Is(err, fault.NotFound) {
			t.Errorf("Suspend of a suspended link = %v, want not found", err)
		}
		w.InTx(resume)
		want.State, want.Differs, want.VerifiedAs = linkage.Confirmed, nil, married
		check()
		w.InTx(agree)
		want.VerifiedAs = p.Identity()
		check()
		w.InTx(end)
		want.State, want.EndedAt = linkage.Ended, later
		check()
		for name, again := range map[string]func(context.Context, *db.Tx) error{"Suspend": suspend, "Resume": resume, "Agree": agree, "End": end} {
			if err := try(again); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s of an ended link = %v, want not found", name, err)
			}
		}
		if _, err := store.Link(t.Context(), d.Reader(), flowtest.OtherUnion, want.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("Link in another union = %v, want not found", err)
		}
	})
}

func TestStore_Add_onlyOneLives(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		p, other := w.Person("水引 ハナ", "ミズヒキ ハナ"), w.Person("結城 太郎", "ユウキ タロウ")
		first := w.Link(p.ID, flowtest.Hospital, "0001")
		add := func(person ident.PersonID, number ident.LocalPatientID) error {
			l := first
			l.ID, l.Person, l.PatientID = ident.New[ident.LinkID](), person, number
			return d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return store.Add(ctx, tx, l) })
		}
		for name, tc := range map[string]struct {
			person ident.PersonID
			number ident.LocalPatientID
			want   fault.Key
		}{
			"a second number of the person": {p.ID, "0002", "link.exists"},
			"a second person of the number": {other.ID, "0001", "link.taken"},
		} {
			err := add(tc.person, tc.number)
			if key, _, _ := fault.Message(err); !fault.Is(err, fault.Conflict) || key != tc.want {
				t.Errorf("%s: Add = %v, want conflict %s", name, err, tc.want)
			}
		}
		if err := add(other.ID, "1"); err != nil {
			t.Errorf("leading zeros make another number: %v", err)
		}
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.End(ctx, tx, first.ID, "u", "x", w.Now) })
		if err := add(p.ID, "0001"); err != nil {
			t.Errorf("Add after the first has ended = %v", err)
		}
	})
}

// The set that a gateway may serve: the link counts and the person consents, now.
func TestReq_linkedSetHoldsNobodyWithoutConsent(t *testing.T) {
	for name, tc := range map[string]struct {
		take func(w *flowtest.World, p ident.PersonID, l linkage.Link)
		want int
	}{
		"in force":        {func(*flowtest.World, ident.PersonID, linkage.Link) {}, 1},
		"consent revoked": {func(w *flowtest.World, p ident.PersonID, _ linkage.Link) { w.Revoke(p) }, 0},
		"consent of tomorrow": {func(w *flowtest.World, _ ident.PersonID, _ linkage.Link) {
			w.Exec(`UPDATE consent SET effective_from = $1`, db.Micros(w.Now.Add(time.Hour)))
		}, 0},
		"consent of another union": {func(w *flowtest.World, _ ident.PersonID, _ linkage.Link) {
			w.Exec(`UPDATE consent SET union_id = $1`, flowtest.OtherUnion)
		}, 0},
		"link suspended": {func(w *flowtest.World, _ ident.PersonID, l linkage.Link) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Suspend(ctx, tx, l.ID, nil, w.Now) })
		}, 0},
		"link ended": {func(w *flowtest.World, _ ident.PersonID, l linkage.Link) {
			w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.End(ctx, tx, l.ID, "u", "x", w.Now) })
		}, 0},
		"revoked and given again": {func(w *flowtest.World, p ident.PersonID, _ linkage.Link) { w.Revoke(p); w.Consent(p) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
				w := flowtest.New(t, d)
				p := w.Person("水引 ハナ", "ミズヒキ ハナ")
				l := w.Link(p.ID, flowtest.Hospital, "0001")
				w.Consent(p.ID)
				tc.take(w, p.ID, l)
				all, err := store.InForce(t.Context(), d.Reader(), flowtest.Hospital, w.Now)
				if err != nil || len(all) != tc.want {
					t.Errorf("InForce = %d links, %v, want %d", len(all), err, tc.want)
				}
				one, err := store.InForceOf(t.Context(), d.Reader(), flowtest.Hospital, "0001", w.Now)
				if err != nil || len(one) != tc.want {
					t.Errorf("InForceOf = %d links, %v, want %d", len(one), err, tc.want)
				}
				unfetched, err := store.Unfetched(t.Context(), d.Reader(), flowtest.Hospital, w.Now, 10)
				if err != nil || len(unfetched) != tc.want {
					t.Errorf("Unfetched = %d links, %v, want %d", len(unfetched), err, tc.want)
				}
				w.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at) VALUES ($1, $2, 1)`, flowtest.Hospital, "0001")
				if unfetched, err = store.Unfetched(t.Context(), d.Reader(), flowtest.Hospital, w.Now, 10); err != nil || len(unfetched) != 0 {
					t.Errorf("Unfetched after a fetch = %d links, %v, want none", len(unfetched), err)
				}
			})
		})
	}
}

func TestStore_livingAndConfirmed(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	w := flowtest.New(t, d)
	p := w.Person("水引 ハナ", "ミズヒキ ハナ")
	w.Link(p.ID, flowtest.Clinic, "c")
	w.Now = w.Now.Add(time.Second)
	l := w.Link(p.ID, flowtest.Hospital, "h")
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		return store.Suspend(ctx, tx, l.ID, []wire.Field{wire.FieldSex}, w.Now)
	})
	living, err := store.Living(t.Context(), d.Reader(), flowtest.Union, p.ID)
	if err != nil || len(living) != 2 || living[0].PatientID != "c" || living[1].PatientID != "h" {
		t.Errorf("Living = %+v, %v, want both, the older one first", living, err)
	}
	confirmed, err := store.ConfirmedOf(t.Context(), d.Reader(), flowtest.Hospital, "h")
	if err != nil || len(confirmed) != 0 {
		t.Errorf("ConfirmedOf a suspended number = %+v, %v, want none", confirmed, err)
	}
}
