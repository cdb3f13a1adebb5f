package jcode

import "strings"

// NotDaily reports whether a usage says that a drug is taken on some days only: every other
// day, on weekdays, once in so many weeks (supplements of JAMI's usages, repeat patterns of
// HL7 and MERIT-9). Its number of days may then be that of the days on which it is taken.
func NotDaily(system, code string) bool {
	switch system {
	case "HL70335", "MR9P":
		return repeatsNotDaily(strings.TrimPrefix(code, "PRN"))
	}
	if len(code) != 8 {
		return false
	}
	_, known := supplement(code)
	return known && code[0] != 'V'
}

func repeatsNotDaily(pattern string) bool {
	rest, ok := strings.CutPrefix(pattern, "Q")
	switch {
	case pattern == "QOD":
		return true
	case !ok || len(rest) < 2:
		return false
	case strings.Contains(rest, "J"):
		return true
	}
	n, ok := number(rest[:len(rest)-1])
	unit := rest[len(rest)-1]
	return ok && (unit == 'W' || unit == 'L' || unit == 'D' && n > 1)
}
