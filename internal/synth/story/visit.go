package story

import (
	"cmp"
	"math"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// visit is one visit being written down.
type visit struct {
	*outpatient
	on, next Day
	nth      int
}

// at gives an instant of the visit, so many minutes after the reception.
func (v visit) at(after int) time.Time {
	return v.on.At(8, 30+v.minute(v.on, v.dept.Code, 120)+after)
}

func (v visit) entry(after, order int, says Content) {
	v.add(Entry{At: v.at(after), Department: v.dept, Doctor: v.doctor, Order: order, Says: says})
}

func (v visit) reception() { v.entry(0, 0, Reception{}) }

func (v visit) measure(done map[Day]bool) {
	var sets [][]master.Test
	for _, t := range v.tests {
		if v.nth%t.nth == 0 {
			sets = append(sets, t.sets...)
		}
	}
	for _, day := range sortedDays(v.outpatient.on) {
		if !done[day] && day <= v.on {
			done[day] = true
			sets = append(sets, v.outpatient.on[day])
		}
	}
	if tests := merge(sets); len(tests) > 0 {
		v.reports(v.dept, v.doctor, v.on, v.at(5), tests, false)
	}
}

func sortedDays(m map[Day][]master.Test) []Day {
	days := make([]Day, 0, len(m))
	for d := range m {
		days = append(days, d)
	}
	slices.Sort(days)
	return days
}

// reports adds an order of tests and its results, an hour and a half later.
func (ch *chart) reports(dept master.Department, doctor int, on Day, at time.Time, tests []master.Test, inpatient bool) {
	order := ch.order()
	if ch.Hospital == General && ch.c.deep {
		ch.add(Entry{At: at, Department: dept, Doctor: doctor, Order: order, Says: LabOrder{Tests: tests, Inpatient: inpatient}})
	}
	ch.add(Entry{
		At: at.Add(90 * time.Minute), Department: dept, Doctor: doctor, Order: order,
		Says: LabReport{Collected: at.Add(10 * time.Minute), Results: ch.c.results(on, tests), Inpatient: inpatient},
	})
}

func (v visit) prescribe(given map[int]bool) {
	due := v.active(v.on)
	for i, d := range v.drugs {
		if d.days > 0 && !given[i] && d.from <= v.on {
			given[i] = true
			due = append(due, d)
		}
	}
	if len(due) == 0 {
		return
	}
	p := Prescription{Category: Outpatient, Start: v.on, Lines: lines(due, int(v.next-v.on))}
	v.entry(100, v.order(), p)
}

// lines groups drugs by usage and days into RPs and counts what to dispense for so
// many days.
func lines(drugs []drugCourse, days int) []Line {
	var out []Line
	for _, d := range drugs {
		l := Line{Drug: d.drug, Usage: d.usage, Dose: d.dose, Note: d.note}
		switch {
		case d.usage.AsNeeded():
			l.Times, l.Total = int(d.total), d.dose*d.total
		case d.total > 0:
			l.Total = d.total
		default:
			l.Days = cmp.Or(d.days, days)
			l.Total = round(d.dose*float64(d.usage.Doses(l.Days)), 2)
		}
		out = append(out, l)
	}
	// Drugs of one usage and duration stand together; the order is otherwise that of
	// the list.
	type group struct {
		usage string
		days  int
	}
	rp := make(map[group]int)
	for i, l := range out {
		key := group{usage: l.Usage.Code + supplementOf(l.Usage), days: l.Days}
		if l.Days == 0 {
			key.days = -i - 1 // counted otherwise: an RP of its own
		}
		if rp[key] == 0 {
			rp[key] = len(rp) + 1
		}
		out[i].RP = rp[key]
	}
	slices.SortStableFunc(out, func(a, b Line) int { return cmp.Compare(a.RP, b.RP) })
	return out
}

func supplementOf(u master.Usage) string {
	if u.Supplement == nil {
		return ""
	}
	return u.Supplement.Code
}

func (v visit) inject(last map[int]Day) {
	for i, s := range v.shots {
		since, ever := last[i]
		if v.on < s.from || v.on >= s.to || ever && int(v.on-since) < s.gap {
			continue
		}
		last[i] = v.on
		order := v.order()
		given := Injection{Infusion: s.infusion, From: v.at(110), To: v.at(112)}
		if s.infusion.Rate > 0 {
			given.To = given.From.Add(time.Duration(math.Ceil(60*s.infusion.Volume/s.infusion.Rate)) * time.Minute)
		}
		v.entry(105, order, given)
		given.Performed, given.Nurse = true, int(v.on)%4
		v.add(Entry{At: given.To.Add(5 * time.Minute), Department: v.dept, Doctor: v.doctor, Order: order, Says: given})
	}
}
