package storage_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

var (
	japan  = time.FixedZone("JST", 9*60*60)
	visit  = time.Date(2026, 4, 1, 9, 30, 0, 0, japan)
	begins = story.DayOf(wareki.Date{Year: 2026, Month: 4, Day: 1})
)

func hospital(h storage.Habits) *storage.Hospital {
	if h.CharacterSet == "" {
		h.CharacterSet = "~ISO IR87"
	}
	if h.OrderDigits == 0 {
		h.OrderDigits = 15
	}
	doctors := map[string][]storage.Staff{}
	for _, d := range master.Departments() {
		doctors[d.Code] = []storage.Staff{{ID: "D1", Family: "医師", Given: "一郎"}}
	}
	return &storage.Hospital{Code: "9910000099", Name: "試験病院", Habits: h, Doctors: doctors, Nurses: []storage.Staff{{ID: "N1", Family: "看護", Given: "花子"}}}
}

func patient() *storage.Patient {
	return &storage.Patient{
		ID: "0000012345", Serial: 7, Family: "試験", Given: "花子", FamilyKana: "シケン", GivenKana: "ハナコ",
		BirthDate: wareki.Date{Year: 1976, Month: 1, Day: 1}, Sex: clinical.Female,
		Postcode: "999-0001", Address: "架空県架空町1番地", Phone: "0999-00-0000",
	}
}

// read writes a chart and reads all of it back.
func read(t *testing.T, h *storage.Hospital, p *storage.Patient, c story.Chart) (names []ssmix2.Name, docs map[string]clinical.Document, bodies map[string][]byte) {
	t.Helper()
	c.Known = visit.AddDate(-1, 0, 0)
	files, err := h.Files(p, c)
	if err != nil {
		t.Fatalf("Files: %v", err)
	}
	docs, bodies = map[string]clinical.Document{}, map[string][]byte{}
	for _, f := range files {
		name, err := ssmix2.ParsePath(f.Path)
		if err != nil {
			t.Fatalf("ParsePath(%s): %v", f.Path, err)
		}
		doc, err := ssmix2.ReadDocument(name, f.Body)
		if err != nil {
			t.Fatalf("ReadDocument(%s): %v", f.Path, err)
		}
		if len(doc.Warnings) > 0 {
			t.Errorf("%s: %v", f.Path, doc.Warnings)
		}
		names = append(names, name)
		key := string(name.DataType) + "_" + string(rune(name.Flag))
		docs[key], bodies[key] = doc, f.Body
	}
	return names, docs, bodies
}

func prescription(lines ...story.Line) story.Entry {
	return story.Entry{At: visit, Department: master.Internal, Order: 3, Says: story.Prescription{Category: story.Outpatient, Start: begins, Lines: lines}}
}

var tablets = story.Line{Drug: master.Furosemide20, Usage: master.AfterBreakfast, RP: 1, Dose: 1, Days: 28, Total: 28}

