package jcode

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseJLAC10(t *testing.T) {
	tests := []struct {
		name, code string
		want       JLAC10
		ok         bool
	}{
		{"result", "3C015000002327101", JLAC10{"3C015", "0000", "023", "271", "01"}, true},
		{"order", "3C0150000023271", JLAC10{"3C015", "0000", "023", "271", ""}, true},
		{"sixteen", "3C01500000232710", JLAC10{}, false},
		{"small letters", "3c015000002327101", JLAC10{}, false},
		{"not a category", "XC015000002327101", JLAC10{}, false},
		{"empty", "", JLAC10{}, false},
		{"seventeen bytes that are no code", "3C015-0000-023-27", JLAC10{}, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := ParseJLAC10(tc.code)
			if ok != tc.ok {
				t.Fatalf("ParseJLAC10(%q) ok = %v, want %v", tc.code, ok, tc.ok)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ParseJLAC10(%q) (-want +got):\n%s", tc.code, diff)
			}
			if ok && got.String() != tc.code {
				t.Errorf("String() = %q, want %q", got, tc.code)
			}
		})
	}
}

func TestJLAC10_JoinKey(t *testing.T) {
	tests := []struct {
		name, a, b string
		joins      bool
	}{
		{"another method", "3C015000002327101", "3C015000002326101", true},
		{"order and result", "3C0150000023271", "3C015000002327101", true},
		{"another material", "3C015000002327101", "3C015000000127101", false},
		{"another analyte", "3C015000002327101", "3C020000002327101", false},
		{"another allergen", "5A100200002302301", "5A100201002302301", false},
		{"fractions of a differential", "2A160000001930951", "2A160000001930952", false},
		{"titre and judgement", "5E071000002302301", "5E071000002302311", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			a, okA := ParseJLAC10(tc.a)
			b, okB := ParseJLAC10(tc.b)
			if !okA || !okB {
				t.Fatalf("not JLAC10: %v %v", okA, okB)
			}
			if got := a.JoinKey() == b.JoinKey(); got != tc.joins {
				t.Errorf("keys %q and %q equal: %v, want %v", a.JoinKey(), b.JoinKey(), got, tc.joins)
			}
		})
	}
}

func TestTestKey(t *testing.T) {
	tests := []struct {
		name, system, code string
		want               string
		ok                 bool
	}{
		{"JLAC10", "JC10", "3C015000002327101", "3C015-0000-023", true},
		{"JLAC10 of another result", "JC10", "3C015000002327111", "3C015-0000-023-11", true},
		{"JLAC11", "JC11", "3C015000002327101", "JC11-3C015-0000-023-01", true},
		{"JLAC11 of 15 characters", "JC11", "3C0150000023271", "", false},
		{"JLAC11 in small letters", "JC11", "3c015000002327101", "", false},
		{"no JLAC10", "JC10", "X", "", false},
		{"the facility's own", "99X03", "3C015000002327101", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := TestKey(tc.system, tc.code); got != tc.want || ok != tc.ok {
				t.Errorf("TestKey = %q, %v; want %q, %v", got, ok, tc.want, tc.ok)
			}
		})
	}
	if c, ok := ParseJLAC11("ABCDE123402345601"); !ok || c != (JLAC11{"ABCDE", "1234", "023", "456", "01"}) || c.String() != "ABCDE123402345601" {
		t.Errorf("ParseJLAC11 = %+v, %v", c, ok)
	}
}

func TestParseHOT(t *testing.T) {
	tests := []struct {
		name, code string
		want       HOT
		ok         bool
	}{
		{"HOT7", "1038354", HOT{Product: "1038354"}, true},
		{"HOT9", "103835401", HOT{Product: "1038354", Company: "01"}, true},
		{"HOT13", "1038354010101", HOT{"1038354", "01", "01", "01"}, true},
		{"eight digits", "10383540", HOT{}, false},
		{"a letter", "10383540A", HOT{}, false},
		{"empty", "", HOT{}, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := ParseHOT(tc.code)
			if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
				t.Errorf("ParseHOT(%q) ok = %v, want %v (-want +got):\n%s", tc.code, ok, tc.ok, diff)
			}
			if ok && got.String() != tc.code {
				t.Errorf("String() = %q, want %q", got, tc.code)
			}
		})
	}
}

