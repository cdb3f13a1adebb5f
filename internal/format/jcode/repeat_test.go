package jcode

import "testing"

func TestRepeat(t *testing.T) {
	tests := []struct{ code, ja, en string }{
		{"BID", "1日2回", "twice a day"},
		{"TID", "1日3回", "3 times a day"},
		{"5ID", "1日5回", "5 times a day"},
		{"Q6H", "6時間ごと", "every 6 hours"},
		{"Q1H", "1時間ごと", "every hour"},
		{"Q30M", "30分ごと", "every 30 minutes"},
		{"Q1D", "毎日", "every day"},
		{"Q2D", "2日ごと", "every 2 days"},
		{"QOD", "隔日", "every other day"},
		{"Q2W", "2週ごと", "every 2 weeks"},
		{"Q3L", "3か月ごと", "every 3 months"},
		{"QJ1", "毎週月曜日", "every Mon"},
		{"QJ7", "毎週日曜日", "every Sun"},
		{"Q2J2", "2週ごとの火曜日", "every 2 weeks on Tue"},
		{"QHS", "毎日就寝前", "every day at bedtime"},
		{"PCM", "朝食後", "after breakfast"},
		{"Once", "1回のみ", "once only"},
		{"PRN", "必要時", "when needed"},
		{"PRNpain", "疼痛時", "when in pain"},
		{"PRNQ6H", "必要時 6時間ごと", "when needed, every 6 hours"},
	}
	for _, tc := range tests {
		if got, ok := Repeat(tc.code); !ok || got != (Words{tc.ja, tc.en}) {
			t.Errorf("Repeat(%s) = %q, %v", tc.code, got, ok)
		}
	}
}

func TestRepeat_refusesWhatItDoesNotKnowWhole(t *testing.T) {
	for _, code := range []string{
		"", "Q", "QH", "Q0H", "Q06H", "Q6", "Q6X", "Q1000H", "Q6HH", "QJ", "QJ0", "QJ8", "QJ12", "QXJ1", "ID", "1ID", "xID", "PRNwhatever", "PRNPRN", "PRNQ", "tid", "1013044400000000",
	} {
		if got, ok := Repeat(code); ok || !got.IsZero() {
			t.Errorf("Repeat(%q) = %q, %v, want refusal", code, got, ok)
		}
	}
}

func TestUsageOf(t *testing.T) {
	tests := []struct{ name, system, code, text, want string }{
		{"JAMI", "JAMISDP01", "1013044400000000", "毎食後", "1日3回 毎食後"},
		{"HL7", "HL70335", "TID", "", "1日3回"},
		{"of no system", "", "C", "夕食後", "夕食後"},
		{"of MERIT-9", "MR9P", "PRNfever", "", "発熱時"},
		{"of the facility", "99U", "C", "夕食後", "夕食後"},
		{"unknown", "HL70335", "XYZ", "朝", "朝"},
		{"of an injection", "JAMISDP01", "3210000000000000", "1日1回 皮下注", "1日1回 皮下注"},
		{"of an injection, the code alone", "JAMISDP01", "3210000000000000", "", "皮下注射（用法コード 3210000000000000）"},
		{"of an injection, the code as its text", "JAMISDP01", "3010000000000000", "3010000000000000", "静脈注射（用法コード 3010000000000000）"},
		{"of an instillation", "JAMISDP01", "4170000000000000", "", "気管内注入（用法コード 4170000000000000）"},
		{"of an injection that lists differ on", "JAMISDP01", "3C10000000000000", "", ""},
		{"of no such injection", "JAMISDP01", "3610000000000000", "", ""},
		{"of an injection, of the facility", "99U", "3210000000000000", "", ""},
		{"of an injection, shortened", "JAMISDP01", "32", "", ""},
	}
	for _, tc := range tests {
		if got := UsageOf(tc.system, tc.code, tc.text).JA; got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestIsPRN(t *testing.T) {
	for code, want := range map[string]bool{"PRN": true, "PRNpain": true, "PRNsomething": true, "TID": false, "": false} {
		if got := IsPRN(code); got != want {
			t.Errorf("IsPRN(%q) = %v", code, got)
		}
	}
}