func TestPrescription(t *testing.T) {
	ointment := story.Line{Drug: master.Heparinoid, Usage: master.ApplyTwice, RP: 2, Total: 2}
	asNeeded := story.Line{Drug: master.Acetaminophen500, Usage: master.WhenFeverish, RP: 3, Dose: 1, Times: 5, Total: 5, Note: "粉砕"}
	weekly := story.Line{Drug: master.Alendronate35, Usage: master.RisingWeekly, RP: 4, Dose: 1, Days: 28, Total: 4}
	_, docs, _ := read(t, hospital(storage.Habits{EndDates: true}), patient(), story.Chart{Entries: []story.Entry{prescription(tablets, ointment, asNeeded, weekly)}})
	doc := docs["OMP-01_1"]
	if doc.OrderNo != "000000000070003" || doc.Date != "20260401" || doc.Department != "01" {
		t.Errorf("order %s of %s, department %s", doc.OrderNo, doc.Date, doc.Department)
	}
	tab := clinical.Coded{Code: "TAB", Text: "錠", System: "MR9P"}
	outside := []clinical.Coded{{Code: "OHP", Text: "外来処方", System: "MR9P"}, {Code: "OHO", Text: "院外処方", System: "MR9P"}}
	oral := clinical.Coded{Code: "PO", Text: "口", System: "HL70162"}
	form := clinical.Coded{Code: "TAB", Text: "錠剤", System: "MR9P"}
	drug := func(d master.Drug) clinical.Coded { return clinical.Coded{Code: d.HOT9, Text: d.Name, System: "HOT9"} }
	usage := func(u master.Usage) clinical.Coded {
		return clinical.Coded{Code: u.Code, Text: u.Text, System: "JAMISDP01"}
	}
	want := []clinical.Medication{
		{
			RP: "01", Drug: drug(master.Furosemide20), Dose: "1", DoseUnit: tab, DailyDose: "1", DailyUnit: tab, Total: "28", TotalUnit: tab, Form: form,
			Usage: []clinical.Coded{usage(master.AfterBreakfast)}, Days: 28, Start: "20260401", End: "20260428", Route: oral, Categories: outside,
		},
		{
			RP: "02", Drug: drug(master.Heparinoid), Total: "2", TotalUnit: clinical.Coded{Code: "HON", Text: "本", System: "MR9P"},
			Form:  clinical.Coded{Code: "OIT", Text: "軟膏", System: "MR9P"},
			Usage: []clinical.Coded{usage(master.ApplyTwice)}, Start: "20260401", Route: clinical.Coded{Code: "TP", Text: "局所", System: "HL70162"}, Categories: outside,
		},
		{
			RP: "03", Drug: drug(master.Acetaminophen500), Dose: "1", DoseUnit: tab, Total: "5", TotalUnit: tab, Form: form,
			Usage: []clinical.Coded{usage(master.WhenFeverish)}, Times: 5, AsNeeded: true, Start: "20260401", Route: oral, Categories: outside,
			Instructions: []clinical.Coded{{Text: "粉砕"}},
		},
		{
			RP: "04", Drug: drug(master.Alendronate35), Dose: "1", DoseUnit: tab, Total: "4", TotalUnit: tab, Form: form,
			Usage: []clinical.Coded{usage(master.RisingWeekly), {Code: "CW100000", Text: "週1回", System: "JAMISDP01"}}, Days: 28,
			Start: "20260401", End: "20260428", Route: oral, Categories: outside,
		},
	}
	if diff := cmp.Diff(want, doc.Medications); diff != "" {
		t.Errorf("medications (-want +got):\n%s", diff)
	}
}

// What is corrected leaves a superseded and a current file, what is taken back two
// deleted ones of which the later cancels.
func TestVersions(t *testing.T) {
	more := tablets
	more.Days, more.Total = 35, 35
	corrected := prescription(more)
	corrected.Said = prescription(tablets).Says
	cancelled := prescription(tablets)
	cancelled.Order, cancelled.Cancelled = 4, true
	admission := story.Entry{At: visit, Department: master.Internal, Cancelled: true, Says: story.Admission{Where: story.Location{Ward: "5東", Room: "501", Bed: "1"}}}
	names, docs, bodies := read(t, hospital(storage.Habits{}), patient(), story.Chart{Entries: []story.Entry{corrected, cancelled, admission}})
	states := map[string]ssmix2.State{}
	for _, v := range ssmix2.Resolve(names) {
		states[string(v.Name.DataType)+" "+v.Name.OrderNo] = v.State
		if len(v.Rivals) > 0 {
			t.Errorf("%s has rivals", v.Name)
		}
	}
	want := map[string]ssmix2.State{
		"ADT-00 999999999999999": ssmix2.StateCurrent, "ADT-22 999999999999999": ssmix2.StateDeleted,
		"OMP-01 000000000070003": ssmix2.StateCurrent, "OMP-01 000000000070004": ssmix2.StateDeleted,
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if got := [2]int{docs["OMP-01_2"].Medications[0].Days, docs["OMP-01_1"].Medications[0].Days}; got != [2]int{28, 35} {
		t.Errorf("days before and after the correction: %v", got)
	}
	if !bytes.Contains(bodies["OMP-01_0"], []byte("\rORC|CA|")) {
		t.Error("the later deleted prescription is no cancellation")
	}
	if !bytes.Contains(bodies["ADT-22_0"], []byte("|ADT^A11^ADT_A09|")) {
		t.Error("the later deleted admission is no cancellation")
	}
}

func TestInjection(t *testing.T) {
	from := time.Date(2026, 4, 1, 20, 0, 0, 0, japan)
	drip := story.Injection{
		Infusion: story.Infusion{Doses: []story.Dose{{Drug: master.Glucose5in100, Amount: 1}, {Drug: master.Carperitide1000, Amount: 2}}, Volume: 100, Rate: 10},
		From:     from, To: from.Add(10 * time.Hour), Inpatient: true, Where: story.Location{Ward: "CCU", Room: "C01", Bed: "2"},
	}
	given := drip
	given.Performed = true
	single := story.Injection{Infusion: story.Infusion{Doses: []story.Dose{{Drug: master.Denosumab60, Amount: 1}}}, From: from, To: from.Add(time.Minute)}
	entry := func(at time.Time, order int, says story.Content) story.Entry {
		return story.Entry{At: at, Department: master.Cardiology, Order: order, Says: says}
	}
	// A drip ends and is written down on the next day: it is still of its order and its day.
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Entries: []story.Entry{entry(visit, 1, drip), entry(given.To.Add(5*time.Minute), 1, given)}})
	ordered, done := docs["OMP-02_1"], docs["OMP-12_1"]
	if ordered.OrderNo != done.OrderNo || done.Date != "20260401" {
		t.Errorf("ordered under %s, given under %s of %s", ordered.OrderNo, done.OrderNo, done.Date)
	}
	i := ordered.Injections[0]
	if i.Performed || i.Volume != "100" || i.Rate != "10" || i.Start != "202604012000" || i.End != "202604020600" {
		t.Errorf("order: %+v", i)
	}
	if len(i.Components) != 2 || i.Components[0].Additive || !i.Components[1].Additive {
		t.Errorf("components of the order: %+v", i.Components)
	}
	i = done.Injections[0]
	if len(done.Injections) != 1 || !i.Performed || len(i.Components) != 2 || i.Components[1].Amount != "2" || i.By == nil || i.By.Name != "看護 花子" || i.Status != "CP" {
		t.Errorf("performance: %+v", done.Injections)
	}
	_, docs, _ = read(t, hospital(storage.Habits{SingleInRXE: true}), patient(), story.Chart{Entries: []story.Entry{entry(visit, 1, single)}})
	i = docs["OMP-02_1"].Injections[0]
	if len(i.Components) != 1 || i.Components[0].Drug.Code != master.Denosumab60.HOT9 || i.Components[0].Amount != "1" || i.Route.Code != "SC" {
		t.Errorf("an injection of one drug: %+v", i)
	}
}

