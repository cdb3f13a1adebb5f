package page

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestKindGroups_holdEveryKindOnce(t *testing.T) {
	var got []clinical.Kind
	for _, g := range kindGroups {
		got = append(got, g.Kinds...)
	}
	want := slices.Clone(clinical.Kinds())
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestSignOf(t *testing.T) {
	local := func(name string) clinical.Coded {
		return clinical.Coded{LocalCode: "1", LocalText: name, LocalSystem: "99"}
	}
	for name, tc := range map[string]struct {
		test clinical.Coded
		want Sign
	}{
		"systolic by code":           {jlac("9A751000000000001", "BP"), SignSystolic},
		"diastolic by code":          {jlac("9A761000000000001", "BP"), SignDiastolic},
		"pulse by code":              {jlac("9P300000000000001", ""), SignPulse},
		"respiration by code":        {jlac("9P200000000000001", ""), SignRespiration},
		"temperature by code":        {jlac("9P100000000000001", ""), SignTemperature},
		"the code before the name":   {jlac("9P100000000000001", "脈拍"), SignTemperature},
		"a name in full width":       {local("ＳｐＯ２(%)"), SignSpO2},
		"a name with more around it": {local("体温(腋窩)"), SignTemperature},
		"the highest pressure":       {local("最高血圧"), SignSystolic},
		"heart rate":                 {local("心拍数"), SignPulse},
		"something else":             {local("体重"), ""},
		"pressure of neither kind":   {local("平均血圧"), ""},
		"another code of chapter 9":  {jlac("9N001000000000001", "身長"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := signOf(tc.test); got != tc.want {
				t.Errorf("signOf = %q, want %q", got, tc.want)
			}
		})
	}
}

func vitalDocument(results ...clinical.LabResult) ItemDocument {
	return ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindVital, Vitals: results}}
}

func measured(name, value, unit string) clinical.LabResult {
	return clinical.LabResult{Test: &clinical.Coded{Text: name}, Value: value, Unit: &clinical.Coded{Text: unit}, Collected: "202611010600"}
}

