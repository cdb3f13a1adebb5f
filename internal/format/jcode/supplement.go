package jcode

import (
	"fmt"
	"strings"
)

// supplement reads a supplement to a usage: on which days, or how a day's doses differ.
//
//	I1100000  1 day on, 1 day off         W0100100  a flag per weekday from Sunday
//	CW100000  once a week                 D0AK0000  days of the month, 1-9 then A = 10
//	V13NNNNN  the first dose of a day is 3 units
func supplement(code string) (Words, bool) {
	switch {
	case code[0] == 'I':
		return daysOnOff(code)
	case code[0] == 'W':
		return weekdaysOf(code)
	case strings.HasPrefix(code, "CW"):
		return timesAWeek(code)
	case strings.HasPrefix(code, "D0"):
		return daysOfMonth(code)
	case code[0] == 'V' && code[3:] == "NNNNN":
		return unevenDose(code)
	}
	return Words{}, false
}

func isCount(digit byte) bool { return digit >= '1' && digit <= '9' }

func daysOnOff(code string) (Words, bool) {
	on, off := code[1], code[2]
	if !isCount(on) || !isCount(off) || !unused(code[3:]) {
		return Words{}, false
	}
	if on == '1' && off == '1' {
		return Words{"隔日", "every other day"}, true
	}
	return Words{fmt.Sprintf("%c日投与%c日休薬", on, off), fmt.Sprintf("days on: %c, days off: %c", on, off)}, true
}

var weekdays = [7]Words{{"日", "Sun"}, {"月", "Mon"}, {"火", "Tue"}, {"水", "Wed"}, {"木", "Thu"}, {"金", "Fri"}, {"土", "Sat"}}

func weekdaysOf(code string) (Words, bool) {
	var ja, en []string
	for i, day := range weekdays {
		switch code[1+i] {
		case '0':
		case '1':
			ja, en = append(ja, day.JA), append(en, day.EN)
		default:
			return Words{}, false
		}
	}
	if len(ja) == 0 {
		return Words{}, false
	}
	return Words{"毎週" + strings.Join(ja, "・") + "曜日", "every " + strings.Join(en, ", ")}, true
}

func timesAWeek(code string) (Words, bool) {
	n := code[2]
	if n < '1' || n > '7' || !unused(code[3:]) {
		return Words{}, false
	}
	en := string(n) + " times a week"
	switch n {
	case '1':
		en = "once a week"
	case '2':
		en = "twice a week"
	}
	return Words{fmt.Sprintf("週%c回", n), en}, true
}

func daysOfMonth(code string) (Words, bool) {
	var ja, en []string
	last := 0
	for _, c := range []byte(strings.TrimRight(code[2:], "0")) {
		day := int(c - '0')
		if c >= 'A' {
			day = int(c-'A') + 10
		}
		if day <= last || day > 31 {
			return Words{}, false
		}
		last = day
		ja, en = append(ja, fmt.Sprintf("%d日", day)), append(en, fmt.Sprint(day))
	}
	if len(ja) == 0 {
		return Words{}, false
	}
	days := "day "
	if len(en) > 1 {
		days = "days "
	}
	return Words{"毎月" + strings.Join(ja, "・"), days + strings.Join(en, ", ") + " of the month"}, true
}

func unevenDose(code string) (Words, bool) {
	nth, amount := code[1], code[2]
	if !isCount(nth) || !isCount(amount) {
		return Words{}, false
	}
	return Words{fmt.Sprintf("不均等 %c回目 %c単位量", nth, amount), fmt.Sprintf("uneven doses: no. %c is %c", nth, amount)}, true
}
