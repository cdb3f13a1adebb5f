package index_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// remarks of kinds, each with a detail of its own.
func remarks(kinds ...clinical.RemarkKind) index.Remarks {
	var list clinical.Remarks
	for _, k := range kinds {
		list.Add(k, "place of "+string(k))
	}
	return index.RemarksOf(list)
}

// asked gives what a question is answered with, as "patient root path kinds first last".
func asked(t *testing.T, x *index.Index, q index.RemarkQuestion) (out []string, total int) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	rows, total, err := x.AskRemarks(t.Context(), q)
	must(t, err)
	for _, r := range rows {
		var kinds []string
		for _, m := range r.Remarks {
			if m.Detail != "place of "+string(m.Kind) {
				t.Errorf("%s: detail %q of %s", r.Path, m.Detail, m.Kind)
			}
			kinds = append(kinds, string(m.Kind))
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %s %s", r.Patient, r.Root, r.Path, strings.Join(kinds, ","), r.FirstSeen.Format("15:04"), r.LastSeen.Format("15:04")))
	}
	return out, total
}

func TestRemarks_textForm(t *testing.T) {
	long := strings.Repeat("長", 300)
	list := clinical.Remarks{{Kind: clinical.RemarkHour, Detail: "segment 3 (SPM), field 17: hour 25 means the next day"}, {Kind: "later", Detail: "a\tb\nc\xff" + long}}
	got := index.RemarksOf(list).List()
	if len(got) != 2 || got[0] != list[0] || got[1].Kind != "later" || !strings.HasPrefix(got[1].Detail, "a b c?長") || len(got[1].Detail) > 200 {
		t.Errorf("again: %+v", got)
	}
	if index.RemarksOf(nil) != "" || len(index.Remarks("").List()) != 0 {
		t.Error("no remarks are not none")
	}
}

