package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Rows are the rows of one list of a part. Of a list of years a browser builds the latest
// only; what is older comes along folded by year, as text that costs it nothing until
// somebody opens the year.
type Rows[T any] struct {
	Shown  []T
	Folded []Year[T]
}

// Year is what a list has of one year, but for what is shown of it.
type Year[T any] struct {
	Year string // YYYY
	Sort string // of its first row
	Last string // the last day on which any of its rows still held, YYYY-MM-DD; empty: unknown
	Rows []T
}

// unfolded is how many rows a list may have before its older years are folded, and
// unfoldedMonths how far back rows are shown in any case: the year that a page begins with,
// and a little.
const (
	unfolded       = 500
	unfoldedMonths = 13
)

// placed is a row that knows its place among the others and until when it held.
type placed interface{ place() (sort, last string) }

func (r MedicationRow) place() (sort, last string) { return r.Sort, r.Last }
func (r InjectionRow) place() (sort, last string)  { return r.Sort, r.Last }

// fold folds the older years of rows, which come in any order.
func fold[T placed](rows []T, today wareki.Date) Rows[T] {
	if len(rows) <= unfolded {
		return Rows[T]{Shown: rows}
	}
	since := wareki.On(today.Midnight().AddDate(0, -unfoldedMonths, 0))
	var out Rows[T]
	at := map[string]int{}
	for _, r := range rows {
		sort, last := r.place()
		if len(sort) < 8 || sort[:8] >= since.Compact() || last >= since.String() {
			out.Shown = append(out.Shown, r)
			continue
		}
		i, ok := at[sort[:4]]
		if !ok {
			i = len(out.Folded)
			at[sort[:4]] = i
			out.Folded = append(out.Folded, Year[T]{Year: sort[:4]})
		}
		y := &out.Folded[i]
		y.Rows, y.Sort, y.Last = append(y.Rows, r), max(y.Sort, sort), max(y.Last, last)
	}
	slices.SortFunc(out.Folded, func(a, b Year[T]) int { return strings.Compare(b.Year, a.Year) })
	return out
}

// FoldMedications and FoldInjections are the lists of a part as a page shows them.
func (p Part) FoldMedications() Rows[MedicationRow] { return fold(p.Medications, wareki.On(p.At)) }
func (p Part) FoldInjections() Rows[InjectionRow]   { return fold(p.Injections, wareki.On(p.At)) }
