package page

import (
	"fmt"
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
	if got := fold(rows, today); len(got.Shown) != unfolded || got.Folded != nil {
		t.Errorf("of %d rows %d are shown and %d years folded", unfolded, len(got.Shown), len(got.Folded))
	}
	rows = append(rows, row(3000, 3100)) // still taken
	got := fold(rows, today)
	if len(got.Shown) != 42 { // 40 of thirteen months, one that reaches into them, and that one
		t.Errorf("%d rows are shown, want those of thirteen months and what reaches into them", len(got.Shown))
	}
	n, before := len(got.Shown), "9999"
	for _, y := range got.Folded {
		n += len(y.Rows)
		if y.Year >= before || y.Sort[:4] != y.Year || len(y.Rows) == 0 {
			t.Errorf("year %s after %s, from %s, %d rows", y.Year, before, y.Sort, len(y.Rows))
		}
		before = y.Year
		for _, r := range y.Rows {
			if r.Sort[:4] != y.Year || r.Last > y.Last || r.Sort > y.Sort {
				t.Errorf("%s of %s, folded into %s, %s until %s", r.Sort, r.Last, y.Year, y.Sort, y.Last)
			}
		}
	}
	if n != len(rows) {
		t.Errorf("%d of %d rows", n, len(rows))
	}
	undated := make([]MedicationRow, unfolded+1)
	if got := fold(undated, today); len(got.Shown) != len(undated) {
		t.Error("rows without a day are folded: " + fmt.Sprint(len(got.Folded)))
	}
}
