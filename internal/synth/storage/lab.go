package storage

import (
	"math"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// panels splits tests by the group that they are ordered under, in the order in
// which the groups come.
func panels[T any](list []T, test func(T) master.Test) [][]T {
	at := make(map[string]int)
	var out [][]T
	for _, v := range list {
		code := test(v).Panel.Code
		i, known := at[code]
		if !known {
			i = len(out)
			at[code] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], v)
	}
	return out
}

func panelCode(p master.Panel) hl7v2.Value { return hl7v2.CodeValue(p.Code, p.Name, "99O03") }

// labOrder writes OML-01: the tests of each group, without values.
func (b *builder) labOrder(e story.Entry, o story.LabOrder, cancel bool) {
	b.pid(false)
	b.located(e, o.Inpatient, story.Location{})
	for i, tests := range panels(o.Tests, func(t master.Test) master.Test { return t }) {
		p := tests[0].Panel
		b.Segment("SPM").Set(1, number(float64(i+1))).Set(4, code(p.Material))
		b.orc(control(cancel, "NW"), e, o.Inpatient)
		b.Segment("TQ1").Set(1, "1").Set(7, at(e.At)).Set(9, hl7v2.CodeValue("R", "ルーチン", "HL70485"))
		b.Segment("OBR").Set(1, number(float64(i+1))).SetText(2, b.order).Set(4, panelCode(p))
		for n, t := range tests {
			ordered := master.Code{Code: t.Code[:15], Text: t.Name, System: "JC10"}
			b.Segment("OBX").Set(1, number(float64(n+1))).Set(3, b.mixed(ordered, t.Local, t.Short)).Set(11, "O")
		}
	}
}

// labReport writes OML-11: for each specimen OBR, ORC and the results.
func (b *builder) labReport(e story.Entry, r story.LabReport, cancel bool) {
	b.pid(false)
	b.located(e, r.Inpatient, story.Location{})
	collected := at(r.Collected)
	state := hl7v2.Value("CM")
	if r.Preliminary {
		state = "IP"
	}
	for i, results := range panels(r.Results, func(r story.Result) master.Test { return r.Test }) {
		p := results[0].Test.Panel
		set := number(float64(i + 1))
		b.Segment("SPM").Set(1, set).SetText(2, b.order+p.Code).Set(4, code(p.Material)).Set(17, collected)
		b.Segment("OBR").Set(1, set).SetText(2, b.order).SetText(3, b.order+p.Code).Set(4, panelCode(p)).
			Set(7, collected).SetText(22, second(e.At))
		b.orc(control(cancel, "SC"), e, r.Inpatient).Set(5, state)
		for n, result := range results {
			b.obx(n+1, result, r.Preliminary).Set(14, collected)
		}
	}
}

func (b *builder) obx(n int, r story.Result, preliminary bool) *hl7v2.SegmentBuilder {
	t := b.test(r.Test)
	v := b.reported(t, r.Value)
	status := hl7v2.Value("F")
	if preliminary {
		status = "P"
	}
	s := b.Segment("OBX").Set(1, number(float64(n))).Set(2, v.kind).
		Set(3, b.mixed(master.Code{Code: t.Code, Text: t.Name, System: "JC10"}, t.Local, t.Short)).
		Set(5, v.text).SetText(7, v.interval).Set(8, v.flag).Set(11, status)
	if t.Unit != "" {
		s.Set(6, hl7v2.CodeValue(t.Unit, t.Unit, "ISO+"))
	}
	return s
}

// test gives the test as this laboratory does it.
func (b *builder) test(t master.Test) laboratoryTest {
	h := b.w.h.Habits
	l := laboratoryTest{Test: t, interval: t.Range(b.w.p.Sex), scale: 1}
	if h.Thousands && t.Code == master.WBC.Code {
		l.Unit, l.Decimals, l.scale = "10*3/uL", 1, 1000
		l.interval.Low, l.interval.High = l.interval.Low/1000, l.interval.High/1000
	}
	step := math.Pow(10, -float64(l.Decimals)) * math.Ceil((l.interval.High-l.interval.Low)*math.Pow(10, float64(l.Decimals))/60)
	if step <= 0 {
		step = math.Pow(10, -float64(l.Decimals))
	}
	if low := l.interval.Low - step*float64(h.Widens); l.interval.Low > 0 && low > 0 {
		l.interval.Low = low
	}
	if l.interval.High > 0 {
		l.interval.High += step * float64(h.Widens)
	}
	return l
}

// laboratoryTest is a test with the reference range of one laboratory.
type laboratoryTest struct {
	master.Test
	interval master.Interval
	scale    float64
}

// reported is a value as OBX-2, -5, -7 and -8 have it.
type reported struct {
	kind, text, flag hl7v2.Value
	interval         string
}

func (b *builder) reported(t laboratoryTest, value float64) reported {
	r := reported{}
	if b.w.h.Habits.FlagsNormal {
		r.flag = "N"
	}
	if t.Qualitative() {
		grade := int(value)
		r.kind, r.text, r.interval = "ST", hl7v2.Text(t.Grades[grade]), t.Grades[0]
		if t.Normal > 0 {
			r.interval = "0-" + t.Grades[t.Normal][2:]
		}
		if t.Coded {
			r.kind, r.text = "CWE", hl7v2.CodeValue(strconv.Itoa(grade), t.Grades[grade], "99RES")
		}
		if grade > t.Normal {
			r.flag = "A"
		}
		return r
	}
	text := decimal(value/t.scale, t.Decimals)
	r.kind, r.text, r.interval = "NM", hl7v2.Value(text), b.interval(t)
	if shown, _ := strconv.ParseFloat(text, 64); t.interval.High > 0 && shown > parsed(t.interval.High, t.Decimals) {
		r.flag = "H"
	} else if shown < parsed(t.interval.Low, t.Decimals) {
		r.flag = "L"
	}
	if value < t.Below {
		r.kind, r.text = "ST", hl7v2.Text("<"+strconv.FormatFloat(t.Below, 'f', -1, 64))
	}
	return r
}

// parsed gives a bound as it is written, so that flags agree with what people read.
func parsed(v float64, decimals int) float64 {
	f, _ := strconv.ParseFloat(decimal(v, decimals), 64)
	return f
}

// interval writes OBX-7.
func (b *builder) interval(t laboratoryTest) string {
	h, i := b.w.h.Habits, t.interval
	low, high := decimal(i.Low, t.Decimals), decimal(i.High, t.Decimals)
	switch {
	case i == master.Interval{}:
		return ""
	case i.High == 0:
		return h.From + low
	case i.Low == 0 && h.UpTo != "":
		return h.UpTo + high
	}
	return low + "-" + high
}
