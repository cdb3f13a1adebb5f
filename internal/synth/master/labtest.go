package master

import "mizuhiki.dev/mizuhiki/internal/format/clinical"

// Panel is the group under which a laboratory orders and reports tests (OBR-4).
type Panel struct {
	Code, Name string
	Material   Code // of the specimen, JLAC10 material
}

// Panels in the order in which reports have them.
var (
	BloodCount  = Panel{"E001", "血液学検査", Code{"019", "全血(添加物入り)", "JC10"}}
	Coagulation = Panel{"E003", "凝固検査", Code{"022", "血漿", "JC10"}}
	Chemistry   = Panel{"E002", "生化学的検査", Code{"023", "血清", "JC10"}}
	Glycaemia   = Panel{"E006", "糖尿病検査", Code{"019", "全血(添加物入り)", "JC10"}}
	Peptide     = Panel{"E007", "心機能検査", Code{"022", "血漿", "JC10"}}
	Immunology  = Panel{"E005", "免疫血清検査", Code{"023", "血清", "JC10"}}
	Urinalysis  = Panel{"E004", "尿検査", Code{"001", "尿", "JC10"}}
	Swab        = Panel{"E008", "迅速検査", Code{"063", "鼻腔ぬぐい液", "JC10"}}
)

// Interval is a reference range (基準範囲). Without Low only values above High are
// remarkable, without High only those below Low; the zero value is no range.
type Interval struct{ Low, High float64 }

// Test is one test of the region's laboratories (検査項目).
type Test struct {
	Code     string // JLAC10, 17 characters
	Name     string
	Short    string // as laboratories abbreviate it, text of the local code
	Local    string // local code
	Panel    Panel
	Unit     string   // ISO+; empty for none
	Decimals int      // of the value as reported
	Male     Interval // common reference intervals (JCCLS 共用基準範囲) where there are any
	Female   Interval
	Usual    Interval // where healthy persons are if not within the range
	Below    float64  // smaller values are reported as <Below; 0: never
	Grades   []string // of qualitative tests, from the best on
	Normal   int      // index of the last grade that is normal
	Coded    bool     // grades are reported as codes (CWE), not as text
}

// Range gives the reference range for a sex.
func (t Test) Range(sex clinical.Sex) Interval {
	if sex == clinical.Female {
		return t.Female
	}
	return t.Male
}

// Qualitative reports whether the result is a grade instead of a number.
func (t Test) Qualitative() bool { return len(t.Grades) > 0 }

var tests []Test

func enter(t Test) Test {
	tests = append(tests, t)
	return t
}

// Tests lists all tests.
func Tests() []Test { return append([]Test(nil), tests...) }

func numeric(p Panel, local, code, name, short, unit string, decimals int, low, high float64) Test {
	return Test{
		Code: code, Name: name, Short: short, Local: local, Panel: p, Unit: unit, Decimals: decimals,
		Male: Interval{low, high}, Female: Interval{low, high},
	}
}

func (t Test) women(low, high float64) Test { t.Female = Interval{low, high}; return t }
func (t Test) usually(low, high float64) Test {
	t.Usual = Interval{low, high}
	return t
}
func (t Test) below(limit float64) Test { t.Below = limit; return t }

func graded(p Panel, local, code, name, short, unit string, grades ...string) Test {
	return Test{Code: code, Name: name, Short: short, Local: local, Panel: p, Unit: unit, Grades: grades}
}

func (t Test) coded() Test { t.Coded = true; return t }

func (t Test) normalTo(grade int) Test { t.Normal = grade; return t }
