package ssmix2

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

const (
	chestOBR = "OBR||000000000000801||1000000000000000^胸部単純^JJ1017|||20240601"
	chestIPC = "IPC|A1|P1|1.2.392.99999.1.1||CR^^DCM"
)

func TestExaminationGroups(t *testing.T) {
	part := func(number string) string {
		return "ORC|CH|" + number + "||||||000000000000801|20240601110000|||" + doctor
	}
	obr := func(number, name string) string { return "OBR||" + number + "||1^" + name + "^JJ1017|||20240601" }
	parent := strings.Replace(orcLine, "NW", "PA", 1)
	tests := []struct {
		name  string
		lines []string
		want  []string // name, order, parent, studies, comments
		warn  []string
	}{
		{"one order", []string{orcLine, chestOBR, chestIPC}, []string{"胸部単純|000000000000801||1.2.392.99999.1.1|"}, nil},
		{"parent said twice is one", []string{orcLine, chestOBR, chestIPC, parent, chestOBR, "NTE|1||注意", chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1|注意"}, nil},
		{"parent alone with parts", []string{parent, chestOBR, chestIPC, part("000000000000802"), obr("000000000000802", "正面"), chestIPC, part("000000000000803"), obr("000000000000803", "側面"), chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1|", "正面|000000000000802|000000000000801|1.2.392.99999.1.1|", "側面|000000000000803|000000000000801|1.2.392.99999.1.1|"}, nil},
		{"two studies", []string{orcLine, chestOBR, chestIPC, strings.Replace(chestIPC, ".1.1|", ".1.2|", 1), chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1 1.2.392.99999.1.2|"}, nil},
		{"one part cancelled", []string{orcLine, chestOBR, chestIPC, strings.Replace(orcLine, "NW", "CA", 1), obr("000000000000802", "側面"), chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1|"}, []string{"segment 6 (ORC), field 1: cancelled entry, left out"}},
		{"withdrawn finding and its note", []string{orcLine, chestOBR, "OBX|1|TX|1^所見^JSHR||誤||||||W", "NTE|1||誤りの訳", chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1|"}, []string{"segment 5 (OBX), field 11: withdrawn result, left out"}},
		{"exposure of nothing", []string{orcLine, chestOBR, "ZE2|1|120^kV", chestIPC},
			[]string{"胸部単純|000000000000801||1.2.392.99999.1.1|"}, []string{"segment 5 (ZE2): exposure without a procedure before it, not shown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, ImagingDone, "OMI^Z23^OMI_Z23", append([]string{pidLine}, tt.lines...)...)
			var got []string
			for _, e := range doc.Examinations {
				studies := []string{e.StudyUID}
				for _, s := range e.Further {
					studies = append(studies, s.StudyUID)
				}
				got = append(got, strings.Join([]string{e.Name.Label(), e.OrderNo, e.Parent, strings.Join(studies, " "), strings.Join(e.Comments, "/")}, "|"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("examinations (-want +got):\n%s", diff)
			}
			wantWarnings(t, doc, tt.warn...)
		})
	}
}

func TestExaminationTimes(t *testing.T) {
	obr := "OBR||000000000000801||1^胸部単純^JJ1017"
	at := func(lines ...string) clinical.Time {
		return mustDocument(t, ImagingOrder, "OMG^O19^OMG_O19", append([]string{pidLine}, lines...)...).Examinations[0].At
	}
	for name, tt := range map[string]struct {
		got  clinical.Time
		want clinical.Time
	}{
		"scheduled in OBR-36":  {at(orcLine, "TQ1|1||||||20240604", obr+strings.Repeat("|", 32)+"202406031000"), "202406031000"},
		"scheduled in TQ1-7":   {at(orcLine, "TQ1|1||||||20240604", obr), "20240604"},
		"not scheduled: ORC-9": {at(orcLine, obr), "20240601110000"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
}

func TestExaminationOccasions(t *testing.T) {
	for _, tt := range []struct{ name, tq1, want string }{
		{"once", "TQ1|1|1|||||202406030900||R^^HL70485", ""},
		{"a day long", "TQ1|1||||||||||||24^h&時間&ISO+", "1回の時間 24時間"},
		{"over some days", "TQ1|1|2^HON&本&MR9P|TID&１日３回&HL70335|0900~2100|8^h|2^D|20240603|20240604||食前|静かに||30^min|6",
			"１日３回 数量 2本 0900、2100 間隔 8h 1回の時間 30min 期間 2日 計6回 2024/06/04まで/食前/静かに"},
		{"thrice", "TQ1|1|||||3^回", "3回"},
		{"an hour and a half", "TQ1|1|||||90^min", "期間 90min"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, EndoscopyOrder, "OMG^O19^OMG_O19", pidLine, orcLine, tt.tq1, chestOBR)
			if got := strings.Join(doc.Examinations[0].Comments, "/"); got != tt.want {
				t.Errorf("comments = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDietGroups(t *testing.T) {
	doc := mustDocument(t, DietOrder, "OMD^O03^OMD_O03", pidLine,
		strings.Replace(orcLine, "NW", "CA", 1), "ODS|D||1^常食^99D",
		orcLine, "TQ1|1||BID&１日２回&HL70335||||20240601|20240602", "TQ1|2||||||20240604|20240605", "ODS|D||2^軟食^99D", "OBX|1|NM|1^体重^JC10||62||||||F")
	want := []clinical.Diet{{
		Type: "D", Diets: []clinical.Coded{{LocalCode: "2", LocalText: "軟食", LocalSystem: "99D"}},
		Usage: []clinical.Coded{{Code: "BID", Text: "１日２回", System: "HL70335"}}, Start: "20240601", End: "20240605",
		Instructions: []string{"2024/06/01から 2024/06/02まで １日２回", "2024/06/04から 2024/06/05まで"},
	}}
	if diff := cmp.Diff(want, doc.Diets); diff != "" {
		t.Errorf("diets (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc, "segment 3 (ORC), field 1: cancelled entry, left out",
		"segment 6 (TQ1): times that the order's fields cannot hold, each TQ1 is shown as an instruction")
}

// TestRefusedExaminationsAndDiets: what these readers refuse, and with which message.
func TestRefusedExaminationsAndDiets(t *testing.T) {
	omi, omd := "OMI^Z23^OMI_Z23", "OMD^O03^OMD_O03"
	tests := []struct {
		name     string
		dataType DataType
		message  string
		lines    []string
		want     string
		is       error
	}{
		{"no examination", ImagingDone, omi, []string{orcLine, "OBR||1", chestIPC}, "segment 4 (OBR), field 4: no examination", nil},
		{"order without OBR", ImagingDone, omi, []string{orcLine, orcLine, chestOBR, chestIPC}, "segment 3 (ORC): no OBR segment behind it: the message was cut", ErrCut},
		{"ends in an order", ImagingDone, omi, []string{orcLine, chestOBR, chestIPC, orcLine}, "segment 6 (ORC): no OBR segment behind it: the message was cut", ErrCut},
		{"all cancelled", ImagingDone, omi, []string{strings.Replace(orcLine, "NW", "CA", 1), chestOBR, chestIPC}, "segment 3 (ORC), field 1: cancellation in a file that is flagged current", ErrCancelled},
		{"procedure without name", ImagingDone, omi, []string{orcLine, chestOBR, "ZE1|1|RS", chestIPC}, "segment 5 (ZE1), field 3: no procedure", nil},
		{"finding without name", ImagingDone, omi, []string{orcLine, chestOBR, "OBX|1|TX|||x||||||F", chestIPC}, "segment 5 (OBX), field 3: no test", nil},
		{"another message", EndoscopyDone, "OMG^O19^OMG_O19", []string{orcLine, chestOBR}, "segment 1 (MSH), field 9: message is no OMI, which the data type wants", nil},
		{"diet without name", DietOrder, omd, []string{orcLine, "ODS|D"}, "segment 4 (ODS), field 3: no diet", nil},
		{"tray without kind", DietOrder, omd, []string{orcLine, "ODT||1"}, "segment 4 (ODT), field 1: no tray", nil},
		{"diet without order", DietOrder, omd, []string{"ODS|D||1^常食^99D", orcLine}, "segment 3 (ODS): no ORC before it", nil},
		{"order without diet", DietOrder, omd, []string{orcLine, "ODS|D||1^常食^99D", orcLine}, "segment 5 (ORC): no ODS segment behind it: the message was cut", ErrCut},
		{"diets all cancelled", DietOrder, omd, []string{strings.Replace(orcLine, "NW", "CA", 1), "ODS|D||1^常食^99D"}, "segment 3 (ORC), field 1: cancellation in a file that is flagged current", ErrCancelled},
		{"attending without PV1", AttendingChange, "ADT^A54^ADT_A54", []string{"EVN||20240601"}, "segment 3 (EVN): no PV1 segment: the message was cut", ErrCut},
		{"attending change taken back", AttendingChange, "ADT^A55^ADT_A52", []string{"EVN||20240601", pv1(nil)}, "segment 1 (MSH), field 9: cancellation in a file that is flagged current", ErrCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := document(t, tt.dataType, tt.message, append([]string{pidLine}, tt.lines...)...)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("error = %v, want %q", err, tt.want)
			}
			if !fault.Is(err, fault.Invalid) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error of kind %q, is not %v", fault.KindOf(err), tt.is)
			}
			if diff := cmp.Diff(clinical.Document{}, doc); diff != "" {
				t.Errorf("a refused file gave a document:\n%s", diff)
			}
		})
	}
}

// TestBounds: what costs far more memory or time than its bytes is refused.
func TestBounds(t *testing.T) {
	_, err := document(t, LabResult, "OUL^R22^OUL_R22", pidLine, spmLine, obrLine, scLine, "OBX|1|CWE|1^甲^JC10||"+strings.Repeat("a~", maxRepetitions+1)+"||||||F")
	if want := "segment 6 (OBX): more than 100000 repetitions in the message"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %q", err, want)
	}
	lines := []string{pidLine, orcLine, chestOBR}
	for i := range maxStudies + 2 {
		lines = append(lines, fmt.Sprintf("IPC|A1|P1|1.2.392.99999.1.%d||CR^^DCM", i))
	}
	_, err = document(t, ImagingDone, "OMI^Z23^OMI_Z23", lines...)
	if want := "segment 1006 (IPC): more than 1000 studies of one examination"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %q", err, want)
	}
	half := lines[3 : len(lines)/2]
	again := slices.Concat(lines[:3], half, []string{strings.Replace(orcLine, "NW", "PA", 1), chestOBR}, lines[3:])
	if _, err = document(t, ImagingDone, "OMI^Z23^OMI_Z23", again[:len(again)-1]...); err != nil {
		t.Errorf("as many as may be, some behind the order and its parent: %v", err)
	}
	again = slices.Concat(lines[:3], []string{"IPC|A0|P1|1.2.392.99999.2||CR^^DCM", strings.Replace(orcLine, "NW", "PA", 1), chestOBR}, lines[3:len(lines)-1])
	if _, err = document(t, ImagingDone, "OMI^Z23^OMI_Z23", again...); err == nil || !strings.Contains(err.Error(), "more than 1000 studies") {
		t.Errorf("one more behind the order than behind its parent: %v", err)
	}
}

// TestUnterminatedExamination: a performed examination ends with its images.
func TestUnterminatedExamination(t *testing.T) {
	lines := []string{`MSH|^~\&|HIS|T|GW|E|20240601090000||OMI^Z23^OMI_Z23|M1|P|2.5||||||~ISO IR87`, pidLine, orcLine, chestOBR, "ZE1|1|RS|1^撮影^JJ1017"}
	name := named("0000012345", "20240601", "OMG-11", "000000000000801", "20240601120000000", "01", Current)
	body, _ := jis.Encode(strings.Join(lines, "\r"))
	if _, err := ReadDocument(name, body); !errors.Is(err, ErrCut) {
		t.Errorf("without IPC: %v, want %v", err, ErrCut)
	}
	body, _ = jis.Encode(strings.Join(append(lines, chestIPC), "\r"))
	if _, err := ReadDocument(name, body); err != nil {
		t.Errorf("with IPC: %v", err)
	}
}

// TestOlderForms reads what installations of the first SS-MIX still write under the
// data types of today.
func TestOlderForms(t *testing.T) {
	older := func(message string) string {
		return "segment 1 (MSH), field 9: message is no " + message + ", as in older editions, read as the data type says"
	}
	doc := mustDocument(t, DiseaseList, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "PV1|1|O",
		"DG1|1||J189^肺炎^I10||20240501|F|||||||||1", "DG1|2||^|胃炎の疑い|20240502")
	want := []clinical.Condition{
		{Disease: clinical.Coded{Code: "J189", Text: "肺炎", System: "I10"}, ICD10: "J189", Start: "20240501", Main: true},
		{Disease: clinical.Coded{Text: "胃炎の疑い"}, Start: "20240502"},
	}
	if diff := cmp.Diff(want, doc.Conditions); diff != "" {
		t.Errorf("diseases (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc, older("PPR"))
	if _, err := document(t, DiseaseList, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "DG1|1"); err == nil || err.Error() != "segment 4 (DG1), field 3: no disease" {
		t.Errorf("a diagnosis without a disease: %v", err)
	}
	if _, err := document(t, DiseaseList, "ADT^A08^ADT_A01", "EVN||20240601", pidLine); !errors.Is(err, ErrCut) {
		t.Errorf("a list without diseases: %v", err)
	}

	doc = mustDocument(t, AllergyInformation, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "AL1|1|DA^^HL70127|1^ペニシリン^99XYZ|SV|発疹|2010")
	if a := doc.Allergies.Entries; len(a) != 1 || a[0].Allergen.Label() != "ペニシリン" || a[0].Severity.Code != "SV" || a[0].Reaction != "発疹" || a[0].Onset != "2010" {
		t.Errorf("allergies = %+v", doc.Allergies)
	}
	wantWarnings(t, doc, "segment 1 (MSH), field 9: trigger event is not A60, read as the data type says")

	const rxo = "RXO|100000101^試験錠^HOT9|1|2|TAB^錠^MR9P|TAB^錠剤^MR9P||^粉砕^||||21|TAB^錠^MR9P|1|||||5|MG^ミリグラム^MR9P||||3^TAB&錠&MR9P"
	doc = mustDocument(t, PrescriptionOrder, "OMP^O09^OMP_O09", pidLine, orcLine, "TQ1|1||1013044400000000&毎食後&JAMISDP01|||7^D", rxo, "RXR|PO^口^HL70162")
	m := doc.Medications[0]
	if m.Drug.Text != "試験錠" || m.Dose != "1" || m.DoseMax != "2" || m.DoseUnit.Code != "TAB" || m.Total != "21" || m.DailyDose != "3" || m.Days != 7 ||
		m.Strength != "5" || m.Refills != "1" || len(m.Instructions) != 1 || m.Instructions[0].Text != "粉砕" || m.Form.Text != "錠剤" {
		t.Errorf("medication = %+v", m)
	}
	wantWarnings(t, doc, older("RDE"))

	doc = mustDocument(t, PrescriptionDone, "OMP^O09^OMP_O09", pidLine, orcLine, "TQ1|1||1013044400000000&毎食後&JAMISDP01|||7^D|20240601", rxo, "RXR|PO^口^HL70162")
	if m := doc.Medications; len(m) != 1 || m[0].Drug.Text != "試験錠" || m[0].Total != "21" {
		t.Errorf("dispensed = %+v", m)
	}
	doc = mustDocument(t, InjectionDone, "OMP^O09^OMP_O09", pidLine, orcLine, "TQ1|1||||||202406010800",
		"RXO|00^一般^99I02|510||ML^ミリリットル^MR9P|||||||||||||||||102|ml/hr^ミリリットル毎時^ISO+", "RXR|IV^静脈内^HL70162", "RXC|B|1^輸液^99XYZ|1|HON^本^MR9P")
	if i := doc.Injections; len(i) != 1 || !i[0].Performed || i[0].Rate != "102" || i[0].Volume != "510" || len(i[0].Components) != 1 {
		t.Errorf("injections = %+v", i)
	}
	if _, err := document(t, InjectionDone, "RAS^O17^RAS_O17", pidLine, orcLine, "RXE||1^甲^HOT9|1||TAB^錠^MR9P", "RXR|IV^静脈内^HL70162"); !errors.Is(err, ErrCut) {
		t.Errorf("a performance of today without RXA: %v", err)
	}
}

func TestDurations(t *testing.T) {
	const rxe = "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||9|TAB^錠^MR9P"
	type read struct {
		Days, Times    int
		Duration, Unit string
	}
	for name, tt := range map[string]struct {
		duration string
		want     read
		warn     string
	}{
		"days":                 {"7^D", read{Days: 7}, ""},
		"days in small":        {"5^d", read{Days: 5}, ""},
		"days in subcomponent": {"14^D&日分&HL70335", read{Days: 14}, ""},
		"weeks":                {"2^W", read{Days: 14}, ""},
		"doses":                {"10^DOSE&回分&MR9P", read{Times: 10}, ""},
		"months":               {"1^L&月&HL7", read{Duration: "1", Unit: "月"}, ""},
		"hours":                {"5^hr&時間&ISO+", read{Duration: "5", Unit: "時間"}, ""},
		"half a day":           {"0.5^D", read{Duration: "0.5", Unit: "D"}, ""},
		"no unit":              {"7", read{Duration: "7"}, "segment 5 (TQ1), field 6: duration without a unit"},
		"no number":            {"数日^D", read{Duration: "数日", Unit: "D"}, "segment 5 (TQ1), field 6: duration is no number, shown as written"},
		"old form":             {"D7", read{Duration: "D7"}, "segment 5 (TQ1), field 6: duration is no number, shown as written"},
		"more than any life":   {"1e9^D", read{Duration: "1e9", Unit: "D"}, "segment 5 (TQ1), field 6: duration is no number, shown as written"},
		"nothing":              {`""`, read{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, rxe, "TQ1|1||1013044400000000&毎食後&JAMISDP01|||"+tt.duration, "RXR|PO^口^HL70162")
			m := doc.Medications[0]
			if got := (read{m.Days, m.Times, m.Duration, m.DurationUnit.Label()}); got != tt.want {
				t.Errorf("read %+v, want %+v", got, tt.want)
			}
			if tt.warn == "" {
				wantWarnings(t, doc)
			} else {
				wantWarnings(t, doc, tt.warn)
			}
		})
	}
}

func TestObservationsOfOtherDocuments(t *testing.T) {
	const weight = "OBX|1|NM|9N006000000000001^体重^JC10||62|kg^kg^ISO+|||||F"
	for name, doc := range map[string]clinical.Document{
		"demographics": mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "PV1|1|O", weight),
		"admission":    mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601", pidLine, pv1(map[int]string{44: "20240601"}), weight),
		"prescription": mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||1^甲^HOT9|1||TAB^錠^MR9P", "TQ1|1||1^朝^99U", "RXR|PO^口^HL70162", weight),
		"diseases":     mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine, "PRB|AD|20240601|20054174^胃炎^MDCDX2|1|||20240601", weight),
	} {
		if len(doc.Observations) != 1 || doc.Observations[0].Value != "62" || len(doc.Warnings) > 0 {
			t.Errorf("%s: observations = %+v, warnings %v", name, doc.Observations, doc.Warnings)
		}
	}
	doc := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||20240601", pidLine, "OBX|1|NM|||62||||||F")
	if doc.Demographics == nil || len(doc.Observations) > 0 {
		t.Errorf("document = %+v", doc)
	}
	wantWarnings(t, doc, "segment 4 (OBX), field 3: observation without its test, left out")
}
