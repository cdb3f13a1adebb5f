package index_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// seqs gives the numbers of changes.
func seqs(list []wire.Change) []int64 {
	var out []int64
	for _, c := range list {
		out = append(out, c.Seq)
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
		for after, want := range [][]int64{{6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {6, 7, 8}, {7, 8}, {8}, nil} {
			list, err := x.Changes(t.Context(), int64(after), 100)
			must(t, err)
			if diff := cmp.Diff(want, seqs(list)); diff != "" {
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
			parts = append(parts, seqs(list)...)
		}
		if want := []int64{6, 7, 8}; !slices.Equal(parts, want) {
			t.Errorf("in parts of two: %v, want %v", parts, want)
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
		if got := seqs(list); !slices.Equal(got, []int64{1}) {
			t.Errorf("numbers = %v, want 1", got)
		}
	})
}
