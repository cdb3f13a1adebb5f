package page

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestNumber(t *testing.T) {
	for name, tc := range map[string]struct {
		value string
		want  float64
		bound string
		none  bool
	}{
		"a number":              {value: "12.3", want: 12.3},
		"a comparator":          {value: "<0.05", want: 0.05, bound: "<"},
		"a Japanese comparator": {value: "≧200", want: 200, bound: ">="},
		"full-width digits":     {value: "１２．５", want: 12.5},
		"a negative number":     {value: "-2.1", want: -2.1},
		"a word":                {value: "(1+)", none: true},
		"nothing":               {value: "", none: true},
		"what Go calls NaN":     {value: "NaN", none: true},
		"what Go calls Inf":     {value: "Inf", none: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, bound := number(tc.value)
			if tc.none {
				if got != nil {
					t.Fatalf("number(%q) = %v, want none", tc.value, *got)
				}
				return
			}
			if got == nil || *got != tc.want || bound != tc.bound {
				t.Errorf("number(%q) = %v %q, want %v %q", tc.value, got, bound, tc.want, tc.bound)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	for written, want := range map[string][2]*float64{
		"6.7-8.3":    {f(6.7), f(8.3)},
		"6.7〜8.3":    {f(6.7), f(8.3)},
		"6.7 ～ 8.3":  {f(6.7), f(8.3)},
		"-2.0-2.0":   {f(-2), f(2)},
		"<18.4":      {nil, f(18.4)},
		">=40":       {f(40), nil},
		"40以上":       {f(40), nil},
		"0.3以下":      {nil, f(0.3)},
		"6.0未満":      {nil, f(6)},
		"-18.4":      {nil, f(18.4)},
		"60-":        {f(60), nil},
		"(-)":        {nil, nil},
		"男 13-17":    {nil, nil},
		"":           {nil, nil},
		"2026-11-22": {nil, nil},
	} {
		t.Run(written, func(t *testing.T) {
			low, high := bounds(written)
			if diff := cmp.Diff(want, [2]*float64{low, high}); diff != "" {
				t.Errorf("bounds(%q) (-want +got):\n%s", written, diff)
			}
		})
	}
}

func lab(change func(*clinical.LabResult)) ItemDocument {
	r := clinical.LabResult{
		Test: new(coded("JC10", "3C015000002327101", "クレアチニン")), Collected: "20261101081500",
		Value: "1.02", Unit: &clinical.Coded{Text: "mg/dL"}, Range: "0.46-0.79", Flag: "H", Status: "F",
	}
	change(&r)
	return ItemDocument{
		Item:     wire.Item{ID: itemID(1), Date: "20261101", Time: "0900"},
		Document: clinical.Document{Kind: clinical.KindLab, LabResults: []clinical.LabResult{r}},
	}
}

func TestLabs(t *testing.T) {
	same := func(*clinical.LabResult) {}
	one := func(t *testing.T, f Facility, d ItemDocument) Lab {
		t.Helper()
		got := wordsOf(Japanese).labs(f, d)
		if len(got) != 1 {
			t.Fatalf("%d results, want 1", len(got))
		}
		return got[0]
	}
	here, there := colours.Of(chuo), colours.Of(minami)
	base := one(t, here, lab(same))
	t.Run("another method of another laboratory stands in the same row and is not joined by a line", func(t *testing.T) {
		other := one(t, there, lab(func(r *clinical.LabResult) { r.Test.Code = "3C015000002326201" }))
		if other.Key != base.Key || other.Method == base.Method {
			t.Errorf("keys %q and %q, methods %q and %q", base.Key, other.Key, base.Method, other.Method)
		}
	})
	t.Run("another material is another row", func(t *testing.T) {
		urine := one(t, here, lab(func(r *clinical.LabResult) { r.Test.Code = "3C015000000127101" }))
		if urine.Key == base.Key || urine.Panel != PanelUrine || base.Panel != PanelKidney {
			t.Errorf("keys %q and %q, panels %q and %q", base.Key, urine.Key, base.Panel, urine.Panel)
		}
	})
	t.Run("another unit is not joined by a line", func(t *testing.T) {
		if molar := one(t, here, lab(func(r *clinical.LabResult) { r.Unit.Text = "umol/L" })); molar.Method == base.Method {
			t.Error("results in different units have one method")
		}
	})
	t.Run("a local code means nothing elsewhere", func(t *testing.T) {
		local := func(r *clinical.LabResult) {
			r.Test = &clinical.Coded{LocalCode: "X1", LocalText: "院内", LocalSystem: "99LAB"}
		}
		a, b := one(t, here, lab(local)), one(t, there, lab(local))
		if a.Key == b.Key || !a.Local || a.Panel != PanelLocal {
			t.Errorf("keys %q and %q, panel %q", a.Key, b.Key, a.Panel)
		}
	})
	t.Run("JLAC11 is one row at all facilities, by its own key", func(t *testing.T) {
		eleventh := func(r *clinical.LabResult) { r.Test.System, r.Test.Code = "JC11", "3C015000002326201" }
		a, b := one(t, here, lab(eleventh)), one(t, there, lab(eleventh))
		if a.Key != b.Key || a.Key == base.Key || a.Local || a.Panel != PanelOther {
			t.Errorf("keys %q and %q (JLAC10: %q), local %v, panel %q", a.Key, b.Key, base.Key, a.Local, a.Panel)
		}
	})
	t.Run("the time of collection counts, not the file's", func(t *testing.T) {
		if base.At != "202611010815" {
			t.Errorf("At = %q", base.At)
		}
		if undated := one(t, here, lab(func(r *clinical.LabResult) { r.Collected = "" })); undated.At != "202611010900" {
			t.Errorf("without collection At = %q, want the document's", undated.At)
		}
	})
	t.Run("normal is no flag, final is no status", func(t *testing.T) {
		normal := one(t, here, lab(func(r *clinical.LabResult) { r.Flag = "N" }))
		if normal.Flag != "" || normal.Status != "" {
			t.Errorf("flag %q, status %q", normal.Flag, normal.Status)
		}
	})
	t.Run("what may still change says so", func(t *testing.T) {
		for status, want := range map[string]string{"F": "", "U": "", "": "", "P": "P", "R": "P", "S": "P", "C": "C", "I": "I", "X": "X"} {
			if got := one(t, here, lab(func(r *clinical.LabResult) { r.Status = status })).Status; got != want {
				t.Errorf("status %q shows as %q, want %q", status, got, want)
			}
		}
	})
	t.Run("what was only ordered is no result", func(t *testing.T) {
		if got := wordsOf(Japanese).labs(here, lab(func(r *clinical.LabResult) { r.Ordered = true })); got != nil {
			t.Errorf("labs = %v, want none", got)
		}
	})
}

func TestDrugKey(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b clinical.Coded
		same bool
	}{
		"two makers of one ingredient":             {coded("YJ", "3962002F1029", "甲"), coded("YJ", "3962002F2033", "乙"), true},
		"a tablet and an injection":                {coded("YJ", "2139005F1010", "錠"), coded("YJ", "2139401A1010", "注"), false},
		"two sellers of one product":               {coded("HOT9", "103835401", "甲"), coded("HOT9", "103835402", "乙"), true},
		"two strengths":                            {coded("HOT9", "111222301", "20mg"), coded("HOT9", "111222401", "40mg"), false},
		"the same number in a local code":          {coded("HOT9", "103835401", "甲"), coded("99DRG", "103835401", "乙"), false},
		"local codes of one name in another width": {clinical.Coded{LocalCode: "1", LocalText: "アスピリン錠１００ｍｇ"}, clinical.Coded{LocalCode: "77", LocalText: "アスピリン錠100mg"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := drugKey(tc.a) == drugKey(tc.b); got != tc.same {
				t.Errorf("%q and %q agree: %v, want %v", drugKey(tc.a), drugKey(tc.b), got, tc.same)
			}
		})
	}
}

func TestMedications_sayUsageAndDoseInBothLanguages(t *testing.T) {
	d := ItemDocument{
		Item: wire.Item{ID: itemID(1), Date: "20261101", Time: "1010", Department: "01"},
		Document: clinical.Document{Kind: clinical.KindPrescription, Medications: []clinical.Medication{{
			RP: "1", Drug: coded("HOT9", "103835401", "アムロジピン錠5mg"), Dose: "1", DoseUnit: coded("MR9P", "TAB", "錠"), DailyDose: "3", DailyUnit: coded("MR9P", "TAB", "錠"),
			Usage: []clinical.Coded{coded("JAMISDP01", "1013044400000000", "")}, Days: 14, Start: "20261101",
		}}},
	}
	for lang, want := range map[string]MedicationRow{
		Japanese: {Drug: "アムロジピン錠5mg", Dose: "1錠", Daily: "3錠", Usage: "1日3回 毎食後", Department: "内科"},
		English:  {Drug: "アムロジピン錠5mg", Dose: "1 tab", Daily: "3 tab"},
	} {
		t.Run(lang, func(t *testing.T) {
			got := wordsOf(lang).medications(colours.Of(chuo), d)[0]
			if got.Drug != want.Drug || got.Dose != want.Dose || got.Daily != want.Daily {
				t.Errorf("got %q %q %q, want %q %q %q", got.Drug, got.Dose, got.Daily, want.Drug, want.Dose, want.Daily)
			}
			if want.Usage != "" && (got.Usage != want.Usage || got.Department != want.Department) {
				t.Errorf("got %q %q, want %q %q", got.Usage, got.Department, want.Usage, want.Department)
			}
			if got.Usage == "" || got.Code != "HOT9 103835401" || !got.First {
				t.Errorf("usage %q, code %q, first %v", got.Usage, got.Code, got.First)
			}
		})
	}
}

func TestOrderStatus_isShown(t *testing.T) {
	for status, bars := range map[clinical.OrderStatus]int{"": 1, clinical.OrderDiscontinued: 1, clinical.OrderHeld: 1, clinical.OrderRefused: 0, clinical.OrderReplaced: 0} {
		d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{
			Kind: clinical.KindPrescription, Medications: []clinical.Medication{{Drug: coded("HOT9", "103835401", "薬"), Days: 7, OrderStatus: status}},
		}}
		if row := wordsOf(Japanese).medications(colours.Of(chuo), d)[0]; row.Order != status {
			t.Errorf("row of %q says %q", status, row.Order)
		}
		if got := wordsOf(Japanese).courses(colours.Of(chuo), d); len(got) != bars {
			t.Errorf("%q: %d bars, want %d", status, len(got), bars)
		} else if bars > 0 && (status == "") != (got[0].Dose == "") {
			t.Errorf("bar of %q says %q", status, got[0].Dose)
		}
	}
	result := clinical.LabResult{Circumstances: &clinical.Circumstances{OrderStatus: clinical.OrderDiscontinued}}
	if got := wordsOf(Japanese).labComments(result); len(got) != 1 || got[0] != "中止" {
		t.Errorf("result says %q", got)
	}
}

func TestCourses(t *testing.T) {
	document := func(m clinical.Medication) ItemDocument {
		m.Drug = coded("HOT9", "103835401", "薬")
		return ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindPrescription, Medications: []clinical.Medication{m}}}
	}
	for name, tc := range map[string]struct {
		m          clinical.Medication
		start, end string
		tick       bool
	}{
		"days count from the start":         {clinical.Medication{Start: "20261103", Days: 7}, "2026-11-03", "2026-11-09", false},
		"without a start the document's":    {clinical.Medication{Days: 7}, "2026-11-01", "2026-11-07", false},
		"an end without days":               {clinical.Medication{Start: "20261103", End: "20261105"}, "2026-11-03", "2026-11-05", false},
		"an end behind the days":            {clinical.Medication{Start: "20261103", End: "20261116", Days: 7}, "2026-11-03", "2026-11-16", false},
		"an end before the days":            {clinical.Medication{Start: "20261103", End: "20261103", Days: 7}, "2026-11-03", "2026-11-09", false},
		"as needed is no stretch of time":   {clinical.Medication{Start: "20261103", Days: 7, AsNeeded: true}, "2026-11-03", "2026-11-03", true},
		"neither days nor end":              {clinical.Medication{Start: "20261103"}, "2026-11-03", "2026-11-03", true},
		"discontinued":                      {clinical.Medication{Start: "20261103", Days: 14, Stopped: "202611070930"}, "2026-11-03", "2026-11-07", false},
		"discontinued on the first day":     {clinical.Medication{Start: "20261103", Days: 14, Stopped: "202611031800"}, "2026-11-03", "2026-11-03", false},
		"discontinued behind the last day":  {clinical.Medication{Start: "20261103", Days: 7, Stopped: "20261201"}, "2026-11-03", "2026-11-09", false},
		"discontinued before its end":       {clinical.Medication{Start: "20261103", Days: 7, End: "20261116", Stopped: "20261112"}, "2026-11-03", "2026-11-12", false},
		"a start that is no day of the map": {clinical.Medication{Start: "20261399", Days: 2}, "2026-11-01", "2026-11-02", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := wordsOf(Japanese).courses(colours.Of(chuo), document(tc.m))
			if len(got) != 1 || got[0].Start != tc.start || got[0].End != tc.end || got[0].Tick != tc.tick {
				t.Errorf("courses = %+v, want %s to %s, tick %v", got, tc.start, tc.end, tc.tick)
			}
			if row := wordsOf(Japanese).medications(colours.Of(chuo), document(tc.m))[0]; row.Last != tc.end {
				t.Errorf("the list's row ends on %q, its bar on %q", row.Last, tc.end)
			}
		})
	}
}

