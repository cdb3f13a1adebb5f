package ssmix2

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// TestRepeatedEntries: fields of one entry that have several.
func TestRepeatedEntries(t *testing.T) {
	const rxe = "RXE||108665201^試験点眼液^HOT9|1||DROP^滴^MR9P|LQD^液剤^MR9P||||1|HON^本^MR9P"
	eyes := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, rxe, "TQ1|1||x&１日３回&99U", "RXR|OP^眼^HL70162|LE^左眼^HL70163~RE^右眼^HL70163")
	if got := eyes.Medications[0].Site; got != (clinical.Coded{Text: "左眼、右眼"}) {
		t.Errorf("two eyes in one field: %+v", got)
	}
	same := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, rxe, "TQ1|1||x&１日３回&99U", "RXR|OP^眼^HL70162|LE^左眼^HL70163~LE^左眼^HL70163")
	if got := same.Medications[0].Site; got != (clinical.Coded{Code: "LE", Text: "左眼", System: "HL70163"}) {
		t.Errorf("one eye twice: %+v", got)
	}
	routes := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, rxe, "TQ1|1||x&１日３回&99U",
		"RXR|OP^眼^HL70162|LE^左眼^HL70163", "RXR|OP^眼^HL70162|RE^右眼^HL70163|G^眼帯^99D|N^就寝前のみ^99M")
	if diff := cmp.Diff([]clinical.Coded{{Text: "眼 右眼 眼帯 就寝前のみ"}}, routes.Medications[0].Instructions); diff != "" {
		t.Errorf("second route (-want +got):\n%s", diff)
	}
	arms := mustDocument(t, InjectionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||620007329^試験注^99XYZ|1||AMP^A^MR9P", "RXR|IM^筋肉内^HL70162|L^左上腕^99S~R^右上腕^99S")
	if got := arms.Injections[0].Site.Label(); got != "左上腕、右上腕" {
		t.Errorf("two arms: %q", got)
	}
	lab := labDocument(t, strings.Replace(spmLine, "023^血清^JC10", "001^尿^JC10~004^蓄尿^JC10", 1), obrLine, scLine, "OBX|1|NM|1^検査^JC10||1||||||F")
	if got := lab.LabResults[0].Specimen.Label(); got != "尿、蓄尿" {
		t.Errorf("two specimens: %q", got)
	}
}

func TestSeveralAllergensOfOneSegment(t *testing.T) {
	const allergens = "1^ペニシリン^99X~2^セフェム^99X~1^ペニシリン^99X"
	want := []string{"ペニシリン", "セフェム"}
	names := func(list []clinical.Allergy) (out []string) {
		for _, a := range list {
			if a.Severity.Code != "SV" {
				t.Errorf("severity of %s is lost", a.Allergen.Label())
			}
			out = append(out, a.Allergen.Label())
		}
		return out
	}
	iam := mustDocument(t, AllergyInformation, "ADT^A60^ADT_A60", "EVN||20240601", pidLine, "IAM|1|DA^薬剤^HL70127|"+allergens+"|SV^重度^HL70128|ショック|A")
	al1 := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "AL1|1|DA^薬剤^HL70127|"+allergens+"|SV")
	stated := mustDocument(t, DietOrder, "OMD^O03^OMD_O03", pidLine, "AL1|1|DA^薬剤^HL70127|"+allergens+"|SV", orcLine, "ODS|D||1^常食^99D")
	for segment, list := range map[string][]clinical.Allergy{"IAM": iam.Allergies.Entries, "AL1": al1.Allergies.Entries, "AL1 of an order": stated.StatedAllergies} {
		if got := names(list); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", segment, got, want)
		}
	}
	if doc := mustDocument(t, AllergyInformation, "ADT^A60^ADT_A60", "EVN||20240601", pidLine, "IAM|1|DA^薬剤^HL70127|^^^^^^^^ロキソニン|SV|ショック|A"); doc.Allergies.Entries[0].Allergen.Label() != "ロキソニン" {
		t.Errorf("allergen that was not coded: %+v", doc.Allergies.Entries)
	}
}

