package jcode

import (
	"fmt"
	"strings"
)

// Usage gives the words of a JAMISDP01 usage code (標準用法コード) of 16 characters, or
// of a supplement of 8 (補足用法コード): 1013044400000000 is 1日3回 毎食後.
//
// Oral (1) and external (2) usages are read. Injection and instillation (3, 4) are
// not: how their timing is written is not published freely; [UsageOf] says their way. By
// position:
//
//	1-2   way: 10 by mouth, 2H eye drops …
//	3     kind of timing
//	4     times a day
//	5-9   kinds 1 and 6: bedtime, evening, noon, morning, on rising
//	10-   kind 1: clock times, one letter each, A = 0 h to X = 23 h
//	5-    kind 3: the same letters
//	5-6   kinds 4 and 5: the event
//
// A position that the kind does not use must be 0, and the times that are named must
// be as many as the times a day: otherwise the code is not understood.
func Usage(code string) (Words, bool) {
	if !alphanumeric(code) {
		return Words{}, false
	}
	switch len(code) {
	case 8:
		return supplement(code)
	case 16:
		return usage(code)
	}
	return Words{}, false
}

// UsageOr gives the words of the code, or else the text that came with it, in both languages.
func UsageOr(code, text string) Words {
	if w, ok := Usage(code); ok {
		return w
	}
	return Words{text, text}
}

func usage(code string) (Words, bool) {
	way, ok := ways[code[:2]]
	if !ok {
		return Words{}, false
	}
	var timing Words
	switch oral, kind, rest := code[0] == '1', code[2], code[3:]; {
	case oral && kind == '1':
		timing, ok = aroundMeals(rest)
	case oral && kind == '2':
		timing, ok = evenly(rest)
	case oral && kind == '3':
		timing, ok = byClock(rest)
	case oral && kind == '4':
		timing, ok = dailyEvent(rest)
	case kind == '5':
		timing, ok = asNeeded(rest)
	case !oral && kind == '6':
		timing, ok = dayRhythm(rest)
	case !oral && kind == '7':
		timing, ok = countOnly(rest)
	case !oral && kind == '8':
		timing, ok = everyHours(rest)
	default:
		return Words{}, false
	}
	if !ok {
		return Words{}, false
	}
	if way.IsZero() {
		return timing, true
	}
	return Words{timing.JA + " " + way.JA, way.EN + ", " + timing.EN}, true
}

// perDay is how often a day, for 1 to 9 times.
func perDay(digit byte) (n int, w Words, ok bool) {
	if digit < '1' || digit > '9' {
		return 0, Words{}, false
	}
	n = int(digit - '0')
	return n, Words{fmt.Sprintf("1日%d回", n), timesADay(digit)}, true
}

func timesADay(digit byte) string {
	switch digit {
	case '1':
		return "once a day"
	case '2':
		return "twice a day"
	}
	return string(digit) + " times a day"
}

// mealNames from the morning on; the code has them from the evening on.
var mealNames = [3]Words{{"朝", "breakfast"}, {"昼", "lunch"}, {"夕", "supper"}}

var mealRelations = map[byte]Words{
	'1': {"食前", "before"},
	'2': {"食直前", "just before"},
	'3': {"食直後", "just after"},
	'4': {"食後", "after"},
	'5': {"食後2時間", "2 hours after"},
}

// aroundMeals reads kind 1 from position 4: 1日3回 朝・夕食後と就寝前.
func aroundMeals(rest string) (Words, bool) {
	n, count, ok := perDay(rest[0])
	if !ok {
		return Words{}, false
	}
	bedtime, meals, rising := rest[1], [3]byte{rest[4], rest[3], rest[2]}, rest[5]
	var parts []Words
	named := 0
	switch rising {
	case '0':
	case '9':
		parts, named = append(parts, Words{"起床時", "on rising"}), named+1
	default:
		return Words{}, false
	}
	around, meant, ok := mealParts(meals)
	if !ok {
		return Words{}, false
	}
	parts, named = append(parts, around...), named+meant
	hours, ok := clock(rest[6:])
	if !ok {
		return Words{}, false
	}
	for _, h := range hours {
		parts, named = append(parts, hourWords(h)), named+1
	}
	switch bedtime {
	case '0':
	case '1':
		parts, named = append(parts, Words{"就寝前", "at bedtime"}), named+1
	default:
		return Words{}, false
	}
	if named != n {
		return Words{}, false
	}
	return joinTiming(count, parts), true
}

// mealParts puts meals with the same relation together: 朝・夕食後, and 毎食後 for all three.
func mealParts(relation [3]byte) (parts []Words, meals int, ok bool) {
	for i := 0; i < len(relation); {
		if relation[i] == '0' {
			i++
			continue
		}
		word, known := mealRelations[relation[i]]
		if !known {
			return nil, 0, false
		}
		var ja, en []string
		first := relation[i]
		for ; i < len(relation) && (relation[i] == first || relation[i] == '0'); i++ {
			if relation[i] == first {
				ja, en = append(ja, mealNames[i].JA), append(en, mealNames[i].EN)
			}
		}
		meals += len(ja)
		if len(ja) == len(relation) {
			parts = append(parts, Words{"毎" + word.JA, word.EN + " meals"})
			continue
		}
		parts = append(parts, Words{strings.Join(ja, "・") + word.JA, word.EN + " " + strings.Join(en, " and ")})
	}
	return parts, meals, true
}

