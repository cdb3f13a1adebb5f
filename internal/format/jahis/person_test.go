package jahis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
)

func TestPersons(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []jahis.Person
	}{
		{"a notebook", "JAHISTC08,1\n1,試験花子,2,S510101,,,,,,,ｼｹﾝ ﾊﾅｺ\n", []jahis.Person{{Name: "試験花子", Kana: "ｼｹﾝ ﾊﾅｺ", BirthDate: "19760101", Sex: clinical.Female}}},
		{"a notebook that is not read otherwise", "JAHISTC08,1\n1,試験花子,1\n201,x\n", []jahis.Person{{Name: "試験花子", Sex: clinical.Male}}},
		{"a notebook of nobody", "JAHISTC08,1\n5,20240601\n", nil},
		{"a notebook of two", "JAHISTC08,1\n1,甲\n1,乙\n", []jahis.Person{{Name: "甲"}, {Name: "乙"}}},
		{"parts one behind the other", "JAHISTC08,1\n1,甲\n911,1,2,1\nJAHISTC08,1\n1,甲\n911,1,2,2\n", []jahis.Person{{Name: "甲"}, {Name: "甲"}}},
		{"a prescription", "JAHIS10\n13,3510101\n11,0000012345,試験　花子,ｼｹﾝ ﾊﾅｺ\n12,2\n", []jahis.Person{{Number: "0000012345", Name: "試験　花子", Kana: "ｼｹﾝ ﾊﾅｺ", BirthDate: "19760101", Sex: clinical.Female}}},
		{"a prescription of two", "JAHIS10\n11,1,甲\n12,1\n11,2,乙\n", []jahis.Person{{Number: "1", Name: "甲", Sex: clinical.Male}, {Number: "2", Name: "乙"}}},
		{"with bytes that are none", "JAHISTC08,1\n1,試験花子,2\n4,\xFF\x07\n", []jahis.Person{{Name: "試験花子", Sex: clinical.Female}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := jahis.Persons([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, in := range []string{"1,甲\n", string(make([]byte, jahis.MaxBytes+1))} {
		if _, err := jahis.Persons([]byte(in)); !fault.Is(err, fault.Invalid) {
			t.Errorf("Persons of %d bytes: %v, want it refused", len(in), err)
		}
	}
}

// FuzzPersons: whom Parse finds in a text, Persons finds, and nobody else.
func FuzzPersons(f *testing.F) {
	for _, s := range []string{"JAHISTC08,1\n1,試験花子,2,S510101\n", "JAHIS10\n11,1,甲,ｺｳ\n12,1\n13,3510101\n", "JAHISTC08,1\r\n1,\x8E\x8E\x8C\xB1,1,19760101\r\n911,1,2,1\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		persons, err := jahis.Persons(b)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
		}
		text, perr := jahis.Parse(b)
		if perr != nil {
			return
		}
		if err != nil {
			t.Fatalf("Parse reads it and Persons does not: %v", err)
		}
		name := ""
		switch {
		case text.Notebook != nil && text.Notebook.Patient != nil:
			name = text.Notebook.Patient.Name
		case text.Prescription != nil && text.Prescription.Patient != nil:
			name = text.Prescription.Patient.Name
		default:
			return
		}
		if len(persons) == 0 {
			t.Fatal("nobody was found")
		}
		for _, p := range persons {
			if p.Name != name {
				t.Errorf("%q, want %q", p.Name, name)
			}
		}
	})
}
