package master_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
)

// once reports a code that is given twice.
func once(t *testing.T) func(code, name string) {
	t.Helper()
	seen := map[string]string{}
	return func(code, name string) {
		if other, taken := seen[code]; taken && code != "" {
			t.Errorf("%s has the code %s of %s", name, code, other)
		}
		seen[code] = name
	}
}

// writable reports text that SS-MIX2 does not carry.
func writable(t *testing.T, text string) {
	t.Helper()
	if _, lost := jis.Encode(text); len(lost) > 0 {
		t.Errorf("%s: %v", text, lost)
	}
}

func TestDrugs(t *testing.T) {
	all := master.Drugs()
	if len(all) < 80 {
		t.Errorf("%d drugs, want 80 at least", len(all))
	}
	hot, yj := once(t), once(t)
	for _, d := range all {
		hot(d.HOT9, d.Name)
		yj(d.YJ, d.Name)
		if h, ok := jcode.ParseHOT(d.HOT9); !ok || h.Company == "" || d.HOT9[:2] != "99" {
			t.Errorf("%s: %s is no HOT9 of a product that does not exist", d.Name, d.HOT9)
		}
		y, ok := jcode.ParseYJ(d.YJ)
		if !ok {
			t.Fatalf("%s: %s is no YJ code", d.Name, d.YJ)
		}
		use, ok := y.Use()
		want := "内用"
		switch d.Route.Code {
		case "TP", "IH", "OP":
			want = "外用"
		case "IV", "SC":
			want = "注射"
		}
		if sublingual := d.Route.Code == "SL"; !ok || use.JA != want && !sublingual {
			t.Errorf("%s: the YJ code says %s, the route %s", d.Name, use.JA, d.Route.Text)
		}
		for what, known := range map[string]func(string) (jcode.Words, bool){d.Form.Code: jcode.Form, d.Unit.Code: jcode.Unit, d.Route.Code: jcode.Route} {
			if _, ok := known(what); !ok {
				t.Errorf("%s: unknown code %s", d.Name, what)
			}
		}
		writable(t, d.Name)
		writable(t, master.FullWidth(d.Name))
	}
}

// Strengths of one ingredient share the ingredient of the YJ code, which is what
// duplicate prescriptions are found by.
func TestDrugsOfOneIngredientAgree(t *testing.T) {
	for name, pair := range map[string][2]master.Drug{
		"furosemide":  {master.Furosemide20, master.Furosemide40},
		"amlodipine":  {master.Amlodipine2, master.Amlodipine5},
		"carvedilol":  {master.Carvedilol2, master.Carvedilol10},
		"loxoprofen?": {master.Loxoprofen60, master.LoxoprofenTape},
	} {
		a, _ := jcode.ParseYJ(pair[0].YJ)
		b, _ := jcode.ParseYJ(pair[1].YJ)
		if agree := a.Ingredient() == b.Ingredient(); agree == (name == "loxoprofen?") {
			t.Errorf("%s: %s and %s, agree %v", name, pair[0].YJ, pair[1].YJ, agree)
		}
	}
}

func TestUsages(t *testing.T) {
	for _, u := range master.Usages() {
		if len(u.Code) != 16 {
			t.Errorf("%s: %s has not sixteen characters", u.Text, u.Code)
		}
		if injected := u.Code[0] == '3'; injected {
			continue // their timing is not published freely
		}
		if _, ok := jcode.Usage(u.Code); !ok {
			t.Errorf("%s: %s is not of the grammar", u.Text, u.Code)
		}
		if asNeeded := u.Code[2] == '5'; asNeeded != u.AsNeeded() {
			t.Errorf("%s: %s and %d times a day", u.Text, u.Code, u.PerDay)
		}
		if !u.AsNeeded() && int(u.Code[3]-'0') != u.PerDay {
			t.Errorf("%s: the code says %c times a day, the usage %d", u.Text, u.Code[3], u.PerDay)
		}
		if s := u.Supplement; s != nil {
			if _, ok := jcode.Usage(s.Code); !ok || len(s.Code) != 8 {
				t.Errorf("%s: supplement %s", u.Text, s.Code)
			}
		}
	}
}

func TestUsage_Doses(t *testing.T) {
	for name, tc := range map[string]struct {
		usage master.Usage
		days  int
		want  int
	}{
		"three times a day": {master.AfterMeals, 7, 21},
		"once a week":       {master.RisingWeekly, 28, 4},
		"a begun week":      {master.RisingWeekly, 30, 5},
		"every other day":   {master.EveryOtherDay, 7, 4},
		"as needed":         {master.WhenInPain, 7, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.usage.Doses(tc.days); got != tc.want {
				t.Errorf("Doses(%d) = %d, want %d", tc.days, got, tc.want)
			}
		})
	}
}

func TestTests(t *testing.T) {
	all := master.Tests()
	if len(all) < 60 {
		t.Errorf("%d tests, want 60 at least", len(all))
	}
	jlac, local := once(t), once(t)
	for _, one := range all {
		jlac(one.Code, one.Name)
		local(one.Local, one.Name)
		code, ok := jcode.ParseJLAC10(one.Code)
		if !ok || len(one.Code) != 17 {
			t.Errorf("%s: %s is no JLAC10 code of a result", one.Name, one.Code)
		}
		if code.Material != one.Panel.Material.Code {
			t.Errorf("%s: material %s in the panel of %s", one.Name, code.Material, one.Panel.Material.Code)
		}
		if one.Qualitative() == (one.Decimals > 0 || one.Male != (master.Interval{})) {
			t.Errorf("%s is neither number nor grade", one.Name)
		}
		for _, i := range []master.Interval{one.Male, one.Female} {
			if i.High > 0 && i.Low >= i.High {
				t.Errorf("%s: range %v", one.Name, i)
			}
		}
		for _, text := range append([]string{one.Name, one.Short, one.Unit}, one.Grades...) {
			writable(t, text)
		}
	}
}

func TestDiseases(t *testing.T) {
	code := once(t)
	for _, d := range master.Diseases() {
		code(d.Code, d.Name)
		if !jcode.IsDiseaseNumber(d.Code) {
			t.Errorf("%s: %s is no disease number", d.Name, d.Code)
		}
		if _, ok := jcode.ICD10(d.ICD10); !ok {
			t.Errorf("%s: %s is no ICD-10 code", d.Name, d.ICD10)
		}
		writable(t, d.Name)
	}
}

func TestDepartments(t *testing.T) {
	code := once(t)
	for _, d := range master.Departments() {
		code(d.Code, d.Name)
		if w, ok := jcode.Department(d.Code); !ok || w.JA != d.Name {
			t.Errorf("%s is %q, want %s", d.Code, w.JA, d.Name)
		}
	}
}
