package jcode

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestUsage(t *testing.T) {
	tests := []struct {
		name, code, ja, en string
	}{
		{"all meals", "1013044400000000", "1日3回 毎食後", "3 times a day, after meals"},
		{"just before all meals", "1013022200000000", "1日3回 毎食直前", "3 times a day, just before meals"},
		{"two hours after all meals", "1013055500000000", "1日3回 毎食後2時間", "3 times a day, 2 hours after meals"},
		{"morning and evening", "1012040400000000", "1日2回 朝・夕食後", "twice a day, after breakfast and supper"},
		{"morning", "1011000400000000", "1日1回 朝食後", "once a day, after breakfast"},
		{"noon", "1011001000000000", "1日1回 昼食前", "once a day, before lunch"},
		{"evening", "1011040000000000", "1日1回 夕食後", "once a day, after supper"},
		{"bedtime", "1011100000000000", "1日1回 就寝前", "once a day, at bedtime"},
		{"rising", "1011000090000000", "1日1回 起床時", "once a day, on rising"},
		{"meals and bedtime", "1013144000000000", "1日3回 昼・夕食後と就寝前", "3 times a day, after lunch and supper, at bedtime"},
		{"four times", "1014144400000000", "1日4回 毎食後と就寝前", "4 times a day, after meals, at bedtime"},
		{"unlike relations", "1012040100000000", "1日2回 朝食前と夕食後", "twice a day, before breakfast, after supper"},
		{"a relation between two others", "1013041400000000", "1日3回 朝食後、昼食前、夕食後", "3 times a day, after breakfast, before lunch, after supper"},
		{"with a clock time", "101514440P000000", "1日5回 毎食後、15時、就寝前", "5 times a day, after meals, at 15:00, at bedtime"},
		{"evenly", "1022000000000000", "1日2回 12時間ごと", "twice a day, every 12 hours"},
		{"evenly, three times", "1023000000000000", "1日3回 8時間ごと", "3 times a day, every 8 hours"},
		{"by clock", "1033IPV000000000", "1日3回 8時、15時、21時", "3 times a day, at 8:00, at 15:00, at 21:00"},
		{"by clock, midnight", "1031A00000000000", "1日1回 0時", "once a day, at 0:00"},
		{"event with a count", "1041480000000000", "1日1回 空腹時", "once a day, on an empty stomach"},
		{"feeding", "1043B70000000000", "1日3回 哺乳時", "3 times a day, at feeding"},
		{"as needed for pain", "1050110000000000", "疼痛時", "when in pain"},
		{"as needed, JAHIS's example", "1050110020000000", "疼痛時", "when in pain"},
		{"as needed for sleep", "1050610000000000", "不眠時", "for sleeplessness"},
		{"as needed, unspecified", "1050W10000000000", "必要時", "when needed"},
		{"under the tongue", "1150140000000000", "胸痛時 舌下", "under the tongue, for chest pain"},
		{"apply", "2B73000000000000", "1日3回 塗布", "apply, 3 times a day"},
		{"eye drops", "2H74000000000000", "1日4回 点眼", "eye drops, 4 times a day"},
		{"a range of times", "2B71200000000000", "1日1～2回 塗布", "apply, 1 to 2 times a day"},
		{"rhythm of the day", "2B62100900000000", "1日2回 朝と就寝前 塗布", "apply, twice a day, in the morning, at bedtime"},
		{"a range of hours", "2B84600000000000", "4～6時間ごと 塗布", "apply, every 4 to 6 hours"},
		{"hours", "2L83000000000000", "3時間ごと 吸入", "inhale, every 3 hours"},
		{"every hour", "2H81000000000000", "1時間ごと 点眼", "eye drops, every hour"},
		{"external as needed", "2B50810000000000", "かゆい時 塗布", "apply, when itching"},
		{"external on rising", "2H50B10000000000", "起床時 点眼", "eye drops, on rising"},
		{"patch once a day", "2A71000000000000", "1日1回 貼付", "apply as a patch, once a day"},

		{"every other day", "I1100000", "隔日", "every other day"},
		{"two days on, one off", "I2100000", "2日投与1日休薬", "days on: 2, days off: 1"},
		{"weekdays", "W0100100", "毎週月・木曜日", "every Mon, Thu"},
		{"Sunday", "W1000000", "毎週日曜日", "every Sun"},
		{"once a week", "CW100000", "週1回", "once a week"},
		{"three times a week", "CW300000", "週3回", "3 times a week"},
		{"days of the month", "D0AK0000", "毎月10日・20日", "days 10, 20 of the month"},
		{"last day", "D0V00000", "毎月31日", "day 31 of the month"},
		{"uneven", "V13NNNNN", "不均等 1回目 3単位量", "uneven doses: no. 1 is 3"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := Usage(tc.code)
			if want := (Words{tc.ja, tc.en}); !ok || got != want {
				t.Errorf("Usage(%s) = %q, %v, want %q", tc.code, got, ok, want)
			}
		})
	}
}