// TestDiseasesThatDoNotStand: by the ORC behind the PRB, or DG1-21.
func TestDiseasesThatDoNotStand(t *testing.T) {
	prb := func(name string) string {
		return "PRB|AD|20240601|" + name + "|1|||20240601||||||||||"
	}
	doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine,
		prb("20058577^急性肺炎^MDCDX2"), "ORC|CA|1", "NTE|1||誤入力", prb("20054174^胃炎^MDCDX2"), "ORC|NW|2|||CA", prb("20061483^本態性高血圧症^MDCDX2"), "ORC|NW|3")
	if len(doc.Conditions) != 1 || doc.Conditions[0].Disease.Text != "本態性高血圧症" {
		t.Errorf("conditions = %+v", doc.Conditions)
	}
	wantWarnings(t, doc, "segment 4 (ORC), field 1: cancelled entry, left out", "segment 7 (ORC), field 1: cancelled entry, left out")

	deleted := "|||||||||||||||" + "D"
	doc = mustDocument(t, DiseaseList, "ADT^A08^ADT_A01", pidLine, "DG1|1||J189^肺炎^I10||20240601|F"+deleted, "DG1|2||K297^胃炎^I10||20240601|F")
	if len(doc.Conditions) != 1 || doc.Conditions[0].ICD10 != "K297" {
		t.Errorf("conditions of DG1 = %+v", doc.Conditions)
	}
	doc = mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601160000", pidLine, pv1(map[int]string{44: "202406011600"}), "DG1|1||J189^肺炎^I10||20240601|F"+deleted, "DG1|2||K297^胃炎^I10")
	if got := doc.Encounter.Diagnoses; len(got) != 1 || got[0].Text != "胃炎" {
		t.Errorf("diagnoses of an admission = %+v", got)
	}
}

func TestSuspectedAndMainDiseases(t *testing.T) {
	for name, tt := range map[string]struct {
		confirmed, ranked string
		suspected, main   bool
		comments          []string
	}{
		"as the tables say":               {"1^疑い^JHSD0005", "1^主病名^JHSD0007", true, true, nil},
		"codes alone":                     {"1^^JHSD0005", "1^^JHSD0007", true, true, nil},
		"neither":                         {"", "", false, false, nil},
		"no":                              {"0^^JHSD0005", "0^主病名^JHSD0007", false, false, nil},
		"no, beside the name of the flag": {"0^疑い^JHSD0005", "2^主傷病以外^99X", false, false, []string{"主傷病以外"}},
		"certain":                         {"2^確定^JHSD0005", "2^副傷病^99X", false, false, []string{"副傷病"}},
		"certain, a local table":          {"C^確定診断^99X", "B^従病名^99X", false, false, []string{"従病名"}},
		"no suspicion":                    {"9^疑いなし^99X", "M^主傷病^99X", false, true, nil},
		"codes of nobody's":               {"7", "7", true, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine, "PRB|AD|20240601|20058577^急性肺炎^MDCDX2|1|||20240601||||||"+tt.confirmed+"|||||"+tt.ranked)
			c := doc.Conditions[0]
			if c.Suspected != tt.suspected || c.Main != tt.main || !slices.Equal(c.Comments, tt.comments) {
				t.Errorf("suspected %t, main %t, comments %q", c.Suspected, c.Main, c.Comments)
			}
		})
	}
}

func TestDiseaseThatWasNotCoded(t *testing.T) {
	doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine, "PRB|AD|20240601|20084317^未コード化傷病名^MDCDX2^^^^^^右膝内障|1|||20240601")
	if got := doc.Conditions[0].Disease.Label(); got != "未コード化傷病名（右膝内障）" {
		t.Errorf("disease = %q", got)
	}
}

