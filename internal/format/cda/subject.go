package cda

import (
	"encoding/xml"
	"errors"
	"io"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// AnnotatedECG is the name of an annotated ECG's document element (HL7 aECG).
const AnnotatedECG = "AnnotatedECG"

// ReadSubjects reads whom an annotated ECG is of: every trialSubject, with who that is
// (subjectDemographicPerson). Nothing else of it is read, and a document type is passed
// over. What comes before XML that is cut, not well-formed or beyond the bounds of the
// package is given beside the error.
func ReadSubjects(src []byte) ([]Patient, error) {
	text, _, err := decode(src)
	if err != nil {
		return nil, err
	}
	b := afterDoctype(prose.Prolog([]byte(text)))
	if b == nil {
		return nil, invalid("XML: a document type that does not end")
	}
	sound, bent := scan(b)
	d := decoder(string(b[:sound]))
	var out []Patient
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, bent
		}
		if err != nil {
			return out, errors.Join(bent, malformed(d))
		}
		begin, ok := t.(xml.StartElement)
		if !ok || begin.Name.Local != "trialSubject" {
			continue
		}
		subject := &node{name: begin.Name.Local}
		if err := grow(d, subject); err != nil {
			return out, err
		}
		out = append(out, patientOf(subject, subject.get("subjectDemographicPerson")))
	}
}