// Half a dosage instruction is a wrong one.
func TestUsage_refusesWhatItDoesNotKnowWhole(t *testing.T) {
	tests := []struct{ name, code string }{
		{"empty", ""},
		{"a local code", "9999000000000000"},
		{"the dummy", "0X0XXXXXXXXX0000"},
		{"too short", "101304440000000"},
		{"too long", "10130444000000000"},
		{"small letters", "1033ipv000000000"},
		{"sixteen bytes of kanji", "毎食後毎食\x00"},
		{"more times than are named", "1013040400000000"},
		{"fewer times than are named", "1011040400000000"},
		{"no times", "1010000000000000"},
		{"an unknown relation to a meal", "1011000700000000"},
		{"an unknown relation to bedtime", "1011200000000000"},
		{"an unknown rising", "1011000010000000"},
		{"a figure among the clock times", "1012000405000000"},
		{"a gap among the clock times", "1032A0B000000000"},
		{"an hour past 23", "1031Y00000000000"},
		{"five times evenly", "1025000000000000"},
		{"a tail after an interval", "1022000100000000"},
		{"an unknown event", "1050990000000000"},
		{"a count in as needed", "1051110000000000"},
		{"a letter at position 9 of as needed", "10501100A0000000"},
		{"a tail after as needed", "1050110000000001"},
		{"placeholders", "1050110XXZ000000"},
		{"an external kind by mouth", "1073000000000000"},
		{"an oral kind outside", "2B13044400000000"},
		{"an unknown kind", "1093000000000000"},
		{"an unknown way", "1X13044400000000"},
		{"injection", "3213044400000000"},
		{"instillation", "4171000000000000"},
		{"a range backwards", "2B73200000000000"},
		{"a range of nothing", "2B73300000000000"},
		{"hours backwards", "2B86400000000000"},
		{"no hours", "2B80000000000000"},
		{"a meal in the rhythm of the day", "2B61000400000000"},
		{"rhythm with a wrong count", "2B63100900000000"},

		{"no weekday", "W0000000"},
		{"a weekday flag of two", "W0200000"},
		{"no days on", "I0100000"},
		{"eight times a week", "CW800000"},
		{"a day of the month twice", "D0AA0000"},
		{"day 32", "D0W00000"},
		{"days of the month backwards", "D0KA0000"},
		{"no day of the month", "D0000000"},
		{"uneven with a fraction", "V13N5NNN"},
		{"unknown supplement", "Q1000000"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := Usage(tc.code); ok || !got.IsZero() {
				t.Errorf("Usage(%s) = %q, %v, want refusal", tc.code, got, ok)
			}
		})
	}
}

func TestUsageOr(t *testing.T) {
	if got, want := UsageOr("9999000000000000", "医師の指示通り"), (Words{"医師の指示通り", "医師の指示通り"}); got != want {
		t.Errorf("UsageOr of a local code = %q, want %q", got, want)
	}
	if got, want := UsageOr("1011100000000000", "寝る前").JA, "1日1回 就寝前"; got != want {
		t.Errorf("UsageOr of a known code = %q, want %q", got, want)
	}
}

// Codes come from outside: any text is answered, and an answer is whole in both languages.
func TestUsage_answersAnything(t *testing.T) {
	char := rapid.SampledFrom([]byte("0000000012345678ABIPVX9NDWC"))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{8, 16}).Draw(t, "n")
		code := rapid.SampledFrom([]string{"", "10", "2B", "2H", "1013", "1050", "2B6", "W", "I", "D0"}).Draw(t, "start")
		code += string(rapid.SliceOfN(char, n-len(code), n-len(code)).Draw(t, "rest"))
		w, ok := Usage(code)
		if ok != (w.JA != "" && w.EN != "") || ok == w.IsZero() {
			t.Fatalf("Usage(%s) = %q, %v", code, w, ok)
		}
	})
}

func FuzzUsage(f *testing.F) {
	for _, s := range []string{"1013044400000000", "101514440P000000", "2B84600000000000", "W0100100", "疼痛時"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		w, ok := Usage(code)
		if ok == w.IsZero() || !utf8.ValidString(w.JA+w.EN) {
			t.Fatalf("Usage(%q) = %q, %v", code, w, ok)
		}
	})
}
