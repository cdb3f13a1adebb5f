package person

import (
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// oldest is the year before which nobody alive was born.
const oldest = 1868

// NearBirths lists the days that a slip may have made of a birth date, until today: the day
// or the month is another, one figure of the year is, day and month are swapped, or it is
// the day before or after.
func NearBirths(d, today wareki.Date) []wareki.Date {
	var out []wareki.Date
	add := func(year int, month time.Month, day int) {
		n, err := wareki.Of(year, month, day)
		if err != nil || n == d || n.Year < oldest || n.After(today) || slices.Contains(out, n) {
			return
		}
		out = append(out, n)
	}
	for day := 1; day <= 31; day++ {
		add(d.Year, d.Month, day)
	}
	for month := time.January; month <= time.December; month++ {
		add(d.Year, month, d.Day)
	}
	for place := 1; place <= 1000; place *= 10 {
		kept := d.Year - d.Year/place%10*place
		for figure := range 10 {
			add(kept+figure*place, d.Month, d.Day)
		}
	}
	for _, years := range []int{-1, 1} { // 1959, 1960: two figures
		add(d.Year+years, d.Month, d.Day)
	}
	add(d.Year, time.Month(d.Day), int(d.Month))
	for _, n := range []wareki.Date{d.AddDays(-1), d.AddDays(1)} {
		add(n.Year, n.Month, n.Day)
	}
	return out
}
