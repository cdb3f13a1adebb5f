package wareki

import (
	"fmt"
	"strconv"
)

type era struct {
	name   string // 令和
	letter byte   // R
	first  Date
}

// eras, newest first.
var eras = []era{
	{"令和", 'R', Date{2019, 5, 1}},
	{"平成", 'H', Date{1989, 1, 8}},
	{"昭和", 'S', Date{1926, 12, 25}},
	{"大正", 'T', Date{1912, 7, 30}},
	{"明治", 'M', meijiYearOne},
}

// meijiYearOne makes Meiji years count right; no date before reform is an era date.
var (
	meijiYearOne = Date{1868, 1, 25}
	reform       = Date{1873, 1, 1}
)

// eraOf gives the era and its year; ok is false before the calendar reform.
func eraOf(d Date) (e era, year int, ok bool) {
	if d.Before(reform) {
		return era{}, 0, false
	}
	for _, e := range eras {
		if !d.Before(e.first) {
			return e, d.Year - e.first.Year + 1, true
		}
	}
	return era{}, 0, false
}

// Wareki gives 昭和35年4月1日, 令和元年5月1日; before 1873 the western year, as no era year is certain.
func (d Date) Wareki() string {
	if d.IsZero() {
		return ""
	}
	e, year, ok := eraOf(d)
	if !ok {
		return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
	}
	return fmt.Sprintf("%s%s年%d月%d日", e.name, eraYear(year), d.Month, d.Day)
}

func eraYear(year int) string {
	if year == 1 {
		return "元"
	}
	return strconv.Itoa(year)
}

// Western gives 1960/4/1, and nothing for no date.
func (d Date) Western() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d/%d/%d", d.Year, d.Month, d.Day)
}

// Both gives 1960/4/1 昭和35年4月1日.
func (d Date) Both() string {
	if d.IsZero() {
		return ""
	}
	return d.Western() + " " + d.Wareki()
}
