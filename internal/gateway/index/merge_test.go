package index_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Content under a number that was merged away stops, and no reading of the storage and
// no new link brings it back.
func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012", "a")
		linked(t, x, "0034", "b")
		before, err := x.Seq(t.Context())
		must(t, err)
		must(t, x.Merge(t.Context(), "0012", "0034"))
		must(t, x.Merge(t.Context(), "0012", "0034")) // told again
		if diff := cmp.Diff([]string{"suspend 0012"}, told(t, x, before)); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		must(t, x.Put(t.Context(), reading(x, "0012", hanako, "a")))
		if v, err := x.Link(t.Context(), claimOf("0012", hanako)); err != nil || v.Match || v.Known {
			t.Errorf("Link under the prior id = %+v, %v, want unknown", v, err)
		}
		for id, live := range map[ident.LocalPatientID]bool{"0012": false, "0034": true} {
			l, err := x.LinkedPatient(t.Context(), x.Reader(), id)
			must(t, err)
			if l.Live() != live {
				t.Errorf("%s live = %v", id, l.Live())
			}
		}
		c, err := x.Candidates(t.Context(), claimOf("", hanako))
		must(t, err)
		if diff := cmp.Diff([]ident.LocalPatientID{"0034"}, c.PatientIDs); diff != "" {
			t.Errorf("candidates (-want +got):\n%s", diff)
		}
		list, err := x.Merged(t.Context(), 10)
		must(t, err)
		if diff := cmp.Diff([]index.Merged{{Prior: "0012", Surviving: "0034", At: now}}, list); diff != "" {
			t.Errorf("merged (-want +got):\n%s", diff)
		}
	})
}

// A merge is held against the surviving record as well.
func TestMerge_survivingRecordThatDisagrees(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0034")
		must(t, x.Merge(t.Context(), "0012", "0034"))
		other := hanako
		other.BirthDate = "1980-02-02"
		must(t, x.Put(t.Context(), index.Reading{ID: "0034", Demographics: &other}))
		l, err := x.LinkedPatient(t.Context(), x.Reader(), "0034")
		must(t, err)
		if l.Live() {
			t.Error("the surviving link holds though the record is another person's")
		}
	})
}

func recorded(context.Context, *db.Tx) error { return nil }

// What cannot be recorded is not done.
func TestUnmerge_withoutRecord(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012")
		must(t, x.Merge(t.Context(), "0012", "0034"))
		full := errors.New("disk full")
		if err := x.Unmerge(t.Context(), "0012", func(context.Context, *db.Tx) error { return full }); !errors.Is(err, full) {
			t.Errorf("Unmerge = %v, want the record's error", err)
		}
		if list, err := x.Merged(t.Context(), 10); err != nil || len(list) != 1 {
			t.Errorf("merged = %v, %v, want the merge still there", list, err)
		}
	})
}

func TestUnmerge(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012")
		must(t, x.Merge(t.Context(), "0012", "0034"))
		must(t, x.Unmerge(t.Context(), "0012", recorded))
		if l, err := x.LinkedPatient(t.Context(), x.Reader(), "0012"); err != nil || l.Live() {
			t.Errorf("linked patient = %+v, %v, want still suspended", l, err)
		}
		if v, err := x.Link(t.Context(), claimOf("0012", hanako)); err != nil || !v.Match {
			t.Errorf("Link = %+v, %v, want a match", v, err)
		}
		if err := x.Unmerge(t.Context(), "0012", recorded); !fault.Is(err, fault.NotFound) {
			t.Errorf("Unmerge again = %v, want not found", err)
		}
		must(t, x.Merge(t.Context(), "0012", "0034"))
		must(t, x.Merge(t.Context(), "0034", "0012"))
		if v, err := x.Verify(t.Context(), claimOf("0012", hanako)); err != nil || !v.Match {
			t.Errorf("after the merge the other way: %+v, %v", v, err)
		}
	})
}