func TestAskRemarks(t *testing.T) {
	each(t, func(t *testing.T, _ *index.Index, d *db.DB) {
		clock := now
		x, err := index.Open(t.Context(), d, func() time.Time { return clock })
		must(t, err)
		put := func(id ident.LocalPatientID, adt index.Remarks, on map[string]index.Remarks, away ...string) {
			t.Helper()
			r := reading(x, id, hanako, "1", "2", "3")
			r.Away = away
			r.DemographicsRoot, r.DemographicsPath, r.DemographicsRemarks = "/storage", "p/adt", adt
			for i := range r.Entries {
				r.Entries[i].Remarks = on[r.Entries[i].Path]
			}
			must(t, x.Put(t.Context(), r))
		}
		linked(t, x, "0001")
		linked(t, x, "0002")
		must(t, x.Put(t.Context(), index.Reading{ID: "0003", Demographics: &hanako, DemographicsRoot: "/other", DemographicsPath: "q/adt", DemographicsRemarks: remarks("missing", "hole")}))
		put("0001", remarks("hole"), map[string]index.Remarks{"p/1": remarks("hour"), "p/3": remarks("care_date", "hour")})
		put("0002", "", map[string]index.Remarks{"p/2": remarks("hour")})

		all := []string{
			"0001 /storage p/adt hole 03:00 03:00", "0003 /other q/adt missing,hole 03:00 03:00",
			"0001 /storage p/1 hour 03:00 03:00", "0001 /storage p/3 care_date,hour 03:00 03:00", "0002 /storage p/2 hour 03:00 03:00",
		}
		for name, tc := range map[string]struct {
			q     index.RemarkQuestion
			want  []string
			total int
		}{
			"all":                  {index.RemarkQuestion{}, all, 5},
			"first page":           {index.RemarkQuestion{Limit: 2}, all[:2], 5},
			"across both sorts":    {index.RemarkQuestion{Offset: 1, Limit: 2}, all[1:3], 5},
			"within a record":      {index.RemarkQuestion{Offset: 3, Limit: 1}, all[3:4], 5},
			"last page":            {index.RemarkQuestion{Offset: 4, Limit: 2}, all[4:], 5},
			"behind the end":       {index.RemarkQuestion{Offset: 9, Limit: 2}, nil, 5},
			"kind of both":         {index.RemarkQuestion{Kind: "hole"}, []string{all[0], "0003 /other q/adt hole 03:00 03:00"}, 2},
			"kind of documents":    {index.RemarkQuestion{Kind: "hour", Offset: 1}, []string{"0001 /storage p/3 hour 03:00 03:00", all[4]}, 3},
			"kind that is another": {index.RemarkQuestion{Kind: "ole"}, nil, 0},
			"root":                 {index.RemarkQuestion{Root: "/other"}, all[1:2], 1},
			"text":                 {index.RemarkQuestion{Text: "p/3"}, all[3:4], 1},
			"text on a page":       {index.RemarkQuestion{Text: "p/", Offset: 2, Limit: 1}, all[3:4], 4},
			"text and kind":        {index.RemarkQuestion{Text: "p/2", Kind: "hour"}, all[4:], 1},
			"sign of a pattern":    {index.RemarkQuestion{Text: "%"}, nil, 0},
		} {
			got, total := asked(t, x, tc.q)
			if diff := cmp.Diff(tc.want, got); diff != "" || total != tc.total {
				t.Errorf("%s: total %d, want %d (-want +got):\n%s", name, total, tc.total, diff)
			}
		}
		totals := func(when string, files int, kinds ...index.RemarkCount) {
			t.Helper()
			got, err := x.RemarkTotals(t.Context())
			must(t, err)
			if diff := cmp.Diff(index.RemarkTotals{Files: files, Kinds: kinds}, got); diff != "" {
				t.Errorf("totals %s (-want +got):\n%s", when, diff)
			}
		}
		totals("at first", 5, index.RemarkCount{Kind: "missing", Files: 1}, index.RemarkCount{Kind: "care_date", Files: 1}, index.RemarkCount{Kind: "hole", Files: 2}, index.RemarkCount{Kind: "hour", Files: 3})

		// Read again an hour later: one is mended, one is odd otherwise, one in a root that is away.
		clock = now.Add(time.Hour)
		put("0001", "", map[string]index.Remarks{"p/3": remarks("hour", "order_number")})
		put("0002", "", map[string]index.Remarks{"p/2": remarks("hour")}, "/storage")
		got, _ := asked(t, x, index.RemarkQuestion{})
		if diff := cmp.Diff([]string{all[1], "0001 /storage p/3 hour,order_number 03:00 04:00", "0002 /storage p/2 hour 03:00 03:00"}, got); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
		totals("read again", 3, index.RemarkCount{Kind: "missing", Files: 1}, index.RemarkCount{Kind: "order_number", Files: 1}, index.RemarkCount{Kind: "hole", Files: 1}, index.RemarkCount{Kind: "hour", Files: 2})

		// What is not told keeps its remarks, what is gone does not, nor who is not linked.
		must(t, x.Put(t.Context(), index.Reading{ID: "0003", Uncertain: true}, index.Reading{ID: "0001", Uncertain: true}))
		if got, _ := asked(t, x, index.RemarkQuestion{}); len(got) != 3 {
			t.Errorf("of demographics that could not be told: %q", got)
		}
		must(t, x.Put(t.Context(), index.Reading{ID: "0003"}))
		must(t, x.Unlink(t.Context(), "0001"))
		got, _ = asked(t, x, index.RemarkQuestion{})
		if diff := cmp.Diff([]string{"0002 /storage p/2 hour 03:00 03:00"}, got); diff != "" {
			t.Errorf("gone (-want +got):\n%s", diff)
		}
		totals("of what is left", 1, index.RemarkCount{Kind: "hour", Files: 1})

		// Demographics come back as they were, under a file of another name.
		must(t, x.Put(t.Context(), index.Reading{ID: "0003", Demographics: &hanako, DemographicsRoot: "/other", DemographicsPath: "q/adt2", DemographicsRemarks: remarks("hole")}))
		clock = now.Add(2 * time.Hour)
		must(t, x.Put(t.Context(), index.Reading{ID: "0003", Demographics: &hanako, DemographicsRoot: "/other", DemographicsPath: "q/adt2", DemographicsRemarks: remarks("hour")}))
		got, _ = asked(t, x, index.RemarkQuestion{Root: "/other"})
		if diff := cmp.Diff([]string{"0003 /other q/adt2 hour 04:00 05:00"}, got); diff != "" {
			t.Errorf("again (-want +got):\n%s", diff)
		}
	})
}

// Opened again, an index has every remark with the time since when.
func TestRemarks_outliveTheProgram(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Gateway)
	open := func(at time.Time) *index.Index {
		x, err := index.Open(t.Context(), d, func() time.Time { return at })
		must(t, err)
		return x
	}
	x := open(now)
	linked(t, x, "0001")
	r := reading(x, "0001", hanako, "1", "2")
	r.Entries[1].Remarks = remarks("hour")
	must(t, x.Put(t.Context(), r))
	x = open(now.Add(time.Hour))
	must(t, x.Put(t.Context(), r))
	got, total := asked(t, x, index.RemarkQuestion{})
	if diff := cmp.Diff([]string{"0001 /storage p/2 hour 03:00 04:00"}, got); diff != "" || total != 1 {
		t.Errorf("total %d (-want +got):\n%s", total, diff)
	}
}

// The center is told nothing of remarks, and not again of a document for them.
func TestRemarks_areNotToldToTheCenter(t *testing.T) {
	each(t, func(t *testing.T, x *index.Index, _ *db.DB) {
		linked(t, x, "0001", "1")
		before, err := x.Seq(t.Context())
		must(t, err)
		r := reading(x, "0001", hanako, "1")
		r.Entries[0].Remarks = remarks("hour")
		must(t, x.Put(t.Context(), r))
		if after, err := x.Seq(t.Context()); err != nil || after != before {
			t.Errorf("the log went from %d to %d for a remark, %v", before, after, err)
		}
		if got, _ := asked(t, x, index.RemarkQuestion{}); len(got) != 1 {
			t.Errorf("remarked: %q", got)
		}
	})
}
