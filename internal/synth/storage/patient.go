package storage

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

func code(c master.Code) hl7v2.Value {
	if c.Code == "" && c.System == "" {
		return hl7v2.Components("", hl7v2.Text(c.Text))
	}
	return hl7v2.CodeValue(c.Code, c.Text, c.System)
}

func (w *patientWriter) pid(b *hl7v2.Builder) {
	name := func(family, given string, kind hl7v2.Value) hl7v2.Value {
		return hl7v2.Components(hl7v2.Text(family), hl7v2.Text(given), "", "", "", "", "L", kind)
	}
	s := b.Segment("PID").
		Set(1, "0001").
		Set(3, hl7v2.Components(hl7v2.Text(string(w.p.ID)), "", "", "", "PI")).
		Set(5, hl7v2.Repetitions(name(w.p.Family, w.p.Given, "I"), name(w.p.FamilyKana, w.p.GivenKana, "P"))).
		SetText(7, w.p.Birth.Compact()).
		SetText(8, string(w.p.Sex))
	if w.p.Address != "" {
		s.Set(11, hl7v2.Components("", "", "", "", hl7v2.Text(w.p.Postcode), "JPN", "H", hl7v2.Text(w.p.Address)))
		s.Set(13, hl7v2.Components("", "PRN", "PH", "", "", "", "", "", "", "", "", hl7v2.Text(w.p.Phone)))
	}
}

// demographics writes ADT-00; of a patient who has moved also the one before.
func (w *patientWriter) demographics() {
	one := func(at time.Time, flag ssmix2.Flag) {
		w.write(file{
			typ: ssmix2.PatientDemographics, order: noOrder, at: at, flag: flag, event: "ADT^A08^ADT_A01",
			body: func(b *hl7v2.Builder) {
				b.Segment("EVN").SetText(2, stamp(at))
				w.pid(b)
				b.Append("PV1", "0001", "O")
				b.Append("DB1", "1", "PT", "", "N")
			},
		})
	}
	if w.p.Moved.IsZero() {
		one(w.p.Known, ssmix2.Current)
		return
	}
	one(w.p.Known, ssmix2.Superseded)
	one(w.p.Moved, ssmix2.Current)
}

// problems writes PPR-01: each version is the whole list and replaces the one before.
func (w *patientWriter) problems(lists []story.ProblemList) {
	for i, list := range lists {
		flag := ssmix2.Superseded
		if i == len(lists)-1 {
			flag = ssmix2.Current
		}
		w.write(file{
			typ: ssmix2.DiseaseList, order: noOrder, department: list.By.Code, at: list.At, flag: flag, event: "PPR^ZD1^PPR_ZD1",
			body: func(b *hl7v2.Builder) {
				w.pid(b)
				b.Append("PV1", "0001", "O")
				for n, p := range list.Problems {
					w.problem(b, list, p, n+1)
				}
			},
		})
	}
}

func (w *patientWriter) problem(b *hl7v2.Builder, list story.ProblemList, p story.Problem, n int) {
	disease := hl7v2.CodeValue(p.Disease.Code, p.Disease.Name, "MDCDX2")
	from := p.From.Date().Compact()
	s := b.Segment("PRB").
		Set(1, "AD").SetText(2, stamp(list.At)).Set(3, disease).
		SetText(4, orderNo(list.At, n)).SetText(7, from).
		Set(10, hl7v2.Components(hl7v2.Text(p.Disease.ICD10), "", "I10")).
		SetText(16, from)
	if p.To > 0 {
		s.SetText(9, p.To.Date().Compact())
		s.Set(14, code(p.Outcome))
	}
	if p.Suspected {
		s.Set(13, hl7v2.CodeValue("1", "疑い", "JHSD0005"))
	}
	if p.Main {
		s.Set(18, hl7v2.CodeValue("1", "主病名", "JHSD0007"))
	}
	z := b.Segment("ZPR").Set(2, disease)
	z.Set(1, codes(p.Prefix))
	z.Set(3, codes(p.Suffix))
}

func codes(list []master.Code) hl7v2.Value {
	out := make([]hl7v2.Value, 0, len(list))
	for _, c := range list {
		out = append(out, code(c))
	}
	return hl7v2.Repetitions(out...)
}

// allergies writes ADT-61. A hospital that asked and heard of none says so in words,
// which is how the field tells "none" from "nothing registered".
func (w *patientWriter) allergies(lists []story.AllergyList) {
	for i, list := range lists {
		flag := ssmix2.Superseded
		if i == len(lists)-1 {
			flag = ssmix2.Current
		}
		w.write(file{
			typ: ssmix2.AllergyInformation, order: noOrder, at: list.At, flag: flag, event: "ADT^A60^ADT_A60",
			body: func(b *hl7v2.Builder) {
				b.Segment("EVN").SetText(2, stamp(list.At))
				w.pid(b)
				if len(list.Entries) == 0 {
					b.Append("IAM", "1", hl7v2.CodeValue("MA", "その他", "HL70127"), hl7v2.CodeValue("0", "アレルギーなし", w.habits.LocalSystem), "", "", hl7v2.CodeValue("A", "追加", "HL70323"))
				}
				for n, a := range list.Entries {
					b.Segment("IAM").SetText(1, itoa(n+1)).Set(2, code(a.Allergen.Kind)).Set(3, code(a.Allergen.Code)).
						Set(4, code(a.Severity)).SetText(5, a.Reaction).Set(6, hl7v2.CodeValue("A", "追加", "HL70323")).
						SetText(11, a.Since.Date().Compact())
				}
			},
		})
	}
}
