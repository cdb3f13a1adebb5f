package ssmix2

import (
	"errors"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

func TestReadDocumentOf(t *testing.T) {
	const names = "試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P"
	record := clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	married := record
	married.Name, married.Kana = "結城 花子", "ユウキ ハナコ"
	corrected := record
	corrected.BirthDate = "1976-01-10"
	other := clinical.Demographics{Name: "別田 太郎", Kana: "ベツダ タロウ", BirthDate: "1990-05-05", Sex: clinical.Male}
	nameless := other
	nameless.Name, nameless.Kana = "", ""
	const differs = "segment 2 (PID), field 7: birth date differs from the facility's record"
	for name, tc := range map[string]struct {
		names, birth string
		record       *clinical.Demographics
		warn         string
		want         error
	}{
		"the same person":              {names, "19760101", &record, "", nil},
		"nothing is known":             {names, "19760101", nil, "", nil},
		"married since":                {names, "19760101", &married, "", nil},
		"birth date corrected since":   {names, "19760101", &corrected, differs, nil},
		"half a birth date":            {names, "1976", &other, "", nil},
		"no birth date":                {names, "", &other, "", nil},
		"no birth date on record":      {names, "19760101", &clinical.Demographics{Name: other.Name, Kana: other.Kana}, "", nil},
		"with the time of birth":       {names, "197601010530", &record, "", nil},
		"another person":               {names, "19760101", &other, "", ErrIdentity},
		"another, no name on record":   {names, "19760101", &nameless, "", ErrIdentity},
		"another birth date, nameless": {"", "19900505", &record, "", ErrIdentity},
		"kana alone agrees":            {"SHIKEN^HANAKO^^^^^L^A~シケン^ハナコ^^^^^L^P", "19760110", &record, differs, nil},
		"kanji alone agrees":           {"試験^花子^^^^^L^I", "19760110", &record, differs, nil},
	} {
		t.Run(name, func(t *testing.T) {
			body, lost := jis.Encode("MSH|^~\\&|HIS|TESTHOSP|GW|EXCH|20240601090000||RDE^O11^RDE_O11|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
				"PID|0001||0000012345^^^^PI||" + tc.names + "||" + tc.birth + "|F\r" +
				orcLine + "\rRXE||1^試験薬^HOT9|1||TAB^錠^MR9P\rTQ1|||1013044400000000&毎食後&JAMISDP01\rRXR|PO^口^HL70162\r")
			if len(lost) > 0 {
				t.Fatal(lost)
			}
			doc, err := ReadDocumentOf(named("0000012345", "20240601", "OMP-01", "000000000000801", "20240601120000000", "01", Current), body, tc.record)
			if !errors.Is(err, tc.want) {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
			if err != nil {
				return
			}
			if tc.warn == "" {
				wantWarnings(t, doc)
			} else {
				wantWarnings(t, doc, tc.warn)
			}
		})
	}
}