// TestMostOfAnInjection: RXE-4 beside RXE-3.
func TestMostOfAnInjection(t *testing.T) {
	read := func(most string) []string {
		doc := mustDocument(t, InjectionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||620007329^塩酸モルヒネ注^99XYZ|5|"+most+"|MG^mg^MR9P", "RXR|IV^静脈内^HL70162")
		return doc.Injections[0].Comments
	}
	if got := read("10"); !slices.Equal(got, []string{"1回最大量 10mg"}) {
		t.Errorf("5 to 10 mg: comments %q", got)
	}
	if got := read("5.0"); got != nil {
		t.Errorf("5 to 5 mg: comments %q", got)
	}
}

func TestRefillsThatAreLeft(t *testing.T) {
	doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||90|TAB^錠^MR9P|3||||2|1", "TQ1|1||1013044400000000&毎食後&JAMISDP01|||30^D", "RXR|PO^口^HL70162")
	if diff := cmp.Diff([]clinical.Coded{{Text: "リフィル残り回数 2"}, {Text: "調剤済みの回数 1"}}, doc.Medications[0].Instructions); diff != "" || doc.Medications[0].Refills != "3" {
		t.Errorf("refills %q, instructions (-want +got):\n%s", doc.Medications[0].Refills, diff)
	}
}

// TestPurposes: OBR-13 and OBR-31 both say what a test is for.
func TestPurposes(t *testing.T) {
	obr := obrLine + strings.Repeat("|", 13-strings.Count(obrLine, "|")) + "透析前" + strings.Repeat("|", 18) + "^術前評価~^発熱"
	lab := labDocument(t, spmLine, obr, scLine, "OBX|1|NM|1^検査^JC10||1||||||F")
	if c := lab.LabResults[0].Circumstances; c == nil || c.Purpose != "透析前、術前評価、発熱" {
		t.Errorf("circumstances = %+v", c)
	}
	exam := mustDocument(t, ImagingOrder, "OMG^O19^OMG_O19", pidLine, orcLine, "OBR|1|000000000000801||9A110^胸部X線^JC10|||20240601||||||胸痛"+strings.Repeat("|", 18)+"^術前評価")
	if got := exam.Examinations[0].Purpose; got != "胸痛、術前評価" {
		t.Errorf("purpose = %q", got)
	}
}

// TestOneThatGoesOn: of several TQ1 one ends and another does not; what goes on must not
// look as if it had ended.
func TestOneThatGoesOn(t *testing.T) {
	doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||21|TAB^錠^MR9P",
		"TQ1|1||1011000400000000&朝食後&JAMISDP01||||20240601|20240603", "TQ1|2||1011040000000000&夕食後&JAMISDP01||||20240601", "RXR|PO^口^HL70162")
	m := doc.Medications[0]
	if m.Start != "20240601" || m.End != "" {
		t.Errorf("from %s to %s", m.Start, m.End)
	}
	if diff := cmp.Diff([]clinical.Coded{{Text: "2024/06/01から 2024/06/03まで 朝食後"}, {Text: "2024/06/01から 夕食後"}}, m.Instructions); diff != "" {
		t.Errorf("instructions (-want +got):\n%s", diff)
	}
	doc = mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||21|TAB^錠^MR9P",
		"TQ1|1||1011000400000000&朝食後&JAMISDP01||||20240601|20240603", "TQ1|2||1011040000000000&夕食後&JAMISDP01", "RXR|PO^口^HL70162")
	if m := doc.Medications[0]; m.Start != "20240601" || m.End != "20240603" || m.Instructions != nil {
		t.Errorf("times said once: from %s to %s, instructions %v", m.Start, m.End, m.Instructions)
	}
	diet := mustDocument(t, DietOrder, "OMD^O03^OMD_O03", pidLine, orcLine,
		"TQ1|1||B&朝食&99T||||2024060107|2024060312", "TQ1|2||D&夕食&99T||||2024060118", "ODS|D||012^五分粥^99XY3|禁：納豆").Diets[0]
	if diet.Start != "2024060107" || diet.End != "" {
		t.Errorf("diet from %s to %s", diet.Start, diet.End)
	}
	if want := []string{"禁：納豆", "2024/06/01 07時から 2024/06/03 12時まで 朝食", "2024/06/01 18時から 夕食"}; !slices.Equal(diet.Instructions, want) {
		t.Errorf("instructions %q, want %q", diet.Instructions, want)
	}
}

