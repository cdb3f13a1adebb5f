package story

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

func dateOf(t time.Time) wareki.Date { return wareki.On(t) }

// drugCourse is one drug over a time.
type drugCourse struct {
	drug     master.Drug
	usage    master.Usage
	dose     float64
	from, to Day
	total    float64 // to dispense each time, of what is not counted in doses
	days     int     // a short course, prescribed once; 0: renewed at each visit
	note     string
}

// outpatient is a person under the care of one department: when they come, what
// they take and what is measured.
type outpatient struct {
	*chart
	dept   master.Department
	doctor int
	drugs  []drugCourse
	stays  []*stay
	every  []schedule
	tests  []routine
	shots  []shot
	on     map[Day][]master.Test // measured at the visit on or after the day
	looks  []look
}

// problem puts a disease on the hospital's list. A zero To means that it goes on.
func (o *outpatient) problem(p Problem) {
	if p.From < o.c.today {
		p.Department = o.dept
		o.problems = append(o.problems, p)
	}
}

type schedule struct {
	from, to Day
	days     int
}

// routine is a set of tests at every nth visit.
type routine struct {
	nth  int
	sets [][]master.Test
}

// shot is an injection given at visits.
type shot struct {
	infusion Infusion
	from, to Day
	gap      int // days at least between two
}

func (c *Case) outpatient(h Hospital, dept master.Department) *outpatient {
	ch := c.chart(h, dept)
	return &outpatient{chart: ch, dept: dept, doctor: c.dice("doctor", dept.Code).IntN(3)}
}

// comes schedules visits, about every so many days.
func (o *outpatient) comes(from, to Day, days int) {
	o.every = append(o.every, schedule{from, to, days})
}

// takes puts a drug on the list from one day to another.
func (o *outpatient) takes(d master.Drug, dose float64, u master.Usage, from, to Day) {
	o.drugs = append(o.drugs, drugCourse{drug: d, usage: u, dose: dose, from: from, to: to})
}

// gets puts what is not counted in doses on the list: tubes, patches, as-needed drugs.
func (o *outpatient) gets(d master.Drug, dose, total float64, u master.Usage, from, to Day) {
	o.drugs = append(o.drugs, drugCourse{drug: d, usage: u, dose: dose, total: total, from: from, to: to})
}

// course prescribes a drug once, for so many days, at the visit on or after the day.
func (o *outpatient) course(d master.Drug, dose float64, u master.Usage, from Day, days int) {
	o.drugs = append(o.drugs, drugCourse{drug: d, usage: u, dose: dose, from: from, to: forever, days: days})
}

// tested has tests done at every nth visit, the first included.
func (o *outpatient) tested(nth int, sets ...[]master.Test) {
	o.tests = append(o.tests, routine{nth, sets})
}

// testedOn has tests done at the visit on or after the day.
func (o *outpatient) testedOn(day Day, sets ...[]master.Test) {
	if o.on == nil {
		o.on = map[Day][]master.Test{}
	}
	o.on[day] = merge(append([][]master.Test{o.on[day]}, sets...))
}

// injected gives an injection at visits, with a gap of at least so many days.
func (o *outpatient) injected(i Infusion, from, to Day, gap int) {
	o.shots = append(o.shots, shot{i, from, to, gap})
}

// visits lists the days of visits in order: workdays outside of stays in whichever
// hospital, the first one after a stay about two weeks later.
func (o *outpatient) visits() []Day {
	var days []Day
	for _, s := range o.every {
		for d := s.from; d < s.to; d += Day(s.days) {
			for _, in := range o.c.absent {
				if d >= in.from && d < in.to+12 {
					d = in.to + 12
				}
			}
			v := d.workday()
			if v >= s.to && d != s.from || v > o.c.today {
				break
			}
			if len(days) > 0 && v <= days[len(days)-1] {
				continue
			}
			days = append(days, v)
		}
	}
	return days
}

// write turns the schedule into entries of the chart.
func (o *outpatient) write() {
	days := o.visits()
	given := make(map[int]bool)    // short courses that were prescribed
	lastShot := make(map[int]Day)  // by index of the shot
	measured := make(map[Day]bool) // days of testedOn that are done
	looked := make(map[int]bool)   // by index of the look
	for i, on := range days {
		v := visit{outpatient: o, on: on, nth: i, next: o.next(days, i)}
		v.reception()
		v.measure(measured)
		v.prescribe(given)
		v.inject(lastShot)
		v.examine(looked)
	}
	for _, s := range o.stays {
		s.write(o.after(days, s.to))
	}
}

// next gives the day up to which a prescription at a visit must last.
func (o *outpatient) next(days []Day, i int) Day {
	if i+1 < len(days) {
		next := days[i+1]
		for _, s := range o.c.absent {
			if s.from > days[i] && s.from < next {
				// Nobody knew of the stay: they prescribed as always.
				next = (days[i] + Day(o.interval(days[i]))).workday()
			}
		}
		return next
	}
	return (days[i] + Day(o.interval(days[i]))).workday()
}

func (o *outpatient) interval(on Day) int {
	days := 28
	for _, s := range o.every {
		if on >= s.from {
			days = s.days
		}
	}
	return days
}

// after gives the first visit after a day, else the day two weeks on.
func (o *outpatient) after(days []Day, on Day) Day {
	for _, d := range days {
		if d > on {
			return d
		}
	}
	return on + 14
}

// active lists what is taken on a day.
func (o *outpatient) active(on Day) []drugCourse {
	var out []drugCourse
	for _, d := range o.drugs {
		if d.days == 0 && d.from <= on && on < d.to {
			out = append(out, d)
		}
	}
	return out
}

// merge joins sets of tests, each test once, in the order of the sets.
func merge(sets [][]master.Test) []master.Test {
	seen := make(map[string]bool)
	var out []master.Test
	for _, set := range sets {
		for _, t := range set {
			if !seen[t.Code] {
				seen[t.Code] = true
				out = append(out, t)
			}
		}
	}
	return out
}
