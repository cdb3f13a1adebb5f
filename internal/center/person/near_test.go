package person_test

import (
	"slices"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

func TestNearBirths(t *testing.T) {
	date := func(s string) wareki.Date {
		d, err := wareki.ParseISO(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	today := date("2026-11-25")
	for _, tc := range []struct {
		name, born, other string
		want              bool
	}{
		{"a day", "1948-03-09", "1948-03-10", true},
		{"a figure of the day", "1948-03-09", "1948-03-19", true},
		{"a month", "1948-03-09", "1948-08-09", true},
		{"a figure of the year", "1948-03-09", "1943-03-09", true},
		{"a year, two figures", "1959-03-09", "1960-03-09", true},
		{"day and month swapped", "1948-03-09", "1948-09-03", true},
		{"over the end of a month", "1948-02-29", "1948-03-01", true},
		{"over the end of a year", "1948-12-31", "1949-01-01", true},

		{"the same", "1948-03-09", "1948-03-09", false},
		{"day and month", "1948-03-09", "1948-04-10", false},
		{"two figures of the year", "1948-03-09", "1951-03-09", false},
		{"another century", "1948-03-09", "1848-03-09", false},
		{"the future", "2026-11-20", "2026-12-20", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			near := person.NearBirths(date(tc.born), today)
			if got := slices.Contains(near, date(tc.other)); got != tc.want {
				t.Errorf("%s near %s: %v, want %v", tc.other, tc.born, got, tc.want)
			}
			if len(near) > 90 {
				t.Errorf("%d days: too many to ask for at once", len(near))
			}
		})
	}
}
