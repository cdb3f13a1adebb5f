package auditdb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

func newKey(t *testing.T, r ident.ReplicaID) (note.Signer, string) {
	t.Helper()
	secret, public, err := audit.GenerateKey(r)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return signer, public
}

func parseKeys(t *testing.T, public ...string) audit.Keys {
	t.Helper()
	k, err := audit.ParseKeys(public...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func inTx(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, tx *db.Tx, query string, args ...any) {
	t.Helper()
	if _, err := tx.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func verify(t *testing.T, d *db.DB, keys audit.Keys) (out []audit.Summary, err error) {
	t.Helper()
	err = d.Snapshot(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		out, err = auditdb.Verify(ctx, tx, keys)
		return err
	})
	return out, err
}

// The log under test has 23 rows and checkpoints of size 0, 10 and 20.
const rows, lastSigned = 23, 20

func signedLog(t *testing.T, d *db.DB, signer note.Signer) {
	t.Helper()
	log := auditdb.Log{Replica: replica}
	inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
		for n := range rows {
			if n%10 == 0 {
				if _, err := log.Checkpoint(ctx, tx, noon, signer); err != nil {
					return err
				}
			}
			if _, err := log.Append(ctx, tx, noon.Add(time.Duration(n)*time.Second), event(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// rehash computes the stored hashes anew from the bodies, as somebody would who can
// write to the database but has no key.
func rehash(t *testing.T, tx *db.Tx) {
	t.Helper()
	bodies, err := db.All(t.Context(), tx, func(s db.Scanner) (b string, err error) {
		err = s(&b)
		return b, err
	}, `SELECT body FROM audit_event WHERE replica_id = $1 ORDER BY leaf`, replica)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, `DELETE FROM audit_hash WHERE replica_id = $1`, replica)
	var chain audit.Chain
	at := 0
	for _, b := range bodies {
		for _, h := range chain.Add(tlog.RecordHash([]byte(b))) {
			exec(t, tx, `INSERT INTO audit_hash (replica_id, position, hash) VALUES ($1, $2, $3)`, replica, at, h.String())
			at++
		}
	}
}

// forge gives a row of the log another user in its columns and in its body.
func forge(t *testing.T, tx *db.Tx, leaf int64) {
	t.Helper()
	rec, err := audit.NewRecord(replica, leaf, audit.Event{
		ID: ident.EventID(fmt.Sprint("forged", leaf)), At: noon, Action: audit.ActionSignIn, Outcome: audit.Done, User: "somebody else",
	})
	if err != nil {
		t.Fatal(err)
	}
	body, err := rec.Body()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, `DELETE FROM audit_event WHERE replica_id = $1 AND leaf = $2`, replica, leaf)
	exec(t, tx, `INSERT INTO audit_event (replica_id, leaf, id, at, action, outcome, user_id, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		replica, leaf, rec.ID, rec.At, rec.Action, rec.Outcome, rec.User, string(body))
}

// tampering is what somebody with full rights on the database may do, and how the
// verification must name it.
type tampering struct {
	do   func(t *testing.T, tx *db.Tx)
	want audit.Defect
}

func sqlTampering(part audit.Part, number int64, problem, query string, args ...any) tampering {
	return tampering{func(t *testing.T, tx *db.Tx) { exec(t, tx, query, args...) }, audit.Defect{Part: part, Number: number, Problem: problem}}
}

func tamperings() map[string]tampering {
	m := map[string]tampering{
		"a byte of a body": sqlTampering(audit.PartRow, 5, "its body is not the one that was hashed",
			`UPDATE audit_event SET body = REPLACE(body, '"u1"', '"u2"') WHERE leaf = 5`),
		"a row is deleted": sqlTampering(audit.PartRow, 5, "it is missing",
			`DELETE FROM audit_event WHERE leaf = 5`),
		"the first row is deleted": sqlTampering(audit.PartRow, 0, "it is missing",
			`DELETE FROM audit_event WHERE leaf = 0`),
		"the last row is deleted": sqlTampering(audit.PartRow, 22, "it is missing, though its hash is there",
			`DELETE FROM audit_event WHERE leaf = 22`),
		"every row is deleted": sqlTampering(audit.PartRow, 0, "it is missing, though its hash is there",
			`DELETE FROM audit_event`),
		"a row before the first": sqlTampering(audit.PartRow, -1, "there is no such place in a log",
			`INSERT INTO audit_event (replica_id, leaf, id, at, action, outcome, body) VALUES ('r1', -1, 'x', 0, 'x', 'x', '{}')`),
		"a row at the end": sqlTampering(audit.PartRow, 23, "it was never hashed",
			`INSERT INTO audit_event (replica_id, leaf, id, at, action, outcome, body) VALUES ('r1', 23, 'x', 0, 'x', 'x', '{}')`),
		"a row far away": sqlTampering(audit.PartRow, 23, "it is missing",
			`INSERT INTO audit_event (replica_id, leaf, id, at, action, outcome, body) VALUES ('r1', 4611686018427387904, 'x', 0, 'x', 'x', '{}')`),
		"a leaf's hash is changed": sqlTampering(audit.PartRow, 1, "its body is not the one that was hashed",
			`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE position = 0) WHERE position = 1`),
		"an inner hash is changed": sqlTampering(audit.PartHash, 2, "it is not the hash of the rows below it",
			`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE position = 0) WHERE position = 2`),
		"an inner hash is deleted": sqlTampering(audit.PartHash, 2, "it is missing",
			`DELETE FROM audit_hash WHERE position = 2`),
		"a hash too many": sqlTampering(audit.PartHash, 1000, "it belongs to no row",
			`INSERT INTO audit_hash (replica_id, position, hash) SELECT replica_id, 1000, hash FROM audit_hash WHERE position = 0`),
		"every checkpoint is deleted": sqlTampering(audit.PartLog, 0, "no checkpoint covers it",
			`DELETE FROM audit_checkpoint`),
		"a checkpoint is filed elsewhere": sqlTampering(audit.PartCheckpoint, 11, "it says that it is of size 10",
			`UPDATE audit_checkpoint SET size = 11 WHERE size = 10`),
		"two rows are swapped": {func(t *testing.T, tx *db.Tx) {
			exec(t, tx, `UPDATE audit_event SET leaf = -5 WHERE leaf = 5`)
			exec(t, tx, `UPDATE audit_event SET leaf = 5 WHERE leaf = 6`)
			exec(t, tx, `UPDATE audit_event SET leaf = 6 WHERE leaf = -5`)
		}, audit.Defect{Part: audit.PartRow, Number: 5, Problem: "its body is not the one that was hashed"}},
		"two rows are swapped and hashed anew": {func(t *testing.T, tx *db.Tx) {
			exec(t, tx, `UPDATE audit_event SET leaf = -5 WHERE leaf = 5`)
			exec(t, tx, `UPDATE audit_event SET leaf = 5 WHERE leaf = 6`)
			exec(t, tx, `UPDATE audit_event SET leaf = 6 WHERE leaf = -5`)
			rehash(t, tx)
		}, audit.Defect{Part: audit.PartRow, Number: 5, Problem: "column leaf differs from the body that was hashed"}},
		"a row is deleted and the others move up": {func(t *testing.T, tx *db.Tx) {
			exec(t, tx, `DELETE FROM audit_event WHERE leaf = 5`)
			for n := 6; n < rows; n++ {
				exec(t, tx, `UPDATE audit_event SET leaf = $1 WHERE leaf = $2`, n-1, n)
			}
			rehash(t, tx)
		}, audit.Defect{Part: audit.PartRow, Number: 5, Problem: "column leaf differs from the body that was hashed"}},
		"a row is forged and everything hashed anew": {func(t *testing.T, tx *db.Tx) {
			forge(t, tx, 5)
			rehash(t, tx)
		}, audit.Defect{Part: audit.PartCheckpoint, Number: 10, Problem: "its root is not that of the rows it covers"}},
		"the last signed row is forged and everything hashed anew": {func(t *testing.T, tx *db.Tx) {
			forge(t, tx, lastSigned-1)
			rehash(t, tx)
		}, audit.Defect{Part: audit.PartCheckpoint, Number: 20, Problem: "its root is not that of the rows it covers"}},
		"the tail is cut off with its hashes": {func(t *testing.T, tx *db.Tx) {
			exec(t, tx, `DELETE FROM audit_event WHERE leaf >= 18`)
			exec(t, tx, `DELETE FROM audit_hash WHERE position >= $1`, tlog.StoredHashIndex(0, 18))
		}, audit.Defect{Part: audit.PartCheckpoint, Number: 20, Problem: "the rows from 18 on, which it covers, are missing"}},
	}
	for _, c := range []struct{ column, named, value string }{
		{"id", "id", "'other'"}, {"at", "at", "1"}, {"action", "action", "'other'"}, {"outcome", "outcome", "'denied'"},
		{"user_id", "user", "'other'"}, {"user_name", "user_name", "'other'"}, {"profession", "profession", "'clerk'"},
		{"facility_id", "facility", "'other'"}, {"union_id", "union", "'other'"}, {"device_id", "device", "'other'"}, {"owner_id", "owner", "'other'"},
		{"person_id", "person", "'other'"}, {"decision_id", "decision", "'other'"}, {"detail", "detail", "'{}'"},
	} {
		m["column "+c.column] = sqlTampering(audit.PartRow, 7, "column "+c.named+" differs from the body that was hashed",
			`UPDATE audit_event SET `+c.column+` = `+c.value+` WHERE leaf = 7`)
	}
	return m
}

func TestReq_LOG03_tamperingIsNamed(t *testing.T) {
	signer, public := newKey(t, replica)
	keys := parseKeys(t, public)
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		signedLog(t, d, signer)
		if _, err := verify(t, d, keys); err != nil {
			t.Fatalf("the log does not hold before anybody touched it: %v", err)
		}
		for name, tc := range tamperings() {
			t.Run(name, func(t *testing.T) {
				undo := errors.New("undo")
				err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					tc.do(t, tx)
					_, err := auditdb.Verify(ctx, tx, keys)
					var got *audit.Defect
					if !errors.As(err, &got) {
						t.Errorf("Verify = %v, want a defect", err)
						return undo
					}
					want := tc.want
					want.Replica = replica
					if diff := cmp.Diff(want, *got); diff != "" {
						t.Errorf("Verify (-want +got):\n%s", diff)
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Fatal(err)
				}
			})
		}
		if _, err := verify(t, d, keys); err != nil {
			t.Fatalf("the log does not hold after everything was undone: %v", err)
		}
	})
}

// Checkpoints of another key, log or text must not pass for the log's own.
func TestVerify_foreignCheckpoint(t *testing.T) {
	signer, public := newKey(t, replica)
	impostor, _ := newKey(t, replica)
	other, otherPublic := newKey(t, "r2")
	root := (&audit.Chain{}).Root()
	sign := func(s note.Signer, r ident.ReplicaID) string {
		text, err := audit.Checkpoint{Replica: r, Root: root}.Sign(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	crossed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n0\n%s\n", audit.Origin(replica), root)}, other)
	if err != nil {
		t.Fatal(err)
	}
	for name, signed := range map[string]string{
		"by a key of the same name":               sign(impostor, replica),
		"of another log":                          sign(other, "r2"),
		"of this log by another log's known key":  string(crossed),
		"of changed text":                         "x" + sign(signer, replica),
		"that is none":                            "",
		"without a signature":                     audit.Origin(replica) + "\n0\n" + root.String() + "\n\n",
		"of a root in another form":               "mizuhiki.dev/audit/r1\n0\nzz\n",
		"of this log with the signature cut away": sign(signer, replica)[:100],
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.SQLite(t, migrate.Center)
			inTx(t, d, func(_ context.Context, tx *db.Tx) error {
				exec(t, tx, `INSERT INTO audit_checkpoint (replica_id, size, note, at) VALUES ($1, 0, $2, 0)`, replica, signed)
				return nil
			})
			_, err := verify(t, d, parseKeys(t, public, otherPublic))
			var got *audit.Defect
			if !errors.As(err, &got) || got.Part != audit.PartCheckpoint || got.Replica != replica {
				t.Errorf("Verify = %v, want a defect of the checkpoint", err)
			}
		})
	}
}

func TestVerify_logsWithoutKeyAndKeysWithoutLog(t *testing.T) {
	signer, public := newKey(t, replica)
	_, otherPublic := newKey(t, "r2")
	d := dbtest.SQLite(t, migrate.Center)
	signedLog(t, d, signer)
	for name, keys := range map[string]audit.Keys{
		"no key for the log":    parseKeys(t, otherPublic),
		"no log for a key":      parseKeys(t, public, otherPublic),
		"no key for any of it":  parseKeys(t),
		"a new key of its name": func() audit.Keys { _, p := newKey(t, replica); return parseKeys(t, p) }(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verify(t, d, keys)
			if got := new(audit.Defect); !errors.As(err, &got) {
				t.Errorf("Verify = %v, want a defect", err)
			}
		})
	}
}

// Rows after the last checkpoint hold by themselves; the summary says how many are covered.
func TestVerify_summary(t *testing.T) {
	signer, public := newKey(t, replica)
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		signedLog(t, d, signer)
		got, err := verify(t, d, parseKeys(t, public))
		if err != nil {
			t.Fatal(err)
		}
		want := []audit.Summary{{Replica: replica, Rows: rows, Checkpoints: 3, Covered: lastSigned, Root: got[0].Root}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Verify (-want +got):\n%s", diff)
		}
	})
}

// A log longer than one batch of the verification, with a defect at either end of one.
func TestVerify_acrossBatches(t *testing.T) {
	signer, public := newKey(t, replica)
	d := dbtest.SQLite(t, migrate.Center)
	log := auditdb.Log{Replica: replica}
	inTx(t, d, func(ctx context.Context, tx *db.Tx) error {
		for n := range 1000 {
			if _, err := log.Append(ctx, tx, noon, event(n)); err != nil {
				return err
			}
		}
		_, err := log.Checkpoint(ctx, tx, noon, signer)
		return err
	})
	keys := parseKeys(t, public)
	if got, err := verify(t, d, keys); err != nil || got[0].Covered != 1000 {
		t.Fatalf("Verify = %+v, %v", got, err)
	}
	for _, leaf := range []int64{499, 500, 999} {
		undo := errors.New("undo")
		d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			exec(t, tx, `UPDATE audit_event SET user_id = 'x' WHERE leaf = $1`, leaf)
			_, err := auditdb.Verify(ctx, tx, keys)
			if got := new(audit.Defect); !errors.As(err, &got) || got.Number != leaf {
				t.Errorf("Verify = %v, want row %d", err, leaf)
			}
			return undo
		})
	}
}

func TestCheckpointer(t *testing.T) {
	signer, public := newKey(t, replica)
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t, migrate.Center)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- auditdb.Checkpointer{DB: d, Log: auditdb.Log{Replica: replica}, Signer: signer, Clock: time.Now}.Run(ctx)
		}()
		time.Sleep(time.Second) // by now the empty log is signed
		appendEvents(t, d, 3)
		time.Sleep(3 * time.Minute) // one new head, then nothing new
		appendEvents(t, d, 2)
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		got, err := verify(t, d, parseKeys(t, public))
		if err != nil {
			t.Fatal(err)
		}
		want := []audit.Summary{{Replica: replica, Rows: 5, Checkpoints: 3, Covered: 5, Root: got[0].Root}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a stop (-want +got):\n%s", diff)
		}
	})
}
