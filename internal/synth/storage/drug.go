package storage

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// drug writes a drug in the hospital's coding.
func (b *builder) drug(d master.Drug) hl7v2.Value {
	h := b.w.h.Habits
	text := d.Name
	if h.FullWidth {
		text = master.FullWidth(text)
	}
	c := master.Code{Code: d.HOT9, Text: text, System: "HOT9"}
	if h.YJ {
		c.Code, c.System = d.YJ, "YJ"
	}
	return b.mixed(c, "D"+d.HOT9[2:6], text)
}

// group writes ORC-4.
func (b *builder) group(rp, drug int) hl7v2.Value {
	if b.w.h.Habits.PlainRP {
		return number(float64(rp))
	}
	return hl7v2.Text(fmt.Sprintf("%s_%02d_%03d", b.order, rp, drug))
}

var categories = map[story.Category]hl7v2.Value{
	story.Outpatient: "OHP^外来処方^MR9P~OHO^院外処方^MR9P",
	story.Inpatient:  "IHP^入院処方^MR9P~ORD^定期処方^MR9P",
	story.AtLeaving:  "DCG^退院処方^MR9P",
	story.BroughtIn:  "IHP^入院処方^MR9P~BDP^持参薬^JHSP0007",
}

// prescription writes OMP-01: ORC, RXE, TQ1 and RXR for each drug.
func (b *builder) prescription(e story.Entry, p story.Prescription, cancel bool) {
	inpatient := p.Category != story.Outpatient
	b.pid(false)
	b.located(e, inpatient, story.Location{})
	for i, l := range p.Lines {
		b.orc(control(cancel, "NW"), e, inpatient).Set(4, b.group(l.RP, i+1))
		b.rxe(l, p.Category)
		b.usage(l, p.Start)
		b.Append("RXR", code(l.Drug.Route))
	}
}

func (b *builder) rxe(l story.Line, category story.Category) {
	s := b.Segment("RXE").Set(2, b.drug(l.Drug)).Set(3, hl7v2.Null).Set(5, hl7v2.Null).
		Set(6, code(l.Drug.Form)).Set(10, number(l.Total)).Set(11, code(l.Drug.Unit)).
		Set(21, categories[category])
	if l.Note != "" {
		s.Set(7, hl7v2.Components("", hl7v2.Text(l.Note)))
	}
	if l.Dose > 0 {
		s.Set(3, number(l.Dose)).Set(5, code(l.Drug.Unit))
		if l.Days > 0 && l.Usage.Supplement == nil {
			s.Set(19, quantity(l.Dose*float64(l.Usage.PerDay), l.Drug.Unit))
		}
	}
}

// usage writes TQ1.
func (b *builder) usage(l story.Line, start story.Day) {
	pattern := func(code, text string) hl7v2.Value {
		return hl7v2.Subcomponents(hl7v2.Text(code), hl7v2.Text(text), "JAMISDP01")
	}
	patterns := []hl7v2.Value{pattern(l.Usage.Code, l.Usage.Text)}
	if s := l.Usage.Supplement; s != nil {
		patterns = append(patterns, pattern(s.Code, s.Text))
	}
	tq1 := b.Segment("TQ1").Set(1, "1").Set(3, hl7v2.Repetitions(patterns...)).Set(7, on(start))
	if l.Days > 0 {
		tq1.Set(6, hl7v2.Components(number(float64(l.Days)), "D"))
		if b.w.h.Habits.EndDates {
			tq1.Set(8, on(start+story.Day(l.Days-1)))
		}
	}
	if l.Times > 0 {
		tq1.Set(14, number(float64(l.Times)))
	}
}

// dispensing writes OMP-11: the order again, with RXA for what was handed out.
func (b *builder) dispensing(e story.Entry, d story.Dispensing, cancel bool) {
	b.pid(false)
	b.located(e, true, story.Location{})
	for i, l := range d.Lines {
		last := d.Start + story.Day(max(l.Days, 1)-1)
		b.orc(control(cancel, "SC"), e, true).Set(4, b.group(l.RP, i+1))
		b.rxe(l, d.Category)
		b.usage(l, d.Start)
		b.Segment("RXA").Set(1, "0").Set(2, "1").Set(3, on(d.Start)).Set(4, on(last)).
			Set(5, b.drug(l.Drug)).Set(6, number(l.Total)).Set(7, code(l.Drug.Unit)).Set(8, code(l.Drug.Form)).
			Set(20, "CP").SetText(22, second(b.sent))
		b.Append("RXR", code(l.Drug.Route))
	}
}

var (
	ordinaryInjection = hl7v2.CodeValue("00", "一般", "99I02")
	millilitre        = master.Code{Code: "ML", Text: "ミリリットル", System: "MR9P"}
	perHour           = master.Code{Code: "ml/hr", Text: "ミリリットル毎時", System: "ISO+"}
)

// injectionOrder writes OMP-02: the kind of the order, then its drugs.
func (b *builder) injectionOrder(e story.Entry, i story.Injection, cancel bool) {
	b.pid(false)
	b.located(e, i.Inpatient, i.Where)
	b.orc(control(cancel, "NW"), e, i.Inpatient).Set(4, b.group(1, 1))
	single := b.w.h.Habits.SingleInRXE && len(i.Doses) == 1
	rxe := b.Segment("RXE").Set(2, ordinaryInjection).Set(3, hl7v2.Null).Set(5, hl7v2.Null).
		Set(6, code(i.Doses[0].Drug.Form))
	switch {
	case single:
		rxe.Set(2, b.drug(i.Doses[0].Drug)).Set(3, number(i.Doses[0].Amount)).Set(5, code(i.Doses[0].Drug.Unit))
	case i.Volume > 0:
		rxe.Set(3, number(i.Volume)).Set(5, code(millilitre))
	}
	if i.Inpatient {
		rxe.Set(21, "IHP^入院処方^MR9P")
	} else {
		rxe.Set(21, "OHP^外来処方^MR9P~OHI^院内処方^MR9P")
	}
	if i.Rate > 0 {
		rxe.Set(23, number(i.Rate)).Set(24, code(perHour))
	}
	b.Segment("TQ1").Set(1, "1").Set(7, at(i.From)).Set(8, at(i.To))
	b.Append("RXR", code(i.Doses[0].Drug.Route))
	if single {
		return
	}
	for n, d := range i.Doses {
		kind := hl7v2.Value("A")
		if n == 0 {
			kind = "B"
		}
		b.Append("RXC", kind, b.drug(d.Drug), number(d.Amount), code(d.Drug.Unit))
	}
}

// injectionDone writes OMP-12: an RXA for each drug that was given together.
func (b *builder) injectionDone(e story.Entry, i story.Injection, cancel bool) {
	b.pid(false)
	b.located(e, i.Inpatient, i.Where)
	b.orc(control(cancel, "SC"), e, i.Inpatient).Set(4, b.group(1, 1))
	for n, d := range i.Doses {
		rxa := b.Segment("RXA").Set(1, "0").Set(2, number(float64(n+1))).
			SetText(3, second(i.From)).SetText(4, second(i.To)).
			Set(5, b.drug(d.Drug)).Set(6, number(d.Amount)).Set(7, code(d.Drug.Unit)).
			Set(10, b.nurse(i.Nurse)).Set(11, location(i.Where)).
			Set(20, "CP").SetText(22, second(b.sent))
		if i.Rate > 0 {
			rxa.Set(12, number(i.Rate)+"ml/hr")
		}
	}
	b.Append("RXR", code(i.Doses[0].Drug.Route))
}
