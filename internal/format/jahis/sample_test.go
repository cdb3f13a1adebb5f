package jahis_test

import (
	"os"
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
)

// What the samples of another program must come out as here: how many drugs and
// documents, or the beginning of the reason why not. Those written in a layout that
// neither standard has are refused: a name stands there where the code should.
func TestSamples(t *testing.T) {
	const shortened = "kind of the drug's code is not one digit"
	want := map[string]struct {
		drugs, documents int
		refused          string
	}{
		"external-data/sample.txt":                                   {1, 2, ""},
		"external-data/sample2.txt":                                  {1, 2, ""},
		"fixtures/empty-input.txt":                                   {refused: "empty text"},
		"fixtures/invalid-header.txt":                                {refused: "line 1: no JAHIS header"},
		"fixtures/invalid-missing-101.txt":                           {refused: "line 3 (record 201), field 7: no amount"},
		"fixtures/minimal-valid.txt":                                 {refused: "line 2 (record 1): no end of the line, and not all fields of its record: the text may be cut"}, // no prefecture
		"fixtures/normalization-extended-101-111-201.txt":            {refused: "line 4 (record 201), field 4: " + shortened},
		"fixtures/normalization-extended-181.txt":                    {refused: "line 2 (record 101): RP without a drug"},
		"fixtures/normalization-extended-201-spec-full.txt":          {1, 1, ""},
		"fixtures/normalization-extended-211.txt":                    {refused: "line 3 (record 201), field 4: " + shortened},
		"fixtures/normalization-extended-221.txt":                    {refused: "line 3 (record 201), field 4: " + shortened},
		"fixtures/normalization-extended-231.txt":                    {refused: "line 3 (record 201), field 4: " + shortened},
		"fixtures/normalization-extended-241.txt":                    {refused: "line 3 (record 201), field 4: " + shortened},
		"fixtures/normalization-extended-281.txt":                    {refused: "line 3 (record 201), field 4: " + shortened},
		"fixtures/normalization-full.txt":                            {refused: "line 23 (record 201), field 4: " + shortened},
		"fixtures/normalization-multi-rp.txt":                        {refused: "line 4 (record 201), field 4: " + shortened},
		"fixtures/normalization-spec-fields.txt":                     {1, 2, ""},
		"fixtures/normalization-unknown-record.txt":                  {refused: "line 3 (record 101): RP without a drug"},
		"fixtures/qr-decoded-anonymized.txt":                         {refused: "line 18 (record 201), field 4: " + shortened},
		"fixtures/tc-invalid-missing-drug-code.txt":                  {1, 2, ""},
		"fixtures/tc-invalid-missing-otc-sequence-parent.txt":        {refused: "line 3 (record 31), field 1: no drug of that number (record 3) before it"},
		"fixtures/tc-minimal-valid.txt":                              {1, 4, ""},
		"fixtures/tc-multi-dispensing.txt":                           {2, 6, ""},
		"fixtures/tc-output-category-2-full.txt":                     {2, 6, ""},
		"fixtures/tc-split-output-part-2.txt":                        {1, 4, ""},
		"fixtures/tc-supported-records-full.txt":                     {2, 6, ""},
		"fixtures/tc-with-otc-components-and-remaining-medicine.txt": {2, 4, ""},
	}
	root := sampletest.Path(t, "jahis/jahis-rx-parser/test")
	for _, pattern := range []string{"fixtures/*.txt", "external-data/*.txt"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			name := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
			t.Run(name, func(t *testing.T) {
				want, ok := want[name]
				if !ok {
					t.Fatal("not in the table")
				}
				body, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				text, err := jahis.Parse(body)
				if want.refused != "" {
					if !fault.Is(err, fault.Invalid) || err.Error() != want.refused {
						t.Fatalf("error = %v, want %s", err, want.refused)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				docs := text.Documents()
				drugs := 0
				for _, d := range docs {
					drugs += len(d.Medications)
				}
				if drugs != want.drugs || len(docs) != want.documents {
					t.Errorf("%d drugs, %d documents, want %d, %d", drugs, len(docs), want.drugs, want.documents)
				}
			})
		}
	}
}

// One sample of each kind in its whole meaning.
func TestSamples_meaning(t *testing.T) {
	root := sampletest.Path(t, "jahis/jahis-rx-parser/test")
	drugOf := func(name string) (clinical.Document, clinical.Document, clinical.Medication) {
		t.Helper()
		body, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		text, err := jahis.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		docs := text.Documents()
		return docs[0], docs[1], docs[1].Medications[0]
	}
	who, doc, m := drugOf("external-data/sample2.txt")
	if who.Demographics.BirthDate != "1923-04-06" || who.Demographics.Sex != clinical.Female {
		t.Errorf("patient = %+v", who.Demographics)
	}
	if doc.Kind != clinical.KindPrescription || doc.Date != "20260130" || len(doc.Comments) != 4 {
		t.Errorf("prescription: kind %s, date %s, comments %q", doc.Kind, doc.Date, doc.Comments)
	}
	if m.Drug.Code != "1149037F1ZZZ" || m.Drug.System != jahis.SystemGeneric || m.DailyDose != "2" || m.Days != 7 || m.Dose != "1" {
		t.Errorf("drug = %+v", m)
	}
	who, doc, m = drugOf("fixtures/tc-minimal-valid.txt")
	if who.Demographics.Kana != "ヤマダ タロウ" || who.Demographics.Sex != clinical.Male {
		t.Errorf("patient = %+v", who.Demographics)
	}
	if doc.Kind != clinical.KindDispensing || doc.Date != "20260310" || doc.Requester.Name != "工業会 太郎" || doc.Performer.Name != "工業会 次郎" {
		t.Errorf("dispensing: %+v", doc)
	}
	if m.Drug.Code != "612170709" || m.Drug.System != jahis.SystemReceipt || m.DailyDose != "1" || m.DailyUnit.Text != "錠" || m.Days != 3 || len(m.Instructions) != 4 {
		t.Errorf("drug = %+v", m)
	}
}