// What was discontinued before it would have started has no bar, and its row says so.
func TestCourses_neverBegun(t *testing.T) {
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{
		Kind:        clinical.KindPrescription,
		Medications: []clinical.Medication{{Drug: coded("HOT9", "103835401", "薬"), Start: "20261110", Days: 7, OrderStatus: clinical.OrderDiscontinued, Stopped: "202611081530"}},
		Injections: []clinical.Injection{{
			Start: "20261110", End: "20261120", OrderStatus: clinical.OrderDiscontinued, Stopped: "20261108", Components: []clinical.Component{{Drug: coded("HOT9", "103835401", "薬")}},
		}},
	}}
	w := wordsOf(Japanese)
	if got := w.courses(colours.Of(chuo), d); len(got) != 0 {
		t.Errorf("courses = %+v", got)
	}
	rx, drip := w.medications(colours.Of(chuo), d)[0], w.injections(colours.Of(chuo), d, fixtureNow)[0]
	if rx.Last != "2026-11-10" || !slices.Contains(rx.Notes, "2026/11/08 15:30 に中止") {
		t.Errorf("prescription: last %q, notes %q", rx.Last, rx.Notes)
	}
	if drip.Last != "2026-11-10" || !slices.Contains(drip.Notes, "2026/11/08 に中止") {
		t.Errorf("injection: last %q, notes %q", drip.Last, drip.Notes)
	}
	d.Document.Injections[0].Stopped = "20261112"
	if got := w.injections(colours.Of(chuo), d, fixtureNow)[0].Last; got != "2026-11-12" {
		t.Errorf("an injection that was stopped ends on %q", got)
	}
}

