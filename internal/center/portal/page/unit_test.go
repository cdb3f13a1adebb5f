package page

import "testing"

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
	if got := wordsOf(English).unitShown("sec"); got != "s" {
		t.Errorf("in English sec is %q", got)
	}
}
