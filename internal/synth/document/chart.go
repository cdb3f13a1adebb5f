package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// stay is one stay in the hospital, from admission to discharge.
type stay struct {
	in, out story.Entry
	where   story.Location
	entries []story.Entry // in between
}

// stays finds the stays that have ended.
func (a *author) stays() []stay {
	var all []stay
	var open *stay
	for _, e := range a.c.Entries {
		if e.Cancelled {
			continue
		}
		switch says := e.Says.(type) {
		case story.Admission:
			open = &stay{in: e, where: says.Where}
			continue
		case story.Discharge:
			if open != nil {
				open.out = e
				all = append(all, *open)
				open = nil
			}
			continue
		}
		if open != nil {
			open.entries = append(open.entries, e)
		}
	}
	return all
}

// problems gives the diseases that the latest list has of a time, the main one first.
func (a *author) problems(at time.Time) []story.Problem {
	if len(a.c.Problems) == 0 {
		return nil
	}
	var out []story.Problem
	for _, p := range a.c.Problems[len(a.c.Problems)-1].Problems {
		if !p.From.At(0, 0).After(at) && (p.To == 0 || !p.To.At(23, 59).Before(at)) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(x, y story.Problem) int { return rank(x) - rank(y) })
	return out
}

func rank(p story.Problem) int {
	if p.Main {
		return 0
	}
	return 1
}

func problemName(p story.Problem) string {
	var b strings.Builder
	for _, c := range p.Prefix {
		b.WriteString(c.Text)
	}
	b.WriteString(p.Disease.Name)
	for _, c := range p.Suffix {
		b.WriteString(c.Text)
	}
	if p.Suspected && !strings.HasSuffix(b.String(), "の疑い") {
		b.WriteString("の疑い")
	}
	return b.String()
}

func problemNames(list []story.Problem, most int) []string {
	var out []string
	for _, p := range list[:min(len(list), most)] {
		out = append(out, problemName(p))
	}
	return out
}

// reason is for what somebody was admitted: what began at that time, else the main disease.
func (a *author) reason(s stay) (master.Disease, string) {
	list := a.problems(s.out.At)
	for _, p := range list {
		if from := p.From.At(12, 0); from.Sub(s.in.At).Abs() < 3*24*time.Hour {
			return p.Disease, problemName(p)
		}
	}
	if len(list) > 0 {
		return list[0].Disease, problemName(list[0])
	}
	return master.Disease{}, "精査加療"
}

// lines gives the drugs of a prescription in words.
func lines(p story.Prescription) []string {
	var out []string
	for _, l := range p.Lines {
		s := l.Drug.Name
		if l.Dose > 0 {
			s += " 1回" + strconv.FormatFloat(l.Dose, 'f', -1, 64) + l.Drug.Unit.Text
		}
		s += " " + l.Usage.Text
		switch {
		case l.Days > 0:
			s += fmt.Sprintf(" %d日分", l.Days)
		case l.Times > 0:
			s += fmt.Sprintf(" %d回分", l.Times)
		}
		out = append(out, s)
	}
	return out
}

// prescribed gives the drugs of the last prescription among entries that take is true of.
func prescribed(entries []story.Entry, take func(story.Category) bool) []string {
	var out []string
	for _, e := range entries {
		if p, ok := e.Says.(story.Prescription); ok && !e.Cancelled && take(p.Category) {
			out = lines(p)
		}
	}
	return out
}

// reports gives the results of a time, by test.
func reports(entries []story.Entry) []story.LabReport {
	var out []story.LabReport
	for _, e := range entries {
		if r, ok := e.Says.(story.LabReport); ok && !e.Cancelled {
			out = append(out, r)
		}
	}
	return out
}

// value writes a result as this hospital's laboratory reports it.
func (a *author) value(r story.Result) string {
	t, v := r.Test, r.Value
	if t.Qualitative() {
		return t.Grades[int(v)]
	}
	unit, decimals := t.Unit, t.Decimals
	if a.Habits.Thousands && t.Code == master.WBC.Code {
		unit, decimals, v = "10*3/uL", 1, v/1000
	}
	if t.Below > 0 && r.Value < t.Below {
		return strings.TrimSpace("<" + strconv.FormatFloat(t.Below, 'f', -1, 64) + " " + unit)
	}
	return strings.TrimSpace(strconv.FormatFloat(v, 'f', decimals, 64) + " " + unit)
}

// mark is H or L for what lies clearly outside of the common reference interval.
func (a *author) mark(r story.Result) string {
	i := r.Test.Range(a.p.Sex)
	switch {
	case r.Test.Qualitative():
		if int(r.Value) > r.Test.Normal {
			return "A"
		}
	case i.High > 0 && r.Value > i.High*1.02:
		return "H"
	case r.Value < i.Low*0.98:
		return "L"
	}
	return ""
}

// course compares first and last results of a stay.
func (a *author) course(s stay) [][]string {
	all := reports(s.entries)
	if len(all) < 2 {
		return nil
	}
	table := [][]string{{"検査項目", "入院時", "退院前"}}
	last := map[string]story.Result{}
	for _, r := range all[1:] {
		for _, v := range r.Results {
			last[v.Test.Code] = v
		}
	}
	for _, remarkable := range []bool{true, false} {
		for _, v := range all[0].Results {
			then, ok := last[v.Test.Code]
			if ok && len(table) < 11 && remarkable == (a.mark(v)+a.mark(then) != "") {
				table = append(table, []string{v.Test.Name, a.value(v) + marked(a.mark(v)), a.value(then) + marked(a.mark(then))})
			}
		}
	}
	return table
}

func marked(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

func staffName(s storage.Staff) string { return s.Family + " " + s.Given }
