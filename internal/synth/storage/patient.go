package storage

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// flagOf is the flag of version i of n: the last holds.
func flagOf(i, n int) ssmix2.Flag {
	if i == n-1 {
		return ssmix2.Current
	}
	return ssmix2.Superseded
}

// demographics writes ADT-00, in two versions if the name or the address has changed.
func (w *writer) demographics(c story.Chart) {
	d := document{dataType: ssmix2.PatientDemographics, order: ssmix2.NoOrder}
	versions := []time.Time{c.Known.Add(-20 * time.Minute)}
	if w.p.Former != nil {
		versions = append(versions, c.Known.AddDate(0, 1, 3))
	}
	for i, sent := range versions {
		former := i < len(versions)-1
		w.put(d, flagOf(i, len(versions)), sent, func(sent time.Time) *hl7v2.Builder {
			b := w.begin(demographicsMessage.does, sent)
			b.evn(time.Time{})
			b.pid(former)
			b.Append("PV1", "0001", "O")
			b.Append("DB1", "1", "PT", "", "N")
			if n := len(c.Allergies); n > 0 && w.h.Habits.AllergyInADT {
				b.al1(c.Allergies[n-1])
			}
			b.Segment("IN1").Set(1, "1").
				Set(2, hl7v2.CodeValue(w.p.InsuranceCode, w.p.InsuranceName, "JHSD0001")).
				SetText(3, w.p.InsurerNumber).Set(17, hl7v2.CodeValue("SEL", "本人", "HL70063"))
			return b.Builder
		})
	}
}

// none is how hospitals say that there are no allergies: an entry of allergies of
// whatever kind that denies them.
func (b *builder) none() (kind, allergen hl7v2.Value) {
	local := b.w.h.Habits.LocalSystem
	if local == "" {
		local = "99ALG"
	}
	return hl7v2.CodeValue("MA", "その他アレルギー", "HL70127"), hl7v2.CodeValue("99NKA", "アレルギーなし", local)
}

func (b *builder) al1(l story.AllergyList) {
	if len(l.Entries) == 0 {
		kind, allergen := b.none()
		b.Append("AL1", "1", kind, allergen)
	}
	for i, a := range l.Entries {
		b.Append("AL1", number(float64(i+1)), code(a.Allergen.Kind), allergenOf(a), code(a.Severity), hl7v2.Text(a.Reaction))
	}
}

func allergenOf(a story.Allergy) hl7v2.Value { return code(a.Allergen.Code) }

// allergies writes ADT-61.
func (w *writer) allergies(lists []story.AllergyList) {
	d := document{dataType: ssmix2.AllergyInformation, order: ssmix2.NoOrder}
	for i, l := range lists {
		w.put(d, flagOf(i, len(lists)), l.At, func(sent time.Time) *hl7v2.Builder {
			b := w.begin(allergyMessage.does, sent)
			b.evn(time.Time{})
			b.pid(false)
			added := hl7v2.CodeValue("A", "追加", "HL70323")
			if len(l.Entries) == 0 {
				kind, allergen := b.none()
				b.Segment("IAM").Set(1, "1").Set(2, kind).Set(3, allergen).Set(6, added)
			}
			for n, a := range l.Entries {
				b.Segment("IAM").Set(1, number(float64(n+1))).Set(2, code(a.Allergen.Kind)).Set(3, allergenOf(a)).
					Set(4, code(a.Severity)).SetText(5, a.Reaction).Set(6, added).Set(11, on(a.Since))
			}
			return b.Builder
		})
	}
}

// problems writes PPR-01, the whole list in each version.
func (w *writer) problems(lists []story.ProblemList) {
	for i, l := range lists {
		d := document{dataType: ssmix2.DiseaseList, order: ssmix2.NoOrder, department: l.By.Code}
		w.put(d, flagOf(i, len(lists)), l.At, func(sent time.Time) *hl7v2.Builder {
			b := w.begin(diseaseMessage.does, sent)
			b.pid(false)
			for n, p := range l.Problems {
				b.problem(p, w.orderNo(9000+n), l.At)
			}
			return b.Builder
		})
	}
}

func (b *builder) problem(p story.Problem, instance string, at time.Time) {
	disease := hl7v2.CodeValue(p.Disease.Code, p.Disease.Name, "MDCDX2")
	prb := b.Segment("PRB").Set(1, "AD").SetText(2, second(at)).Set(3, disease).SetText(4, instance).
		Set(7, on(p.From)).Set(10, hl7v2.Components(hl7v2.Text(p.Disease.ICD10), "", "I10", "", "", "", "2013")).
		Set(14, code(p.Outcome)).Set(16, on(p.From))
	if p.To > 0 {
		prb.Set(9, on(p.To))
	}
	if p.Suspected {
		prb.Set(13, hl7v2.Components("1", "疑い", "JHSD0005"))
	}
	if p.Main {
		prb.Set(18, hl7v2.Components("1", "主病名", "JHSD0007"))
	}
	b.Segment("ZPR").Set(1, codes(p.Prefix)).Set(2, disease).Set(3, codes(p.Suffix))
	b.Segment("ORC").Set(1, hl7v2.Text("NW")).SetText(2, instance).SetText(9, second(at)).Set(17, department(p.Department))
}

func codes(list []master.Code) hl7v2.Value {
	var out []hl7v2.Value
	for _, c := range list {
		out = append(out, code(c))
	}
	return hl7v2.Repetitions(out...)
}

func (b *builder) reception(e story.Entry) {
	b.evn(time.Time{})
	b.pid(false)
	b.outpatient(e).SetText(44, second(e.At))
}

func (b *builder) admission(e story.Entry, a story.Admission) {
	b.evn(e.At)
	b.pid(false)
	b.inpatient(e, a.Where).Set(17, b.doctor(e)).Set(44, at(e.At))
}

func (b *builder) transfer(e story.Entry, t story.Transfer) {
	b.evn(e.At)
	b.pid(false)
	b.inpatient(e, t.To).Set(6, location(t.From)).Set(44, at(t.Admitted))
}

func (b *builder) discharge(e story.Entry, d story.Discharge) {
	b.evn(e.At)
	b.pid(false)
	b.inpatient(e, d.Where).SetText(36, d.Outcome).Set(44, at(d.Admitted)).Set(45, at(e.At))
}
