package ssmix2

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

const (
	spmLine   = "SPM|1|||023^血清^JC10|||||||||||||202406010930"
	bloodLine = "SPM|1|||017^血液^JC10||||LA^左腕^99SPT|||||||||202406010930"
	obrLine   = "OBR|1|000000000000801||E002^生化学的検査^99O03"
	scLine    = "ORC|SC|000000000000801"
)

func labDocument(t *testing.T, lines ...string) clinical.Document {
	t.Helper()
	return mustDocument(t, LabResult, "OUL^R22^OUL_R22", append([]string{pidLine}, lines...)...)
}

func TestLabValues(t *testing.T) {
	tests := []struct{ name, valueType, value, want, coded, warn string }{
		{"number", "NM", "7.2", "7.2", "", ""},
		{"number of a negative sign", "NM", "-14", "-14", "", ""},
		{"less than, in one text", "ST", "<0.05", "<0.05", "", ""},
		{"at least, with a space", "ST", ">= 100", ">= 100", "", ""},
		{"less than", "SN", "<^0.05", "<0.05", "", ""},
		{"at least", "SN", ">=^100", ">=100", "", ""},
		{"ratio", "SN", "^1^:^32", "1:32", "", ""},
		{"interval", "SN", "^1^-^4", "1-4", "", ""},
		{"multiple, plus behind", "SN", "^320^+", "320+", "", ""},
		{"grade in words of the laboratory", "ST", " 2 +", " 2 +", "", ""},
		{"minus is an escape away", "TX", `陰性\.br\再検済`, "陰性\n再検済", "", ""},
		{"code", "CWE", "C01^溶血あり^99XYZ", "", "溶血あり", ""},
		{"codes", "CWE", "C01^溶血^99XYZ~C02^乳び^99XYZ", "溶血、乳び", "溶血", ""},
		{"staff", "XCN", doctor, "医師 一郎", "", ""},
		{"amount", "CQ", "120^kV&kV&ISO+", "120 kV", "", ""},
		{"time", "TS", "20240601144512", "20240601144512", "", ""},
		{"unknown", "RP", "a^b", "a^b", "", "segment 6 (OBX), field 2: value type is not known, shown as text"},
		{"a file", "ED", "^AP^PDF^Base64^JVBERi0xLjQK", "（添付ファイル AP PDF：表示できません）", "", "segment 6 (OBX), field 5: a file inside of the message, not shown"},
		{"words of a file", "ED", "^TX^plain^A^洞調律", "洞調律", "", ""},
		{"several with their signs", "SN", "<^5~^10", "<5、10", "", ""},
		{"times a titre", "SN", "×^40", "×40", "", ""},
		{"text that was never coded", "CWE", "^^^^^^^^弱陽性", "", "弱陽性", ""},
		{"text behind its code", "CWE", "9^その他^99X^^^^^^弱陽性", "", "その他（弱陽性）", ""},
		{"the code's own text again", "CWE", "1^陽性 ^99X^^^^^^陽性", "", "陽性", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := labDocument(t, spmLine, obrLine, scLine, "OBX|1|"+tt.valueType+"|1^検査^JC10||"+tt.value+"|mg/dL^mg/dL^ISO+|0.0-1.0|H|||F")
			r := doc.LabResults[0]
			if r.Value != tt.want || r.Coded.Label() != tt.coded || r.Range != "0.0-1.0" || r.Flag != "H" || r.Unit.Value().Code != "mg/dL" {
				t.Errorf("result = %+v, want value %q, coded %q", r, tt.want, tt.coded)
			}
			if tt.warn == "" {
				wantWarnings(t, doc)
			} else {
				wantWarnings(t, doc, tt.warn)
			}
		})
	}
}

