package cda

import (
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// AnnotatedECG is the name of an annotated ECG's document element (HL7 aECG).
const AnnotatedECG = "AnnotatedECG"

// ECG is what is read of an annotated ECG: whom it is of, and what its samples are.
type ECG struct {
	Subjects []Patient // every trialSubject, with who that is (subjectDemographicPerson)
	Sets     []SequenceSet
}

// SequenceSet is a set of sequences that were sampled together.
type SequenceSet struct {
	Series    string // code of the series that it is in: RHYTHM, REPRESENTATIVE_BEAT
	Sequences []Sequence
}

// Sequence is one lead, or the times of the samples of the leads beside it. Numbers are as
// they are written, empty if they are not.
type Sequence struct {
	Code            string // MDC_ECG_LEAD_II, TIME_ABSOLUTE
	Increment, Unit string // of times, for one sample
	Scale, Scaled   string // of a lead, for a step of one: number and unit
	Samples         int    // how many numbers there are
}

// ReadECG reads an annotated ECG. A document type is passed over. What comes before XML
// that is cut, not well-formed or beyond the bounds of the package is given beside the
// error.
func ReadECG(src []byte) (ECG, error) { return readECG(src, true) }

// ReadSubjects is [ReadECG] for the subjects alone.
func ReadSubjects(src []byte) ([]Patient, error) {
	ecg, err := readECG(src, false)
	return ecg.Subjects, err
}

func readECG(src []byte, samples bool) (out ECG, err error) {
	text, _, err := decode(src)
	if err != nil {
		return out, err
	}
	b := afterDoctype(prose.Prolog([]byte(text)))
	if b == nil {
		return out, invalid("XML: a document type that does not end")
	}
	sound, bent := scan(b)
	d := decoder(string(b[:sound]))
	series, begun := "", false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, bent
		}
		if err != nil {
			return out, cmp.Or(bent, malformed(d)) // what is cut off there is not well-formed
		}
		begin, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		element := &node{name: begin.Name.Local, attr: begin.Attr}
		switch {
		case element.name == "trialSubject":
			if err := grow(d, element); err != nil {
				return out, cmp.Or(bent, err)
			}
			out.Subjects = append(out.Subjects, patientOf(element, element.get("subjectDemographicPerson")))
		case !samples:
		case element.name == "series", element.name == "derivedSeries":
			series, begun = "", true
		case element.name == "code" && begun: // the first in a series is its own
			series, begun = element.at("code"), false
		case element.name == "sequenceSet":
			out.Sets = append(out.Sets, SequenceSet{Series: series})
		case element.name == "sequence" && len(out.Sets) > 0:
			if err := grow(d, element); err != nil {
				return out, cmp.Or(bent, err)
			}
			set := &out.Sets[len(out.Sets)-1]
			set.Sequences = append(set.Sequences, sequenceOf(element))
		}
	}
}

func sequenceOf(n *node) Sequence {
	value := n.get("value")
	increment, scale := value.get("increment"), value.get("scale")
	s := Sequence{
		Code:      n.get("code").at("code"),
		Increment: increment.at("value"), Unit: increment.at("unit"),
		Scale: scale.at("value"), Scaled: scale.at("unit"),
	}
	value.get("digits").eachText(func(words string) {
		// Comments part words, so that a number may be counted in two halves: rare, and told
		// by the leads beside it.
		for range strings.FieldsFuncSeq(words, unicode.IsSpace) {
			s.Samples++
		}
	})
	return s
}
