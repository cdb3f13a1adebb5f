package clinical_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// A row of a drug has an outcome as its value, or names the drug: then a letter that is the
// drug's own code is no outcome.
func TestCultures_outcomes(t *testing.T) {
	organism := &clinical.Coded{Text: "E. coli"}
	for name, tc := range map[string]struct {
		value      clinical.Coded
		drug, flag string
	}{
		"in words":                    {clinical.Coded{Text: "耐性"}, "LVFX", "R"},
		"in words of a local table":   {clinical.Coded{LocalCode: "3", LocalText: "感性", LocalSystem: "99S"}, "LVFX", "S"},
		"in English":                  {clinical.Coded{Code: "I", Text: "Intermediate", System: "HL70078"}, "LVFX", "I"},
		"a code without words":        {clinical.Coded{Code: "R", System: "HL70078"}, "LVFX", "R"},
		"a drug":                      {clinical.Coded{Text: "リファンピシン"}, "リファンピシン", ""},
		"a word with another":         {clinical.Coded{LocalCode: "1", LocalText: "感性（S）", LocalSystem: "99A"}, "LVFX", "S"},
		"a drug with a word":          {clinical.Coded{LocalCode: "1", LocalText: "リファンピシン（R）", LocalSystem: "99D"}, "リファンピシン（R）", ""},
		"a drug whose code is letter": {clinical.Coded{LocalCode: "R", LocalText: "リファンピシン", LocalSystem: "99D"}, "リファンピシン", ""},
	} {
		cultures, _ := clinical.Cultures([]clinical.LabResult{
			{Test: &clinical.Coded{Text: "LVFX"}, Coded: &tc.value, Organism: organism, Strain: "1", Susceptibility: true},
		})
		if len(cultures) != 1 || len(cultures[0].Drugs) != 1 {
			t.Fatalf("%s: cultures = %+v", name, cultures)
		}
		if got := cultures[0].Drugs[0]; got.Drug.Label() != tc.drug || got.Flag != tc.flag {
			t.Errorf("%s: drug %q, flag %q, want %q, %q", name, got.Drug.Label(), got.Flag, tc.drug, tc.flag)
		}
	}
}
