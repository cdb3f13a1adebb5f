package page

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// The words of a bar stand beside "twice a day": a bare "2 tab" would be read as four a day.
func TestCourses_sayWhetherADoseIsOfADay(t *testing.T) {
	tab := coded("MR9P", "TAB", "錠")
	twice := []clinical.Coded{coded("JAMISDP01", "1012040400000000", "")}
	for name, tc := range map[string]struct {
		m    clinical.Medication
		want map[string][2]string // of a bar: its dose, what follows it
	}{
		"of a day, and each":    {clinical.Medication{Dose: "1", DoseUnit: tab, DailyDose: "2", DailyUnit: tab, Usage: twice}, map[string][2]string{Japanese: {"1日 2錠", "(1回 1錠) 1日2回 朝・夕食後"}, English: {"2 tab/day", "(1 tab each) twice a day, after breakfast and supper"}}},
		"of a day, taken once":  {clinical.Medication{Dose: "2", DoseUnit: tab, DailyDose: "2", DailyUnit: tab}, map[string][2]string{Japanese: {"1日 2錠", ""}, English: {"2 tab/day", ""}}},
		"each alone":            {clinical.Medication{Dose: "1", DoseUnit: tab, Usage: twice}, map[string][2]string{Japanese: {"1回 1錠", "1日2回 朝・夕食後"}, English: {"1 tab each time", "twice a day, after breakfast and supper"}}},
		"for a time of its own": {clinical.Medication{Dose: "1", DoseUnit: tab, DosePer: "H8"}, map[string][2]string{Japanese: {"1錠/8時間", ""}, English: {"1 tab/8 h", ""}}},
		"none":                  {clinical.Medication{}, map[string][2]string{Japanese: {"", ""}, English: {"", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.m.Drug = coded("HOT9", "103835401", "薬")
			d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindPrescription, Medications: []clinical.Medication{tc.m}}}
			for lang, want := range tc.want {
				bar, row := wordsOf(lang).courses(colours.Of(chuo), d)[0], wordsOf(lang).medications(colours.Of(chuo), d)[0]
				if got := [2]string{bar.Dose, bar.Usage}; got != want {
					t.Errorf("bar in %s says %q, want %q", lang, got, want)
				}
				if row.Taken != want[0] {
					t.Errorf("row in %s says %q, want %q", lang, row.Taken, want[0])
				}
			}
		})
	}
}