// joinTiming puts the count before the parts of a day: two with と, more with 、.
func joinTiming(count Words, parts []Words) Words {
	var ja, en []string
	for _, p := range parts {
		ja, en = append(ja, p.JA), append(en, p.EN)
	}
	between := "、"
	if len(ja) == 2 {
		between = "と"
	}
	return Words{count.JA + " " + strings.Join(ja, between), count.EN + ", " + strings.Join(en, ", ")}
}

// evenly reads kind 2 from position 4: 1日2回 12時間ごと.
func evenly(rest string) (Words, bool) {
	n, count, ok := perDay(rest[0])
	if !ok || !unused(rest[1:]) || 24%n != 0 {
		return Words{}, false
	}
	return Words{fmt.Sprintf("%s %d時間ごと", count.JA, 24/n), fmt.Sprintf("%s, every %d hours", count.EN, 24/n)}, true
}

// byClock reads kind 3 from position 4: 1日3回 8時、15時、21時.
func byClock(rest string) (Words, bool) {
	n, count, ok := perDay(rest[0])
	if !ok {
		return Words{}, false
	}
	hours, ok := clock(rest[1:])
	if !ok || len(hours) != n {
		return Words{}, false
	}
	var parts []Words
	for _, h := range hours {
		parts = append(parts, hourWords(h))
	}
	return joinTiming(count, parts), true
}

// clock reads letters for hours up to the first unused position.
func clock(letters string) (hours []int, ok bool) {
	used := strings.TrimRight(letters, "0")
	for i := range len(used) {
		if used[i] < 'A' || used[i] > 'X' {
			return nil, false
		}
		hours = append(hours, int(used[i]-'A'))
	}
	return hours, true
}

func hourWords(h int) Words { return Words{fmt.Sprintf("%d時", h), fmt.Sprintf("at %d:00", h)} }

// dailyEvent reads kind 4 from position 4: 1日1回 空腹時.
func dailyEvent(rest string) (Words, bool) {
	_, count, ok := perDay(rest[0])
	event, known := events[rest[1:3]]
	if !ok || !known || !unused(rest[3:]) {
		return Words{}, false
	}
	return joinTiming(count, []Words{event}), true
}

// asNeeded reads kind 5 from position 4: 疼痛時. The one position that is let pass
// unread is 9: the example of the JAHIS prescription standard, 1050110020000000, has a
// 2 there and says 疼痛時, with the limit per day in a field of its own.
func asNeeded(rest string) (Words, bool) {
	event, known := events[rest[1:3]]
	if rest[0] != '0' || !known || !unused(rest[3:5]) || !digits(rest[5:6]) || !unused(rest[6:]) {
		return Words{}, false
	}
	return event, true
}

// dayRhythm reads kind 6 from position 4: 1日2回 朝と就寝前.
func dayRhythm(rest string) (Words, bool) {
	n, count, ok := perDay(rest[0])
	if !ok || !unused(rest[6:]) {
		return Words{}, false
	}
	var parts []Words
	for _, slot := range []struct {
		got, when byte
		words     Words
	}{
		{rest[5], '9', Words{"起床時", "on rising"}},
		{rest[4], '9', Words{"朝", "in the morning"}},
		{rest[3], '9', Words{"昼", "at noon"}},
		{rest[2], '9', Words{"夕", "in the evening"}},
		{rest[1], '1', Words{"就寝前", "at bedtime"}},
	} {
		switch slot.got {
		case '0':
		case slot.when:
			parts = append(parts, slot.words)
		default:
			return Words{}, false
		}
	}
	if len(parts) != n {
		return Words{}, false
	}
	return joinTiming(count, parts), true
}

// countOnly reads kind 7 from position 4: 1日3回, 1日1～2回.
func countOnly(rest string) (Words, bool) {
	_, count, ok := perDay(rest[0])
	if !ok || !unused(rest[2:]) {
		return Words{}, false
	}
	switch to := rest[1]; {
	case to == '0':
		return count, true
	case to > rest[0] && to <= '9':
		return Words{fmt.Sprintf("1日%c～%c回", rest[0], to), fmt.Sprintf("%c to %c times a day", rest[0], to)}, true
	}
	return Words{}, false
}

// everyHours reads kind 8 from position 4: 3時間ごと, 4～6時間ごと.
func everyHours(rest string) (Words, bool) {
	from, to := rest[0], rest[1]
	if from < '1' || from > '9' || !unused(rest[2:]) {
		return Words{}, false
	}
	switch {
	case to == '0' && from == '1':
		return Words{"1時間ごと", "every hour"}, true
	case to == '0':
		return Words{fmt.Sprintf("%c時間ごと", from), fmt.Sprintf("every %c hours", from)}, true
	case to > from && to <= '9':
		return Words{fmt.Sprintf("%c～%c時間ごと", from, to), fmt.Sprintf("every %c to %c hours", from, to)}, true
	}
	return Words{}, false
}

// unused reports whether the positions hold nothing.
func unused(positions string) bool { return strings.Trim(positions, "0") == "" }
