package storage

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// attending writes ADT-01: each change takes the place of the one before.
func (w *writer) attending(changes []story.Attending) {
	for i, a := range changes {
		d := document{dataType: ssmix2.AttendingChange, order: ssmix2.NoOrder, department: a.Department.Code}
		w.put(d, flagOf(i, len(changes)), a.At, func(sent time.Time) *hl7v2.Builder {
			b := w.begin(attendingMessage.does, sent)
			b.evn(a.At)
			b.pid(false)
			b.inpatient(story.Entry{Department: a.Department, Doctor: a.Doctor}, a.Where).Set(44, at(a.Admitted))
			return b.Builder
		})
	}
}

// diet writes OMD.
func (b *builder) diet(e story.Entry, d story.Diet, cancel bool) {
	b.pid(false)
	b.located(e, true, d.Where)
	b.orc(control(cancel, "NW"), e, true)
	b.Segment("TQ1").Set(1, "1").Set(3, hl7v2.Subcomponents("TID", "1日3回", "HL70335")).Set(7, hl7v2.Text(d.From.Format("2006010215"))).Set(9, routine)
	b.Segment("ODS").Set(1, "D").Set(3, hl7v2.CodeValue(d.Code, d.Name, "99DIE")).SetText(4, d.Note)
}

// The tests of bacteriology (JLAC10): what was seen, what grew, what stops it.
var (
	culture        = master.Code{Code: "6B010000006174200", Text: "培養同定(一般細菌)", System: "JC10"}
	organismFound  = master.Code{Code: "6B010000006174214", Text: "培養同定菌名", System: "JC10"}
	organismAmount = master.Code{Code: "6B010000006174211", Text: "培養同定菌量", System: "JC10"}
	susceptibility = master.Code{Code: "6C205000006176200", Text: "薬剤感受性検査(MIC)", System: "JC10"}
)

// culture writes OML-11 of bacteriology: organism and amount in pairs, then for each
// organism the drugs that it was tested against, with the organism in OBR-26.
func (b *builder) culture(e story.Entry, c story.Culture, cancel bool) {
	b.pid(false)
	b.located(e, c.Inpatient, story.Location{})
	b.Segment("SPM").Set(1, "1").SetText(2, b.order+"B").Set(4, code(c.Specimen)).Set(17, at(c.Collected))
	panel := func(n int, test master.Code) *hl7v2.SegmentBuilder {
		obr := b.Segment("OBR").Set(1, number(float64(n))).SetText(2, b.order).Set(4, code(test)).
			Set(7, at(c.Collected)).SetText(22, second(e.At)).Set(24, "MB").Set(25, "F")
		b.orc(control(cancel, "SC"), e, c.Inpatient).Set(5, "CM")
		return obr
	}
	panel(1, culture)
	for i, o := range c.Organisms {
		pair := number(float64(i + 1))
		b.Segment("OBX").Set(1, number(float64(2*i+1))).Set(2, "CWE").Set(3, code(organismFound)).Set(4, pair).
			Set(5, hl7v2.CodeValue(o.Code, o.Name, "JANIS")).Set(11, "F").Set(14, at(c.Collected))
		b.Segment("OBX").Set(1, number(float64(2*i+2))).Set(2, "ST").Set(3, code(organismAmount)).Set(4, pair).
			SetText(5, o.Quantity).Set(11, "F").Set(14, at(c.Collected))
	}
	for i, o := range c.Organisms {
		if len(o.Drugs) == 0 {
			continue
		}
		panel(i+2, susceptibility).Set(26, hl7v2.Components(
			hl7v2.Subcomponents(hl7v2.Text(organismFound.Code), hl7v2.Text(organismFound.Text), "JC10"), number(float64(i+1)),
			hl7v2.Subcomponents(hl7v2.Text(o.Code), hl7v2.Text(o.Name), "JANIS")))
		for n, d := range o.Drugs {
			b.Segment("OBX").Set(1, number(float64(n+1))).Set(2, "ST").Set(3, hl7v2.CodeValue(d.Code, d.Name, "JC10")).
				SetText(5, d.MIC).Set(6, hl7v2.CodeValue("ug/mL", "μg/mL", "ISO+")).Set(8, hl7v2.Text(d.Answer)).Set(11, "F").Set(14, at(c.Collected))
		}
	}
}