// result is what is compared of a laboratory result.
type result struct{ Type, Value, Unit, Range, Flag string }

func TestLabResults(t *testing.T) {
	for name, tc := range map[string]struct {
		habits storage.Habits
		test   master.Test
		value  float64
		want   result
	}{
		"within":                       {storage.Habits{}, master.K, 4.31, result{"NM", "4.3", "mmol/L", "3.6-4.8", ""}},
		"within, said":                 {storage.Habits{FlagsNormal: true}, master.K, 4.31, result{"NM", "4.3", "mmol/L", "3.6-4.8", "N"}},
		"above":                        {storage.Habits{}, master.K, 4.86, result{"NM", "4.9", "mmol/L", "3.6-4.8", "H"}},
		"above only before rounding":   {storage.Habits{}, master.K, 4.84, result{"NM", "4.8", "mmol/L", "3.6-4.8", ""}},
		"below":                        {storage.Habits{}, master.K, 3.2, result{"NM", "3.2", "mmol/L", "3.6-4.8", "L"}},
		"a wider range of its own":     {storage.Habits{Widens: 1}, master.K, 4.86, result{"NM", "4.9", "mmol/L", "3.5-4.9", ""}},
		"and of sodium not by much":    {storage.Habits{Widens: 2}, master.Na, 140, result{"NM", "140", "mmol/L", "136-147", ""}},
		"a woman's":                    {storage.Habits{}, master.Hb, 13.0, result{"NM", "13.0", "g/dL", "11.6-14.8", ""}},
		"below what can be measured":   {storage.Habits{}, master.CRP, 0.011, result{"ST", "<0.02", "mg/dL", "0.00-0.14", ""}},
		"an upper bound":               {storage.Habits{UpTo: "≦"}, master.BNP, 784, result{"NM", "784.0", "pg/mL", "≦18.4", "H"}},
		"a lower bound":                {storage.Habits{From: ">="}, master.EGFR, 26.4, result{"NM", "26.4", "mL/min/1.73m2", ">=60.0", "L"}},
		"no upper bound above a lower": {storage.Habits{From: ">="}, master.EGFR, 170, result{"NM", "170.0", "mL/min/1.73m2", ">=60.0", ""}},
		"white cells":                  {storage.Habits{}, master.WBC, 9120, result{"NM", "9120", "/uL", "3300-8600", "H"}},
		"white cells in thousands":     {storage.Habits{Thousands: true}, master.WBC, 9120, result{"NM", "9.1", "10*3/uL", "3.3-8.6", "H"}},
		"a normal grade":               {storage.Habits{}, master.UProtein, 0, result{"ST", "(-)", "", "(-)", ""}},
		"a high grade":                 {storage.Habits{}, master.UProtein, 3, result{"ST", "(2+)", "", "(-)", "A"}},
		"grades normal up to one":      {storage.Habits{}, master.USedWBC, 1, result{"ST", "1-4", "/HPF", "0-4", ""}},
		"and not beyond":               {storage.Habits{}, master.USedWBC, 2, result{"ST", "5-9", "/HPF", "0-4", "A"}},
		"a coded grade":                {storage.Habits{}, master.FluA, 1, result{"CWE", "陽性", "", "陰性", "A"}},
	} {
		t.Run(name, func(t *testing.T) {
			report := story.LabReport{Collected: visit, Results: []story.Result{{Test: tc.test, Value: tc.value}}}
			_, docs, _ := read(t, hospital(tc.habits), patient(), story.Chart{Entries: []story.Entry{{At: visit.Add(time.Hour), Department: master.Internal, Order: 1, Says: report}}})
			r := docs["OML-11_1"].LabResults[0]
			got := result{r.ValueType, r.Value + r.Coded.Label(), r.Unit.Value().Code, r.Range, r.Flag}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if r.Test.Code != tc.test.Code || r.Collected != "202604010930" || r.Status != "F" || r.Panel.Label() != tc.test.Panel.Name {
				t.Errorf("result: %+v", r)
			}
		})
	}
}