// The three things that a facility can say of allergies must never look alike.
func TestReq_V4_allergyStates(t *testing.T) {
	entry := clinical.Allergy{Type: clinical.Coded{Code: "DA"}, Allergen: clinical.Coded{Text: "ペニシリン"}, Severity: clinical.Coded{Code: "SV"}}
	milder := entry
	milder.Severity.Code = "MI"
	document := func(l clinical.AllergyList) ItemDocument {
		return ItemDocument{Document: clinical.Document{Kind: clinical.KindAllergy, Allergies: &l}}
	}
	asked := []clinical.Kind{clinical.KindAllergy}
	for name, tc := range map[string]struct {
		kinds   []clinical.Kind
		docs    []ItemDocument
		want    AllergyState
		entries int
		silent  bool
		lacking []clinical.Kind
	}{
		"nobody asked":               {kinds: []clinical.Kind{clinical.KindLab}, silent: true},
		"asked, no document":         {kinds: asked, want: AllergyEmpty},
		"a list without a statement": {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{})}, want: AllergyEmpty},
		"a denial":                   {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{None: true})}, want: AllergyNone},
		"an entry":                   {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{Entries: []clinical.Allergy{entry}})}, want: AllergyListed, entries: 1},
		"an entry beside a denial":   {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{None: true}), document(clinical.AllergyList{Entries: []clinical.Allergy{entry}})}, want: AllergyListed, entries: 1},
		"an entry that is milder in another document": {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{Entries: []clinical.Allergy{milder}}), document(clinical.AllergyList{Entries: []clinical.Allergy{entry}})}, want: AllergyListed, entries: 2},
		"something that cannot be read":               {kinds: asked, want: AllergyUnread, lacking: asked},
		"a denial, and something that cannot be read": {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{None: true})}, want: AllergyUnread, lacking: asked},
		"an entry, and something that cannot be read": {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{Entries: []clinical.Allergy{entry}})}, want: AllergyListed, entries: 1, lacking: asked},
		"another kind that cannot be read":            {kinds: asked, want: AllergyEmpty, lacking: []clinical.Kind{clinical.KindLab}},
		"the same entry in two documents":             {kinds: asked, docs: []ItemDocument{document(clinical.AllergyList{Entries: []clinical.Allergy{entry}}), document(clinical.AllergyList{Entries: []clinical.Allergy{entry}})}, want: AllergyListed, entries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Kinds: tc.kinds, Documents: tc.docs, Lacking: tc.lacking}, Japanese, fixtureNow)
			if tc.silent {
				if p.Allergy != nil {
					t.Errorf("Allergy = %+v, want nothing said", p.Allergy)
				}
				return
			}
			if p.Allergy == nil || p.Allergy.State != tc.want || len(p.Allergy.Entries) != tc.entries {
				t.Errorf("Allergy = %+v, want %s with %d entries", p.Allergy, tc.want, tc.entries)
			}
			html := render(t, Japanese, p)
			for _, k := range tc.lacking {
				if !strings.Contains(html, `data-lacking="`+string(k)+` "`) {
					t.Errorf("the page does not say to its scripts that %s is lacking", k)
				}
			}
			said := strings.Contains(html, "allergy-unread")
			if want := slices.Contains(tc.lacking, clinical.KindAllergy); said != want {
				t.Errorf("that something cannot be read is said: %v, want %v", said, want)
			}
		})
	}
}

