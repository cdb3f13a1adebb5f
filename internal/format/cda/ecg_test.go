package cda_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/cda"
)

const subjectXML = `<trialSubject><id root="1.2" extension="0000012345"/><subjectDemographicPerson><name><family>試験</family><given>花子</given></name><administrativeGenderCode code="F"/><birthTime value="19760101"/></subjectDemographicPerson></trialSubject>`

func ecg(inside string) string {
	return `<?xml version="1.0"?><AnnotatedECG xmlns="urn:hl7-org:v3">` + inside + `</AnnotatedECG>`
}

func TestReadSubjects(t *testing.T) {
	one := cda.Patient{IDs: []cda.ID{{Root: "1.2", Extension: "0000012345"}}, Names: []cda.Name{{Family: "試験", Given: "花子"}}, BirthDate: "19760101", Sex: "F"}
	for _, tc := range []struct {
		name, in string
		want     []cda.Patient
		fails    bool
	}{
		{"one, wherever it stands", ecg("<a><b>" + subjectXML + "</b></a>"), []cda.Patient{one}, false},
		{"two", ecg(subjectXML + subjectXML), []cda.Patient{one, one}, false},
		{"none", ecg("<x/>"), nil, false},
		{"with a prefix", strings.NewReplacer("<AnnotatedECG xmlns", "<v:AnnotatedECG xmlns:v", "<trial", "<v:trial", "</", "</v:", "<id", "<v:id", "<subject", "<v:subject", "<name", "<v:name", "<family", "<v:family", "<given", "<v:given", "<admin", "<v:admin", "<birth", "<v:birth").Replace(ecg(subjectXML)), []cda.Patient{one}, false},
		{"behind a document type", `<!DOCTYPE AnnotatedECG SYSTEM "x" [<!ENTITY e "x">]>` + ecg(subjectXML)[len(`<?xml version="1.0"?>`):], []cda.Patient{one}, false},
		{"cut behind it", ecg(subjectXML + "<series>")[:len(ecg(subjectXML))-5], []cda.Patient{one}, true},
		{"cut within it", ecg(subjectXML)[:150], nil, true},
		{"an entity in it", ecg(strings.Replace(subjectXML, "試験", "&e;", 1)), nil, true},
		{"deep behind it", ecg(subjectXML + strings.Repeat("<a>", 300)), []cda.Patient{one}, true},
		{"a tag of a megabyte", ecg(`<a b="` + strings.Repeat(" ", 1<<20) + `"/>` + subjectXML), nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := cda.ReadSubjects([]byte(tc.in))
			if (err != nil) != tc.fails || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzReadSubjects(f *testing.F) {
	for _, s := range []string{ecg(subjectXML), ecg(subjectXML + subjectXML), `<!DOCTYPE x [<!ENTITY e "x">]><AnnotatedECG/>`, ecg("<trialSubject><id"), "\xFE\xFF\x00<\x00a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := cda.ReadSubjects(b); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
		}
	})
}
