package story

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

var today = DayOf(wareki.Date{Year: 2026, Month: time.November, Day: 20})

func teller(sex clinical.Sex, age int, deep bool) Teller {
	return Teller{Seed: 11, Sex: sex, Birth: today - Day(age*365+age/4+100), Today: today, Deep: deep}
}

func heart() []Chart { return HeartFailure(teller(clinical.Male, 78, true)) }
func pills() []Chart { return Polypharmacy(teller(clinical.Female, 83, true)) }

// everybody tells every template to somebody whom it fits, short and long.
func everybody(t *testing.T, each func(t *testing.T, charts []Chart)) {
	t.Helper()
	t.Run("heart failure", func(t *testing.T) { each(t, heart()) })
	t.Run("polypharmacy", func(t *testing.T) { each(t, pills()) })
	for _, tmpl := range Templates() {
		for _, deep := range []bool{false, true} {
			sex := cmp.Or(tmpl.Sex, clinical.Female)
			of := teller(sex, (tmpl.Youngest+tmpl.Oldest)/2, deep)
			t.Run(tmpl.Name, func(t *testing.T) { each(t, tmpl.Play(of, tmpl.Hospitals())) })
		}
	}
}

func TestEveryStoryIsToldUpToToday(t *testing.T) {
	everybody(t, func(t *testing.T, charts []Chart) {
		if len(charts) == 0 {
			t.Fatal("no chart")
		}
		for _, c := range charts {
			if len(c.Entries) == 0 || len(c.Problems) == 0 {
				t.Fatalf("hospital %d: %d entries, %d lists of diseases", c.Hospital, len(c.Entries), len(c.Problems))
			}
			if !slices.IsSortedFunc(c.Entries, func(a, b Entry) int { return a.At.Compare(b.At) }) {
				t.Error("entries out of order")
			}
			if last := c.Entries[len(c.Entries)-1].At; last.After(today.At(23, 59)) {
				t.Errorf("something has happened at %s", last)
			}
			if !c.Known.Equal(c.Entries[0].At) {
				t.Errorf("known from %s, first entry %s", c.Known, c.Entries[0].At)
			}
		}
	})
}

func TestSameSeedSameStory(t *testing.T) {
	if diff := gocmp.Diff(heart(), heart()); diff != "" {
		t.Errorf("told twice (-first +second):\n%s", diff)
	}
	of := teller(clinical.Male, 78, true)
	of.Seed++
	if gocmp.Equal(heart(), HeartFailure(of)) {
		t.Error("another seed tells the same")
	}
}

// Somebody in a bed of one hospital is not seen at the clinics of any.
func TestNobodyIsAtTwoPlaces(t *testing.T) {
	everybody(t, func(t *testing.T, charts []Chart) {
		type stay struct{ from, to time.Time }
		var stays []stay
		for _, c := range charts {
			for _, e := range c.Entries {
				if d, ok := e.Says.(Discharge); ok {
					stays = append(stays, stay{d.Admitted, e.At})
				}
			}
		}
		for _, c := range charts {
			for _, e := range c.Entries {
				if _, ok := e.Says.(Reception); !ok {
					continue
				}
				for _, s := range stays {
					if e.At.After(s.from) && e.At.Before(s.to) {
						t.Errorf("received at hospital %d on %s, in a bed from %s to %s", c.Hospital, e.At, s.from, s.to)
					}
				}
			}
		}
	})
}

