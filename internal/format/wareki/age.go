package wareki

import (
	"fmt"
	"time"
)

// Age counts full years on the day at, negative before birth. A year is full on the
// birthday, as charts count it; the law of 1902 has it full a day earlier. One born on
// 29 February has the birthday on 1 March in other years.
func (d Date) Age(at Date) int {
	years := at.Year - d.Year
	if at.Month < d.Month || at.Month == d.Month && at.Day < d.Day {
		years--
	}
	return years
}

// Months counts full months on the day at.
func (d Date) Months(at Date) int {
	months := (at.Year-d.Year)*12 + int(at.Month-d.Month)
	if at.Day < d.Day {
		months--
	}
	return months
}

// childYears is the age below which months are said too, newbornMonths that below which days are.
const (
	childYears    = 6
	newbornMonths = 1
)

// AgeText says the age as charts in Japan do: in days before one month, in years and
// months before six years, then in years: 12日, 0歳5か月, 3歳4か月, 66歳. It is empty
// before birth and for no date.
func (d Date) AgeText(at Date) string {
	switch months := d.Months(at); {
	case d.IsZero() || d.After(at):
		return ""
	case months < newbornMonths:
		return fmt.Sprintf("%d日", d.DaysUntil(at))
	case d.Age(at) < childYears:
		return fmt.Sprintf("%d歳%dか月", months/12, months%12)
	}
	return fmt.Sprintf("%d歳", d.Age(at))
}

// AgeEnglish says the same in English: 12 days, 5 mo, 3 y 4 mo, 66 y.
func (d Date) AgeEnglish(at Date) string {
	switch months := d.Months(at); {
	case d.IsZero() || d.After(at):
		return ""
	case months < newbornMonths && d.DaysUntil(at) == 1:
		return "1 day"
	case months < newbornMonths:
		return fmt.Sprintf("%d days", d.DaysUntil(at))
	case d.Age(at) == 0:
		return fmt.Sprintf("%d mo", months)
	case d.Age(at) < childYears:
		return fmt.Sprintf("%d y %d mo", months/12, months%12)
	}
	return fmt.Sprintf("%d y", d.Age(at))
}

// English gives 1 Apr 1960.
func (d Date) English() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d %s %d", d.Day, time.Month(d.Month).String()[:3], d.Year)
}
