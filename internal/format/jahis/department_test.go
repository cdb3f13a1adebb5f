package jahis

import (
	"slices"
	"testing"
)

// A department without a code of ours is told by its name.
func TestDepartmentOfPrescription(t *testing.T) {
	for record, want := range map[string][]string{
		"4,1,07,循環器内科": {"診療科 循環器内科"},
		"4,,,循環器内科":    {"診療科 循環器内科"},
		"4,2,03,循環器内科": nil, // by its code
	} {
		text, err := Parse([]byte("JAHIS10\r\n1,1,1234567,13,試験病院\r\n" + record + "\r\n51,20260410\r\n101,1,1,,14\r\n111,1,1,,毎食後,3\r\n201,1,1,1,1,,試験錠,4,1,錠\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		docs := text.Documents()
		if doc := docs[len(docs)-1]; !slices.Equal(doc.Comments, want) {
			t.Errorf("%s: %q, want %q", record, doc.Comments, want)
		}
	}
}
