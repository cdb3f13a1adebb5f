package jcode

import "testing"

func TestNotDaily(t *testing.T) {
	for _, tc := range []struct {
		system, code string
		want         bool
	}{
		{"JAMISDP01", "1013044400000000", false}, // three times a day
		{"JAMISDP01", "I1100000", true},
		{"JAMISDP01", "W0100100", true},
		{"JAMISDP01", "CW100000", true},
		{"JAMISDP01", "D0AK0000", true},
		{"JAMISDP01", "V13NNNNN", false}, // doses of one day
		{"HL70335", "QOD", true},
		{"HL70335", "Q2D", true},
		{"HL70335", "Q1D", false},
		{"HL70335", "Q4W", true},
		{"HL70335", "QJ1", true},
		{"HL70335", "Q6H", false},
		{"HL70335", "QID", false},
		{"HL70335", "BID", false},
		{"MR9P", "PRNQ2W", true},
		{"", "", false},
	} {
		if got := NotDaily(tc.system, tc.code); got != tc.want {
			t.Errorf("%s %s: %v, want %v", tc.system, tc.code, got, tc.want)
		}
	}
}
