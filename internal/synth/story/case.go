package story

import (
	"cmp"
	"slices"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Case is one person's story in the making.
type Case struct {
	*Body
	seed   uint64
	today  Day
	deep   bool // a linked person, whose story is long
	charts [Disclose]*chart
	absent []absence

	fibrillates, strained bool // what an ECG shows
}

// absence is a time in some hospital's bed, when no outpatient clinic is visited.
type absence struct{ from, to Day }

// away announces a stay to the clinics that are written before it is.
func (c *Case) away(from, to Day) { c.absent = append(c.absent, absence{from, to}) }

// chart is a [Chart] in the making.
type chart struct {
	Chart
	c        *Case
	orders   int
	further  int // orders of examinations, diets and cultures
	problems []Problem
	main     master.Department
}

func newCase(seed uint64, sex clinical.Sex, birth, today Day, deep bool) *Case {
	return &Case{Body: NewBody(seed, sex, birth), seed: seed, today: today, deep: deep}
}

// dice gives the stream for a part of the story.
func (c *Case) dice(name ...string) dice.Dice { return dice.New(c.seed, name...) }

// chart opens the person's chart at a hospital, or gives the one that is open.
func (c *Case) chart(h Hospital, dept master.Department) *chart {
	if c.charts[h] == nil {
		c.charts[h] = &chart{Chart: Chart{Hospital: h}, c: c, main: dept}
	}
	return c.charts[h]
}

func (ch *chart) add(e Entry) { ch.Entries = append(ch.Entries, e) }

func (ch *chart) order() int {
	ch.orders++
	return ch.orders
}

// minute spreads what happens on one day over the morning, the same each time.
func (ch *chart) minute(on Day, what string, span int) int {
	return ch.c.dice("minute", strconv.Itoa(int(ch.Hospital)), what, strconv.Itoa(int(on))).IntN(span)
}

// results measures tests on a day.
func (c *Case) results(on Day, tests []master.Test) []Result {
	out := make([]Result, 0, len(tests))
	for _, t := range tests {
		out = append(out, Result{t, c.Value(t, on)})
	}
	return out
}

// finish drops what has not happened yet, orders the rest, and gives the charts.
func (c *Case) finish() []Chart {
	end := c.today.At(23, 59)
	var out []Chart
	for _, ch := range c.charts {
		if ch == nil {
			continue
		}
		ch.Entries = slices.DeleteFunc(ch.Entries, func(e Entry) bool { return e.At.After(end) })
		if len(ch.Entries) == 0 {
			continue
		}
		ch.revise()
		slices.SortStableFunc(ch.Entries, func(a, b Entry) int {
			return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Order, b.Order))
		})
		ch.Known = ch.Entries[0].At
		ch.Attending = slices.DeleteFunc(ch.Attending, func(a Attending) bool { return a.At.After(end) })
		ch.listProblems()
		out = append(out, ch.Chart)
	}
	return out
}

// listProblems makes the versions of the list of diseases: one whenever a disease
// came or went, of which the latest few were kept.
func (ch *chart) listProblems() {
	slices.SortStableFunc(ch.problems, func(a, b Problem) int { return cmp.Compare(a.From, b.From) })
	first := DayOf(dateOf(ch.Known))
	changes := []Day{}
	for _, p := range ch.problems {
		changes = append(changes, max(p.From, first))
		if p.To > first && p.To < ch.c.today {
			changes = append(changes, p.To)
		}
	}
	slices.Sort(changes)
	changes = slices.Compact(changes)
	if most := map[bool]int{true: 4, false: 2}[ch.c.deep]; len(changes) > most {
		changes = changes[len(changes)-most:]
	}
	for _, on := range changes {
		list := ProblemList{At: on.At(13, ch.minute(on, "problems", 60)), By: ch.main}
		for _, p := range ch.problems {
			if p.From > on {
				continue
			}
			if p.To > on {
				p.To, p.Outcome = 0, master.Code{}
			}
			list.Problems = append(list.Problems, p)
		}
		ch.Problems = append(ch.Problems, list)
	}
}
