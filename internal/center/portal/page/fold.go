package page

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Rows are the rows of one list of a part. Of a long list a browser builds the latest only;
// what is older comes along folded, by year or by day, as text that costs it nothing until
// somebody opens it.
type Rows[T any] struct {
	Shown  []T
	Folded []Fold[T]
}

// Fold is what a list has of one year or day, but for what is shown of it.
type Fold[T any] struct {
	Of   string // YYYY or YYYYMMDD
	Sort string // of its first row
	Last string // the last day on which any of its rows still held, YYYY-MM-DD; empty: none goes on
	Rows []T
}

// unfolded is how many rows a list may have before what is older is folded, and
// unfoldedMonths how far back drugs are shown in any case: the year that a page begins with,
// and a little. A day is of a monitor if it has more than denseDay rows, more than one an hour.
const (
	unfolded       = 500
	unfoldedMonths = 13
	denseDay       = 24
)

// What the place of a row begins with, which is a time.
const (
	ofYear = len("YYYY")
	ofDay  = len("YYYYMMDD")
)

// placed is a row that knows its place among the others and until when it held.
type placed interface{ place() (sort, last string) }

func (r MedicationRow) place() (sort, last string) { return r.Sort, r.Last }
func (r InjectionRow) place() (sort, last string)  { return r.Sort, r.Last }
func (r VitalRow) place() (sort, last string)      { return r.Sort, "" }

// fold folds rows, which come in any order, by the beginning of their places, as much of it as
// by tells. Those that have none are shown.
func fold[T placed](rows []T, by func(sort string) int, shown func(sort, last string) bool) Rows[T] {
	if len(rows) <= unfolded {
		return Rows[T]{Shown: rows}
	}
	var out Rows[T]
	at := map[string]int{}
	for _, r := range rows {
		sort, last := r.place()
		if len(sort) < ofDay || shown(sort, last) {
			out.Shown = append(out.Shown, r)
			continue
		}
		of := sort[:by(sort)]
		i, ok := at[of]
		if !ok {
			i = len(out.Folded)
			at[of] = i
			out.Folded = append(out.Folded, Fold[T]{Of: of})
		}
		f := &out.Folded[i]
		f.Rows, f.Sort, f.Last = append(f.Rows, r), max(f.Sort, sort), max(f.Last, last)
	}
	slices.SortFunc(out.Folded, func(a, b Fold[T]) int { return strings.Compare(b.Of, a.Of) })
	return out
}

// foldYears folds the years before the last [unfoldedMonths], but for what goes on in these.
func foldYears[T placed](rows []T, today wareki.Date) Rows[T] {
	since := wareki.On(today.Midnight().AddDate(0, -unfoldedMonths, 0))
	return fold(rows, func(string) int { return ofYear }, func(sort, last string) bool { return sort[:ofDay] >= since.Compact() || last >= since.String() })
}

// foldVitals folds what was measured, which is newest first: days of a monitor, which measures
// every minute, each for itself, and what is left by the year. Shown are the last day and,
// whole, those before it that have room.
func foldVitals(rows []VitalRow) Rows[VitalRow] {
	perDay := map[string]int{}
	for _, r := range rows {
		perDay[r.Sort[:min(ofDay, len(r.Sort))]]++
	}
	by := func(sort string) int {
		if perDay[sort[:ofDay]] > denseDay {
			return ofDay
		}
		return ofYear
	}
	return fold(rows, by, func(sort, _ string) bool {
		newest, full := rows[0].Sort, rows[unfolded].Sort
		return len(newest) < ofDay || len(full) < ofDay || sort[:ofDay] == newest[:ofDay] || sort[:ofDay] > full[:ofDay]
	})
}

// FoldMedications, FoldInjections and FoldVitals are the lists of a part as a page shows them.
func (p Part) FoldMedications() Rows[MedicationRow] { return foldYears(p.Medications, wareki.On(p.At)) }
func (p Part) FoldInjections() Rows[InjectionRow]   { return foldYears(p.Injections, wareki.On(p.At)) }
func (p Part) FoldVitals() Rows[VitalRow]           { return foldVitals(p.VitalRows) }
