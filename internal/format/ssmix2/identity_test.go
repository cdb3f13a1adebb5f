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
	const (
		differs      = "segment 2 (PID), field 7: birth date differs from the facility's record"
		sexDiffers   = "segment 2 (PID), field 8: sex differs from the facility's record"
		nameDiffers  = "segment 2 (PID), field 5: name differs from the facility's record"
		givenDiffers = "segment 2 (PID), field 5: given name differs from the facility's record"
	)
	sister, twin, dateless, unsure := record, record, record, record
	sister.Name, sister.Kana, sister.BirthDate = "試験 桃子", "シケン モモコ", ""
	twin.Name, twin.Kana, twin.Sex = "試験 太郎", "シケン タロウ", clinical.Male
	dateless.BirthDate = ""
	unsure.Sex = clinical.UnknownSex
	man := record
	man.Sex = clinical.Male
	foreign := record
	foreign.Name, foreign.Kana = "朴 英姫", "パク ヨンヒ"
	unparted := other
	unparted.Name, unparted.Kana, unparted.BirthDate = "結城花子", "ユウキハナコ", ""
	holed := dateless
	holed.Name, holed.Kana = "別田 〓子", ""
	for name, tc := range map[string]struct {
		names, birth string
		record       *clinical.Demographics
		warn         []string
		want         error
	}{
		"the same person":              {names, "19760101", &record, nil, nil},
		"nothing is known":             {names, "19760101", nil, nil, nil},
		"married since":                {names, "19760101", &married, nil, nil},
		"birth date corrected since":   {names, "19760101", &corrected, []string{differs}, nil},
		"with the time of birth":       {names, "197601010530", &record, nil, nil},
		"another person":               {names, "19760101", &other, nil, ErrIdentity},
		"another, no name on record":   {names, "19760101", &nameless, nil, ErrIdentity},
		"another birth date, nameless": {"", "19900505", &record, nil, ErrIdentity},
		"kana alone agrees":            {"SHIKEN^HANAKO^^^^^L^A~シケン^ハナコ^^^^^L^P", "19760110", &record, []string{differs}, nil},
		"kanji alone agrees":           {"試験^花子^^^^^L^I", "19760110", &record, []string{differs}, nil},

		// Where the birth date says nothing, the name does.
		"half a birth date":                 {names, "1976", &other, nil, ErrIdentity},
		"no birth date":                     {names, "", &other, nil, ErrIdentity},
		"a birth date that is none":         {names, "00000000", &other, nil, ErrIdentity},
		"no birth date on record":           {names, "19760101", &clinical.Demographics{Name: other.Name, Kana: other.Kana}, nil, ErrIdentity},
		"no birth date, the same person":    {names, "", &record, nil, nil},
		"no birth date, no name":            {"", "", &record, nil, nil},
		"no birth date, in letters":         {"SUZUKI^ICHIRO^^^^^L^A", "", &record, nil, nil},
		"no birth date, married since":      {names, "", &married, []string{"segment 2 (PID), field 5: family name differs from the facility's record"}, nil},
		"no birth date, of the family":      {names, "", &sister, []string{givenDiffers}, nil},
		"no birth date, a slip in kana":     {"シゲン^ハナコ^^^^^L^P", "", &record, nil, nil},
		"no birth date, not parted":         {"試験花子^^^^^^L^I", "", &unparted, []string{sexDiffers}, nil},
		"no birth date, another not parted": {"鈴木一郎^^^^^^L^I", "", &record, nil, ErrIdentity},
		"no birth date, a name with a hole": {names, "", &holed, nil, nil},

		// The same birth date is no proof, and neither is a sex.
		"a twin":                       {names, "19760101", &twin, nil, ErrIdentity},
		"a twin without a date":        {names, "", &twin, nil, ErrIdentity},
		"the sex corrected since":      {names, "19760101", &man, []string{sexDiffers}, nil},
		"a sex that is not known":      {names, "19760101", &unsure, nil, nil},
		"by another name in all parts": {names, "19760101", &foreign, []string{nameDiffers}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			body := prescriptionOf(t, tc.names, tc.birth)
			n := named("0000012345", "20240601", "OMP-01", "000000000000801", "20240601120000000", "01", Current)
			doc, err := ReadDocumentOf(n, body, clinical.Holder{Record: tc.record})
			if !errors.Is(err, tc.want) {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
			if err == nil {
				wantWarnings(t, doc, tc.warn...)
			}
		})
	}
}

// Under a number that was another's when a document was written, the document must name
// who has it now.
func TestReadDocumentOf_doubted(t *testing.T) {
	record := clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	for name, tc := range map[string]struct {
		names, birth string
		want         error
	}{
		"the whole name":       {"試験^花子^^^^^L^I", "", nil},
		"the birth date":       {"", "19760101", nil},
		"the same in letters":  {"SHIKEN^HANAKO^^^^^L^A", "19760101", nil},
		"all of it":            {"試験^花子^^^^^L^I", "19760101", nil},
		"the family name only": {"試験^^^^^^L^I", "", ErrUnnamed},
		"a given name only":    {"結城^花子^^^^^L^I", "", ErrUnnamed},
		"a year":               {"", "1976", ErrUnnamed},
		"the sex":              {"", "", ErrUnnamed},
		"another":              {"鈴木^一郎^^^^^L^I", "", ErrIdentity},
	} {
		t.Run(name, func(t *testing.T) {
			n := named("0000012345", "20240601", "OMP-01", "000000000000801", "20240601120000000", "01", Current)
			_, err := ReadDocumentOf(n, prescriptionOf(t, tc.names, tc.birth), clinical.Holder{Record: &record, Doubted: true})
			if !errors.Is(err, tc.want) {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
		})
	}
}

// prescriptionOf gives a prescription of a woman of a name and birth date.
func prescriptionOf(t *testing.T, names, birth string) []byte {
	t.Helper()
	body, lost := jis.Encode("MSH|^~\\&|HIS|TESTHOSP|GW|EXCH|20240601090000||RDE^O11^RDE_O11|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
		"PID|0001||0000012345^^^^PI||" + names + "||" + birth + "|F\r" +
		orcLine + "\rRXE||1^試験薬^HOT9|1||TAB^錠^MR9P\rTQ1|||1013044400000000&毎食後&JAMISDP01\rRXR|PO^口^HL70162\r")
	if len(lost) > 0 {
		t.Fatal(lost)
	}
	return body
}