func TestPreliminaryReport(t *testing.T) {
	results := []story.Result{{Test: master.K, Value: 4}, {Test: master.Hb, Value: 12}, {Test: master.Cr, Value: 0.7}}
	early := story.LabReport{Collected: visit, Results: results[:1], Preliminary: true}
	e := story.Entry{At: visit, Department: master.Internal, Order: 1, Says: story.LabReport{Collected: visit, Results: results}, Said: early}
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Entries: []story.Entry{e}})
	if got := docs["OML-11_2"].LabResults; len(got) != 1 || got[0].Status != "P" {
		t.Errorf("at first: %+v", got)
	}
	if got := docs["OML-11_1"].LabResults; len(got) != 3 || got[2].Status != "F" || got[0].Panel.Label() == got[2].Panel.Label() {
		t.Errorf("in the end: %+v", got)
	}
}

func TestAllergies(t *testing.T) {
	soba := story.Allergy{Allergen: master.Allergens()[0], Severity: master.Severities()[1], Reaction: "湿疹", Since: begins - 3000}
	for name, tc := range map[string]struct {
		lists []story.AllergyList
		want  *clinical.AllergyList
	}{
		"never asked":  {nil, nil},
		"told of none": {[]story.AllergyList{{At: visit}}, &clinical.AllergyList{None: true}},
		"told of one": {[]story.AllergyList{{At: visit}, {At: visit.AddDate(0, 1, 0), Entries: []story.Allergy{soba}}}, &clinical.AllergyList{Entries: []clinical.Allergy{{
			Type:     clinical.Coded{Code: "FA", Text: "食物アレルギー", System: "HL70127"},
			Allergen: clinical.Coded{Code: "5A1002411023006", Text: "ソバ", System: "JC10"},
			Severity: clinical.Coded{Code: "MO", Text: "中等度", System: "HL70128"},
			Reaction: "湿疹", Onset: clinicalDay(soba.Since),
		}}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Allergies: tc.lists})
			if diff := cmp.Diff(tc.want, docs["ADT-61_1"].Allergies); diff != "" {
				t.Errorf("allergies (-want +got):\n%s", diff)
			}
			_, docs, _ = read(t, hospital(storage.Habits{AllergyInADT: true, LocalSystem: "99XYZ"}), patient(), story.Chart{Allergies: tc.lists})
			if in := docs["ADT-00_1"].Allergies; tc.want != nil && (in.None != tc.want.None || len(in.Entries) != len(tc.want.Entries)) {
				t.Errorf("allergies in the demographics: %+v, want as in the list", in)
			}
		})
	}
}

