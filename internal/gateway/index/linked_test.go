package index_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Unlinking forgets the documents of one patient and of nobody else.
func TestUnlink_forgetsDocuments(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012", "a")
		linked(t, x, "0034", "a")
		r := reading(x, "0012", hanako, "a")
		r.Unreadable = []index.Unreadable{{Root: "/storage", Path: "p/b", Patient: "0012", Reason: index.ReasonCut}}
		must(t, x.Put(t.Context(), r))
		must(t, x.Unlink(t.Context(), "0012"))
		if _, err := x.LinkedPatient(t.Context(), x.Reader(), "0012"); !fault.Is(err, fault.NotFound) {
			t.Errorf("linked patient = %v, want not found", err)
		}
		if n, err := x.DocumentCount(t.Context()); err != nil || n != 1 {
			t.Errorf("documents = %d, %v, want the other patient's", n, err)
		}
		list, err := x.Unreadable(t.Context(), 10)
		must(t, err)
		if len(list) != 0 {
			t.Errorf("unreadable = %+v", list)
		}
		if v, err := x.Verify(t.Context(), claimOf("0012", hanako)); err != nil || !v.Match {
			t.Errorf("Verify = %+v, %v: unlinking forgot who the patient is", v, err)
		}
	})
}

// A disagreement that grows is told again, and a claim that does not agree lifts nothing.
func TestPut_suspendsFurther(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0012")
		changed := hanako
		changed.Kana = "ケンサ ハナコ"
		must(t, x.Put(t.Context(), index.Reading{ID: "0012", Demographics: &changed}))
		changed.BirthDate = "1976-01-02"
		must(t, x.Put(t.Context(), index.Reading{ID: "0012", Demographics: &changed}))
		if diff := cmp.Diff([]string{"suspend 0012", "suspend 0012"}, told(t, x, 0)); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if v, err := x.Link(t.Context(), claimOf("0012", hanako)); err != nil || v.Match {
			t.Errorf("Link = %+v, %v, want a refusal", v, err)
		}
		l, err := x.LinkedPatient(t.Context(), x.Reader(), "0012")
		must(t, err)
		if want := []wire.Field{wire.FieldBirthDate, wire.FieldKana}; !slices.Equal(l.Differs, want) {
			t.Errorf("differs = %v, want %v", l.Differs, want)
		}
	})
}
