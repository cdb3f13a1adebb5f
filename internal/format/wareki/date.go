// Package wareki reads and writes calendar dates the way hospitals in Japan do: in
// the western calendar and in Japanese eras (和暦).
//
// The eras are those of law since the calendar reform of 1873-01-01 (Meiji 6): Taishō
// from 1912-07-30, Shōwa from 1926-12-25, Heisei from 1989-01-08, Reiwa from 2019-05-01.
package wareki

import (
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Date is a day of the Gregorian calendar. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of makes a date and refuses days that the calendar does not have.
func Of(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if y, m, d := t.Date(); y != year || m != month || d != day {
		return Date{}, fault.WithKey(fault.Invalid, "date.impossible", map[string]any{"date": fmt.Sprintf("%d-%d-%d", year, month, day)})
	}
	return Date{year, month, day}, nil
}

// On gives the day on which an instant falls in Japan.
func On(at time.Time) Date {
	y, m, d := at.In(japan).Date()
	return Date{y, m, d}
}

var japan = time.FixedZone("JST", 9*60*60)

// ParseISO reads YYYY-MM-DD and nothing else.
func ParseISO(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fault.New(fault.Invalid, "date %q is not YYYY-MM-DD", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// ParseCompact reads YYYYMMDD and nothing else.
func ParseCompact(s string) (Date, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return Date{}, fault.New(fault.Invalid, "date %q is not YYYYMMDD", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// IsZero reports whether it is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String gives YYYY-MM-DD, and nothing for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Compact gives YYYYMMDD, and nothing for no date.
func (d Date) Compact() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day)
}

// Compare is negative, zero or positive as d is before, on or after e.
func (d Date) Compare(e Date) int { return d.midnight().Compare(e.midnight()) }

// After reports whether d comes after e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Before reports whether d comes before e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// AddDays gives the day n days later.
func (d Date) AddDays(n int) Date {
	y, m, day := d.midnight().AddDate(0, 0, n).Date()
	return Date{y, m, day}
}

// DaysUntil counts the days from d to e.
func (d Date) DaysUntil(e Date) int {
	return int(e.midnight().Sub(d.midnight()).Hours() / 24)
}

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
