package auditdb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

const replica = "r1"

var noon = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// event is one of many different events.
func event(n int) audit.Event {
	return audit.Event{
		Action: audit.ActionDecide, Outcome: audit.Allowed, User: "u1", UserName: "水引 花子", Profession: "nurse",
		Facility: "f1", Device: "d1", Owner: "f2", Person: "p1", Decision: "x1",
		Detail: map[string]any{"n": n, "kinds": []string{"lab", "allergy"}, "note": "<&>\u2028"},
	}
}

func appendEvents(t *testing.T, d *db.DB, n int) {
	t.Helper()
	log := auditdb.Log{Replica: replica}
	for i := range n {
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := log.Append(ctx, tx, noon.Add(time.Duration(i)*time.Second), event(i))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The stored hashes must be those that a log by the library alone would hold.
func TestLog_Append_storesTheLibrarysHashes(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		const rows = 11
		appendEvents(t, d, rows)
		bodies, err := db.All(t.Context(), d.Reader(), func(s db.Scanner) (b string, err error) {
			err = s(&b)
			return b, err
		}, `SELECT body FROM audit_event ORDER BY leaf`)
		if err != nil {
			t.Fatal(err)
		}
		var want []tlog.Hash
		reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			var out []tlog.Hash
			for _, i := range at {
				out = append(out, want[i])
			}
			return out, nil
		})
		for n, b := range bodies {
			h, err := tlog.StoredHashes(int64(n), []byte(b), reader)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, h...)
		}
		got, err := db.All(t.Context(), d.Reader(), func(s db.Scanner) (h string, err error) {
			err = s(&h)
			return h, err
		}, `SELECT hash FROM audit_hash ORDER BY position`)
		if err != nil {
			t.Fatal(err)
		}
		if len(bodies) != rows || len(got) != len(want) {
			t.Fatalf("%d bodies and %d hashes, want %d and %d", len(bodies), len(got), rows, len(want))
		}
		for i := range want {
			if got[i] != want[i].String() {
				t.Errorf("hash %d = %s, want %s", i, got[i], want[i])
			}
		}
	})
}

// Writers at the same time must neither lose a row nor share a leaf.
func TestLog_Append_concurrently(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		const writers, each = 6, 8
		log := auditdb.Log{Replica: replica}
		var wg sync.WaitGroup
		errs := make(chan error, writers*each)
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					errs <- d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						_, err := log.Append(ctx, tx, noon, event(w*each+i))
						return err
					})
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		var rows, top int64
		if err := d.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*), MAX(leaf) FROM audit_event`).Scan(&rows, &top); err != nil {
			t.Fatal(err)
		}
		if rows != writers*each || top != rows-1 {
			t.Errorf("%d rows up to leaf %d, want %d without a hole", rows, top, writers*each)
		}
	})
}

func TestLog_Append_refuses(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	for name, change := range map[string]func(*audit.Event){
		"no action":                      func(e *audit.Event) { e.Action = "" },
		"no outcome":                     func(e *audit.Event) { e.Outcome = "" },
		"a detail that JSON cannot hold": func(e *audit.Event) { e.Detail = map[string]any{"f": func() {}} },
	} {
		t.Run(name, func(t *testing.T) {
			e := event(0)
			change(&e)
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				_, err := auditdb.Log{Replica: replica}.Append(ctx, tx, noon, e)
				return err
			})
			if err == nil {
				t.Error("it was appended")
			}
		})
	}
	var rows int
	if err := d.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit_event`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows, %v, want none", rows, err)
	}
}

func ExampleLog_Append() {
	rec, _ := audit.NewRecord("r1", 7, audit.Event{
		ID: "e1", At: noon, Action: audit.ActionSignIn, Outcome: audit.Done, User: "u1", Detail: map[string]any{"b": 1, "a": "<"},
	})
	body, _ := rec.Body()
	fmt.Println(string(body))
	// Output: {"v":1,"replica":"r1","leaf":7,"id":"e1","at":1795489200000000,"action":"sign_in","outcome":"done","user":"u1","user_name":"","profession":"","facility":"","union":"","device":"","owner":"","person":"","decision":"","detail":{"a":"<","b":1}}
}
