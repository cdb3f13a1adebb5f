package page

import (
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Period is how far back a page fetches the content of a record. Most records are small
// enough to be fetched whole, and then it is zero. One of twenty years has thousands of
// documents, which take a hospital many seconds to read and a browser to draw; the page
// begins with the latest and says what it leaves out.
type Period struct {
	Since   wareki.Date // what is older is not fetched, unless it stands; zero: all is
	Hidden  int         // how many documents that leaves out
	Choices []PeriodChoice
}

// PeriodChoice is a period to choose.
type PeriodChoice struct {
	Key       string // of "period." in the texts, and in the address
	Documents int    // with a care date in the period
	Chosen    bool
}

// atOnce is how many documents a page fetches without being asked to.
const atOnce = 500

const everything = "all"

// periods are what there is to choose from, the shortest first.
var periods = []struct {
	key           string
	years, months int
}{{"3m", 0, 3}, {"6m", 0, 6}, {"1y", 1, 0}, {"2y", 2, 0}, {"3y", 3, 0}, {"5y", 5, 0}, {"10y", 10, 0}}

// NewPeriod chooses a period for what exists: the one that was asked for by its key, else
// the longest that can be had at once, but no less than a year: what was prescribed for
// months must be seen while it is taken. What stands, as a list of allergies, is never left out ([wire.Item.Standing]).
func NewPeriod(items []catalog.Item, asked string, today wareki.Date) Period {
	days := make([]string, 0, len(items))
	for _, it := range items {
		if it.Date != "" && !it.Standing() {
			days = append(days, it.Date)
		}
	}
	if len(days) <= atOnce {
		return Period{}
	}
	var p Period
	since := map[string]wareki.Date{}
	aYearAgo, chosen := wareki.On(today.Midnight().AddDate(-1, 0, 0)), ""
	for _, span := range periods {
		begin := wareki.On(today.Midnight().AddDate(-span.years, -span.months, 0))
		n := 0
		for _, day := range days {
			if day >= begin.Compact() {
				n++
			}
		}
		if n == 0 || n == len(days) {
			continue
		}
		if last := len(p.Choices) - 1; last >= 0 && p.Choices[last].Documents == n {
			p.Choices = p.Choices[:last] // this one says more
		}
		since[span.key] = begin
		p.Choices = append(p.Choices, PeriodChoice{Key: span.key, Documents: n})
	}
	if len(p.Choices) == 0 {
		return Period{} // all of it is older than any of them, or younger
	}
	for _, c := range p.Choices {
		if enough := !since[c.Key].After(aYearAgo); enough && (chosen == "" || c.Documents <= atOnce) {
			chosen = c.Key
		}
	}
	p.Choices = append(p.Choices, PeriodChoice{Key: everything, Documents: len(days)})
	offered := slices.ContainsFunc(p.Choices, func(c PeriodChoice) bool { return c.Key == asked })
	switch {
	case offered:
		chosen = asked
	case chosen == "":
		chosen = everything
	}
	for i := range p.Choices {
		c := &p.Choices[i]
		if c.Chosen = c.Key == chosen; c.Chosen {
			p.Since, p.Hidden = since[chosen], len(days)-c.Documents
		}
	}
	return p
}
