package wareki

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

var (
	eraForm     = regexp.MustCompile(`^(明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHR])(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?$`)
	eraCompact  = regexp.MustCompile(`^(明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHR])(\d{2})(\d{2})(\d{2})$`)
	westForm    = regexp.MustCompile(`^(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?$`)
	westCompact = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
)

// maxInput bounds what [ParseDate] looks at; no date is longer.
const maxInput = 64

// asTyped are the keys that give other characters while a Japanese input method is on.
var asTyped = strings.NewReplacer("。", ".", "、", ".", "・", "/", "ー", "-", "−", "-", "‐", "-", "–", "-")

// ParseDate reads a date in any form that staff write: 1960-04-01, 19600401, 1960/4/1,
// 1960年4月1日, S35.4.1, s350401, 昭35.4.1, 昭和35年4月1日, 令和元年5月1日; full-width
// digits and letters, spaces, and what an input method makes of the marks are welcome.
// Whether a date may lie in the future is the caller's to say.
//
// Errors are of kind invalid with a key:
//
//	date.unreadable    no form of a date; parameter input
//	date.impossible    the calendar has no such day (30 February); parameter date
//	date.outside_era   the era does not have the day (S64.1.8); parameters era and
//	                   reading, the day in both calendars as it was probably meant
func ParseDate(input string) (Date, error) {
	if len(input) > maxInput {
		return Date{}, fault.WithKey(fault.Invalid, "date.unreadable", map[string]any{"input": "…"})
	}
	s := asTyped.Replace(strings.ToUpper(norm.NFKC.String(input)))
	s = strings.Join(strings.Fields(s), "")
	for _, form := range []*regexp.Regexp{eraForm, eraCompact} {
		if m := form.FindStringSubmatch(s); m != nil {
			return fromEra(m[1], m[2], m[3], m[4])
		}
	}
	for _, form := range []*regexp.Regexp{westForm, westCompact} {
		if m := form.FindStringSubmatch(s); m != nil {
			return Of(number(m[1]), time.Month(number(m[2])), number(m[3]))
		}
	}
	return Date{}, fault.WithKey(fault.Invalid, "date.unreadable", map[string]any{"input": input})
}

func fromEra(name, year, month, day string) (Date, error) {
	n := 1
	if year != "元" {
		n = number(year)
	}
	for _, e := range eras {
		if !strings.HasPrefix(e.name, name) && name != string(e.letter) {
			continue
		}
		d, err := Of(e.first.Year+n-1, time.Month(number(month)), number(day))
		if err != nil {
			return Date{}, err
		}
		if got, gotYear, ok := eraOf(d); !ok || got.name != e.name || gotYear != n {
			return Date{}, fault.WithKey(fault.Invalid, "date.outside_era", map[string]any{"era": e.name, "reading": d.Both()})
		}
		return d, nil
	}
	return Date{}, fault.WithKey(fault.Invalid, "date.unreadable", nil)
}

// number converts digits that a pattern has bounded; month and day out of range are Of's to refuse.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