func TestMergeStays(t *testing.T) {
	document := func(e clinical.Encounter) ItemDocument {
		return ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20260908"}, Document: clinical.Document{Kind: clinical.KindEncounter, Encounter: &e}}
	}
	admission := document(clinical.Encounter{Event: clinical.EventAdmission, Start: "202609081030", Ward: "5階東"})
	discharge := document(clinical.Encounter{Event: clinical.EventDischarge, Start: "20260908", End: "20260924"})
	reception := document(clinical.Encounter{Event: clinical.EventReception, Start: "202610010905"})
	bare := document(clinical.Encounter{Event: clinical.EventDischarge, End: "20260924"})
	type row struct {
		Event      clinical.EncounterEvent
		Start, End string
		Days       int
		Open       bool
	}
	for name, tc := range map[string]struct {
		docs []ItemDocument
		want []row
	}{
		"admission and discharge":               {[]ItemDocument{admission, discharge}, []row{{clinical.EventAdmission, "2026/09/08 10:30", "2026/09/24", 17, false}}},
		"the discharge came first":              {[]ItemDocument{discharge, admission}, []row{{clinical.EventAdmission, "2026/09/08", "2026/09/24", 17, false}}},
		"still in":                              {[]ItemDocument{admission}, []row{{clinical.EventAdmission, "2026/09/08 10:30", "", 0, true}}},
		"a reception beside":                    {[]ItemDocument{admission, reception}, []row{{clinical.EventReception, "2026/10/01 09:05", "", 0, false}, {clinical.EventAdmission, "2026/09/08 10:30", "", 0, true}}},
		"a discharge that says no start stands": {[]ItemDocument{bare}, []row{{clinical.EventDischarge, "2026/09/08", "2026/09/24", 0, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Documents: tc.docs}, Japanese, fixtureNow)
			var got []row
			for _, e := range p.Encounters {
				got = append(got, row{e.Event, e.Start, e.End, e.Days, e.Open})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("encounters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Department: "01"}, Document: clinical.Document{Kind: clinical.KindCondition, Conditions: []clinical.Condition{
		{Disease: coded("MDCDX2", "20054321", "胃炎"), ICD10: "K297", Prefixes: []clinical.Coded{{Text: "急性"}}, Suffixes: []clinical.Coded{{Text: "の疑い"}}, Start: "202601", Suspected: true, Department: "06"},
		{Disease: coded("MDCDX2", "20061111", "急性肺炎の疑い"), ICD10: "J189", Prefixes: []clinical.Coded{{Text: "急性"}}, Suffixes: []clinical.Coded{{Text: "の疑い"}}, Start: "20250210", End: "20250303"},
	}}}
	got := wordsOf(Japanese).conditions(colours.Of(chuo), d)
	want := []ConditionRow{
		{Name: "急性胃炎の疑い", ICD10: "K29.7", Start: "2026/01", Active: true, Suspected: true, Department: "消化器科"},
		{Name: "急性肺炎の疑い", ICD10: "J18.9", Start: "2025/02/10", End: "2025/03/03"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ConditionRow{}, "Sort", "Facility", "Item", "Code")); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if got[0].Sort <= got[1].Sort {
		t.Error("what is active does not come before what is over")
	}
}

func TestClinicalTime(t *testing.T) {
	for in, want := range map[clinical.Time]string{
		"2026": "2026", "202611": "2026/11", "20261102": "2026/11/02", "202611020830": "2026/11/02 08:30", "2026110212": "2026/11/02 12:00",
		"20261102083059.123+0900": "2026/11/02 08:30", "202611022530": "2026/11/02 25:30", "": "",
		"202405312330+0000": "2024/06/01 08:30", "20240531+0000": "2024/05/31", "2024+0900": "2024", "soon+": "soon+",
	} {
		if got := clinicalTime(in); got != want {
			t.Errorf("clinicalTime(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNewItems_saysWhoDispensedAndWhere(t *testing.T) {
	docs := fixtureDocuments(chuo, clinical.KindPrescription)[:1]
	docs[0].Document.Performer, docs[0].Document.Facility = &clinical.Staff{Name: "薬剤 次郎"}, "試験薬局"
	docs[0].Document.RequestingFacility = "試験診療所"
	got := render(t, Japanese, NewItems(hanako.ID, colours.Of(chuo), docs, 1, Japanese))
	for _, want := range []string{"実施者 薬剤 次郎", "実施 試験薬局", "処方・オーダ元 試験診療所"} {
		if !strings.Contains(got, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}

func TestNewItems_saysWhatDidNotCome(t *testing.T) {
	docs := fixtureDocuments(chuo, clinical.KindAllergy)
	if got := NewItems(hanako.ID, colours.Of(chuo), docs, 3, Japanese); got.Missing != 2 || len(got.Contents) != 1 {
		t.Errorf("NewItems has %d contents and %d missing, want 1 and 2", len(got.Contents), got.Missing)
	}
}

// A drug that the patient did not get must never read as one that was given.
func TestGiving(t *testing.T) {
	for status, want := range map[string]struct {
		state   Giving
		courses int
	}{
		"CP": {GivingDone, 2},
		"":   {GivingDone, 2},
		"PA": {GivingPartly, 2},
		"RE": {GivingRefused, 0},
		"NA": {GivingNotGiven, 0},
	} {
		t.Run(status, func(t *testing.T) {
			drug := coded("HOT9", "103835401", "薬")
			d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{
				Kind:        clinical.KindDispensing,
				Medications: []clinical.Medication{{Drug: drug, Start: "20261101", Status: status}},
				Injections: []clinical.Injection{
					{Performed: true, Components: []clinical.Component{{Drug: drug}}, Start: "20261101", Status: status},
				},
			}}
			w := wordsOf(Japanese)
			if got := w.medications(colours.Of(chuo), d)[0].State; got != want.state {
				t.Errorf("dispensed: %q, want %q", got, want.state)
			}
			if got := w.injections(colours.Of(chuo), d, fixtureNow)[0].State; got != want.state {
				t.Errorf("injection: %q, want %q", got, want.state)
			}
			if got := len(w.courses(colours.Of(chuo), d)); got != want.courses {
				t.Errorf("%d courses, want %d", got, want.courses)
			}
		})
	}
	d := ItemDocument{Item: wire.Item{ID: itemID(1)}, Document: clinical.Document{Kind: clinical.KindInjection, Injections: []clinical.Injection{{}}}}
	if got := wordsOf(Japanese).injections(colours.Of(chuo), d, fixtureNow)[0].State; got != GivingOrdered {
		t.Errorf("an order shows as %q", got)
	}
}

// A report says its specimen once, and nothing of the storage's types.
func TestNewItems_saysTheSpecimenOnce(t *testing.T) {
	doc := fixtureDocuments(chuo, clinical.KindLab)[0]
	for i := range doc.Document.LabResults {
		doc.Document.LabResults[i].Specimen = &clinical.Coded{Text: "全血(添加物入り)"}
	}
	got := render(t, Japanese, NewItems(hanako.ID, colours.Of(chuo), []ItemDocument{doc}, 1, Japanese))
	if n := strings.Count(got, "全血(添加物入り)"); n != 1 {
		t.Errorf("the specimen is said %d times, want once", n)
	}
	if strings.Contains(got, "OML-11") {
		t.Error("the report shows the type of its file")
	}
}

func TestDrugName_hasOneWidth(t *testing.T) {
	wide, narrow := clinical.Coded{LocalText: "ロキソプロフェンＮａ錠６０ｍｇ"}, clinical.Coded{LocalText: "ロキソプロフェンNa錠60mg"}
	if drugName(wide) != drugName(narrow) || drugKey(wide) != drugKey(narrow) {
		t.Errorf("%q and %q are two drugs", drugName(wide), drugName(narrow))
	}
}

func TestDrugName_keepsRaisedDigitsAndFractions(t *testing.T) {
	for in, want := range map[string]string{"注射用１０⁶単位": "注射用10⁶単位", "甲錠１½錠": "甲錠1½錠", "ｱｽﾋﾟﾘﾝ①": "アスピリン①", "²": "²", "": ""} {
		if got := drugName(clinical.Coded{LocalText: in}); got != want {
			t.Errorf("drugName(%q) = %q, want %q", in, got, want)
		}
	}
	raised, plain := clinical.Coded{LocalText: "注射用10⁶単位"}, clinical.Coded{LocalText: "注射用106単位"}
	if drugKey(raised) == drugKey(plain) {
		t.Errorf("%q and %q are one drug", raised.LocalText, plain.LocalText)
	}
}

func TestOutcome_inEnglish(t *testing.T) {
	for word, want := range map[string]string{"寛解": "remission", "未知": "未知", "": ""} {
		if got := wordsOf(English).outcome(clinical.Coded{Text: word}); got != want {
			t.Errorf("outcome(%q) = %q, want %q", word, got, want)
		}
	}
	if got := wordsOf(Japanese).outcome(clinical.Coded{Text: "寛解"}); got != "寛解" {
		t.Errorf("in Japanese 寛解 is %q", got)
	}
}

// An injection that was ordered and the same one given are two rows, told apart at sight.
func TestInjections_orderAndGivingAreMarked(t *testing.T) {
	in := clinical.Injection{RP: "01", Components: []clinical.Component{{Drug: clinical.Coded{Text: "試験注"}}}}
	given := in
	given.Performed = true
	doc := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindInjection, Injections: []clinical.Injection{in, given}}}
	got := render(t, Japanese, NewItems(hanako.ID, colours.Of(chuo), []ItemDocument{doc}, 1, Japanese))
	for _, want := range []string{`<span class="chip chip-plain">オーダ</span>`, `<span class="chip chip-good">実施</span>`} {
		if !strings.Contains(got, want) {
			t.Errorf("the rows do not show %s", want)
		}
	}
}

// The days of the chart are counted back from the last measurement, and the page says so.
func TestVitals_saysFromWhenItCounts(t *testing.T) {
	if got := render(t, Japanese, Vitals{fixturePatient(TabVitals)}); !strings.Contains(got, "最終測定日まで") {
		t.Error("the page does not say from when the days are counted")
	}
}