func TestLabNotes(t *testing.T) {
	doc := labDocument(t, "NTE|1||至急報告", spmLine, obrLine, scLine, "NTE|1||溶血検体",
		"OBX|1|NM|1^甲^JC10||1||||||F", "NTE|1||再検済", "NTE|2||希釈再検",
		"OBX|2|NM|2^乙^JC10||9||||||W", "NTE|1||取り下げの理由",
		"OBX|3|NM|3^丙^JC10||3||||||F",
		"OBR|2|000000000000801||E003^血算^99O03", scLine, "NTE|1||検体量不足のため未検査",
		"OBR|3|000000000000801||E004^凝固^99O03|||||||||||||||||||||I", scLine,
		"OBR|4|000000000000801||E005^感染症^99O03", scLine)
	var got []string
	for _, r := range doc.LabResults {
		got = append(got, strings.Join([]string{r.Test.Label(), r.Value, r.Status, strings.Join(r.PanelComments, "/"), strings.Join(r.Comments, "/")}, "|"))
	}
	want := []string{"甲|1|F|溶血検体|再検済/希釈再検", "丙|3|F|溶血検体|", "血算|||検体量不足のため未検査|", "凝固||I||"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"至急報告"}, doc.Comments); diff != "" {
		t.Errorf("comments of the report (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc, "segment 11 (OBX), field 11: withdrawn result, left out")

	doc = mustDocument(t, LabOrder, "OML^O33^OML_O33", pidLine, spmLine, "OBX|1|NM|9N006000000000001^体重^JC10||62|kg^kg^ISO+|||||F",
		orcLine, "OBR|1|000000000000801||E002^生化学的検査^99O03", "NTE|1||空腹時採血")
	if len(doc.LabResults) != 1 || doc.LabResults[0].Test.Label() != "生化学的検査" || doc.LabResults[0].PanelComments[0] != "空腹時採血" {
		t.Errorf("order = %+v", doc.LabResults)
	}
	if len(doc.Observations) != 1 || doc.Observations[0].Value != "62" {
		t.Errorf("observations = %+v, want the weight", doc.Observations)
	}
}

func TestLabFlags(t *testing.T) {
	doc := labDocument(t, spmLine, obrLine, scLine, "OBX|1|NM|1^甲^JC10||1||<85|HH~A|||C")
	if r := doc.LabResults[0]; r.Flag != "HH" || r.Range != "<85" || r.Status != "C" {
		t.Errorf("result = %+v", r)
	}
	wantWarnings(t, doc, "segment 6 (OBX), field 8: more than one flag, the first that is not N is shown")
}

func TestJLACInEitherTriplet(t *testing.T) {
	for test, want := range map[string]clinical.Coded{
		"3A010000002327101^総蛋白^JC10^10222^ＴＰ^99X03": {Code: "3A010000002327101", Text: "総蛋白", System: "JC10", LocalCode: "10222", LocalText: "ＴＰ", LocalSystem: "99X03"},
		"10222^ＴＰ^99X03^3A010000002327101^総蛋白^JC11": {Code: "3A010000002327101", Text: "総蛋白", System: "JC11", LocalCode: "10222", LocalText: "ＴＰ", LocalSystem: "99X03"},
		"10222^ＴＰ^99X03": {LocalCode: "10222", LocalText: "ＴＰ", LocalSystem: "99X03"},
	} {
		if got := labDocument(t, spmLine, obrLine, scLine, "OBX|1|NM|"+test+"||7.2||||||F").LabResults[0].Test; got.Value() != want {
			t.Errorf("%s = %+v, want %+v", test, got, want)
		}
	}
}

// smear, culture and the susceptibility of what was found.
var bacteriology = []string{
	bloodLine,
	"OBR|1|000000000000801||6A010000001770400^塗抹鏡検^JC10", scLine,
	"OBX|1|CWE|6A010000001770414^塗抹菌名^JC10|1|1011^グラム陽性球菌^JANIS||||||F",
	"OBX|2|ST|6A010000001770411^塗抹菌量^JC10|1|3+||||||F",
	"OBR|2|000000000000801||6B010000001774200^培養同定^JC10", scLine,
	"OBX|1|CWE|6B010000001774214^培養同定菌名^JC10|1|2001^Escherichia coli^JANIS|||A|||F",
	"OBX|2|ST|6B010000001774211^培養同定菌量^JC10|1|2+||||||F",
	"OBX|3|CWE|6B010000001774214^培養同定菌名^JC10|2|1301^S.aureus^JANIS|||A|||F",
	"OBX|4|ST|6B010000001774211^培養同定菌量^JC10|2|1+||||||F",
	"OBX|5|ST|6B010000001774299^培養日数^JC10||2日||||||F",
	// drugs as tests
	"OBR|3|000000000000801||6C205000001776200^薬剤感受性検査^JC10||||||||||||||||||||||6B010000001774214&培養同定菌名&JC10^1^2001&E.coli&JANIS", scLine,
	"OBX|1|ST|6C205604701776205^ピペラシリン^JC10||<2|ug/mL^ug/mL^ISO+||S|||F",
	"OBX|2|NM|6C205609401776205^セフタジジム^JC10||32|ug/mL^ug/mL^ISO+||R|||F",
	// drugs as values, each with its outcome behind
	"OBR|4|000000000000801||6C205000001776200^薬剤感受性検査^JC10||||||||||||||||||||||6B010000001774214&培養同定菌名&JC10^2", scLine,
	"OBX|1|CWE|6C205000001776214^薬剤名^JC10|1|1266^ピペラシリン^JANIS||||||F",
	"OBX|2|NM|6C205000001776201^MIC値^JC10|1|80|ug/mL^ug/mL^ISO+||R|||F",
	"OBX|3|CWE|6C205000001776214^薬剤名^JC10|2|1661^セフタジジム^JANIS|||I|||F",
}

func TestBacteriology(t *testing.T) {
	doc := labDocument(t, bacteriology...)
	wantWarnings(t, doc)
	cultures, rest := clinical.Cultures(doc.LabResults)
	var got []string
	for _, c := range cultures {
		var found, drugs []string
		for _, r := range c.Found {
			found = append(found, firstText(r.Value, r.Coded.Label()))
		}
		for _, d := range c.Drugs {
			drugs = append(drugs, d.Drug.Label()+" "+d.Value+d.Unit.Code+" "+d.Flag)
		}
		got = append(got, c.Organism.Label()+" in "+c.Specimen.Label()+": "+strings.Join(found, ", ")+": "+strings.Join(drugs, ", "))
	}
	want := []string{
		"グラム陽性球菌 in 血液: グラム陽性球菌, 3+: ",
		"Escherichia coli in 血液: Escherichia coli, 2+: ピペラシリン <2ug/mL S, セフタジジム 32ug/mL R",
		"S.aureus in 血液: S.aureus, 1+: ピペラシリン 80ug/mL R, セフタジジム  I",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cultures (-want +got):\n%s", diff)
	}
	if len(rest) != 1 || rest[0].Test.Label() != "培養日数" {
		t.Errorf("rest = %+v, want what is of no organism", rest)
	}
	if site := doc.LabResults[0].SpecimenSite; site.LocalText != "左腕" {
		t.Errorf("site of the specimen = %+v", site)
	}
}

func TestSusceptibilityWithoutItsCulture(t *testing.T) {
	const obr = "OBR|1|000000000000801||6C205000001776200^薬剤感受性検査^JC10||||||||||||||||||||||"
	const drug = "OBX|1|ST|6C205604701776205^ピペラシリン^JC10||<2|||S|||F"
	for name, tt := range map[string]struct{ parent, organism, warn string }{
		"organism in a code":         {"6B010000001774214&菌名&JC10^1^2001&E.coli&JANIS", "E.coli", ""},
		"organism in words":          {"6B010000001774214&菌名&JC10^1^E.coli", "E.coli", ""},
		"culture is in another file": {"6B010000001774214&菌名&JC10^1", "", "segment 4 (OBR), field 26: parent result without its organism"},
		"parent of a usual test":     {"3A010&総蛋白&JC10^1^7.2", "7.2", ""}, // under 6C all the same
	} {
		t.Run(name, func(t *testing.T) {
			doc := labDocument(t, bloodLine, obr+tt.parent, scLine, drug)
			r := doc.LabResults[0]
			if r.Organism.Label() != tt.organism || r.Susceptibility != (tt.organism != "") || r.Flag != "S" {
				t.Errorf("result = %+v, want organism %q", r, tt.organism)
			}
			if tt.warn == "" {
				wantWarnings(t, doc)
			} else {
				wantWarnings(t, doc, tt.warn)
			}
		})
	}
	// A reflex test of chemistry is of no organism.
	doc := labDocument(t, spmLine, obrLine+"||||||||||||||||||||||3A010&総蛋白&JC10^1^7.2", scLine, "OBX|1|NM|1^甲^JC10||1||||||F")
	if r := doc.LabResults[0]; r.Organism != nil || r.Susceptibility {
		t.Errorf("result = %+v, want no organism", r)
	}
}

// TestOlderLabResults reads what installations of the first SS-MIX still write.
func TestOlderLabResults(t *testing.T) {
	doc := mustDocument(t, LabResult, "OML^O33^OML_O33", pidLine, spmLine, scLine, obrLine, "OBX|1|NM|1^甲^JC10||1||||||F", "NTE|1||再検済")
	if len(doc.LabResults) != 1 || doc.LabResults[0].Value != "1" || doc.LabResults[0].Ordered || doc.LabResults[0].Panel.Label() != "生化学的検査" || doc.LabResults[0].Comments[0] != "再検済" {
		t.Errorf("results = %+v", doc.LabResults)
	}
	wantWarnings(t, doc, "segment 1 (MSH), field 9: message is no OUL, as in older editions, read as the data type says")
}

// In ORU^R01 a specimen stands behind its panel, and not before the next.
func TestLabResultsOfORU(t *testing.T) {
	const obx = "OBX|1|NM|1^甲^JC10||1||||||F"
	spm := func(material, collected string) string {
		return "SPM|1|||" + material + "^JC10|||||||||||||" + collected
	}
	panel := func(name string) string { return "OBR|1|000000000000801||" + name + "^" + name + "^99O03|||20240531" }
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
		warn  []string
	}{
		{"behind", []string{panel("A"), obx, spm("023^血清", "20240601"), scLine, panel("B"), obx, spm("001^尿", "20240602")}, "A:血清 20240601, B:尿 20240602", nil},
		{"behind the first only", []string{panel("A"), obx, spm("023^血清", "20240601"), panel("B"), obx}, "A:血清 20240601, B: 20240531", nil},
		{"before, as in OUL", []string{spm("023^血清", "20240601"), panel("A"), obx, spm("001^尿", "20240602"), panel("B"), obx}, "A:血清 20240601, B:尿 20240602", nil},
		{"two of one panel", []string{panel("A"), obx, spm("023^血清", "20240601"), spm("001^尿", "20240602"), panel("B"), obx}, "A:血清 20240601, B: 20240531",
			[]string{"segment 6 (SPM): second specimen of one panel, not shown"}},
		{"measured of the specimen", []string{panel("A"), obx, spm("001^尿", "20240601"), "OBX|2|NM|9^尿量^JC10||1200||||||F"}, "A:尿 20240601", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, LabResult, "ORU^R01^ORU_R01", append([]string{pidLine}, tt.lines...)...)
			var got []string
			for _, r := range doc.LabResults {
				got = append(got, r.Panel.Label()+":"+r.Specimen.Label()+" "+string(r.Collected))
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
			var warned []string
			for _, w := range doc.Warnings {
				if strings.Contains(w, "specimen") {
					warned = append(warned, w)
				}
			}
			if diff := cmp.Diff(tt.warn, warned); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// A status alone hides no result without anybody knowing.
func TestLab_resultsOfACancelledOrder(t *testing.T) {
	doc := mustDocument(t, LabResult, "OUL^R22", pidLine, "SPM|1|||023^血清^JC10", "OBR|1|000000000000801||E1^生化学^99O03", "ORC|SC|000000000000801|||CA", "OBX|1|NM|1^K^JC10||6.9||||||F",
		"OBR|2|000000000000801||E2^血算^99O03", "ORC|SC|000000000000801", "OBX|1|NM|1^Hb^JC10||12||||||F")
	if len(doc.LabResults) != 1 || !doc.Remarks.Has(clinical.RemarkLeftOut) {
		t.Errorf("%d results, remarks %v", len(doc.LabResults), doc.Remarks)
	}
}

// The structures of HL7 v2.5, each with a panel of blood and one of urine.
func TestSpecimensAndOrdersOfEachStructure(t *testing.T) {
	const (
		serum, urine = "SPM|1|||023^血清^JC10|||||||||||||202406010900", "SPM|2|||001^尿^JC10|||||||||||||202406011400"
		obr1, obr2   = "OBR|1|000000000000801||E1^生化学^99O03", "OBR|2|000000000000801||E2^尿検査^99O03"
		obx1, obx2   = "OBX|1|NM|1^GLU^JC10||98||||||F", "OBX|1|NM|1^GLU^JC10||1200||||||F"
		new, sc, ca  = "ORC|NW|000000000000801", "ORC|SC|000000000000801", "ORC|CA|000000000000801"
	)
	const first, second = "生化学 98 血清 202406010900", "尿検査 1200 尿 202406011400"
	const cancelledAt = "segment %d (ORC), field 1: cancelled entry, left out"
	for name, tc := range map[string]struct {
		dataType DataType
		message  string
		lines    []string
		want     []string
	}{
		"OUL^R22":                                 {LabResult, "OUL^R22", []string{serum, obr1, sc, obx1, urine, obr2, sc, obx2}, []string{first, second}},
		"OUL^R22, orders before their panels":     {LabResult, "OUL^R22", []string{serum, sc, obr1, obx1, urine, sc, obr2, obx2}, []string{first, second}},
		"OUL^R22, now before and now behind":      {LabResult, "OUL^R22", []string{serum, sc, obr1, obx1, urine, obr2, sc, obx2}, []string{first, second}},
		"ORU^R01, orders behind":                  {LabResult, "ORU^R01", []string{obr1, sc, obx1, serum, obr2, sc, obx2, urine}, []string{first, second}},
		"ORU^R01, the first open":                 {LabResult, "ORU^R01", []string{obr1 + strings.Repeat("|", 21) + "I", ca, obr2, obx2, urine}, []string{"生化学   "}},
		"OUL^R22, the first cancelled":            {LabResult, "OUL^R22", []string{serum, obr1, ca, obx1, urine, obr2, obx2}, []string{second}},
		"OUL^R22, the first of one specimen":      {LabResult, "OUL^R22", []string{urine, obr1, ca, obx1, obr2, obx2}, []string{second}},
		"OUL^R22, the first cancelled, before":    {LabResult, "OUL^R22", []string{serum, ca, obr1, obx1, urine, obr2, obx2}, []string{second}},
		"OUL^R22, the second cancelled":           {LabResult, "OUL^R22", []string{serum, obr1, sc, obx1, urine, obr2, ca, obx2}, []string{first}},
		"OUL^R22, specimens behind":               {LabResult, "OUL^R22", []string{obr1, sc, obx1, serum, obr2, sc, obx2, urine}, []string{first, second}},
		"OUL^R22, a specimen between":             {LabResult, "OUL^R22", []string{obr1, sc, obx1, serum, obr2, sc, obx2}, []string{"生化学 98  ", "尿検査 1200  "}},
		"ORU^R01":                                 {LabResult, "ORU^R01", []string{sc, obr1, obx1, serum, sc, obr2, obx2, urine}, []string{first, second}},
		"ORU^R01 without orders":                  {LabResult, "ORU^R01", []string{obr1, obx1, serum, obr2, obx2, urine}, []string{first, second}},
		"ORU^R01, the first cancelled":            {LabResult, "ORU^R01", []string{ca, obr1, obx1, serum, obr2, obx2, urine}, []string{second}},
		"ORU^R01, only the second has a specimen": {LabResult, "ORU^R01", []string{obr1, obx1, obr2, obx2, urine}, []string{"生化学 98  ", second}},
		"OML^O33":                                  {LabOrder, "OML^O33", []string{serum, new, obr1, urine, new, obr2}, []string{"生化学  血清 202406010900", "尿検査  尿 202406011400"}},
		"OML^O33, the first cancelled":             {LabOrder, "OML^O33", []string{serum, ca, obr1, urine, new, obr2}, []string{"尿検査  尿 202406011400"}},
		"OML^O33, both panels of one order":        {LabOrder, "OML^O33", []string{serum, new, obr1, urine, ca, obr2, obr2}, []string{"生化学  血清 202406010900"}},
		"OML^O21":                                  {LabOrder, "OML^O33", []string{new, obr1, serum, new, obr2, urine}, []string{"生化学  血清 202406010900", "尿検査  尿 202406011400"}},
		"OML^O21, the first cancelled":             {LabOrder, "OML^O33", []string{ca, obr1, serum, new, obr2, urine}, []string{"尿検査  尿 202406011400"}},
		"results as OML^O33":                       {LabResult, "OML^O33", []string{serum, new, obr1, obx1, urine, new, obr2, obx2}, []string{first, second}},
		"results as OML^O33, two of one cancelled": {LabResult, "OML^O33", []string{serum, ca, obr1, obx1, obr1, obx1, urine, new, obr2, obx2}, []string{second}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustDocument(t, tc.dataType, tc.message, append([]string{pidLine}, tc.lines...)...)
			var got []string
			for _, r := range doc.LabResults {
				panel := r.Panel
				if panel == nil {
					panel = r.Test
				}
				got = append(got, strings.Join([]string{panel.Label(), r.Value, r.Specimen.Label(), string(r.Collected)}, " "))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			for i, line := range tc.lines {
				if line == ca && !slices.Contains(doc.Warnings, fmt.Sprintf(cancelledAt, i+3)) {
					t.Errorf("warnings = %q, want %s", doc.Warnings, fmt.Sprintf(cancelledAt, i+3))
				}
			}
		})
	}
}

// TestTwoCulturesThatCountFromOne: which organism a susceptibility is of must not be
// guessed from a number that two bottles have.
func TestTwoCulturesThatCountFromOne(t *testing.T) {
	bottle := func(organism string) []string {
		return []string{"OBR|1|000000000000801||6B010000001774200^培養同定^JC10", scLine, "OBX|1|CWE|6B010000001774214^培養同定菌名^JC10|1|" + organism + "^JANIS|||A|||F"}
	}
	drugs := func(parent string) []string {
		return []string{"OBR|3|000000000000801||6C205000001776200^薬剤感受性検査^JC10||||||||||||||||||||||6B010000001774214&培養同定菌名&JC10^1" + parent, scLine, "OBX|1|ST|6C205604701776205^ピペラシリン^JC10||<2|||S|||F"}
	}
	last := func(doc clinical.Document) clinical.LabResult { return doc.LabResults[len(doc.LabResults)-1] }
	doc := labDocument(t, slices.Concat([]string{bloodLine}, bottle("2001^E.coli"), bottle("1301^S.aureus"), drugs(""))...)
	if r := last(doc); r.Organism != nil || r.Susceptibility {
		t.Errorf("of two bottles: %+v", r)
	}
	doc = labDocument(t, slices.Concat([]string{bloodLine}, bottle("2001^E.coli"), bottle("1301^S.aureus"), drugs("^2001&E.coli&JANIS"))...)
	if r := last(doc); r.Organism.Label() != "E.coli" {
		t.Errorf("of the one that is named: %+v", r)
	}
	doc = labDocument(t, slices.Concat([]string{bloodLine}, bottle("2001^E.coli"), bottle("2001^E.coli"), drugs(""))...)
	if r := last(doc); r.Organism.Label() != "E.coli" {
		t.Errorf("of two bottles with the same: %+v", r)
	}
}

// TestSusceptibilitiesBesideTheOrganism: drugs as rows of the culture itself, answers as
// codes.
func TestSusceptibilitiesBesideTheOrganism(t *testing.T) {
	doc := labDocument(t, bloodLine, "OBR|1|000000000000801||6B010000001774200^培養同定^JC10", scLine,
		"OBX|1|CWE|6B010000001774214^培養同定菌名^JC10|1|2001^E.coli^JANIS|||A|||F",
		"OBX|2|ST|6B010000001774211^培養同定菌量^JC10|1|2+||||||F",
		"OBX|3|ST|L01^セファゾリン^99LAB|1|>16|ug/mL||R|||F",
		"OBX|4|CWE|6C205604701776205^ピペラシリン^JC10|1|1^感性^99LAB||||||F",
		"OBX|5|CWE|6C205609401776205^セフタジジム^JC10|1|R^耐性^99LAB||||||F")
	cultures, _ := clinical.Cultures(doc.LabResults)
	var got []string
	for _, d := range cultures[0].Drugs {
		got = append(got, d.Drug.Label()+" "+d.Value+" "+d.Flag)
	}
	if want := []string{"セファゾリン >16 R", "ピペラシリン 感性 S", "セフタジジム 耐性 R"}; len(cultures) != 1 || !slices.Equal(got, want) || len(cultures[0].Found) != 2 {
		t.Errorf("%d cultures, drugs %q, want %q", len(cultures), got, want)
	}
}

// TestNotesBeforeAndBehindPanels: a note on an order or a specimen has no panel or result to
// stand with, and is said of the document; one on what was measured of the patient stands
// with that.
func TestNotesBeforeAndBehindPanels(t *testing.T) {
	const result, measured = "OBX|1|NM|1^甲^JC10||1||||||F", "OBX|1|NM|9N001000000000001^身長^JC10||158||||||F"
	for name, tt := range map[string]struct {
		dataType              DataType
		message               string
		lines                 []string
		document, observation []string
	}{
		"behind an ORC":                 {LabResult, "OUL^R22^OUL_R22", []string{spmLine, scLine, "NTE|1||至急", obrLine, result}, []string{"至急"}, nil},
		"behind an ORC of ORU":          {LabResult, "ORU^R01^ORU_R01", []string{scLine, "NTE|1||至急", obrLine, result}, []string{"至急"}, nil},
		"behind a specimen":             {LabResult, "OUL^R22^OUL_R22", []string{spmLine, "NTE|1||溶血", obrLine, scLine, result}, []string{"溶血"}, nil},
		"behind a specimen of ORU":      {LabResult, "ORU^R01^ORU_R01", []string{scLine, obrLine, result, spmLine, "NTE|1||溶血"}, []string{"溶血"}, nil},
		"behind a cancelled order":      {LabResult, "ORU^R01^ORU_R01", []string{"ORC|CA|1", "NTE|1||至急", obrLine, result, scLine, obrLine, result}, nil, nil},
		"behind a measurement":          {LabResult, "OUL^R22^OUL_R22", []string{spmLine, measured, "NTE|1||臥位", obrLine, scLine, result}, nil, []string{"臥位"}},
		"behind a withdrawn one":        {LabResult, "OUL^R22^OUL_R22", []string{spmLine, strings.TrimSuffix(measured, "F") + "D", "NTE|1||臥位", obrLine, scLine, result}, nil, nil},
		"of an order, behind its ORC":   {LabOrder, "OML^O33^OML_O33", []string{spmLine, orcLine, "NTE|1||至急", obrLine}, []string{"至急"}, nil},
		"of an order, behind its OBR":   {LabOrder, "OML^O33^OML_O33", []string{spmLine, orcLine, obrLine, "NTE|1||至急"}, nil, nil},
		"of an older order, at its end": {LabOrder, "OML^O33^OML_O33", []string{orcLine, obrLine, spmLine, "NTE|1||溶血"}, []string{"溶血"}, nil},
	} {
		doc := mustDocument(t, tt.dataType, tt.message, append([]string{pidLine}, tt.lines...)...)
		var observation []string
		for _, o := range doc.Observations {
			observation = append(observation, o.Comments...)
		}
		if !slices.Equal(doc.Comments, tt.document) || !slices.Equal(observation, tt.observation) {
			t.Errorf("%s: %q of the document and %q of observations, want %q and %q", name, doc.Comments, observation, tt.document, tt.observation)
		}
	}
}

// TestTestWithTwoCodes: a test that is named by the standard's code and by the laboratory's
// is still the standard's.
func TestTestWithTwoCodes(t *testing.T) {
	doc := labDocument(t, spmLine, obrLine, scLine, `OBX|1|NM|3A010000002327101^総蛋白^JC10~10222^ＴＰ^99X03||7.2|g/dL^g/dL^ISO+|||||F`, `OBX|2|ST|2^H\T\E染色^99X03||済||||||F`)
	first, second := doc.LabResults[0].Test, doc.LabResults[1].Test
	if first.Code != "3A010000002327101" || first.System != "JC10" || first.Label() != "総蛋白、ＴＰ" || second.Label() != "H&E染色" {
		t.Errorf("tests %+v and %+v", first, second)
	}
}