func TestParseYJ(t *testing.T) {
	tests := []struct {
		name, code, ingredient, use string
		ok                          bool
	}{
		{"tablet", "3962002F1029", "3962002", "内用", true},
		{"injection", "2492415A8020", "2492415", "注射", true},
		{"external", "2646701M1030", "2646701", "外用", true},
		{"generic name", "3962002F1ZZZ", "3962002", "内用", true},
		{"no form letter", "396200211029", "", "", false},
		{"a letter in the class", "39A2002F1029", "", "", false},
		{"eleven", "3962002F102", "", "", false},
		{"small letter", "3962002f1029", "", "", false},
		{"kanji", "錠剤錠剤", "", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := ParseYJ(tc.code)
			if ok != tc.ok || got.Ingredient() != tc.ingredient {
				t.Fatalf("ParseYJ(%q) = %q, %v, want %q, %v", tc.code, got.Ingredient(), ok, tc.ingredient, tc.ok)
			}
			if use, _ := got.Use(); use.JA != tc.use {
				t.Errorf("Use() = %q, want %q", use.JA, tc.use)
			}
			if ok && got.String() != tc.code {
				t.Errorf("String() = %q, want %q", got, tc.code)
			}
		})
	}
}

func TestICD10(t *testing.T) {
	tests := []struct {
		name, code, want string
		ok               bool
	}{
		{"four characters", "K297", "K29.7", true},
		{"five characters", "E1130", "E11.30", true},
		{"category", "I10", "I10", true},
		{"with its dot", "K29.7", "K29.7", true},
		{"dot and nothing", "K29.", "", false},
		{"two dots", "K29..7", "", false},
		{"six characters", "K29700", "", false},
		{"small letter", "k297", "", false},
		{"no letter", "0297", "", false},
		{"a name", "胃炎", "", false},
		{"empty", "", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := ICD10(tc.code); got != tc.want || ok != tc.ok {
				t.Errorf("ICD10(%q) = %q, %v, want %q, %v", tc.code, got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestIsDiseaseNumber(t *testing.T) {
	for code, want := range map[string]bool{"20054260": true, UncodedDisease: true, "2005426": false, "TQ7A": false, "2005426A": false, "": false} {
		if got := IsDiseaseNumber(code); got != want {
			t.Errorf("IsDiseaseNumber(%q) = %v, want %v", code, got, want)
		}
	}
}

func TestLookups(t *testing.T) {
	tests := []struct {
		name   string
		lookup func(string) (Words, bool)
		code   string
		want   Words
	}{
		{"unit", Unit, "TAB", Words{"錠", "tab"}},
		{"unit in any case", Unit, "MBq", Words{"MBq", "MBq"}},
		{"microgram stays apart from milligram", Unit, "MCG", Words{"μg", "mcg"}},
		{"unknown unit", Unit, "XYZ", Words{}},
		{"no unit", Unit, "", Words{}},
		{"form", Form, "TPE", Words{"貼付剤", "tape or patch"}},
		{"unknown form", Form, "錠剤", Words{}},
		{"category", Category, "OHO", Words{"院外処方", "outside pharmacy"}},
		{"unknown category", Category, "OHX", Words{}},
		{"route", Route, "PO", Words{"経口", "oral"}},
		{"unknown route", Route, "ZZ", Words{}},
		{"department", Department, "01", Words{"内科", "Internal Medicine"}},
		{"department of three", Department, "081", Words{"循環器内科", "Cardiology"}},
		{"department of three by its first two", Department, "261", Words{"眼科", "Ophthalmology"}},
		{"local department", Department, "99XY1", Words{}},
		{"local department of three", Department, "999", Words{}},
		{"three bytes of kanji", Department, "科", Words{}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := tc.lookup(tc.code)
			if got != tc.want || ok != !tc.want.IsZero() {
				t.Errorf("%q = %q, %v, want %q", tc.code, got, ok, tc.want)
			}
		})
	}
}

// Whoever adds a code adds its words in both languages.
func TestTablesSayEverythingTwice(t *testing.T) {
	for name, table := range map[string]map[string]Words{
		"units": units, "forms": forms, "categories": categories, "routes": routes, "departments": departments, "events": events, "ways": ways,
	} {
		for code := range maps.Keys(table) {
			if w := table[code]; (w.JA == "" || w.EN == "") && code != "10" {
				t.Errorf("%s[%s] = %q", name, code, w)
			}
			if !alphanumeric(code) {
				t.Errorf("%s has a code %q outside the alphabet", name, code)
			}
		}
	}
}

func TestWords_In(t *testing.T) {
	w := Words{"錠", "tab"}
	for language, want := range map[string]string{"en": "tab", "ja": "錠", "": "錠", "fr": "錠"} {
		if got := w.In(language); got != want {
			t.Errorf("In(%q) = %q, want %q", language, got, want)
		}
	}
}