func TestVitals(t *testing.T) {
	n := func(f float64) *float64 { return &f }
	at := "202611010600"
	for name, tc := range map[string]struct {
		result clinical.LabResult
		want   []Vital
	}{
		"a usual unit goes into the head":   {measured("体温", "36.5", "℃"), []Vital{{At: at, Sign: SignTemperature, Number: n(36.5), Name: "体温", Value: "36.5"}}},
		"no unit is taken for the usual":    {measured("脈拍", "72", ""), []Vital{{At: at, Sign: SignPulse, Number: n(72), Name: "脈拍", Value: "72"}}},
		"a unit of ISO+":                    {measured("収縮期血圧", "120", "mm(hg)"), []Vital{{At: at, Sign: SignSystolic, Number: n(120), Name: "収縮期血圧", Value: "120"}}},
		"another unit stands on no line":    {measured("体温", "98.6", "°F"), []Vital{{At: at, Sign: SignTemperature, Name: "体温", Value: "98.6", Unit: "°F"}}},
		"a pressure in one value is two":    {measured("血圧", "120／80", "mmHg"), []Vital{{At: at, Sign: SignSystolic, Number: n(120), Name: "血圧", Value: "120"}, {At: at, Sign: SignDiastolic, Number: n(80), Name: "血圧", Value: "80"}}},
		"what looks like one elsewhere":     {measured("視力", "120/80", ""), []Vital{{At: at, Name: "視力", Value: "120/80"}}},
		"a word is no number":               {measured("脈拍", "測定不能", "/分"), []Vital{{At: at, Sign: SignPulse, Name: "脈拍", Value: "測定不能"}}},
		"others keep their unit":            {measured("体重", "58.4", "kg"), []Vital{{At: at, Name: "体重", Value: "58.4", Unit: "kg"}}},
		"what was only ordered is no value": {clinical.LabResult{Test: &clinical.Coded{Text: "体温"}, Ordered: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := wordsOf(Japanese).vitals(colours.Of(chuo), vitalDocument(tc.result))
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Vital{}, "Facility")); diff != "" {
				t.Errorf("vitals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVitalRows_oneForATime(t *testing.T) {
	late := measured("体温", "37.0", "℃")
	late.Collected = "202611011800"
	rows := wordsOf(Japanese).vitalRows(colours.Of(chuo), vitalDocument(measured("体温", "36.5", "℃"), measured("脈拍", "72", ""), late, measured("体温", "36.6", "℃")))
	if len(rows) != 2 || rows[0].At != "2026/11/01 18:00" || rows[1].At != "2026/11/01 06:00" {
		t.Fatalf("rows = %+v, want two, the newest first", rows)
	}
	if got := rows[1]; len(got.Temperature) != 2 || len(got.Pulse) != 1 {
		t.Errorf("06:00 has %d temperatures and %d pulses, want both measurements and one", len(got.Temperature), len(got.Pulse))
	}
}

func TestNotes_listsWhatPeopleWrote(t *testing.T) {
	n := NewNotes(fixturePatient(TabNotes), fixtureItems(), ParseNotesQuery(nil), Japanese)
	if n.Total == 0 || n.Shown != n.Total {
		t.Fatalf("%d of %d documents", n.Shown, n.Total)
	}
	for _, d := range n.Days {
		for _, it := range d.Items {
			if !slices.Contains(writtenKinds, it.Kind) {
				t.Errorf("the list has a document of kind %s", it.Kind)
			}
		}
	}
	old := []catalog.Item{{Facility: chuo.ID, Item: wire.Item{ID: itemID(1), Kind: clinical.KindSummary, Date: "19981231"}}}
	if n := NewNotes(fixturePatient(TabNotes), old, ParseNotesQuery(map[string][]string{"span": {"1m"}}), Japanese); n.Shown != 1 {
		t.Error("a document of long ago is not listed")
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{-1: "", 0: "0 B", 999: "999 B", 1000: "1 KB", 84_211: "84 KB", 1_204_331: "1.2 MB", 210_000_000: "210.0 MB"} {
		if got := size(bytes); got != want {
			t.Errorf("size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

// corpus is what an attacker who can write into a hospital's storage would put there.
var corpus = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'onmouseover='alert(1)`, `<svg/onload=alert(1)>`,
	`javascript:alert(1)`, `</script><script>alert(1)</script>`, `<!--`, `]]>`, `{{.}}`, `<iframe srcdoc="<script>1</script>">`,
	"\u2028</template><b>", `<a href="javascript:1">x</a>`, `&lt;script&gt;`,
}

// poison fills every text of a value, at any depth.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		poison(v.Elem(), text)
	case reflect.Slice:
		n := 1
		if k := v.Type().Elem().Kind(); k == reflect.Slice || k == reflect.String {
			n = 2 // a table's head and another row
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	}
}

var tag = regexp.MustCompile(`<(/?)([a-zA-Z!]+)([^>]*)>`)

// Every text of every new kind, poisoned: the page has the same elements and attributes
// as with plain words, nothing more.
func TestReq_WEB02_storedXSS(t *testing.T) {
	elements := func(html string) []string {
		var out []string
		for _, m := range tag.FindAllStringSubmatch(html, -1) {
			var names []string
			for _, a := range regexp.MustCompile(`\s([a-z-]+)(?:="[^"]*")?`).FindAllStringSubmatch(m[3], -1) {
				names = append(names, a[1])
			}
			out = append(out, m[1]+m[2]+" "+strings.Join(names, " "))
		}
		return out
	}
	draw := func(t *testing.T, kind clinical.Kind, text string) (items, part string) {
		var doc clinical.Document
		poison(reflect.ValueOf(&doc).Elem(), text)
		doc.Kind, doc.DataType = kind, text
		for i := range doc.Examinations {
			doc.Examinations[i].Performed = true
		}
		for i := range doc.Text.Files {
			doc.Text.Files[i].MediaType, doc.Text.Files[i].Main = "application/pdf", true
		}
		for i := range doc.Text.Sections {
			for j := range doc.Text.Sections[i].Blocks {
				doc.Text.Sections[i].Blocks[j].Head = true
			}
		}
		d := []ItemDocument{{Item: wire.Item{ID: itemID(1), Kind: kind, Date: "20261101"}, Document: doc}}
		return render(t, Japanese, NewItems(hanako.ID, colours.Of(chuo), d, 1, Japanese)),
			withoutScripts(render(t, Japanese, NewPart(colours.Of(chuo), hanako.ID, Answer{Kinds: []clinical.Kind{kind}, Documents: d}, Japanese, fixtureNow)))
	}
	for _, kind := range clinical.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			plainItems, plainPart := draw(t, kind, "文")
			for _, text := range corpus {
				items, part := draw(t, kind, text)
				if diff := cmp.Diff(elements(plainItems), elements(items)); diff != "" {
					t.Errorf("%q in a document makes elements (-plain +poisoned):\n%s", text, diff)
				}
				if diff := cmp.Diff(elements(plainPart), elements(part)); diff != "" {
					t.Errorf("%q in a part makes elements (-plain +poisoned):\n%s", text, diff)
				}
				for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(items+part, -1) {
					if !strings.HasPrefix(m[1], "/patients/") && !strings.HasPrefix(m[1], "#i-") {
						t.Errorf("%q in a document makes the address %q", text, m[1])
					}
				}
			}
		})
	}
}