func clinicalDay(d story.Day) string { return d.Date().Compact() }

func TestProblems(t *testing.T) {
	list := story.ProblemList{At: visit, By: master.Internal, Problems: []story.Problem{
		{Disease: master.HipFracture, Prefix: []master.Code{master.Right}, Suffix: []master.Code{master.After}, From: begins - 20, To: begins, Outcome: master.Remission, Main: true, Department: master.Orthopedics},
		{Disease: master.Cataract, From: begins, Suspected: true, Department: master.Eye},
	}}
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Problems: []story.ProblemList{{At: visit.AddDate(0, -1, 0), By: master.Internal, Problems: list.Problems[:1]}, list}})
	if got := len(docs["PPR-01_2"].Conditions); got != 1 {
		t.Errorf("%d diseases at first", got)
	}
	got := docs["PPR-01_1"].Conditions
	want := []clinical.Condition{
		{
			Disease: clinical.Coded{Code: master.HipFracture.Code, Text: "大腿骨頸部骨折", System: "MDCDX2"}, ICD10: "S7200",
			Prefixes: []clinical.Coded{{Code: "1001", Text: "右", System: "MDCDX2"}}, Suffixes: []clinical.Coded{{Code: "8048", Text: "の術後", System: "MDCDX2"}},
			Start: clinical.Time(clinicalDay(begins - 20)), End: clinical.Time(clinicalDay(begins)), Outcome: clinical.Coded{Code: "M", Text: "寛解", System: "JHSD0006"}, Main: true, Department: "11",
		},
		{
			Disease: clinical.Coded{Code: master.Cataract.Code, Text: "白内障", System: "MDCDX2"}, ICD10: "H269",
			Start: clinical.Time(clinicalDay(begins)), Suspected: true, Department: "26",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
}

func TestStay(t *testing.T) {
	beds := []story.Location{{Ward: "CCU", Room: "C01", Bed: "1"}, {Ward: "5東", Room: "512", Bed: "3"}}
	moved, left := visit.Add(50*time.Hour), visit.Add(200*time.Hour)
	entry := func(at time.Time, says story.Content) story.Entry {
		return story.Entry{At: at, Department: master.Cardiology, Says: says}
	}
	_, docs, _ := read(t, hospital(storage.Habits{}), patient(), story.Chart{Entries: []story.Entry{
		entry(visit, story.Admission{Where: beds[0]}), entry(moved, story.Transfer{From: beds[0], To: beds[1], Admitted: visit}),
		entry(left, story.Discharge{Where: beds[1], Admitted: visit, Outcome: "02"}), entry(left.Add(time.Hour), story.Reception{}),
	}})
	who := &clinical.Staff{ID: "D1", Name: "医師 一郎"}
	for key, want := range map[string]clinical.Encounter{
		"ADT-22_1": {Event: clinical.EventAdmission, Class: "I", Ward: "CCU", Room: "C01", Bed: "1", Department: "08", Attending: who, Admitting: who, Start: "202604010930"},
		"ADT-42_1": {Event: clinical.EventTransfer, Class: "I", Ward: "5東", Room: "512", Bed: "3", Department: "08", Attending: who, Start: "20260403113000", PriorWard: "CCU", PriorRoom: "C01", PriorBed: "1"},
		"ADT-52_1": {Event: clinical.EventDischarge, Class: "I", Ward: "5東", Room: "512", Bed: "3", Department: "08", Attending: who, Start: "202604010930", End: "202604091730", Disposition: "02"},
		"ADT-12_1": {Event: clinical.EventReception, Class: "O", Department: "08", Attending: who, Start: "20260409183000"},
	} {
		if diff := cmp.Diff(&want, docs[key].Encounter); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestDemographics(t *testing.T) {
	p := patient()
	p.Former = &storage.Former{Family: "旧姓", FamilyKana: "キュウセイ", Address: "架空県架空町2番地"}
	_, docs, _ := read(t, hospital(storage.Habits{}), p, story.Chart{})
	want := &clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female, Postcode: "999-0001", Address: "架空県架空町1番地", Phone: "0999-00-0000"}
	if diff := cmp.Diff(want, docs["ADT-00_1"].Demographics); diff != "" {
		t.Errorf("now (-want +got):\n%s", diff)
	}
	want.Name, want.Kana, want.Address = "旧姓 花子", "キュウセイ ハナコ", "架空県架空町2番地"
	if diff := cmp.Diff(want, docs["ADT-00_2"].Demographics); diff != "" {
		t.Errorf("once (-want +got):\n%s", diff)
	}
}

// Habits change how a thing is written, never what it says.
func TestHabits(t *testing.T) {
	chart := story.Chart{Entries: []story.Entry{prescription(tablets)}}
	plain := hospital(storage.Habits{})
	_, docs, _ := read(t, plain, patient(), chart)
	want := docs["OMP-01_1"].Medications[0]
	for name, tc := range map[string]struct {
		habits storage.Habits
		bytes  string // stands in the file
		change func(*clinical.Medication)
	}{
		"character set": {storage.Habits{CharacterSet: "~ISOIR87"}, "|~ISOIR87|", nil},
		"ends with FS":  {storage.Habits{EndsWithFS: true}, "\x1c", nil},
		"bare id":       {storage.Habits{BareID: true}, "PID|0001||0000012345||", nil},
		"plain RP":      {storage.Habits{PlainRP: true}, "ORC|NW|000000000070003||1|", func(m *clinical.Medication) { m.RP = "1" }},
		"local codes": {storage.Habits{LocalSystem: "99XYZ"}, "^HOT9^D0101^", func(m *clinical.Medication) {
			m.Drug.LocalCode, m.Drug.LocalText, m.Drug.LocalSystem = "D0101", m.Drug.Text, "99XYZ"
		}},
		"local codes first": {storage.Habits{LocalSystem: "99XYZ", LocalFirst: true}, "RXE||D0101^", func(m *clinical.Medication) {
			m.Drug.LocalCode, m.Drug.LocalText, m.Drug.LocalSystem = "D0101", m.Drug.Text, "99XYZ"
		}},
		"YJ":                    {storage.Habits{YJ: true}, "2139005F1ZZZ^", func(m *clinical.Medication) { m.Drug.Code, m.Drug.System = "2139005F1ZZZ", "YJ" }},
		"full-width drug names": {storage.Habits{FullWidth: true}, "^HOT9|", func(m *clinical.Medication) { m.Drug.Text = "フロセミド錠２０ｍｇ" }},
		"short order numbers":   {storage.Habits{OrderDigits: 13}, "ORC|NW|0000000070003|", nil},
		"end dates":             {storage.Habits{EndDates: true}, "|28^D|20260401|20260428", func(m *clinical.Medication) { m.End = "20260428" }},
	} {
		t.Run(name, func(t *testing.T) {
			_, docs, bodies := read(t, hospital(tc.habits), patient(), chart)
			want := want
			if tc.change != nil {
				tc.change(&want)
			}
			if diff := cmp.Diff(want, docs["OMP-01_1"].Medications[0]); diff != "" {
				t.Errorf("medication (-want +got):\n%s", diff)
			}
			if !strings.Contains(string(bodies["OMP-01_1"]), tc.bytes) {
				t.Errorf("%q does not stand in %q", tc.bytes, bodies["OMP-01_1"])
			}
		})
	}
}

// Order numbers are of a hospital, so two patients never share one.
func TestOrderNumbersDifferBetweenPatients(t *testing.T) {
	h, other := hospital(storage.Habits{}), patient()
	other.ID, other.Serial = "0000012346", 8
	chart := story.Chart{Entries: []story.Entry{prescription(tablets)}}
	_, a, _ := read(t, h, patient(), chart)
	_, b, _ := read(t, h, other, chart)
	if a["OMP-01_1"].OrderNo == b["OMP-01_1"].OrderNo {
		t.Errorf("both have order number %s", a["OMP-01_1"].OrderNo)
	}
}

func TestFiles_refuses(t *testing.T) {
	for name, change := range map[string]func(*storage.Patient){
		"a name that JIS X 0208 lacks": func(p *storage.Patient) { p.Family = "髙橋" },
		"half-width kana":              func(p *storage.Patient) { p.GivenKana = "ﾊﾅｺ" },
		"a number without a folder":    func(p *storage.Patient) { p.ID = "123" },
	} {
		t.Run(name, func(t *testing.T) {
			p := patient()
			change(p)
			files, err := hospital(storage.Habits{}).Files(p, story.Chart{Known: visit})
			if err == nil || files != nil || fault.KindOf(err) == "" {
				t.Errorf("Files = %d files, %v; want an error", len(files), err)
			}
		})
	}
}
