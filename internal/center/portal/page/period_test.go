package page

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// dated gives n items of each day, counted back from the 28th of November 2026; a negative
// number of days ago means no day.
func dated(n int, daysAgo ...int) []catalog.Item {
	var out []catalog.Item
	for _, ago := range daysAgo {
		day := wareki.Date{Year: 2026, Month: time.November, Day: 28}.AddDays(-ago).Compact()
		if ago < 0 {
			day = ""
		}
		for range n {
			out = append(out, catalog.Item{Item: wire.Item{Date: day}})
		}
	}
	return out
}

// standing makes lists of diseases of them.
func standing(items []catalog.Item) []catalog.Item {
	for i := range items {
		items[i].Kind = clinical.KindCondition
	}
	return items
}

func TestNewPeriod(t *testing.T) {
	for name, tc := range map[string]struct {
		items   []catalog.Item
		asked   string
		since   string
		hidden  int
		choices []PeriodChoice
	}{
		"a small record comes whole":           {dated(atOnce, 9000), "", "", 0, nil},
		"and so does what has no day":          {dated(2*atOnce, -1), "", "", 0, nil},
		"and what stands":                      {standing(dated(2*atOnce, 9000)), "", "", 0, nil},
		"the longest that can be had at once":  {dated(200, 1, 500, 1500, 5000), "", "20231128", 400, []PeriodChoice{{"1y", 200, false}, {"3y", 400, true}, {"10y", 600, false}, {"all", 800, false}}},
		"what was asked for":                   {dated(200, 1, 500, 1500, 5000), "10y", "20161128", 200, []PeriodChoice{{"1y", 200, false}, {"3y", 400, false}, {"10y", 600, true}, {"all", 800, false}}},
		"all of it":                            {dated(200, 1, 500, 1500, 5000), "all", "", 0, []PeriodChoice{{"1y", 200, false}, {"3y", 400, false}, {"10y", 600, false}, {"all", 800, true}}},
		"what nobody offers is not asked for":  {dated(200, 1, 500, 1500, 5000), "2y", "20231128", 400, []PeriodChoice{{"1y", 200, false}, {"3y", 400, true}, {"10y", 600, false}, {"all", 800, false}}},
		"too much in any: a year":              {dated(900, 1, 120, 300, 400), "", "20251128", 900, []PeriodChoice{{"3m", 900, false}, {"6m", 1800, false}, {"1y", 2700, true}, {"all", 3600, false}}},
		"months, if they were asked for":       {dated(900, 1, 120, 300, 400), "3m", "20260828", 2700, []PeriodChoice{{"3m", 900, true}, {"6m", 1800, false}, {"1y", 2700, false}, {"all", 3600, false}}},
		"all but what is months old":           {dated(900, 1, 120), "", "", 0, []PeriodChoice{{"3m", 900, false}, {"all", 1800, true}}},
		"nothing for years: the first of them": {dated(900, 1000, 5000), "", "20161128", 900, []PeriodChoice{{"10y", 900, true}, {"all", 1800, false}}},
		"nothing for ten years: all":           {dated(900, 5000), "", "", 0, nil},
		"the day itself belongs to the period": {dated(300, 365, 366, 4000), "1y", "20251128", 600, []PeriodChoice{{"1y", 300, true}, {"10y", 600, false}, {"all", 900, false}}},
		"what is planned is not left out":      {append(dated(300, 1, 4000), catalog.Item{Item: wire.Item{Date: "20270101"}}), "", "20161128", 300, []PeriodChoice{{"10y", 301, true}, {"all", 601, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewPeriod(tc.items, tc.asked, wareki.Date{Year: 2026, Month: time.November, Day: 28})
			since := ""
			if !got.Since.IsZero() {
				since = got.Since.Compact()
			}
			if since != tc.since || got.Hidden != tc.hidden {
				t.Errorf("since %q, %d hidden, want %q and %d", since, got.Hidden, tc.since, tc.hidden)
			}
			if diff := cmp.Diff(tc.choices, got.Choices); diff != "" {
				t.Errorf("choices (-want +got):\n%s", diff)
			}
		})
	}
}
