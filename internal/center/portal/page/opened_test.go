package page

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// open draws documents as a click on them does.
func open(t *testing.T, lang string, docs ...clinical.Document) string {
	t.Helper()
	var items []ItemDocument
	for i, d := range docs {
		items = append(items, ItemDocument{Item: wire.Item{ID: itemID(i), Kind: d.Kind, DataType: d.DataType, Date: "20260908"}, Document: d})
	}
	return render(t, lang, NewItems(ident.PersonID("p"), colours.Of(chuo), items, len(items), lang))
}

// An order of tests used to open as an empty panel.
func TestOpened_orderNamesItsTests(t *testing.T) {
	order := clinical.Document{Kind: clinical.KindLab, DataType: "OML-01", LabResults: []clinical.LabResult{
		{Ordered: true, Test: &clinical.Coded{Text: "カリウム"}, Panel: &clinical.Coded{Text: "生化学検査"}, Specimen: &clinical.Coded{Text: "血清"}},
		{Ordered: true, Test: &clinical.Coded{Text: "白血球数"}, Panel: &clinical.Coded{Text: "血液学検査"}, Comments: []string{"至急で結果を電話"}, Circumstances: &clinical.Circumstances{OrderStatus: clinical.OrderCancelled}},
	}}
	for lang, want := range map[string][]string{
		Japanese: {"検体検査 オーダ", "オーダした検査項目", "カリウム", "血清", "生化学検査", "白血球数", "血液学検査", "至急で結果を電話", "取消"},
		English:  {"Laboratory tests (order)", "Tests ordered", "カリウム", "order cancelled"},
	} {
		html := open(t, lang, order)
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s does not say %q: %s", lang, w, html)
			}
		}
		if strings.Contains(html, "labs-list") {
			t.Errorf("%s: ordered tests stand as results", lang)
		}
	}
}

func TestOpened_injectionSaysItsCategoryInWordsOfThePage(t *testing.T) {
	order := clinical.Document{Kind: clinical.KindInjection, DataType: "OMP-02", Injections: []clinical.Injection{{
		Name: clinical.Coded{Code: "00", Text: "一般"}, Categories: []clinical.Coded{coded("MR9P", "OHP", "外来処方")}, Rate: "200", RateUnit: coded("ISO+", "ml/hr", "ミリリットル毎時"),
		Components: []clinical.Component{{Drug: clinical.Coded{Text: "薬"}}},
	}}}
	for lang, want := range map[string][]string{
		Japanese: {`<small class="tag">外来処方</small>`, `<small class="tag">一般</small>`, "速度 200mL/h"},
		English:  {`<small class="tag">outpatient</small>`, "rate 200 mL/h"},
	} {
		html := open(t, lang, order)
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s does not say %q: %s", lang, w, html)
			}
		}
	}
}

// One document says that a stay began. That it has not ended yet only the others can say.
func TestOpened_admissionDoesNotSayThatTheStayGoesOn(t *testing.T) {
	admission := clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-22", Encounter: &clinical.Encounter{Event: clinical.EventAdmission, Start: "202609081030"}}
	discharge := clinical.Document{Kind: clinical.KindEncounter, DataType: "ADT-52", Encounter: &clinical.Encounter{Event: clinical.EventDischarge, Start: "202609081030", End: "202609221000"}}
	for lang, want := range map[string][2]string{Japanese: {"入院", "入院中"}, English: {"Admission", "no discharge"}} {
		html := open(t, lang, admission)
		if !strings.Contains(html, want[0]) || !strings.Contains(html, "2026/09/08 10:30") || strings.Contains(html, want[1]) || strings.Contains(html, "10:30 –") {
			t.Errorf("%s: an admission says %s", lang, html)
		}
		if !strings.Contains(html, "#i-admission") {
			t.Errorf("%s: an admission has the sign of a visit", lang)
		}
		if html := open(t, lang, discharge); !strings.Contains(html, "2026/09/08 10:30 – 2026/09/22 10:00") {
			t.Errorf("%s: a discharge says %s", lang, html)
		}
	}
}

// A number that a facility made up must not look like an outcome that everybody knows.
func TestOpened_dischargeSaysWhoseItsCodeIs(t *testing.T) {
	for disposition, want := range map[string]map[string]string{
		"02": {Japanese: "退院時転帰 施設独自コード 02", English: "discharge disposition: the facility’s own code 02"},
		"軽快": {Japanese: "退院時転帰 軽快", English: "discharge disposition: 軽快"},
	} {
		discharge := clinical.Document{Kind: clinical.KindEncounter, Encounter: &clinical.Encounter{Event: clinical.EventDischarge, Start: "202609081030", End: "202609221000", Disposition: disposition}}
		for lang, words := range want {
			if html := open(t, lang, discharge); !strings.Contains(html, words) {
				t.Errorf("%s does not say %q: %s", lang, words, html)
			}
		}
	}
}

// A word on the specimen decides how its potassium is read, so it stands before the values.
func TestOpened_commentsOnAPanelComeBeforeItsResults(t *testing.T) {
	lab := clinical.Document{Kind: clinical.KindLab, DataType: "OUL-11", LabResults: []clinical.LabResult{
		{Test: &clinical.Coded{Text: "カリウム"}, Value: "6.9", PanelComments: []string{"検体: 溶血"}},
	}}
	html := open(t, Japanese, lab)
	comment, value := strings.Index(html, "検体: 溶血"), strings.Index(html, "6.9")
	if comment < 0 || comment > value || strings.Count(html, "検体: 溶血") != 1 {
		t.Errorf("comment at %d, value at %d: %s", comment, value, html)
	}
	letter := clinical.Document{Kind: clinical.KindPrescription, Comments: []string{"粉砕可"}, Medications: []clinical.Medication{{Drug: clinical.Coded{Text: "薬"}}}}
	if html := open(t, Japanese, letter); strings.Count(html, "粉砕可") != 1 {
		t.Errorf("a prescription loses its comment: %s", html)
	}
}
