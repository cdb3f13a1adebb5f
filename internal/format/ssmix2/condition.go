package ssmix2

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// conditions reads PPR-01: the patient's whole list, a PRB with its ZPR and ORC for
// each disease; in older messages a DG1.
func (r *reader) conditions() error {
	if !r.msg.Has("PRB") {
		return r.diagnoses()
	}
	all := slices.Collect(r.msg.All())
	for i, s := range all {
		switch s.Name {
		case "PRB":
			if s.At(1, 1, 1, 1) == "DE" {
				r.warn(s, 1, "withdrawn entry, left out")
				continue
			}
			rest := all[i+1:]
			if end := slices.IndexFunc(rest, func(s *hl7v2.Segment) bool { return s.Name == "PRB" }); end >= 0 {
				rest = rest[:end]
			}
			c, err := r.condition(s, firstOf(rest, "ZPR"))
			if err != nil {
				return err
			}
			c.Department = firstOf(rest, "ORC").At(17, 1, 1, 1)
			for _, s := range rest {
				switch s.Name {
				case "NTE":
					c.Comments = appendLine(c.Comments, s.Text(3))
				case "ZPD":
					c.Comments = appendLine(c.Comments, joined(codedAll(s.Field(2).Codes())))
				case "OBX":
					r.observe(s)
				}
			}
			r.doc.Conditions = append(r.doc.Conditions, c)
		}
	}
	return nil
}

// diagnoses reads the list as DG1, as older messages have it.
func (r *reader) diagnoses() error {
	if r.msg.Header().At(9, 1, 1, 1) == r.typ.message || !r.msg.Has("DG1") {
		return r.missing("PRB")
	}
	for s := range r.msg.Segments("DG1") {
		disease := coded(s.Field(3).Code())
		if disease == (clinical.Coded{}) {
			disease.Text = s.Text(4)
		}
		if disease == (clinical.Coded{}) {
			return s.Errorf(3, "no disease")
		}
		r.doc.Conditions = append(r.doc.Conditions, clinical.Condition{
			Disease: disease,
			ICD10:   icd10(s.Field(3).Code()),
			Start:   r.time(s, 5),
			Main:    s.At(15, 1, 1, 1) == "1",
		})
	}
	return nil
}

// firstOf gives the first segment of a name, nil without one.
func firstOf(segments []*hl7v2.Segment, name string) *hl7v2.Segment {
	for _, s := range segments {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func (r *reader) condition(prb, zpr *hl7v2.Segment) (clinical.Condition, error) {
	disease, err := codedIn(prb, 3, "disease")
	if err != nil {
		return clinical.Condition{}, err
	}
	c := clinical.Condition{
		Disease:   disease,
		ICD10:     icd10(prb.Field(10).Code()),
		Prefixes:  codedAll(zpr.Field(1).Codes()),
		Suffixes:  codedAll(zpr.Field(3).Codes()),
		Start:     r.time(prb, 16),
		End:       r.time(prb, 9),
		Outcome:   coded(prb.Field(14).Code()),
		Main:      says(prb, 18),
		Suspected: says(prb, 13),

		Certainty:       coded(prb.Field(19).Code()),
		Awareness:       coded(prb.Field(21).Code()),
		Prognosis:       coded(prb.Field(22).Code()),
		FamilyAwareness: prb.Text(24),
		Sensitivity:     coded(prb.Field(25).Code()),
	}
	if c.Start == "" {
		c.Start = r.time(prb, 7)
	}
	if c.End == "" && over(c.Outcome) {
		c.End = r.time(prb, 15) // since when the outcome holds
	}
	c.Comments = appendLine(appendLine(nil, zpr.Text(7)), prb.Text(17))
	return c, nil
}

// over reports whether an outcome surely ends a disease: stopped or in remission (JHSD0006).
func over(outcome clinical.Coded) bool {
	return outcome.System == "JHSD0006" && (outcome.Code == "I" || outcome.Code == "M")
}

// icd10 finds the code in whichever triplet has it.
func icd10(c hl7v2.Code) string {
	switch {
	case strings.HasPrefix(c.System, "I10"):
		return c.Code
	case strings.HasPrefix(c.AltSystem, "I10"):
		return c.AltCode
	case c.System == "":
		return c.Code
	}
	return ""
}

// says reports whether a field of yes and no (JHSD0005, JHSD0007) says yes.
func says(s *hl7v2.Segment, field int) bool {
	switch s.At(field, 1, 1, 1) {
	case "", "0", "N":
		return false
	}
	return true
}
