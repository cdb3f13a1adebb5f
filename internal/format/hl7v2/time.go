package hl7v2

import (
	"strings"
	"time"
)

// Precision says how much of a time its writer knew.
type Precision int

const (
	PrecisionNone Precision = iota
	PrecisionYear
	PrecisionMonth
	PrecisionDay
	PrecisionHour
	PrecisionMinute
	PrecisionSecond
	PrecisionFraction
)

// jst is the zone of times without a zone: Japan has one and no summer time.
var jst = time.FixedZone("JST", 9*60*60)

// Time is a time stamp (TS, DT; HL7 v2.5 2.A.79) as its writer wrote it. Hours
// 24-47 mean the next day and are kept; parts that are not known are 0.
type Time struct {
	Raw                  string
	Precision            Precision
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanosecond           int
	Zone                 string // +HHMM, empty: Japan Standard Time
}

// ParseTime reads YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+ZZZZ]. Month or day 00 mean
// "not known" and end the precision there. The empty string is the zero Time.
func ParseTime(s string) (Time, error) {
	t := Time{Raw: s}
	if s == "" {
		return t, nil
	}
	digits := s
	if i := zoneOf(s); i >= 0 {
		digits, t.Zone = s[:i], s[i:]
		if !isZone(t.Zone) {
			return Time{}, badTime("zone is not +HHMM")
		}
	}
	digits, fraction, fractional := strings.Cut(digits, ".")
	if !allDigits(digits) || len(digits) < 4 || len(digits) > 14 || len(digits)%2 != 0 {
		return Time{}, badTime("not YYYY[MM[DD[HH[MM[SS]]]]]")
	}
	if fractional && (len(digits) != 14 || !allDigits(fraction) || len(fraction) > 9) {
		return Time{}, badTime("fraction of a second without seconds, or no digits")
	}
	t.Year, t.Precision = number(digits[:4]), PrecisionYear
	into := [...]*int{&t.Month, &t.Day, &t.Hour, &t.Minute, &t.Second}
	for i, rest := 0, digits[4:]; rest != ""; i, rest = i+1, rest[2:] {
		n, step := number(rest[:2]), &timeSteps[i]
		if n == 0 && step.low == 1 {
			return t, nil
		}
		if n < step.low || n > step.high {
			return Time{}, badTime("no such " + step.name)
		}
		*into[i], t.Precision = n, step.precision
	}
	if fractional && fraction != "" {
		t.Nanosecond = number((fraction + "000000000")[:9])
		t.Precision = PrecisionFraction
	}
	return t, t.checkDay()
}

// timeSteps are the parts behind the year.
var timeSteps = [...]struct {
	low, high int
	precision Precision
	name      string
}{
	{1, 12, PrecisionMonth, "month"},
	{1, 31, PrecisionDay, "day"},
	{0, 47, PrecisionHour, "hour"},
	{0, 59, PrecisionMinute, "minute"},
	{0, 60, PrecisionSecond, "second"},
}

// checkDay refuses the 30th of February.
func (t Time) checkDay() error {
	if t.Day > 28 && time.Date(t.Year, time.Month(t.Month), t.Day, 0, 0, 0, 0, jst).Day() != t.Day {
		return badTime("no such day in the month")
	}
	return nil
}

// badTime leaves the value out: it may be a birth date.
func badTime(cause string) error { return located(0, "", 0, "not a time: %s", cause) }

// IsZero reports that nothing was written.
func (t Time) IsZero() bool { return t.Precision == PrecisionNone }

// Instant gives the beginning of what t means, hours 24-47 on the next day; ok is
// false for the zero Time. A year alone begins on its 1st of January.
func (t Time) Instant() (at time.Time, ok bool) {
	if t.IsZero() {
		return time.Time{}, false
	}
	zone := jst
	if t.Zone != "" {
		seconds := number(t.Zone[1:3])*3600 + number(t.Zone[3:5])*60
		if t.Zone[0] == '-' {
			seconds = -seconds
		}
		zone = time.FixedZone(t.Zone, seconds)
	}
	return time.Date(t.Year, time.Month(max(1, t.Month)), max(1, t.Day), t.Hour, t.Minute, t.Second, t.Nanosecond, zone), true
}

// InJapan gives the same moment without a zone, as [jst] has it, which is how times are
// shown and compared: half past eleven at night in Greenwich is the next morning here.
// What says no hour has no zone to speak of, and hours 24-47 of Japan's own stay.
func (t Time) InJapan() Time {
	if t.Zone == "" {
		return t
	}
	digits, fraction, _ := strings.Cut(t.Raw[:len(t.Raw)-len(t.Zone)], ".")
	local := t
	if at, _ := t.Instant(); t.Precision >= PrecisionHour && t.Zone != "+0900" {
		digits = at.In(jst).Format("20060102150405")[:len(digits)]
		local.Year, local.Month, local.Day = at.In(jst).Year(), int(at.In(jst).Month()), at.In(jst).Day()
		local.Hour, local.Minute = at.In(jst).Hour(), at.In(jst).Minute()
	}
	local.Zone, local.Raw = "", digits
	if fraction != "" {
		local.Raw += "." + fraction
	}
	return local
}

// Date gives the day as written, YYYYMMDD, even where the hour belongs to the
// next one, in Japan if it was written with another zone; empty if the day is not known.
func (t Time) Date() string {
	t = t.InJapan()
	if t.Precision < PrecisionDay {
		return ""
	}
	if t.Year > 9999 || t.Year < 0 || t.Month > 99 || t.Month < 0 || t.Day > 99 || t.Day < 0 {
		return ""
	}
	var b [8]byte
	for i, n := 7, t.Year*1_00_00+t.Month*1_00+t.Day; i >= 0; i, n = i-1, n/10 {
		b[i] = '0' + byte(n%10)
	}
	return string(b[:])
}

// zoneOf gives where the zone begins, -1 without one.
func zoneOf(s string) int {
	for i := range len(s) {
		if s[i] == '+' || s[i] == '-' {
			return i
		}
	}
	return -1
}

func isZone(s string) bool {
	return len(s) == 5 && allDigits(s[1:]) && number(s[1:3]) <= 14 && number(s[3:5]) <= 59
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number reads at most nine digits.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
