package story

import (
	"slices"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Template is a kind of story that many persons share, each in their own way.
type Template struct {
	Name             string
	Department       master.Department
	Sex              clinical.Sex // of whom it can be told; empty: of all
	Youngest, Oldest int          // ages
	Every            int          // days between visits
	Slight           bool         // nothing that a long story could be made of
	play             func(*part)
}

// part is a template being played: one person at one clinic, from one day to another.
type part struct {
	*outpatient
	dice.Dice
	from, to Day
	deep     bool
}

// at gives a day of the part, 0 its beginning and 1 its end.
func (p *part) at(share float64) Day { return p.from + Day(share*float64(p.to-p.from)) }

// follows lays down a course in shares of the part.
func (p *part) follows(t master.Test, points ...float64) {
	var knots []knot
	for i := 0; i+1 < len(points); i += 2 {
		knots = append(knots, knot{p.at(points[i]), points[i+1] * (0.96 + 0.08*p.Float64())})
	}
	p.c.follows(t, knots...)
}

func (p *part) has(d master.Disease, main bool) {
	p.problem(Problem{Disease: d, From: p.from, Main: main})
}

// Clinics lists which departments a hospital has.
func (h Hospital) Clinics() []master.Department {
	switch h {
	case General:
		return master.Departments()
	case Valley:
		return []master.Department{master.Internal, master.Surgery, master.Orthopedics, master.Neurosurg, master.Eye, master.Urology, master.Respiratory}
	}
	return []master.Department{master.Internal, master.Psychiatry, master.Paediatrics, master.Cardiology, master.Neurology}
}

// Hospitals lists the hospitals that have the template's department.
func (t Template) Hospitals() []Hospital {
	var out []Hospital
	for h := range Disclose {
		if slices.Contains(h.Clinics(), t.Department) {
			out = append(out, h)
		}
	}
	return out
}

// Fits reports whether the story can be told of such a person.
func (t Template) Fits(sex clinical.Sex, age int) bool {
	return (t.Sex == "" || t.Sex == sex) && t.Youngest <= age && age <= t.Oldest
}

// Fitting lists the templates whose stories can be told of such a person, of one whose
// story is to be long only slight ones if there is nothing else. There is at least one
// for every age from 1 to 99.
func Fitting(sex clinical.Sex, age int, long bool) []Template {
	var weighty, all []Template
	for _, t := range Templates() {
		if !t.Fits(sex, age) {
			continue
		}
		all = append(all, t)
		if !t.Slight {
			weighty = append(weighty, t)
		}
	}
	if long && len(weighty) > 0 {
		return weighty
	}
	return all
}

// Teller is of whom a story is told.
type Teller struct {
	Seed  uint64
	Sex   clinical.Sex
	Birth Day
	Today Day
	Deep  bool // over years, with stays; else a few visits
}

// Play tells the template's story at the first of the hospitals, and a small one of
// another template at each of the others.
func (t Template) Play(of Teller, at []Hospital) []Chart {
	c := newCase(of.Seed, of.Sex, of.Birth, of.Today, of.Deep)
	visits := c.dice("visits").Between(1, 3)
	if of.Deep {
		visits = c.dice("visits").Between(19, 26)
	}
	used := []string{t.Name}
	for i, h := range at {
		if i > 0 {
			var ok bool
			if t, ok = another(c, h, used); !ok {
				continue
			}
			used = append(used, t.Name)
			visits = 1
			if of.Deep {
				visits = c.dice("visits", t.Name).Between(3, 4)
			}
		}
		c.tell(t, h, visits, of.Deep && i == 0)
	}
	c.asksForAllergies()
	return c.finish()
}

// another picks a story for a further hospital; a child finds none at some.
func another(c *Case, h Hospital, used []string) (Template, bool) {
	var fitting []Template
	for _, t := range Templates() {
		if slices.Contains(t.Hospitals(), h) && t.Fits(c.Sex, c.Age(c.today)) && !slices.Contains(used, t.Name) {
			fitting = append(fitting, t)
		}
	}
	if len(fitting) == 0 {
		return Template{}, false
	}
	return dice.Pick(c.dice("another", strconv.Itoa(int(h))), fitting), true
}

func (c *Case) tell(t Template, h Hospital, visits int, deep bool) {
	o := c.outpatient(h, t.Department)
	p := &part{outpatient: o, Dice: c.dice("template", t.Name), deep: deep}
	last := c.today - Day(c.dice("last", t.Name).Between(2, t.Every))
	if !c.deep {
		last -= Day(c.dice("long ago", t.Name).IntN(400))
	}
	p.from = last - Day((visits-1)*t.Every)
	p.to = last + 4 // a weekend may put the last visit off
	o.comes(p.from, p.to, t.Every)
	t.play(p)
	o.write()
}