// TestWhatEntriesHaveInCommon: entries of one order that repeat what it says are bounded
// together, whatever they repeat.
func TestWhatEntriesHaveInCommon(t *testing.T) {
	text := strings.Repeat("a", maxShared/100)
	long := "NTE|1||" + text
	lines := func(line string, n int) []string { return slices.Repeat([]string{line}, n) }
	for name, tt := range map[string]struct {
		dataType DataType
		message  string
		lines    func(n int) []string
	}{
		"drugs given": {PrescriptionDone, "RAS^O17^RAS_O17", func(n int) []string {
			return slices.Concat([]string{orcLine, long}, lines("RXA|0|1|20240601|20240601|1^A^HOT9|1", n), []string{"RXR|PO"})
		}},
		"injections given": {InjectionDone, "RAS^O17^RAS_O17", func(n int) []string {
			return slices.Concat([]string{orcLine, long}, lines("RXA|0|1|20240601|20240601|1^A^HOT9|1", n), []string{"RXR|IV"})
		}},
		"diets": {DietOrder, "OMD^O03^OMD_O03", func(n int) []string { return slices.Concat([]string{orcLine, long}, lines("ODS|D||1^A^99D", n)) }},
		"ordered panels": {LabOrder, "OML^O33^OML_O33", func(n int) []string {
			return slices.Concat([]string{spmLine, orcLine, "TQ1|1||||||||||" + long}, lines("OBR|1|1||E002^A^99O03", n))
		}},
		"drugs given by one order number": {PrescriptionDone, "RAS^O17^RAS_O17", func(n int) []string {
			return slices.Concat([]string{"ORC|NW|1||" + text}, lines("RXA|0|1|20240601|20240601|1^A^HOT9|1", n), []string{"RXR|PO"})
		}},
		"drugs given by one route": {PrescriptionDone, "RAS^O17^RAS_O17", func(n int) []string {
			return slices.Concat([]string{orcLine}, lines("RXA|0|1|20240601|20240601|1^A^HOT9|1", n), []string{"RXR|PO^" + text})
		}},
		"what each drug that was mixed is compared with": {InjectionDone, "RAS^O17^RAS_O17", func(n int) []string {
			return slices.Concat([]string{orcLine, "RXE||00^一般^99I02|1||ML"}, lines("RXC|B|1^A^HOT9|1|ML", n), []string{"RXA|0|1|20240601|20240601|1^" + text + "^HOT9|1", "RXR|IV"})
		}},
		"drugs of one order number": {PrescriptionOrder, "RDE^O11^RDE_O11", func(n int) []string {
			return slices.Concat([]string{"ORC|NW|1||" + text}, lines("RXE||1^A^HOT9|1||TAB", n), []string{"RXR|PO"})
		}},
		"results of one panel": {LabResult, "OUL^R22^OUL_R22", func(n int) []string {
			return slices.Concat([]string{spmLine, "OBR|1|1||E002^" + text}, lines("OBX|1|NM|1^A^JC10||1||||||F", n))
		}},
		"results of one specimen": {LabResult, "OUL^R22^OUL_R22", func(n int) []string {
			return slices.Concat([]string{"SPM|1|1||023^" + text, obrLine, scLine}, lines("OBX|1|NM|1^A^JC10||1||||||F", n))
		}},
		"results of one purpose": {LabResult, "OUL^R22^OUL_R22", func(n int) []string {
			return slices.Concat([]string{spmLine, "OBR|1|1||E002^A^99O|||||||||" + text}, lines("OBX|1|NM|1^A^JC10||1||||||F", n))
		}},
		"rows of one organism": {LabResult, "OUL^R22^OUL_R22", func(n int) []string {
			return slices.Concat([]string{spmLine, obrLine, scLine, "OBX|1|CWE|6B010000006174214^A^JC10|1|1^" + text + "^JANIS||||||F"}, lines("OBX|1|NM|6B010000006174203^A^JC10|1|1||||||F", n))
		}},
		"results": {LabResult, "OUL^R22^OUL_R22", func(n int) []string {
			return slices.Concat([]string{spmLine, obrLine, scLine, long}, lines("OBX|1|NM|1^A^JC10||1||||||F", n))
		}},
	} {
		if _, err := document(t, tt.dataType, tt.message, append([]string{pidLine}, tt.lines(50)...)...); err != nil {
			t.Errorf("%s: 50 of them: %v", name, err)
		}
		if _, err := document(t, tt.dataType, tt.message, append([]string{pidLine}, tt.lines(200)...)...); err == nil || !strings.Contains(err.Error(), "in common") {
			t.Errorf("%s: 200 of them: %v", name, err)
		}
	}
}

