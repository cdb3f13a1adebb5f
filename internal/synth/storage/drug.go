package storage

import (
	"fmt"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// amount writes a number as systems do: without trailing zeros.
func amount(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// drug writes a drug by HOT9; some hospitals add their own number.
func (w *patientWriter) drug(d master.Drug) hl7v2.Value {
	name := d.Name
	if w.habits.FullWidth {
		name = master.FullWidth(name)
	}
	if !w.habits.LocalDrugs {
		return hl7v2.CodeValue(d.HOT9, name, "HOT9")
	}
	return hl7v2.Components(hl7v2.Text(d.HOT9), hl7v2.Text(name), "HOT9", hl7v2.Text("D"+d.HOT9[2:6]), hl7v2.Text(name), hl7v2.Text(w.habits.LocalSystem))
}

var categories = map[story.Category][]master.Code{
	story.Outpatient: {{Code: "OHP", Text: "外来処方", System: "MR9P"}, {Code: "OHO", Text: "院外処方", System: "MR9P"}},
	story.Inpatient:  {{Code: "IHP", Text: "入院処方", System: "MR9P"}, {Code: "ORD", Text: "定期処方", System: "MR9P"}},
	story.AtLeaving:  {{Code: "IHP", Text: "入院処方", System: "MR9P"}, {Code: "DCG", Text: "退院処方", System: "MR9P"}},
	story.BroughtIn:  {{Code: "IHP", Text: "入院処方", System: "MR9P"}, {Code: "BDP", Text: "持参薬", System: "JHSP0007"}},
}

func (w *patientWriter) prescription(b *hl7v2.Builder, e story.Entry, p story.Prescription, order string, control hl7v2.Value) {
	w.pid(b)
	inpatient := p.Category != story.Outpatient
	w.pv1(b, e, inpatient, story.Location{})
	w.eachLine(p, func(l story.Line, group string) {
		w.orc(b, e, order, order+"_"+group, control, inpatient)
		w.rxe(b, p, l)
		w.tq1(b, p, l)
		b.Append("RXR", code(l.Drug.Route))
	})
}

// eachLine numbers the drugs within their RP: order_RP_drug, as ORC-4 has it.
func (w *patientWriter) eachLine(p story.Prescription, each func(l story.Line, suffix string)) {
	last, n := 0, 0
	for _, l := range p.Lines {
		if l.RP != last {
			last, n = l.RP, 0
		}
		n++
		each(l, fmt.Sprintf("%02d_%03d", l.RP, n))
	}
}

func (w *patientWriter) rxe(b *hl7v2.Builder, p story.Prescription, l story.Line) {
	s := b.Segment("RXE").Set(2, w.drug(l.Drug)).Set(6, code(l.Drug.Form)).
		SetText(10, amount(l.Total)).Set(11, code(l.Drug.Unit)).Set(21, codes(categories[p.Category]))
	if l.Dose > 0 {
		s.SetText(3, amount(l.Dose)).Set(5, code(l.Drug.Unit))
	} else {
		s.Set(3, hl7v2.Null).Set(5, hl7v2.Null)
	}
	if l.Dose > 0 && l.Usage.PerDay > 0 && l.Usage.EveryDays < 2 {
		unit := l.Drug.Unit
		s.Set(19, hl7v2.Components(hl7v2.Text(amount(l.Dose*float64(l.Usage.PerDay))), hl7v2.Subcomponents(hl7v2.Text(unit.Code), hl7v2.Text(unit.Text), hl7v2.Text(unit.System))))
	}
	if l.Note != "" {
		s.Set(7, hl7v2.Components("", hl7v2.Text(l.Note)))
	}
}

func (w *patientWriter) tq1(b *hl7v2.Builder, p story.Prescription, l story.Line) {
	usage := func(c, text string) hl7v2.Value {
		return hl7v2.Subcomponents(hl7v2.Text(c), hl7v2.Text(text), "JAMISDP01")
	}
	patterns := []hl7v2.Value{usage(l.Usage.Code, l.Usage.Text)}
	if l.Usage.Supplement != nil {
		patterns = append(patterns, usage(l.Usage.Supplement.Code, l.Usage.Supplement.Text))
	}
	s := b.Segment("TQ1").Set(1, "1").Set(3, hl7v2.Repetitions(patterns...)).SetText(7, p.Start.Date().Compact())
	if l.Days > 0 {
		s.Set(6, hl7v2.Components(hl7v2.Text(itoa(l.Days)), "D"))
	}
	if l.Times > 0 {
		s.SetText(14, itoa(l.Times))
	}
}

func (w *patientWriter) dispensing(b *hl7v2.Builder, e story.Entry, d story.Dispensing, order string, control hl7v2.Value) {
	w.pid(b)
	w.pv1(b, e, true, story.Location{})
	w.eachLine(d.Prescription, func(l story.Line, group string) {
		w.orc(b, e, order, order+"_"+group, control, true)
		w.rxe(b, d.Prescription, l)
		w.tq1(b, d.Prescription, l)
		b.Segment("RXA").Set(1, "0").Set(2, "1").SetText(3, stamp(e.At)).SetText(4, stamp(e.At)).
			Set(5, w.drug(l.Drug)).SetText(6, amount(l.Total)).Set(7, code(l.Drug.Unit)).Set(8, code(l.Drug.Form)).Set(20, "CP")
		b.Append("RXR", code(l.Drug.Route))
	})
}

var (
	millilitre = master.Code{Code: "ML", Text: "mL", System: "MR9P"}
	perHour    = master.Code{Code: "ml/hr", Text: "mL/h", System: "ISO+"}
	drip       = master.Code{Code: "IV", Text: "静脈内", System: "HL70162"}
	asInjected = master.Code{Code: "INJ", Text: "注射剤", System: "MR9P"}
)

func route(i story.Injection) master.Code {
	if len(i.Doses) == 1 {
		return i.Doses[0].Drug.Route
	}
	return drip
}

func (w *patientWriter) injection(b *hl7v2.Builder, e story.Entry, i story.Injection, order string, control hl7v2.Value) {
	w.pid(b)
	w.pv1(b, e, i.Inpatient, i.Where)
	w.orc(b, e, order, order+"_01_001", control, i.Inpatient)
	s := b.Segment("RXE").Set(2, hl7v2.CodeValue("00", "一般", "99I02")).Set(6, code(asInjected)).
		Set(21, code(map[bool]master.Code{true: {Code: "IHP", Text: "入院処方", System: "MR9P"}, false: {Code: "OHP", Text: "外来処方", System: "MR9P"}}[i.Inpatient]))
	if i.Volume > 0 {
		s.SetText(3, amount(i.Volume)).Set(5, code(millilitre))
	} else {
		s.Set(3, hl7v2.Null).Set(5, hl7v2.Null)
	}
	if i.Rate > 0 {
		s.SetText(23, amount(i.Rate)).Set(24, code(perHour))
	}
	b.Segment("TQ1").Set(1, "1").SetText(7, minute(i.From)).SetText(8, minute(i.To))
	b.Append("RXR", code(route(i)))
	for n, d := range i.Doses {
		kind := hl7v2.Value("A")
		if n == len(i.Doses)-1 && len(i.Doses) > 1 || len(i.Doses) == 1 {
			kind = "B" // the solution that carries the others, or the one drug
		}
		b.Append("RXC", kind, w.drug(d.Drug), hl7v2.Text(amount(d.Amount)), code(d.Drug.Unit))
	}
}

func (w *patientWriter) injected(b *hl7v2.Builder, e story.Entry, i story.Injection, order string, control hl7v2.Value) {
	w.pid(b)
	w.pv1(b, e, i.Inpatient, i.Where)
	w.orc(b, e, order, order+"_01_001", control, i.Inpatient)
	for n, d := range i.Doses {
		s := b.Segment("RXA").Set(1, "0").SetText(2, itoa(n+1)).SetText(3, stamp(i.From)).SetText(4, stamp(i.To)).
			Set(5, w.drug(d.Drug)).SetText(6, amount(d.Amount)).Set(7, code(d.Drug.Unit)).
			Set(10, person(w.habits.Nurses[i.Nurse%len(w.habits.Nurses)])).Set(20, "CP").SetText(22, stamp(e.At))
		if i.Inpatient {
			s.Set(11, hl7v2.Components(hl7v2.Text(i.Where.Ward), hl7v2.Text(i.Where.Room), hl7v2.Text(i.Where.Bed), "", "N"))
		}
		if i.Rate > 0 {
			s.SetText(12, strings.TrimSpace(amount(i.Rate)+"mL/h"))
		}
	}
	b.Append("RXR", code(route(i)))
}
