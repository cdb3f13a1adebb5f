package index_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func TestAsk(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		bad := func(root, path string, r index.Reason) index.Unreadable {
			return index.Unreadable{Root: root, Path: path, Reason: r, Detail: "d"}
		}
		must(t, x.PutMisplaced(t.Context(), []index.Unreadable{bad("/a", "note.txt", index.ReasonName)}, nil))
		must(t, x.Put(t.Context(), index.Reading{ID: "0000000001", Unreadable: []index.Unreadable{
			bad("/a", "000/1/x_1", index.ReasonCut), bad("/b", "000/1/xy1", index.ReasonCut), bad("/b", "000/1/z", index.ReasonWrongPatient),
		}}))
		must(t, x.Put(t.Context(), index.Reading{ID: "0000000002", Unreadable: []index.Unreadable{bad("/a", "000/2/q", index.ReasonEncoding)}}))
		for name, tc := range map[string]struct {
			q     index.Question
			want  []string
			total int
		}{
			"all that cannot be read":       {index.Question{}, []string{"000/1/x_1", "000/2/q", "note.txt", "000/1/xy1"}, 4},
			"what is held back":             {index.Question{Quarantined: true}, []string{"000/1/z"}, 1},
			"a reason":                      {index.Question{Reason: index.ReasonCut}, []string{"000/1/x_1", "000/1/xy1"}, 2},
			"a root":                        {index.Question{Root: "/b"}, []string{"000/1/xy1"}, 1},
			"a part of the path, literally": {index.Question{Text: "x_"}, []string{"000/1/x_1"}, 1},
			"a percent sign":                {index.Question{Text: "%"}, nil, 0},
			"a quote":                       {index.Question{Text: "'"}, nil, 0},
			"a page":                        {index.Question{Offset: 1, Limit: 2}, []string{"000/2/q", "note.txt"}, 4},
			"past the end":                  {index.Question{Offset: 10, Limit: 2}, nil, 4},
		} {
			t.Run(name, func(t *testing.T) {
				rows, total, err := x.Ask(t.Context(), tc.q)
				must(t, err)
				var got []string
				for _, r := range rows {
					got = append(got, r.Path)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" || total != tc.total {
					t.Errorf("total %d, want %d; rows (-want +got):\n%s", total, tc.total, diff)
				}
			})
		}
		counts, err := x.UnreadableReasons(t.Context())
		must(t, err)
		want := []index.ReasonCount{{Reason: index.ReasonName, Files: 1}, {Reason: index.ReasonEncoding, Files: 1}, {Reason: index.ReasonCut, Files: 2}, {Reason: index.ReasonWrongPatient, Files: 1}}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
		ids, err := x.PatientsOfUnreadable(t.Context(), "/b", true)
		must(t, err)
		if diff := cmp.Diff([]ident.LocalPatientID{"0000000001"}, ids); diff != "" {
			t.Errorf("patients (-want +got):\n%s", diff)
		}
	})
}

func TestDisclosures(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		today := now.Truncate(24 * time.Hour)
		must(t, x.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for _, r := range []index.TrailRow{
				{At: today.Add(-time.Second), Outcome: index.Allowed}, {At: today.Add(-time.Second), Outcome: index.Done},
				{At: today, Outcome: index.Denied}, {At: now, Outcome: index.Done}, {At: now, Outcome: index.Failed},
			} {
				if err := x.AddTrail(ctx, tx, r); err != nil {
					return err
				}
			}
			return nil
		}))
		got, err := x.Disclosures(t.Context(), []time.Time{today.AddDate(0, 0, -1), today})
		must(t, err)
		want := []index.Day{{Begins: today.AddDate(0, 0, -1), Done: 1}, {Begins: today, Done: 1, Denied: 1, Failed: 1}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("days (-want +got):\n%s", diff)
		}
	})
}