// TestLessThanOrdered: what was given or handed out in part has neither the volume nor the
// days of its order.
func TestLessThanOrdered(t *testing.T) {
	given := func(amount, status string) clinical.Injection {
		return mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", pidLine, orcLine, "RXE||00^一般^99I02|510||ML^mL^MR9P", "RXR|IV^静脈内^HL70162",
			"RXC|B|620007329^試験輸液^99XYZ|1|HON^本^MR9P", "RXC|A|620002559^試験注射^99XYZ|1|AMP^アンプル^MR9P",
			"RXA|0|1|202406010805|202406010900|620007329^試験輸液^99XYZ|"+amount+"|HON^本^MR9P|||||||||||||"+status, "RXR|IV^静脈内^HL70162").Injections[0]
	}
	for _, tt := range []struct{ amount, status, volume string }{
		{"1", "CP", "510"}, {"1.0", "", "510"}, {"", "", "510"}, {"0.5", "", ""}, {"0.5", "CP", ""}, {"1", "PA", ""},
	} {
		if got := given(tt.amount, tt.status).Volume; got != tt.volume {
			t.Errorf("amount %q, status %q: volume %q, want %q", tt.amount, tt.status, got, tt.volume)
		}
	}
	handed := func(status string) clinical.Medication {
		return mustDocument(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine, "TQ1|1||1013044400000000&毎食後&JAMISDP01|||14^D", "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||42|TAB^錠^MR9P", "RXR|PO^口^HL70162",
			"RXA|0|1|20240601|20240601|108665201^試験錠^HOT9|21|TAB^錠^MR9P|||||||||||||"+status, "RXR|PO^口^HL70162").Medications[0]
	}
	if m := handed("CP"); m.Days != 14 || m.Instructions != nil {
		t.Errorf("all of it: %+v", m)
	}
	if m := handed("PA"); m.Days != 0 || len(m.Instructions) != 1 || m.Instructions[0].Text != "オーダの日数 14日分" {
		t.Errorf("in part: %+v", m)
	}
}

func TestDispositionInWords(t *testing.T) {
	for written, want := range map[string]string{"06": "06", "06^死亡^99D": "死亡", "": ""} {
		doc := mustDocument(t, Discharge, "ADT^A03^ADT_A03", "EVN||20240601120000", pidLine, pv1(map[int]string{36: written, 44: "202405011600", 45: "202406011200"}))
		if got := doc.Encounter.Disposition; got != want {
			t.Errorf("%s: %q, want %q", written, got, want)
		}
	}
}

func TestNotesOnTheWholeListOfDiseases(t *testing.T) {
	const prb = "PRB|AD|20240601|20054174^胃炎^MDCDX2|1|||20240601"
	doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine, "NTE|1||告知していない病名を含む", prb, "NTE|1||経過観察")
	if !slices.Equal(doc.Comments, []string{"告知していない病名を含む"}) || !slices.Equal(doc.Conditions[0].Comments, []string{"経過観察"}) {
		t.Errorf("comments %q, of the disease %q", doc.Comments, doc.Conditions[0].Comments)
	}
}

func TestExaminationBehindACancelledOne(t *testing.T) {
	obr := "OBR|1|000000000000801||9A110^心電図^JC10|||20240601"
	doc := mustDocument(t, PhysiologyResult, "ORU^R01^ORU_R01", pidLine, "ORC|CA|000000000000801", obr, "OBX|1|ST|G^所見^99||洞調律||||||F", obr, "OBX|1|ST|G^所見^99||心房細動||||||F", obr)
	if len(doc.Examinations) != 2 || doc.Examinations[0].Findings[0].Value != "心房細動" {
		t.Errorf("examinations = %+v", doc.Examinations)
	}
	wantWarnings(t, doc, "segment 3 (ORC), field 1: cancelled entry, left out",
		"segment 6 (OBR): examination without an ORC of its own behind a cancelled one, read as standing",
		"segment 8 (OBR): examination without an ORC of its own behind a cancelled one, read as standing")
}