func TestWritten(t *testing.T) {
	got := wordsOf(Japanese).written(clinical.Text{
		Type: coded("LN", "18842-5", "退院時要約"), Written: "202611011530", Authors: []clinical.Staff{{Name: "医師 一郎"}, {ID: "9"}},
		Sections: []clinical.Section{{Code: clinical.Coded{Text: "経過"}, Level: 9, Blocks: []clinical.TextBlock{{Paragraph: "a\nb"}}}},
		Files:    []clinical.File{{Name: "a.pdf", MediaType: "application/pdf", Size: 1000, Main: true}, {Name: "b.svg", MediaType: "image/svg+xml", Size: -1}},
	})
	want := &Written{
		Title: "退院時要約", Authors: []string{"医師 一郎"}, At: "2026/11/01 15:30",
		Sections: []WrittenSection{{Heading: "経過", Level: 6, Blocks: []clinical.TextBlock{{Paragraph: "a\nb"}}}},
		Files:    []FileRow{{Mark: "6a21129348658d8b", Name: "a.pdf", Type: "PDF", Size: "1 KB", Show: ShowPDF, Main: true}, {Number: 1, Mark: "cd7c75c3e987571a", Name: "b.svg", Type: "その他の形式"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestExams(t *testing.T) {
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101", Time: "0900", Department: "01"}, Document: clinical.Document{Kind: clinical.KindImaging, Examinations: []clinical.Examination{
		{Name: clinical.Coded{Text: "胸部CT"}, Performed: true, Modality: coded("DCM", "CT", ""), At: "202611011130", Status: "F", Items: []clinical.Procedure{{
			Procedure: clinical.Coded{Text: "撮影"}, Count: "2", Materials: []clinical.Material{{Material: clinical.Coded{Text: "造影剤"}, Amount: "100", Unit: clinical.Coded{Text: "mL"}}},
			Exposures: []clinical.Exposure{{Voltage: "120kV", Count: "1"}},
		}}},
		{Name: clinical.Coded{Text: "腹部CT"}, Status: "ZZ"},
	}}}
	got := wordsOf(Japanese).exams(colours.Of(chuo), d)
	want := []ExamRow{
		{Kind: clinical.KindImaging, At: "2026/11/01 11:30", Name: "胸部CT", Modality: "CT", Performed: true, Status: "確定", Department: "内科", Procedures: []ProcedureRow{
			{Name: "撮影", Count: "2", Materials: []string{"造影剤 100mL"}, Exposures: []string{"管電圧 120kV 回数 1"}},
		}},
		{Kind: clinical.KindImaging, At: "2026/11/01 09:00", Name: "腹部CT", Status: "ZZ", Department: "内科"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ExamRow{}, "Sort", "Facility", "Item", "Code"), cmpopts.IgnoreUnexported(ExamRow{})); diff != "" {
		t.Errorf("examinations (-want +got):\n%s", diff)
	}
}

// What a culture found names its organism, and is no row of the matrix of tests.
func TestCultures(t *testing.T) {
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindLab, LabResults: append(fixtureCulture("202611010815"),
		clinical.LabResult{Test: &clinical.Coded{Text: "CRP"}, Value: "0.1"})}}
	w := wordsOf(Japanese)
	if labs := w.labs(colours.Of(chuo), d); len(labs) != 1 || labs[0].Name != "CRP" {
		t.Errorf("labs = %+v, want CRP alone", labs)
	}
	want := []CultureRow{{
		At: "2026/11/01 08:15", Specimen: "中間尿", Organism: "Escherichia coli", Found: []string{"菌量 10^5 CFU/mL"},
		Drugs: []CultureDrug{{"アンピシリン", ">=32 ug/mL", "R", ""}, {"セファゾリン", "8 ug/mL", "I", ""}, {"レボフロキサシン", "<=0.12 ug/mL", "S", ""}},
	}}
	if diff := cmp.Diff(want, w.cultures(colours.Of(chuo), d), cmpopts.IgnoreFields(CultureRow{}, "Sort", "Facility", "Item")); diff != "" {
		t.Errorf("cultures (-want +got):\n%s", diff)
	}
}

