package story

import (
	"slices"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// valueOn gives the value of a test in the first report on or after a day.
func valueOn(t *testing.T, charts []Chart, h Hospital, test master.Test, on Day) float64 {
	t.Helper()
	for _, c := range charts {
		for _, e := range c.Entries {
			r, ok := e.Says.(LabReport)
			if !ok || c.Hospital != h || e.Cancelled || e.At.Before(on.At(0, 0)) {
				continue
			}
			for _, one := range r.Results {
				if one.Test.Code == test.Code {
					return round(one.Value, test.Decimals)
				}
			}
		}
	}
	t.Fatalf("hospital %d has no %s from %s on", h, test.Name, on.Date())
	return 0
}

// takenOn lists what the hospitals' prescriptions say is taken on a day, by hospital.
func takenOn(charts []Chart, on Day) map[Hospital][]string {
	out := map[Hospital][]string{}
	for _, c := range charts {
		for _, e := range c.Entries {
			p, ok := e.Says.(Prescription)
			if !ok || e.Cancelled || p.Category == BroughtIn {
				continue
			}
			for _, l := range p.Lines {
				if p.Start <= on && on < p.Start+Day(l.Days) && !slices.Contains(out[c.Hospital], l.Drug.HOT9) {
					out[c.Hospital] = append(out[c.Hospital], l.Drug.HOT9)
				}
			}
		}
	}
	return out
}

func takes(taken map[Hospital][]string, h Hospital, drugs ...master.Drug) bool {
	for _, d := range drugs {
		if !slices.Contains(taken[h], d.HOT9) {
			return false
		}
	}
	return true
}

func TestHeartFailure_valuesMoveWithTreatment(t *testing.T) {
	charts, h := heart(), heartTimes{today}
	first, second := h.first(), h.second()
	for _, tc := range []struct {
		name          string
		at            Hospital
		test          master.Test
		before, after Day
		falls         bool
		by            float64 // at least
	}{
		{"NT-proBNP falls over the first stay", General, master.NTproBN, first, first + 17, true, 5000},
		{"potassium falls under the intravenous diuretic", General, master.K, first, first + 5, true, 0.7},
		{"spironolactone brings it back", General, master.K, first + 5, first + 30, false, 0.7},
		{"and too much of it", General, master.K, h.arni(), h.highK(), false, 0.8},
		{"until the dose is halved", General, master.K, h.highK(), h.highK() + 75, true, 0.6},
		{"creatinine rises in congestion", General, master.Cr, first - 60, first, false, 0.15},
		{"NT-proBNP falls further under the new drug", General, master.NTproBN, h.arni(), h.arni() + 110, true, 500},
		{"HbA1c falls with the SGLT2 inhibitor", General, master.HbA1c, first, h.firstEnd() + 130, true, 0.5},
		{"which shows in the urine", General, master.UGlucose, h.start(), h.firstEnd() + 200, false, 2},
		{"haemoglobin rises with darbepoetin", General, master.Hb, h.anaemia(), h.anaemia() + 140, false, 1},
		{"the pain killer costs kidney", General, master.Cr, second - 120, second + 14, false, 0.1},
		{"BNP falls over the second stay", Upland, master.BNP, second, second + 13, true, 400},
		{"the lungs heal", Upland, master.CRP, second, second + 13, true, 8},
		{"potassium falls over the second stay", Upland, master.K, second, second + 6, true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, after := valueOn(t, charts, tc.at, tc.test, tc.before), valueOn(t, charts, tc.at, tc.test, tc.after)
			change := after - before
			if tc.falls {
				change = -change
			}
			if change < tc.by {
				t.Errorf("%s from %g to %g, want a change of %g at least", tc.test.Name, before, after, tc.by)
			}
		})
	}
}

func TestHeartFailure_drugs(t *testing.T) {
	charts, h := heart(), heartTimes{today}
	for _, e := range charts[0].Entries {
		p, ok := e.Says.(Prescription)
		if !ok {
			continue
		}
		var ace, arni bool
		for _, l := range p.Lines {
			ace = ace || l.Drug == master.Enalapril5
			arni = arni || l.Drug == master.SacubitrilValsart50 || l.Drug == master.SacubitrilValsart100
		}
		if ace && arni {
			t.Errorf("ACE inhibitor and its successor in one prescription of %s", e.At)
		}
	}
	for _, tc := range []struct {
		name  string
		on    Day
		drugs []master.Drug
	}{
		{"at the beginning", h.start() + 40, []master.Drug{master.Enalapril5, master.Metformin250, master.Sitagliptin50}},
		{"with oedema", h.oedema() + 70, []master.Drug{master.Furosemide20, master.Carvedilol2}},
		{"after the first stay", h.firstEnd() + 60, []master.Drug{master.Furosemide40, master.Spironolactone25, master.Dapagliflozin10, master.Enalapril5}},
		{"a year on", h.arni() + 140, []master.Drug{master.SacubitrilValsart100, master.Carvedilol10}},
		{"today", today, []master.Drug{master.SacubitrilValsart100, master.Furosemide20, master.Tolvaptan7, master.Linagliptin5}},
	} {
		if taken := takenOn(charts, tc.on); !takes(taken, General, tc.drugs...) {
			t.Errorf("%s: not all of %v are taken", tc.name, tc.drugs)
		}
	}
	if taken := takenOn(charts, h.second()-10); !takes(taken, Valley, master.Loxoprofen60) || takes(taken, General, master.Loxoprofen60) {
		t.Error("the pain killer before the second stay must be Valley's alone")
	}
}

