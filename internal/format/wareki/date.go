// Package wareki reads and writes calendar dates the way hospitals in Japan do: in
// the western calendar and in Japanese eras (和暦).
//
// The eras are those of the imperial proclamations and, since 1979, the Era Name Act
// (元号法), each from its first day. They are told since the calendar reform of
// 1873-01-01 (Meiji 6); before it a Japanese date is no date of our calendar.
//
//	明治 M  1868-01-25, here from 1873-01-01
//	大正 T  1912-07-30
//	昭和 S  1926-12-25
//	平成 H  1989-01-08
//	令和 R  2019-05-01
//
// A date is often a date of birth: no error text holds one. What people are to read
// comes as a message key with parameters. Refused, all of kind [fault.Invalid]:
//
//	cause                                              message
//	no form of a date                                  invalid: date.unreadable
//	a day that the calendar lacks, a year below 1      invalid: date.impossible
//	a day that its era does not have                   invalid: date.outside_era
//	for [ParseISO], anything but YYYY-MM-DD            date is not YYYY-MM-DD
//	for [ParseCompact], anything but YYYYMMDD          date is not YYYYMMDD
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

// Of makes a date and refuses days that the calendar does not have, and years that
// four digits do not write. The error is of kind invalid with the key date.impossible.
func Of(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if y, m, d := t.Date(); y != year || m != month || d != day || y < 1 || y > 9999 {
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
		return Date{}, fault.New(fault.Invalid, "date is not YYYY-MM-DD")
	}
	return Of(t.Year(), t.Month(), t.Day())
}

// ParseCompact reads YYYYMMDD and nothing else.
func ParseCompact(s string) (Date, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return Date{}, fault.New(fault.Invalid, "date is not YYYYMMDD")
	}
	return Of(t.Year(), t.Month(), t.Day())
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
	const daySeconds = 24 * 60 * 60
	return int((e.midnight().Unix() - d.midnight().Unix()) / daySeconds) // a Duration ends at 292 years
}

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Midnight gives the instant at which the day begins in Japan.
func (d Date) Midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, japan) }
