package disclosedb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose/disclosedb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var store disclosedb.Store

// view adds a view with parts of both hospitals.
func view(w *flowtest.World) disclosedb.View {
	c := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
	v := disclosedb.View{
		ID: ident.New[disclosedb.ViewID](), Session: c.Session, Person: w.Person("水引 ハナ", "ミズヒキ ハナ").ID, Page: "labs",
		CreatedAt: w.Now, ExpiresAt: w.Now.Add(time.Minute),
		Parts: []disclosedb.Part{
			{Facility: flowtest.Hospital, Decision: ident.New[ident.DecisionID](), Kinds: []clinical.Kind{clinical.KindLab, clinical.KindAllergy}},
			{Facility: flowtest.Hospital2, Decision: ident.New[ident.DecisionID]()},
		},
	}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Add(ctx, tx, v) })
	return v
}

func TestStore_viewAndParts(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		want := view(w)
		got, err := store.View(t.Context(), d.Reader(), want.ID, want.Session)
		if err != nil {
			t.Fatal(err)
		}
		parts := want.Parts
		want.Parts = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("View (-want +got):\n%s", diff)
		}
		if _, err := store.View(t.Context(), d.Reader(), want.ID, "another session"); !fault.Is(err, fault.NotFound) {
			t.Errorf("View in another session = %v, want not found", err)
		}
		take := func(f ident.FacilityID) (p disclosedb.Part, err error) {
			err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				p, err = store.Take(ctx, tx, want.ID, f, w.Now)
				return err
			})
			return p, err
		}
		for _, part := range parts {
			got, err := take(part.Facility)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(part, got); diff != "" {
				t.Errorf("Take (-want +got):\n%s", diff)
			}
			if _, err := take(part.Facility); !fault.Is(err, fault.Conflict) {
				t.Errorf("Take again = %v, want conflict", err)
			}
		}
		if _, err := take(flowtest.Clinic); !fault.Is(err, fault.NotFound) {
			t.Errorf("Take of a facility without a part = %v, want not found", err)
		}
	})
}

// An orphan is a decision that was acted upon and of which nothing was heard since.
func TestStore_Orphans(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome   audit.Outcome
		part      bool // the decision is that of a page's part …
		taken     bool // … which was fetched
		completed bool
		at        time.Duration
		want      int
	}{
		"a click without completion":             {outcome: audit.Allowed, want: 1},
		"a click with completion":                {outcome: audit.Allowed, completed: true},
		"a part that was fetched":                {outcome: audit.Allowed, part: true, taken: true, want: 1},
		"a part that was fetched and completed":  {outcome: audit.Allowed, part: true, taken: true, completed: true},
		"a part that nobody fetched":             {outcome: audit.Allowed, part: true},
		"a denial":                               {outcome: audit.Denied},
		"a click of this very moment":            {outcome: audit.Allowed, at: time.Hour},
		"a click of before the time looked into": {outcome: audit.Allowed, at: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
				w := flowtest.New(t, d)
				v := view(w)
				decision := ident.New[ident.DecisionID]()
				if tc.part {
					decision = v.Parts[0].Decision
				}
				w.InTx(func(ctx context.Context, tx *db.Tx) error {
					e := audit.Event{Action: audit.ActionDecide, Outcome: tc.outcome, Decision: decision, Owner: flowtest.Hospital, Facility: flowtest.Clinic, User: "u", Person: v.Person}
					if _, err := w.Audit.Append(ctx, tx, w.Now.Add(tc.at), e); err != nil {
						return err
					}
					if tc.taken {
						if _, err := store.Take(ctx, tx, v.ID, flowtest.Hospital, w.Now); err != nil {
							return err
						}
					}
					if !tc.completed {
						return nil
					}
					_, err := w.Audit.Append(ctx, tx, w.Now, audit.Event{Action: audit.ActionComplete, Outcome: audit.Failed, Decision: decision})
					return err
				})
				got, err := store.Orphans(t.Context(), d.Reader(), w.Now.Add(-time.Minute), w.Now.Add(time.Minute))
				if err != nil || len(got) != tc.want {
					t.Fatalf("Orphans = %+v, %v, want %d", got, err, tc.want)
				}
				for _, o := range got {
					want := disclosedb.Orphan{Decision: decision, At: w.Now, User: "u", Facility: flowtest.Clinic, Owner: flowtest.Hospital, Person: v.Person}
					if diff := cmp.Diff(want, o); diff != "" {
						t.Errorf("orphan (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

func TestStore_Prune(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		old := view(w)
		w.Now = w.Now.Add(time.Hour)
		young := view(w)
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return store.Prune(ctx, tx, w.Now) })
		if _, err := store.View(t.Context(), d.Reader(), old.ID, old.Session); !fault.Is(err, fault.NotFound) {
			t.Errorf("the old view = %v, want not found", err)
		}
		if _, err := store.View(t.Context(), d.Reader(), young.ID, young.Session); err != nil {
			t.Errorf("the young view = %v", err)
		}
	})
}
