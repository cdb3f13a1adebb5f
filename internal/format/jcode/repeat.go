package jcode

import (
	"fmt"
	"strconv"
	"strings"
)

// repeats are the patterns of HL7 v2.5 table 0335 that are one word each. Meals are
// M (mane), D (dies) and V (vesper); A, P and I are before, after and between.
var repeats = map[string]Words{
	"BID":    {"1日2回", "twice a day"},
	"TID":    {"1日3回", "3 times a day"},
	"QID":    {"1日4回", "4 times a day"},
	"QAM":    {"毎朝", "every morning"},
	"QPM":    {"毎夕", "every evening"},
	"QHS":    {"毎日就寝前", "every day at bedtime"},
	"HS":     {"就寝前", "at bedtime"},
	"QOD":    {"隔日", "every other day"},
	"QSHIFT": {"勤務交代ごと", "during each shift"},
	"C":      {"持続", "continuously"},
	"Once":   {"1回のみ", "once only"},
	"ONCE":   {"1回のみ", "once only"},
	"AC":     {"食前", "before meals"},
	"PC":     {"食後", "after meals"},
	"IC":     {"食間", "between meals"},
	"ACM":    {"朝食前", "before breakfast"},
	"ACD":    {"昼食前", "before lunch"},
	"ACV":    {"夕食前", "before supper"},
	"PCM":    {"朝食後", "after breakfast"},
	"PCD":    {"昼食後", "after lunch"},
	"PCV":    {"夕食後", "after supper"},
}

// prnReasons are the reasons of as-needed usages in MERIT-9 (MR9P): PRNpain.
var prnReasons = map[string]Words{
	"pain":  {"疼痛時", "when in pain"},
	"fever": {"発熱時", "when feverish"},
}

// IsPRN reports whether a repeat pattern is one of as-needed usage (頓用), be its words
// understood or not: PRN alone, with a pattern or with a reason behind it.
func IsPRN(code string) bool { return strings.HasPrefix(code, "PRN") }

// Repeat gives the words of a repeat pattern as TQ1-3 has it (繰返しパターン, HL7 v2.5
// table 0335): Q6H is 6時間ごと, QJ1 毎週月曜日, PRNQ6H 必要時 6時間ごと. Like a usage
// code it is understood whole or not at all.
func Repeat(code string) (Words, bool) {
	if rest, ok := strings.CutPrefix(code, "PRN"); ok {
		return prn(rest)
	}
	if w, ok := repeats[code]; ok {
		return w, true
	}
	if n, ok := number(strings.TrimSuffix(code, "ID")); ok && n > 1 && strings.HasSuffix(code, "ID") {
		return Words{fmt.Sprintf("1日%d回", n), fmt.Sprintf("%d times a day", n)}, true
	}
	if rest, ok := strings.CutPrefix(code, "Q"); ok {
		return every(rest)
	}
	return Words{}, false
}

func prn(rest string) (Words, bool) {
	needed := events["W1"]
	if rest == "" {
		return needed, true
	}
	if w, ok := prnReasons[rest]; ok {
		return w, true
	}
	if IsPRN(rest) {
		return Words{}, false
	}
	w, ok := Repeat(rest)
	if !ok {
		return Words{}, false
	}
	return Words{needed.JA + " " + w.JA, needed.EN + ", " + w.EN}, true
}

// every reads what is behind Q: a number with a unit, or J with a day of the week from
// Monday on.
func every(rest string) (Words, bool) {
	if before, day, ok := strings.Cut(rest, "J"); ok {
		return everyWeekday(before, day)
	}
	if len(rest) < 2 {
		return Words{}, false
	}
	n, ok := number(rest[:len(rest)-1])
	unit, known := map[byte][3]string{
		'S': {"秒", "second", "seconds"}, 'M': {"分", "minute", "minutes"}, 'H': {"時間", "hour", "hours"},
		'D': {"日", "day", "days"}, 'W': {"週", "week", "weeks"}, 'L': {"か月", "month", "months"},
	}[rest[len(rest)-1]]
	switch {
	case !ok || !known:
		return Words{}, false
	case n == 1 && unit[0] == "日":
		return Words{"毎日", "every day"}, true
	case n == 1:
		return Words{"1" + unit[0] + "ごと", "every " + unit[1]}, true
	}
	return Words{fmt.Sprintf("%d%sごと", n, unit[0]), fmt.Sprintf("every %d %s", n, unit[2])}, true
}

func everyWeekday(weeks, day string) (Words, bool) {
	d, ok := number(day)
	n := 1
	if weeks != "" {
		var counts bool
		n, counts = number(weeks)
		ok = ok && counts
	}
	if !ok || d > 7 {
		return Words{}, false
	}
	on := weekdays[d%7] // from Sunday on there, from Monday on here
	if n == 1 {
		return Words{"毎週" + on.JA + "曜日", "every " + on.EN}, true
	}
	return Words{fmt.Sprintf("%d週ごとの%s曜日", n, on.JA), fmt.Sprintf("every %d weeks on %s", n, on.EN)}, true
}

// number reads a count of one to three digits.
func number(s string) (int, bool) {
	if s == "" || len(s) > 3 || s[0] == '0' || !digits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// UsageOf gives the words of a usage in the system that it is of, or else the text that
// came with it, in both languages: JAMI standard usages, and repeat patterns of HL7 and
// MERIT-9. A short code of no system may be anybody's. Of an injection's JAMI code alone
// the way is said, with the code, whose timing is not read.
func UsageOf(system, code, text string) Words {
	switch system {
	case "HL70335", "MR9P":
		if w, ok := Repeat(code); ok {
			return w
		}
	}
	if way, ok := injected(system, code); ok && (text == "" || text == code) {
		return Words{way.JA + "（用法コード " + code + "）", way.EN + " (usage code " + code + ")"}
	}
	return UsageOr(code, text)
}

// injected gives the way of a usage of injections or instillations.
func injected(system, code string) (way Words, ok bool) {
	if system != "JAMISDP01" || len(code) != 16 || !alphanumeric(code) {
		return Words{}, false
	}
	way, ok = injectedWays[code[:2]]
	return way, ok
}
