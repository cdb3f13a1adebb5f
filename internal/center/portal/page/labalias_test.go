package page

import (
	"slices"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// What wards write finds the test, by its code whatever its name is, and without a code by
// the names that laboratories give it.
func TestAliases(t *testing.T) {
	for name, tc := range map[string]struct {
		test clinical.Coded
		want string // empty: none
	}{
		"by its code":             {coded("JC10", "3C025000002327101", "窒素(尿素)"), "BUN"},
		"a system with a version": {coded("JC10_202404", "3B050000002327201", "乳酸"), "LDH"},
		"a code of an order":      {coded("JC10", "8A0650000023919", "推算"), "eGFR"},
		"local, by its name":      {clinical.Coded{LocalCode: "12", LocalText: "ＡＳＴ（ＧＯＴ）", LocalSystem: "99L"}, "GOT"},
		"local, half-width kana":  {clinical.Coded{LocalCode: "13", LocalText: "ｸﾚｱﾁﾆﾝ", LocalSystem: "99L"}, "Cre"},
		"local, both names":       {clinical.Coded{LocalCode: "14", LocalText: "ALT/GPT", LocalSystem: "99L"}, "GPT"},
		"local, with a hyphen":    {clinical.Coded{LocalCode: "15", LocalText: "γ−ＧＴＰ", LocalSystem: "99L"}, "GGT"},
		"a part of a word":        {clinical.Coded{LocalCode: "16", LocalText: "ビタミンK", LocalSystem: "99L"}, ""},
		"a marker, not calcium":   {clinical.Coded{LocalCode: "17", LocalText: "CA 19-9", LocalSystem: "99L"}, "CA19-9"},
		"a code of JLAC11":        {coded("JC11", "3C025000002327101", "何か"), ""},
		"nothing known":           {coded("JC10", "9Z999000002327101", "何か"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := aliases(tc.test)
			if tc.want == "" && got != nil || tc.want != "" && !slices.Contains(got, tc.want) {
				t.Errorf("aliases = %v, want %q", got, tc.want)
			}
		})
	}
}

// Each word means one test, and each code of the table is one that a laboratory uses, by a
// name that the table has.
func TestLabAliases_table(t *testing.T) {
	of := map[string]string{}
	for _, a := range labAliases {
		for _, w := range a.words {
			if other := of[foldTest(w)]; other != "" {
				t.Errorf("%q stands for %s and %s", w, other, a.analyte)
			}
			of[foldTest(w)] = a.analyte
		}
		if !slices.ContainsFunc(master.Tests(), func(m master.Test) bool {
			return m.Code[:5] == a.analyte && slices.ContainsFunc(a.words, func(w string) bool {
				return foldTest(w) == foldTest(m.Short) || foldTest(w) == foldTest(m.Name)
			})
		}) {
			t.Errorf("%s %v: no laboratory calls a test of this code so", a.analyte, a.words)
		}
	}
}