func TestHeartFailure_stays(t *testing.T) {
	type stay struct{ admissions, injections int }
	got := map[Hospital]stay{}
	for _, c := range heart() {
		for _, e := range c.Entries {
			s := got[c.Hospital]
			switch says := e.Says.(type) {
			case Admission:
				if !e.Cancelled {
					s.admissions++
				}
			case Injection:
				if says.Performed && says.Inpatient {
					s.injections++
				}
			}
			got[c.Hospital] = s
		}
	}
	for _, h := range []Hospital{General, Upland} {
		if got[h].admissions != 1 || got[h].injections < 15 {
			t.Errorf("hospital %d: %+v, want one stay with many injections", h, got[h])
		}
	}
}

// One hospital knows of the allergy, one was told of none, one never asked: the three
// states that a banner must tell apart.
func TestHeartFailure_allergies(t *testing.T) {
	got := map[Hospital]int{General: -1, Valley: -1, Upland: -1}
	for _, c := range heart() {
		if n := len(c.Allergies); n > 0 {
			got[c.Hospital] = len(c.Allergies[n-1].Entries)
		}
	}
	if got[General] != 1 || got[Valley] != 0 || got[Upland] != -1 {
		t.Errorf("entries by hospital: %v, want one, none and no list", got)
	}
}

func TestPolypharmacy(t *testing.T) {
	charts, p := pills(), polyTimes{today}
	before := takenOn(charts, p.fall()-12)
	if !takes(before, General, master.Lansoprazole15, master.Olmesartan20, master.Trichlormethiazide1, master.Doxazosin2, master.Amlodipine5) ||
		!takes(before, Valley, master.Celecoxib100, master.Esomeprazole20, master.Pregabalin75) ||
		!takes(before, Upland, master.Etizolam05, master.Brotizolam025) {
		t.Errorf("the three hospitals' drugs before the fall: %v", before)
	}
	var brought []string
	for _, c := range charts {
		for _, e := range c.Entries {
			if rx, ok := e.Says.(Prescription); ok && rx.Category == BroughtIn {
				for _, l := range rx.Lines {
					brought = append(brought, l.Drug.HOT9)
				}
			}
		}
	}
	for _, d := range []master.Drug{master.Zolpidem5, master.Loxoprofen60, master.Rabeprazole10} {
		if !slices.Contains(brought, d.HOT9) {
			t.Errorf("%s, which the clinic gave, was not brought along", d.Name)
		}
	}
	after := takenOn(charts, today)
	for h, gone := range map[Hospital][]master.Drug{
		General: {master.Trichlormethiazide1, master.Doxazosin2, master.Lansoprazole15, master.Olmesartan20},
		Valley:  {master.Celecoxib100, master.Esomeprazole20, master.Pregabalin75},
		Upland:  {master.Etizolam05, master.Brotizolam025},
	} {
		for _, d := range gone {
			if takes(after, h, d) {
				t.Errorf("%s is still taken", d.Name)
			}
		}
		if len(after[h]) == 0 || len(after[h]) >= len(before[h]) && h != Valley {
			t.Errorf("hospital %d: %d drugs before, %d today", h, len(before[h]), len(after[h]))
		}
	}
	low, back := valueOn(t, charts, General, master.EGFR, p.fall()), valueOn(t, charts, General, master.EGFR, p.end()+60)
	begin := valueOn(t, charts, General, master.EGFR, p.start())
	if low > begin-20 || back < low+10 {
		t.Errorf("eGFR %.0f, %.0f at the fall, %.0f after: want it to drop and to come back", begin, low, back)
	}
	if sodium := valueOn(t, charts, General, master.Na, p.fall()); sodium > 130 {
		t.Errorf("sodium %g at the fall, want what a thiazide does", sodium)
	}
}

func TestTemplates_fit(t *testing.T) {
	names := map[string]bool{}
	for _, tmpl := range Templates() {
		if names[tmpl.Name] {
			t.Errorf("two templates are called %q", tmpl.Name)
		}
		names[tmpl.Name] = true
		if len(tmpl.Hospitals()) == 0 {
			t.Errorf("no hospital has the department of %q", tmpl.Name)
		}
	}
	for age := 1; age <= 99; age++ {
		for _, sex := range []clinical.Sex{clinical.Male, clinical.Female} {
			for _, long := range []bool{false, true} {
				if len(Fitting(sex, age, long)) == 0 {
					t.Errorf("no story for %s of %d, long %v", sex, age, long)
				}
			}
		}
	}
}

func TestDay(t *testing.T) {
	friday := today
	for name, tc := range map[string]struct{ got, want Day }{
		"a working day stays":        {friday.workday(), friday},
		"Saturday becomes Monday":    {(friday + 1).workday(), friday + 3},
		"New Year passes":            {friday.next(time.December, 29).workday(), friday.next(time.January, 4)},
		"months end on the 28th":     {friday.next(time.January, 31).months(1), friday.next(time.February, 28)},
		"back over a year":           {friday.months(-12), friday - 365},
		"the next of today is today": {friday.next(time.November, 20), friday},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", name, tc.got.Date(), tc.want.Date())
		}
	}
}