// A drug that goes on is prescribed for exactly the days up to the next prescription.
func TestPrescriptionsAbut(t *testing.T) {
	for _, tmpl := range Templates() {
		if tmpl.Name != "hypertension" {
			continue
		}
		charts := tmpl.Play(teller(clinical.Male, 66, true), []Hospital{General})
		until := map[string]Day{}
		abutting := 0
		for _, e := range charts[0].Entries {
			p, ok := e.Says.(Prescription)
			if !ok || e.Cancelled {
				continue
			}
			for _, l := range p.Lines {
				if end, before := until[l.Drug.HOT9]; before {
					if end != p.Start {
						t.Errorf("%s ends on %s and goes on on %s", l.Drug.Name, end.Date(), p.Start.Date())
					}
					abutting++
				}
				until[l.Drug.HOT9] = p.Start + Day(l.Days)
			}
		}
		if abutting < 30 {
			t.Errorf("%d prescriptions go on, want many", abutting)
		}
		if last := until[master.Amlodipine5.HOT9]; last <= today {
			t.Errorf("the drug of the last visit ends on %s, before today", last.Date())
		}
	}
}

// What is computed agrees with what it is computed from, as the report shows it.
func TestComputedValuesAgree(t *testing.T) {
	reports := 0
	everybody(t, func(t *testing.T, charts []Chart) {
		for _, c := range charts {
			for _, e := range c.Entries {
				r, ok := e.Says.(LabReport)
				if !ok {
					continue
				}
				v := map[string]float64{}
				for _, one := range r.Results {
					v[one.Test.Code] = round(one.Value, one.Test.Decimals)
				}
				near := func(what string, got, want, within float64) {
					if got != 0 && want != 0 && !math.IsInf(want, 0) && math.Abs(got-want) > within {
						t.Errorf("%s on %s: %s is %g, the others say %g", e.At, what, what, got, want)
					}
				}
				near("A/G", v[master.AGRatio.Code], v[master.Alb.Code]/(v[master.TP.Code]-v[master.Alb.Code]), 0.02)
				near("MCHC", v[master.MCHC.Code], 100*v[master.Hb.Code]/v[master.Ht.Code], 0.06)
				near("MCV", v[master.MCV.Code], 1000*v[master.Ht.Code]/v[master.RBC.Code], 0.2)
				if v[master.Neut.Code] > 0 {
					sum := v[master.Neut.Code] + v[master.Lymph.Code] + v[master.Mono.Code] + v[master.Eos.Code] + v[master.Baso.Code]
					near("differential", sum, 100, 0.11)
				}
				reports++
			}
		}
	})
	if reports < 500 {
		t.Errorf("%d reports were looked at", reports)
	}
}

func TestFiltration(t *testing.T) {
	for name, tc := range map[string]struct {
		sex        clinical.Sex
		age        int
		creatinine float64
		want       float64
	}{
		// By the equation of the Japanese Society of Nephrology, computed by hand.
		"man of 60":   {clinical.Male, 60, 1.00, 59.9},
		"woman of 60": {clinical.Female, 60, 1.00, 44.3},
		"man of 78":   {clinical.Male, 78, 1.98, 26.3},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBody(1, tc.sex, today-Day(tc.age*365+tc.age/4+100))
			b.follows(master.Cr, knot{today, tc.creatinine})
			// Creatinine has its daily ups and downs; the equation is checked at its value.
			creatinine := round(b.Value(master.Cr, today), 2)
			want := tc.want * math.Pow(creatinine/tc.creatinine, -1.094)
			if got := b.Value(master.EGFR, today); math.Abs(got-want) > 0.1 {
				t.Errorf("eGFR %.2f at creatinine %.2f, want %.2f", got, creatinine, want)
			}
		})
	}
}

func TestBody_courseRunsFromKnotToKnot(t *testing.T) {
	b := NewBody(1, clinical.Male, today-20000)
	b.follows(master.K, knot{100, 4}, knot{110, 5}, knot{120, 3})
	b.follows(master.K, knot{100, 9}) // comes too late
	for name, tc := range map[string]struct {
		on   Day
		want float64
	}{
		"before the first": {0, 4}, "at a knot": {110, 5}, "between": {105, 4.5}, "on the way down": {115, 4}, "behind the last": {500, 3},
	} {
		if got, _ := b.course(master.K, tc.on); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, got, tc.want)
		}
	}
}
