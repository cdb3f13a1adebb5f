package index_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// seqs gives the numbers of changes, counted from base.
func seqs(list []wire.Change, base int64) []int64 {
	var out []int64
	for _, c := range list {
		out = append(out, c.Seq-base)
	}
	return out
}

// Wherever a center stands, it reads on from there: what was superseded meanwhile is
// told once, and no number is left to be mistaken for another.
func TestChanges_areReadOnFromAnyNumber(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012", "a", "b") // 1 and 2
		corrected := reading(x, "0012", hanako, "a", "b")
		corrected.Entries[0].Entries = 2
		must(t, x.Put(t.Context(), corrected))                            // 3 instead of 1
		must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a")))      // 4: a as it was; 5: b deleted
		must(t, x.Put(t.Context(), reading(x, "0012", hanako, "b", "c"))) // 6, 7, and 8: a deleted
		last, err := x.Seq(t.Context())
		must(t, err)
		base := last - 8
		for after, want := range [][]int64{{6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {7, 8}, {8}, nil} {
			list, err := x.Changes(t.Context(), base+int64(after), 100)
			must(t, err)
			if diff := cmp.Diff(want, seqs(list, base)); diff != "" {
				t.Errorf("after %d (-want +got):\n%s", after, diff)
			}
		}
		var parts []int64
		for after := int64(0); ; after = parts[len(parts)-1] {
			list, err := x.Changes(t.Context(), after, 2)
			must(t, err)
			if len(list) == 0 {
				break
			}
			parts = append(parts, seqs(list, 0)...)
		}
		if want := []int64{base + 6, base + 7, base + 8}; !slices.Equal(parts, want) {
			t.Errorf("in parts of two: %v, want %v", parts, want)
		}
	})
}

// What cannot be told of one patient, whose record is damaged, holds up nothing of others; it
// is told from the beginning once that patient is linked anew.
func TestChanges_overADamagedRecord(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, d *db.DB) {
		linked(t, x, "0012", "a")
		linked(t, x, "0013", "b")
		_, err := d.Writer().ExecContext(t.Context(), `UPDATE record SET items = $1 WHERE patient_id = $2`, []byte{4, 200}, "0012")
		must(t, err)
		list, err := x.Changes(t.Context(), 0, 1)
		if err != nil || len(list) != 1 || list[0].PatientID != "0013" {
			t.Errorf("changes %+v, %v", list, err)
		}
		must(t, x.Unlink(t.Context(), "0012"))
		linked(t, x, "0012", "a")
		list, err = x.Changes(t.Context(), 0, 10)
		var told []string
		for _, c := range list {
			told = append(told, string(c.PatientID)+" "+string(c.Op))
		}
		if want := []string{"0013 upsert", "0012 forget", "0012 upsert"}; err != nil || !slices.Equal(told, want) {
			t.Errorf("linked anew: changes %v, %v, want %v", told, err, want)
		}
	})
}

// A transaction that fails tells nobody anything, and uses up no number.
func TestPut_failsAsAWhole(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		changed := x.Changed()
		if err := x.Put(ctx, reading(x, "0012", hanako, "a")); !errors.Is(err, context.Canceled) {
			t.Fatalf("Put = %v, want cancelled", err)
		}
		must(t, x.Put(t.Context(), reading(x, "0012", hanako))) // nothing new
		select {
		case <-changed:
			t.Error("woken by what changed nothing")
		default:
		}
		must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a")))
		list, err := x.Changes(t.Context(), 0, 10)
		must(t, err)
		if got, want := seqs(list, 0), []int64{db.Micros(now)}; !slices.Equal(got, want) {
			t.Errorf("numbers = %v, want %v, the first of the moment", got, want)
		}
	})
}

// An older copy of the index that was put back tells what is new to it under numbers
// that the center has not seen yet, or the center would take it for read already.
func TestChanges_ofAnIndexThatWasPutBack(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Gateway)
	at := now
	x, err := index.Open(t.Context(), d, func() time.Time { return at })
	must(t, err)
	linked(t, x, "0012", "a")
	copied, err := x.Seq(t.Context())
	must(t, err)
	var record []byte
	must(t, d.Reader().QueryRowContext(t.Context(), `SELECT items FROM record`).Scan(&record))
	at = at.Add(time.Hour)
	must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a", "b", "c")))
	seen, err := x.Seq(t.Context())
	must(t, err)
	for _, stmt := range []string{
		`UPDATE setting SET value = '` + fmt.Sprint(copied) + `' WHERE name = 'last_seq'`,
		`DELETE FROM change_log WHERE seq > ` + fmt.Sprint(copied),
	} {
		_, err := d.Writer().ExecContext(t.Context(), stmt)
		must(t, err)
	}
	_, err = d.Writer().ExecContext(t.Context(), `UPDATE record SET items = $1`, record)
	must(t, err)
	at = at.Add(time.Hour)
	must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a", "b", "c")))
	list, err := x.Changes(t.Context(), seen, 10)
	must(t, err)
	if len(list) != 2 {
		t.Errorf("changes after %d = %+v, want both documents that the copy did not know", seen, list)
	}
}
