package story

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Day counts days from 1970-01-01 in Japan.
type Day int

// forever is the end of what goes on.
const forever Day = 1 << 30

var japan = time.FixedZone("JST", 9*60*60)

// DayOf gives the day of a date.
func DayOf(d wareki.Date) Day {
	return Day(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Date gives the date of a day.
func (d Day) Date() wareki.Date {
	t := time.Unix(int64(d)*86400, 0).UTC()
	return wareki.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}

// At gives an instant of the day.
func (d Day) At(hour, minute int) time.Time {
	date := d.Date()
	return time.Date(date.Year, date.Month, date.Day, hour, minute, 0, 0, japan)
}

// months gives the day so many months later, or earlier if negative.
func (d Day) months(n int) Day {
	date := d.Date()
	return DayOf(wareki.Date{Year: date.Year, Month: date.Month + time.Month(n), Day: min(date.Day, 28)})
}

// workday moves a day to one on which outpatients are seen: no weekend, no days
// around New Year. It never moves backwards, so that gaps stay positive.
func (d Day) workday() Day {
	for {
		t := d.At(12, 0)
		newYear := t.Month() == time.December && t.Day() >= 29 || t.Month() == time.January && t.Day() <= 3
		if t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !newYear {
			return d
		}
		d++
	}
}

// next gives the next day with the month and day of the calendar, d included.
func (d Day) next(month time.Month, day int) Day {
	date := d.Date()
	on := DayOf(wareki.Date{Year: date.Year, Month: month, Day: day})
	if on < d {
		on = DayOf(wareki.Date{Year: date.Year + 1, Month: month, Day: day})
	}
	return on
}
