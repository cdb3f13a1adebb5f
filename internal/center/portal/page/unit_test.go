package page

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

func TestUnitShown(t *testing.T) {
	for unit, want := range map[string]string{
		"10*3/uL": "×10³/µL", "10^3/uL": "×10³/µL", "10*4/uL": "×10⁴/µL", "10*12/L": "×10¹²/L", "/uL": "/µL",
		"sec": "秒", "/1000": "‰", "mL/min/1.73m2": "mL/min/1.73m²",
		// What is not certain stays as the laboratory wrote it.
		"": "", "mg/dL": "mg/dL", "10*3": "10*3", "10*x/uL": "10*x/uL", "10*3/HPF": "10*3/HPF", "秒": "秒", "sec/x": "sec/x",
	} {
		if got := wordsOf(Japanese).unitShown(unit); got != want {
			t.Errorf("unitShown(%q) = %q, want %q", unit, got, want)
		}
	}
	for _, tc := range []struct {
		unit   clinical.Coded
		ja, en string
	}{
		{clinical.Coded{Code: "ml/hr", Text: "ミリリットル毎時", System: "ISO+"}, "mL/h", "mL/h"},
		{clinical.Coded{Text: "ミリグラム"}, "mg", "mg"},
		{clinical.Coded{Code: "ml/min", Text: "毎分ミリリットル", System: "ISO+"}, "毎分ミリリットル", "ml/min"},
		{clinical.Coded{Code: "TAB", Text: "錠", System: "MR9P"}, "錠", "tab"},
		{clinical.Coded{Code: "7", Text: "目盛", System: "99X"}, "目盛", "目盛"},
	} {
		if ja, en := wordsOf(Japanese).unit(tc.unit), wordsOf(English).unit(tc.unit); ja != tc.ja || en != tc.en {
			t.Errorf("unit %+v is %q and %q, want %q and %q", tc.unit, ja, en, tc.ja, tc.en)
		}
	}
	if got := wordsOf(English).unitShown("sec"); got != "s" {
		t.Errorf("in English sec is %q", got)
	}
}
