package storage

import (
	"math"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// test writes a test by JLAC10 with the hospital's own number beside it.
func (w *patientWriter) test(t master.Test) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(t.Code), hl7v2.Text(t.Name), "JC10", hl7v2.Text(t.Local), hl7v2.Text(t.Short), hl7v2.Text(w.habits.LocalSystem))
}

// panels groups values by panel, in the order in which they come.
func panels[T any](values []T, panel func(T) master.Panel) (order []master.Panel, groups map[string][]T) {
	groups = map[string][]T{}
	for _, v := range values {
		p := panel(v)
		if groups[p.Code] == nil {
			order = append(order, p)
		}
		groups[p.Code] = append(groups[p.Code], v)
	}
	return order, groups
}

func (w *patientWriter) specimen(b *hl7v2.Builder, p master.Panel, n int, order string, at time.Time) {
	b.Segment("SPM").SetText(1, itoa(n)).SetText(2, order+itoa(n)).Set(4, code(p.Material)).SetText(17, minute(at))
}

func (w *patientWriter) obr(b *hl7v2.Builder, p master.Panel, n int, order string, at time.Time) {
	s := b.Segment("OBR").SetText(1, itoa(n)).SetText(2, order).Set(4, hl7v2.CodeValue(p.Code, p.Name, "99O03"))
	if !at.IsZero() {
		s.SetText(7, minute(at))
	}
}

func (w *patientWriter) labOrder(b *hl7v2.Builder, e story.Entry, o story.LabOrder, order string, control hl7v2.Value) {
	w.pid(b)
	w.pv1(b, e, o.Inpatient, story.Location{})
	list, tests := panels(o.Tests, func(t master.Test) master.Panel { return t.Panel })
	for n, p := range list {
		w.specimen(b, p, n+1, order, e.At.Add(10*time.Minute))
		w.orc(b, e, order, "", control, o.Inpatient)
		w.obr(b, p, n+1, order, time.Time{})
		for i, t := range tests[p.Code] {
			b.Segment("OBX").SetText(1, itoa(i+1)).Set(3, w.test(t)).Set(11, "O")
		}
	}
}

// labReport writes OBR before ORC, as OUL^R22 has them.
func (w *patientWriter) labReport(b *hl7v2.Builder, e story.Entry, r story.LabReport, order string, cancels bool) {
	w.pid(b)
	w.pv1(b, e, r.Inpatient, story.Location{})
	control, status, final := hl7v2.Value("SC"), hl7v2.Value("CM"), hl7v2.Value("F")
	if r.Preliminary {
		status, final = "IP", "P"
	}
	if cancels {
		control, status = "CA", "CA"
	}
	list, results := panels(r.Results, func(r story.Result) master.Panel { return r.Test.Panel })
	for n, p := range list {
		w.specimen(b, p, n+1, order, r.Collected)
		w.obr(b, p, n+1, order, r.Collected)
		w.orc(b, e, order, "", control, r.Inpatient).Set(5, status)
		for i, one := range results[p.Code] {
			w.obx(b, i+1, one, r.Collected, final)
		}
	}
}

func (w *patientWriter) obx(b *hl7v2.Builder, n int, r story.Result, at time.Time, final hl7v2.Value) {
	t := r.Test
	s := b.Segment("OBX").SetText(1, itoa(n)).Set(3, w.test(t)).Set(11, final).SetText(14, minute(at))
	if t.Unit != "" {
		s.Set(6, hl7v2.CodeValue(t.Unit, t.Unit, "ISO+"))
	}
	if t.Qualitative() {
		w.grade(s, r)
		return
	}
	limits := w.limits(t)
	value := strconv.FormatFloat(r.Value, 'f', t.Decimals, 64)
	kind := hl7v2.Value("NM")
	if t.Below > 0 && r.Value < t.Below {
		kind, value = "ST", "<"+strconv.FormatFloat(t.Below, 'f', -1, 64)
	}
	s.Set(2, kind).SetText(5, value)
	if limits == (master.Interval{}) {
		return
	}
	format := func(v float64) string { return strconv.FormatFloat(v, 'f', t.Decimals, 64) }
	s.SetText(7, format(limits.Low)+"-"+format(limits.High))
	reported, err := strconv.ParseFloat(strconv.FormatFloat(r.Value, 'f', t.Decimals, 64), 64)
	switch {
	case err != nil:
	case reported > limits.High:
		s.Set(8, "H")
	case reported < limits.Low:
		s.Set(8, "L")
	default:
		s.Set(8, "N")
	}
}

func (w *patientWriter) grade(s *hl7v2.SegmentBuilder, r story.Result) {
	i := int(r.Value)
	text := r.Test.Grades[i]
	if r.Test.Coded {
		s.Set(2, "CWE").Set(5, hl7v2.CodeValue(itoa(i), text, w.habits.LocalSystem))
	} else {
		s.Set(2, "ST").SetText(5, text)
	}
	s.SetText(7, r.Test.Grades[0])
	if i > 0 {
		s.Set(8, "A")
	} else {
		s.Set(8, "N")
	}
}

// limits gives the hospital's own reference range, a little beside the common one.
func (w *patientWriter) limits(t master.Test) master.Interval {
	common := t.Range(w.p.Sex)
	step := math.Pow(10, -float64(t.Decimals))
	at := func(v float64) float64 { return math.Round(v*w.habits.RangeFactor/step) * step }
	return master.Interval{Low: at(common.Low), High: at(common.High)}
}