// TestNotesOnWhatWasGivenTogether: each is said once, however many drugs have it; looking
// through all of them for each would take half a minute here.
func TestNotesOnWhatWasGivenTogether(t *testing.T) {
	lines := []string{pidLine, orcLine}
	for i := range 900 {
		note := "左手"
		for k := range 100 {
			note += "~" + strconv.Itoa(100*i+k)
		}
		lines = append(lines, "RXA|0|1|20240601|20240601|1^A^HOT9|1|||"+note)
	}
	doc := mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", append(lines, "RXR|IV")...)
	if len(doc.Injections) != 1 || len(doc.Injections[0].Components) != 900 || len(doc.Injections[0].Comments) != 90_001 {
		t.Errorf("%d injections, %d drugs and %d notes of the first", len(doc.Injections), len(doc.Injections[0].Components), len(doc.Injections[0].Comments))
	}
}

// TestSecondEntries: of a drug or a disease that its field names twice the first is shown,
// and that there is another is told.
func TestSecondEntries(t *testing.T) {
	const twice = "108665201^ダーゼン錠^HOT9~2171014^ダーゼン^99D"
	rxe, rxa := "RXE||"+twice+"|1||TAB^錠^MR9P", "RXA|0|1|20240601|20240601|"+twice+"|1"
	for name, tt := range map[string]struct {
		dataType DataType
		message  string
		lines    []string
		warned   string
	}{
		"drug":             {PrescriptionOrder, "RDE^O11^RDE_O11", []string{orcLine, rxe, "TQ1|1||1^毎食後^99U", "RXR|PO"}, "segment 4 (RXE), field 2"},
		"what was handed":  {PrescriptionDone, "RAS^O17^RAS_O17", []string{orcLine, rxa, "RXR|PO"}, "segment 4 (RXA), field 5"},
		"what was mixed":   {InjectionOrder, "RDE^O11^RDE_O11", []string{orcLine, "RXE||00^一般^99I02|1||ML", "RXR|IV", "RXC|B|" + twice + "|1|ML"}, "segment 6 (RXC), field 2"},
		"disease":          {DiseaseList, "PPR^ZD1^PPR_ZD1", []string{"PRB|AD|20240601|20058577^肺炎^MDCDX2~X^別の病名^99D|1||||||||||||20240601"}, "segment 3 (PRB), field 3"},
		"the same disease": {DiseaseList, "PPR^ZD1^PPR_ZD1", []string{"PRB|AD|20240601|20058577^肺炎^MDCDX2~20058577^肺炎^MDCDX2|1||||||||||||20240601"}, ""},
	} {
		doc := mustDocument(t, tt.dataType, tt.message, append([]string{pidLine}, tt.lines...)...)
		want := tt.warned + ": more than one entry, the first is shown"
		if told := slices.Contains(doc.Warnings, want); told != (tt.warned != "") {
			t.Errorf("%s: warnings %q", name, doc.Warnings)
		}
	}
}

// TestDrugInManyCodes: what was given in all the codes of the order is no other drug, which
// is told at once.
func TestDrugInManyCodes(t *testing.T) {
	var codes []string
	for i := range 40_000 {
		codes = append(codes, strconv.Itoa(i)+"^A^99D")
	}
	all := strings.Join(codes, "~")
	const other = "segment 5 (RXA), field 5: another drug than was ordered: what the order says of its own is shown as an instruction"
	for given, isOther := range map[string]bool{all: false, strings.Replace(all, "39999^A", "X^A", 1): true} {
		doc := mustDocument(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine, "RXE||"+all+"|1||TAB", "RXA|0|1|20240601|20240601|"+given+"|1", "RXR|PO")
		if slices.Contains(doc.Warnings, other) != isOther {
			t.Errorf("warnings %q", doc.Warnings)
		}
	}
}
