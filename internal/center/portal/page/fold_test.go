package page

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// A year that is folded hides its rows until somebody opens it: none may be lost, and what
// is taken now must not be among them.
func TestFold(t *testing.T) {
	today := wareki.Date{Year: 2026, Month: time.November, Day: 28}
	row := func(ago, days int) MedicationRow {
		day := today.AddDays(-ago)
		return MedicationRow{Sort: day.Compact() + "0000|x", Last: day.AddDays(days).String()}
	}
	var rows []MedicationRow
	for i := range unfolded {
		rows = append(rows, row(10*i, 9))
	}
	if got := foldYears(rows, today); len(got.Shown) != unfolded || got.Folded != nil {
		t.Errorf("of %d rows %d are shown and %d years folded", unfolded, len(got.Shown), len(got.Folded))
	}
	rows = append(rows, row(3000, 3100)) // still taken
	got := foldYears(rows, today)
	if len(got.Shown) != 42 { // 40 of thirteen months, one that reaches into them, and that one
		t.Errorf("%d rows are shown, want those of thirteen months and what reaches into them", len(got.Shown))
	}
	n, before := len(got.Shown), "9999"
	for _, y := range got.Folded {
		n += len(y.Rows)
		if y.Of >= before || y.Sort[:4] != y.Of || len(y.Rows) == 0 {
			t.Errorf("year %s after %s, from %s, %d rows", y.Of, before, y.Sort, len(y.Rows))
		}
		before = y.Of
		for _, r := range y.Rows {
			if r.Sort[:4] != y.Of || r.Last > y.Last || r.Sort > y.Sort {
				t.Errorf("%s of %s, folded into %s, %s until %s", r.Sort, r.Last, y.Of, y.Sort, y.Last)
			}
		}
	}
	if n != len(rows) {
		t.Errorf("%d of %d rows", n, len(rows))
	}
	undated := make([]MedicationRow, unfolded+1)
	if got := foldYears(undated, today); len(got.Shown) != len(undated) {
		t.Error("rows without a day are folded: " + fmt.Sprint(len(got.Folded)))
	}
}

// A monitor measures every minute: the last day is there, and as many before it as have room;
// what a ward measures three times a day is not one row for each day.
func TestFoldVitals(t *testing.T) {
	rows := func(perDay ...int) (out []VitalRow) {
		for ago, n := range perDay {
			day := wareki.Date{Year: 2026, Month: time.November, Day: 28}.AddDays(-ago)
			for i := range n {
				out = append(out, VitalRow{Sort: fmt.Sprintf("%s%04d|x", day.Compact(), 2400-i)})
			}
		}
		return out
	}
	for name, tc := range map[string]struct {
		rows   []VitalRow
		shown  int
		folded string
	}{
		"few":                           {rows(3, 3), 6, ""},
		"the last day is dense":         {rows(1440, 1440, 4), 1440, "20261127:1440 2026:4 "},
		"days that have room":           {rows(200, 200, 200, 1), 400, "20261126:200 2026:1 "},
		"a day before which is no room": {rows(4, 1440), 4, "20261127:1440 "},
		"a ward":                        {rows(slices.Repeat([]int{3}, 300)...), 498, "2026:402 "},
		"of which no day is known":      {make([]VitalRow, unfolded+1), unfolded + 1, ""},
	} {
		got := foldVitals(tc.rows)
		folded := ""
		for _, f := range got.Folded {
			folded += fmt.Sprintf("%s:%d ", f.Of, len(f.Rows))
		}
		if len(got.Shown) != tc.shown || folded != tc.folded {
			t.Errorf("%s: %d rows shown, folded %q", name, len(got.Shown), folded)
		}
	}
}
