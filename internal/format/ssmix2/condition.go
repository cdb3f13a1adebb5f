package ssmix2

import (
	"cmp"
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
	all, first := slices.Collect(r.msg.All()), r.msg.First("PRB")
	for i, s := range all {
		switch s.Name {
		case "NTE": // of the whole list; those behind a PRB are read with it
			if s.Number < first.Number {
				r.doc.Comments = appendLine(r.doc.Comments, s.Text(3))
			}
		case "PRB":
			if s.ID(1) == "DE" {
				r.warn(s, 1, "withdrawn entry, left out")
				continue
			}
			rest := all[i+1:]
			if end := slices.IndexFunc(rest, func(s *hl7v2.Segment) bool { return s.Name == "PRB" }); end >= 0 {
				rest = rest[:end]
			}
			orc := firstOf(rest, "ORC")
			if r.name.Flag == Current && cancelled(orc) {
				r.warn(orc, 1, "cancelled entry, left out")
				continue
			}
			c, err := r.condition(s, firstOf(rest, "ZPR"))
			if err != nil {
				return err
			}
			c.Department = orc.Key(17)
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
		if r.deletedDiagnosis(s) {
			continue
		}
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

// deletedDiagnosis reports, with a warning, a DG1 that takes a diagnosis back (DG1-21).
func (r *reader) deletedDiagnosis(dg1 *hl7v2.Segment) bool {
	if dg1.ID(21) != "D" {
		return false
	}
	r.warn(dg1, 21, "withdrawn entry, left out")
	return true
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
	disease, err := r.onlyCodedIn(prb, 3, "disease")
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
		Suspected: suspected(coded(prb.Field(13).Code())),

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
	if class := prb.Field(10).Code(); class.AltSystem == "JHSD0004" && class.AltText != "" {
		c.Comments = append(c.Comments, "病名区分 "+class.AltText) // 外来時, 最終 …
	}
	rank := coded(prb.Field(18).Code())
	if c.Main = isMain(rank); !c.Main && !saysNo(rank) && rank.Text+rank.LocalText != "" {
		c.Comments = append(c.Comments, rank.Label())
	}
	return c, nil
}

// over reports whether an outcome surely ends a disease: stopped or in remission (JHSD0006).
func over(outcome clinical.Coded) bool {
	return outcome.System == "JHSD0006" && (outcome.Code == "I" || outcome.Code == "M")
}

// icd10 finds the code in whichever triplet has it.
func icd10(c hl7v2.Code) string {
	switch {
	case isICD10(c.System):
		return c.Code
	case isICD10(c.AltSystem):
		return c.AltCode
	case c.System == "":
		return c.Code
	}
	return ""
}

// isICD10 knows the system by HL7's name (I10) and by those that writers make of it.
func isICD10(system string) bool {
	system = strings.ToUpper(strings.ReplaceAll(system, "-", ""))
	return strings.HasPrefix(system, "I10") || strings.HasPrefix(system, "ICD10")
}

// suspected reads PRB-13 (JHSD0005). Another table may say there that a disease is
// certain; what is not understood is not.
func suspected(c clinical.Coded) bool {
	switch label := c.Label(); {
	case saysNo(c):
		return false
	case strings.Contains(label, "疑"):
		return !strings.Contains(label, "疑いなし") && !strings.Contains(label, "疑い無") && !strings.Contains(label, "疑いでない")
	case strings.Contains(label, "確定"), strings.Contains(label, "確診"):
		return false
	}
	return true
}

// isMain reads PRB-18 (JHSD0007): no disease is the main one for a word that is not
// understood.
func isMain(c clinical.Coded) bool {
	switch code := cmp.Or(c.Code, c.LocalCode); {
	case saysNo(c):
		return false
	case c.Text+c.LocalText != "":
		return strings.Contains(c.Label(), "主") && !strings.Contains(c.Label(), "非主") && !strings.Contains(c.Label(), "以外")
	default:
		return code == "1" || code == "Y"
	}
}

func saysNo(c clinical.Coded) bool {
	switch cmp.Or(c.Code, c.LocalCode) {
	case "0", "N":
		return true
	}
	return c.IsEmpty()
}