// A dose that has an upper end or counts for a time is never shown as one taking of the
// lower end.
func TestDose(t *testing.T) {
	tab := coded("MR9P", "TAB", "錠")
	for name, tc := range map[string]struct {
		m    clinical.Medication
		want string
	}{
		"one taking":       {clinical.Medication{Dose: "1", DoseUnit: tab}, "1錠"},
		"a range":          {clinical.Medication{Dose: "1", DoseMax: "2", DoseUnit: tab}, "1–2錠"},
		"for a day":        {clinical.Medication{Dose: "3", DoseUnit: tab, DosePer: "D1"}, "3錠/日"},
		"for some hours":   {clinical.Medication{Dose: "3", DoseUnit: tab, DosePer: "H8"}, "3錠/8時間"},
		"for what, is odd": {clinical.Medication{Dose: "3", DoseUnit: tab, DosePer: "X"}, "3錠/X"},
		"none":             {clinical.Medication{DoseUnit: tab}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wordsOf(Japanese).dose(tc.m); got != tc.want {
				t.Errorf("dose = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFoldExams(t *testing.T) {
	exam := func(order, parent string, performed bool, purpose string) ExamRow {
		return ExamRow{Kind: clinical.KindImaging, order: order, parent: parent, Performed: performed, Purpose: purpose}
	}
	endoscopy := exam("1", "", true, "")
	endoscopy.Kind = clinical.KindEndoscopy
	for name, tc := range map[string]struct{ rows, want []ExamRow }{
		"an order alone stays":        {[]ExamRow{exam("1", "", false, "x")}, []ExamRow{exam("1", "", false, "x")}},
		"an order that was performed": {[]ExamRow{exam("1", "", true, ""), exam("1", "", false, "x")}, []ExamRow{exam("1", "", true, "x")}},
		"another order stays":         {[]ExamRow{exam("1", "", true, ""), exam("2", "", false, "x")}, []ExamRow{exam("1", "", true, ""), exam("2", "", false, "x")}},
		"the parts stand for the whole": {
			[]ExamRow{exam("1", "", true, "x"), exam("51", "1", true, ""), exam("52", "1", true, "y")},
			[]ExamRow{exam("51", "1", true, "x"), exam("52", "1", true, "y")},
		},
		"a whole that was performed, its parts only ordered": {
			[]ExamRow{exam("1", "", true, ""), exam("51", "1", false, "")},
			[]ExamRow{exam("1", "", true, ""), exam("51", "1", false, "")},
		},
		"the number of another kind":      {[]ExamRow{endoscopy, exam("1", "", false, "x")}, []ExamRow{endoscopy, exam("1", "", false, "x")}},
		"no number, filled up with nines": {[]ExamRow{exam("999999999999999", "", true, ""), exam("999999999999999", "", false, "x")}, []ExamRow{exam("999999999999999", "", true, ""), exam("999999999999999", "", false, "x")}},
		"no number at all":                {[]ExamRow{exam("", "", true, ""), exam("", "", false, "x")}, []ExamRow{exam("", "", true, ""), exam("", "", false, "x")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, foldExams(tc.rows), cmp.AllowUnexported(ExamRow{})); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCultures_notes: what is noted on an organism or a drug changes how it is treated.
func TestCultures_notes(t *testing.T) {
	organism := &clinical.Coded{Text: "Escherichia coli"}
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindLab, LabResults: []clinical.LabResult{
		{Test: &clinical.Coded{Text: "菌名"}, Coded: organism, Organism: organism, Specimen: &clinical.Coded{Text: "血液"}, SpecimenSite: &clinical.Coded{Text: "左腕"}, Status: "P", Comments: []string{"ESBL産生"}},
		{Test: &clinical.Coded{Text: "CEZ"}, Value: "<=2", Flag: "S", Organism: organism, Specimen: &clinical.Coded{Text: "血液"}, Susceptibility: true, Status: "C", Comments: []string{"臨床的には無効"}},
	}}}
	want := []CultureRow{{
		At: "2026/11/01", Specimen: "血液 左腕", Organism: "Escherichia coli", Found: []string{"中間報告", "ESBL産生"},
		Drugs: []CultureDrug{{"CEZ", "<=2", "S", "訂正、臨床的には無効"}},
	}}
	if diff := cmp.Diff(want, wordsOf(Japanese).cultures(colours.Of(chuo), d), cmpopts.IgnoreFields(CultureRow{}, "Sort", "Facility", "Item")); diff != "" {
		t.Errorf("cultures (-want +got):\n%s", diff)
	}
}

func TestEncounters_disposition(t *testing.T) {
	of := func(event clinical.EncounterEvent) []string {
		d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindEncounter, Encounter: &clinical.Encounter{Event: event, Disposition: "死亡"}}}
		return wordsOf(Japanese).encounters(colours.Of(chuo), d)[0].Notes
	}
	if got := of(clinical.EventDischarge); !slices.Equal(got, []string{"退院時転帰 死亡"}) {
		t.Errorf("notes of a discharge = %q", got)
	}
	if got := of(clinical.EventAdmission); got != nil {
		t.Errorf("notes of an admission = %q", got)
	}
}

// TestLabs_localTestsOfTwoSpecimens: a row has one specimen, also where the facility's own
// code does not say it.
func TestLabs_localTestsOfTwoSpecimens(t *testing.T) {
	result := func(specimen string) clinical.LabResult {
		return clinical.LabResult{Test: &clinical.Coded{LocalCode: "K", LocalText: "カリウム", LocalSystem: "99LAB"}, Specimen: &clinical.Coded{Text: specimen}, Value: "4.0"}
	}
	d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}, Document: clinical.Document{Kind: clinical.KindLab, LabResults: []clinical.LabResult{result("血清"), result("尿"), result("血清")}}}
	labs := wordsOf(Japanese).labs(colours.Of(chuo), d)
	if labs[0].Key == labs[1].Key || labs[0].Key != labs[2].Key {
		t.Errorf("keys %q, %q, %q", labs[0].Key, labs[1].Key, labs[2].Key)
	}
}
