package story

import (
	"math"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// Body is what can be measured in one person. Any test on any day has one value.
type Body struct {
	Sex   clinical.Sex
	Birth Day
	seed  uint64
	knots map[string][]knot // by code of the test
}

type knot struct {
	day   Day
	value float64
}

// NewBody gives the body of a healthy person.
func NewBody(seed uint64, sex clinical.Sex, birth Day) *Body {
	return &Body{Sex: sex, Birth: birth, seed: seed, knots: map[string][]knot{}}
}

// Age counts full years.
func (b *Body) Age(on Day) int { return b.Birth.Date().Age(on.Date()) }

// follows lays down the course of a test: straight lines from knot to knot, level
// before the first and behind the last. The first course that is laid down holds.
func (b *Body) follows(t master.Test, knots ...knot) {
	if _, laid := b.knots[t.Code]; !laid {
		b.knots[t.Code] = knots
	}
}

// Value gives the value of a test on a day, of qualitative ones the index of the grade.
func (b *Body) Value(t master.Test, on Day) float64 {
	if f, ok := derived[t.Code]; ok && b.knots[t.Code] == nil {
		return f(b, on)
	}
	value, spread := b.course(t, on)
	if t.Qualitative() {
		return math.Max(0, math.Min(float64(len(t.Grades)-1), math.Round(value)))
	}
	value += spread * dice.Deviate(b.seed, "day", t.Code, strconv.Itoa(int(on)))
	return math.Max(value, 0.001)
}

// course gives the value without its daily ups and downs, and how large those are.
func (b *Body) course(t master.Test, on Day) (value, spread float64) {
	if knots := b.knots[t.Code]; len(knots) > 0 {
		value = between(knots, on)
		spread = value * 0.02
		if i := t.Range(b.Sex); i.Low > 0 && i.High > 0 {
			spread = min(spread, (i.High-i.Low)*0.1) // salts are held within narrow bounds
		}
		return value, spread
	}
	if t.Qualitative() {
		return 0, 0
	}
	usual := t.Usual
	if usual == (master.Interval{}) {
		usual = t.Range(b.Sex)
	}
	width := usual.High - usual.Low
	own := dice.Deviate(b.seed, "own", t.Code)
	return usual.Low + width*(0.5+0.13*own), width * 0.05
}

func between(knots []knot, on Day) float64 {
	last := knots[0]
	for _, k := range knots {
		if on < k.day {
			if k.day == last.day || on <= last.day {
				return last.value
			}
			return last.value + (k.value-last.value)*float64(on-last.day)/float64(k.day-last.day)
		}
		last = k
	}
	return last.value
}

// derived are the tests that laboratories compute, and those that move with others.
var derived map[string]func(*Body, Day) float64

// In init, since the functions ask for values and so for this table.
func init() {
	as := func(f func(v func(master.Test) float64) float64) func(*Body, Day) float64 {
		return func(b *Body, on Day) float64 {
			return f(func(t master.Test) float64 { return round(b.Value(t, on), t.Decimals) })
		}
	}
	derived = map[string]func(*Body, Day) float64{
		master.EGFR.Code:    (*Body).filtration,
		master.AGRatio.Code: as(func(v func(master.Test) float64) float64 { return v(master.Alb) / (v(master.TP) - v(master.Alb)) }),
		master.TP.Code: func(b *Body, on Day) float64 {
			return b.Value(master.Alb, on) + 2.75 + 0.15*dice.Deviate(b.seed, "globulin")
		},
		master.DBil.Code: as(func(v func(master.Test) float64) float64 { return 0.25 * v(master.TBil) }),
		master.Cl.Code: func(b *Body, on Day) float64 {
			return b.Value(master.Na, on) - 36.5 + 0.8*dice.Deviate(b.seed, "chloride", strconv.Itoa(int(on)))
		},
		master.Ht.Code: func(b *Body, on Day) float64 {
			return round(b.Value(master.Hb, on), 1) * (2.98 + 0.02*dice.Deviate(b.seed, "haematocrit", strconv.Itoa(int(on))))
		},
		master.RBC.Code:  as(func(v func(master.Test) float64) float64 { return 1000 * v(master.Ht) / v(master.MCV) }),
		master.MCH.Code:  as(func(v func(master.Test) float64) float64 { return 1000 * v(master.Hb) / v(master.RBC) }),
		master.MCHC.Code: as(func(v func(master.Test) float64) float64 { return 100 * v(master.Hb) / v(master.Ht) }),
		master.Neut.Code: as(func(v func(master.Test) float64) float64 {
			return 100 - v(master.Lymph) - v(master.Mono) - v(master.Eos) - v(master.Baso)
		}),
		master.TC.Code:    as(func(v func(master.Test) float64) float64 { return v(master.LDL) + v(master.HDL) + v(master.TG)/5 }),
		master.PTSec.Code: as(func(v func(master.Test) float64) float64 { return 11.8 * v(master.PTINR) }),
		master.UN.Code: func(b *Body, on Day) float64 {
			return (4 + 13.5*b.Value(master.Cr, on)) * (1 + 0.05*dice.Deviate(b.seed, "urea", strconv.Itoa(int(on))))
		},
	}
}

// filtration estimates eGFR from creatinine, age and sex by the equation of the
// Japanese Society of Nephrology (2009).
func (b *Body) filtration(on Day) float64 {
	creatinine := round(b.Value(master.Cr, on), master.Cr.Decimals)
	rate := 194 * math.Pow(creatinine, -1.094) * math.Pow(float64(max(b.Age(on), 18)), -0.287)
	if b.Sex == clinical.Female {
		rate *= 0.739
	}
	return rate
}

func round(v float64, decimals int) float64 {
	p := math.Pow(10, float64(decimals))
	return math.Round(v*p) / p
}
