package ssmix2

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

const (
	pidLine = "PID|0001||0000012345^^^^PI||試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P||19760101|F"
	doctor  = "110^医師^一郎^^^^^^^L^^^^^I"
)

// document reads a message of MSH, the lines given and CR behind each of them.
func document(t *testing.T, dataType DataType, messageType string, lines ...string) (clinical.Document, error) {
	t.Helper()
	text := `MSH|^~\&|HIS|TESTHOSP|GW|EXCH|20240601090000||` + messageType + "|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" + strings.Join(lines, "\r") + "\r"
	body, lost := jis.Encode(text)
	if len(lost) > 0 {
		t.Fatalf("test message: %v", lost)
	}
	name := named("0000012345", "20240601", string(dataType), "000000000000801", "20240601120000000", "01", Current)
	if dataType.Undated() {
		name.CareDate, name.OrderNo = "", NoOrder
	}
	return ReadDocument(name, body)
}

func mustDocument(t *testing.T, dataType DataType, messageType string, lines ...string) clinical.Document {
	t.Helper()
	doc, err := document(t, dataType, messageType, lines...)
	if err != nil {
		t.Fatalf("ReadDocument: %v", err)
	}
	return doc
}

func wantWarnings(t *testing.T, doc clinical.Document, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, doc.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func pv1(fields map[int]string) string {
	all := make([]string, 46)
	all[0], all[1], all[2], all[3], all[7], all[10] = "PV1", "0001", "I", "32^302^1^^^N", doctor, "01"
	for n, v := range fields {
		all[n] = v
	}
	return strings.Join(all, "|")
}

func TestEncounters(t *testing.T) {
	attending := &clinical.Staff{ID: "110", Name: "医師 一郎"}
	ward := clinical.Encounter{Class: "I", Ward: "32", Room: "302", Bed: "1", Department: "01", Attending: attending}
	with := func(change func(*clinical.Encounter)) clinical.Encounter { e := ward; change(&e); return e }
	tests := []struct {
		name     string
		dataType DataType
		message  string
		lines    []string
		want     clinical.Encounter
		warned   []string
	}{
		{"admission", Admission, "ADT^A01^ADT_A01", []string{"EVN||20240601160000", pidLine, pv1(map[int]string{44: "202406011600"})},
			with(func(e *clinical.Encounter) { e.Event, e.Start = clinical.EventAdmission, "202406011600" }), nil},
		{"admission after midnight of a long night", Admission, "ADT^A01^ADT_A01", []string{"EVN||20240601160000", pidLine, pv1(map[int]string{44: "202406012530"})},
			with(func(e *clinical.Encounter) { e.Event, e.Start = clinical.EventAdmission, "202406012530" }),
			[]string{"segment 4 (PV1), field 44: hour 25 means the next day"}},
		{"discharge", Discharge, "ADT^A03^ADT_A03", []string{"EVN||20240601120000", pidLine, pv1(map[int]string{36: "01", 44: "202405011600", 45: "202406011200"})},
			with(func(e *clinical.Encounter) {
				e.Event, e.Start, e.End, e.Disposition = clinical.EventDischarge, "202405011600", "202406011200", "01"
			}), nil},
		{"transfer happens in EVN-6, not at admission", Transfer, "ADT^A02^ADT_A02", []string{"EVN||20240601090000||||20240601080000", pidLine, pv1(map[int]string{6: "31^301^1^^^N", 44: "202405011600"})},
			with(func(e *clinical.Encounter) {
				e.Event, e.Start = clinical.EventTransfer, "20240601080000"
				e.PriorWard, e.PriorRoom, e.PriorBed = "31", "301", "1"
			}), nil},
		{"leave until", Leave, "ADT^A21^ADT_A21", []string{"EVN||20240601090000||||20240601080000", pidLine, pv1(nil), "PV2|" + strings.Repeat("|", 46) + "20240603"},
			with(func(e *clinical.Encounter) {
				e.Event, e.Start, e.End = clinical.EventLeave, "20240601080000", "20240603"
			}), nil},
		{"return", ReturnFromLeave, "ADT^A22^ADT_A21", []string{"EVN||20240601190000||||20240601180000", pidLine, pv1(nil)},
			with(func(e *clinical.Encounter) { e.Event, e.Start = clinical.EventReturn, "20240601180000" }), nil},
		{"planned admission", PlannedAdmission, "ADT^A14^ADT_A05", []string{"EVN||20240520190000", pidLine, pv1(nil), "PV2||||||||20240601"},
			with(func(e *clinical.Encounter) { e.Event, e.Start = clinical.EventPlanned, "20240601" }), nil},
		{"planned admission of one who was here before", PlannedAdmission, "ADT^A14^ADT_A05", []string{"EVN||20240520190000", pidLine, pv1(map[int]string{44: "202301011000"}), "PV2||||||||20240601"},
			with(func(e *clinical.Encounter) { e.Event, e.Start = clinical.EventPlanned, "20240601" }), nil},
		{"planned transfer is on its day, not at admission", PlannedTransfer, "ADT^A15^ADT_A15", []string{"EVN||20240520190000", pidLine, pv1(map[int]string{6: "31^301^1^^^N", 44: "202405011600"}), "PV2||||||||20240601|20240610"},
			with(func(e *clinical.Encounter) {
				e.Event, e.Start = clinical.EventPlanned, "20240601"
				e.PriorWard, e.PriorRoom, e.PriorBed = "31", "301", "1"
			}), nil},
		{"planned discharge", PlannedDischarge, "ADT^A16^ADT_A16", []string{"EVN||20240520190000", pidLine, pv1(nil), "PV2|||||||||20240601"},
			with(func(e *clinical.Encounter) { e.Event, e.End = clinical.EventPlanned, "20240601" }), nil},
		{"a clinic's location is its department", OutpatientReception, "ADT^A04^ADT_A01", []string{"EVN||20240601090000", pidLine, pv1(map[int]string{2: "O", 3: "09^^^^^C", 10: "", 44: "20240601090000"})},
			clinical.Encounter{Event: clinical.EventReception, Class: "O", Department: "09", Attending: attending, Start: "20240601090000"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, tt.dataType, tt.message, tt.lines...)
			if diff := cmp.Diff(&tt.want, doc.Encounter); diff != "" {
				t.Errorf("encounter (-want +got):\n%s", diff)
			}
			wantWarnings(t, doc, tt.warned...)
		})
	}
}

func TestCareDateIsComparedWithTheMessage(t *testing.T) {
	doc := mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601160000", pidLine, pv1(map[int]string{44: "202406021600"}))
	wantWarnings(t, doc, "segment 4 (PV1), field 44: care date differs from that of the folder")
	doc = mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601160000", pidLine, pv1(map[int]string{44: "202405312330+0000"}))
	wantWarnings(t, doc) // half past eight of the 1st, in Japan
	if doc.Encounter.Start != "202405312330+0000" {
		t.Errorf("start = %q, want it as written", doc.Encounter.Start)
	}
	doc = mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601160000", pidLine, pv1(nil))
	wantWarnings(t, doc, "segment 4 (PV1), field 44: no care date")
	doc = mustDocument(t, LabResult, "OUL^R22^OUL_R22", pidLine, "OBR|1|000000000000801||E002^x^99O03", "OBX|1|NM|1^x^JC10||1||||||F")
	wantWarnings(t, doc, "segment 1 (MSH): no SPM segment, which has the care date")
}

// TestCareDateOfEveryType compares the folder with the field that the specification
// names for the data type.
func TestCareDateOfEveryType(t *testing.T) {
	evn := "EVN||20240601110000||||20240602100000"
	pv2 := func(field int) string { return "PV2|" + strings.Repeat("|", field-1) + "20240602" }
	orc := "ORC|NW|000000000000801|||||||20240602110000"
	obr := "OBR|1|000000000000801||1^検査^JC10|||20240602"
	obx := "OBX|1|NM|1^甲^JC10||1||||||F"
	rxa := "RXA|0|1|20240602|20240603|1^甲^HOT9|1"
	tests := map[DataType]struct {
		message string
		lines   []string
		place   string
	}{
		OutpatientReception: {"ADT^A04^ADT_A01", []string{evn, pidLine, pv1(map[int]string{44: "20240602"})}, "segment 4 (PV1), field 44"},
		PlannedAdmission:    {"ADT^A14^ADT_A05", []string{evn, pidLine, pv1(nil), pv2(8)}, "segment 5 (PV2), field 8"},
		Admission:           {"ADT^A01^ADT_A01", []string{evn, pidLine, pv1(map[int]string{44: "20240602"})}, "segment 4 (PV1), field 44"},
		Leave:               {"ADT^A21^ADT_A21", []string{evn, pidLine, pv1(nil)}, "segment 2 (EVN), field 6"},
		ReturnFromLeave:     {"ADT^A22^ADT_A21", []string{evn, pidLine, pv1(nil)}, "segment 2 (EVN), field 6"},
		PlannedTransfer:     {"ADT^A15^ADT_A15", []string{evn, pidLine, pv1(nil), pv2(8)}, "segment 5 (PV2), field 8"},
		Transfer:            {"ADT^A02^ADT_A02", []string{evn, pidLine, pv1(nil)}, "segment 2 (EVN), field 6"},
		PlannedDischarge:    {"ADT^A16^ADT_A16", []string{evn, pidLine, pv1(nil), pv2(9)}, "segment 5 (PV2), field 9"},
		Discharge:           {"ADT^A03^ADT_A03", []string{evn, pidLine, pv1(map[int]string{45: "20240602"})}, "segment 4 (PV1), field 45"},
		DietOrder:           {"OMD^O03^OMD_O03", []string{pidLine, orc, "ODS|D||1^常食^99D"}, "segment 3 (ORC), field 9"},
		PrescriptionOrder:   {"RDE^O11^RDE_O11", []string{pidLine, orc, "RXE||1^甲^HOT9|1||TAB", "TQ1|1||1^朝^99U", "RXR|PO"}, "segment 3 (ORC), field 9"},
		PrescriptionDone:    {"RAS^O17^RAS_O17", []string{pidLine, orc, rxa, "RXR|PO"}, "segment 4 (RXA), field 3"},
		InjectionOrder:      {"RDE^O11^RDE_O11", []string{pidLine, orc, "RXE||1^甲^HOT9|1||AMP", "RXR|IV"}, "segment 3 (ORC), field 9"},
		InjectionDone:       {"RAS^O17^RAS_O17", []string{pidLine, orc, rxa, "RXR|IV"}, "segment 4 (RXA), field 3"},
		LabOrder:            {"OML^O33^OML_O33", []string{pidLine, spmLine, orc, obr}, "segment 4 (ORC), field 9"},
		LabResult:           {"OUL^R22^OUL_R22", []string{pidLine, strings.Replace(spmLine, "20240601", "20240602", 1), obr, orc, obx}, "segment 3 (SPM), field 17"},
		ImagingOrder:        {"OMG^O19^OMG_O19", []string{pidLine, orc, obr}, "segment 3 (ORC), field 9"},
		ImagingDone:         {"OMI^Z23^OMI_Z23", []string{pidLine, orc, obr}, "segment 4 (OBR), field 7"},
		EndoscopyOrder:      {"OMG^O19^OMG_O19", []string{pidLine, orc, obr}, "segment 3 (ORC), field 9"},
		EndoscopyDone:       {"OMI^Z23^OMI_Z23", []string{pidLine, orc, obr}, "segment 4 (OBR), field 7"},
		PhysiologyOrder:     {"OMG^O19^OMG_O19", []string{pidLine, orc, obr}, "segment 3 (ORC), field 9"},
		PhysiologyResult:    {"ORU^R01^ORU_R01", []string{pidLine, obr, obx}, "segment 3 (OBR), field 7"},
	}
	for dt := range dataTypes {
		if _, tested := tests[dt]; !tested && !dt.Undated() {
			t.Errorf("%s is not tested", dt)
		}
	}
	for dt, tt := range tests {
		doc := mustDocument(t, dt, tt.message, tt.lines...)
		if want := tt.place + ": care date differs from that of the folder"; len(doc.Warnings) != 1 || doc.Warnings[0] != want {
			t.Errorf("%s: warnings %q, want %q", dt, doc.Warnings, want)
		}
	}
}

// TestTolerances reads what writers in the field do otherwise than the specification.
func TestTolerances(t *testing.T) {
	admission := func(fields map[int]string) *clinical.Encounter {
		fields[44] = "20240601"
		return mustDocument(t, Admission, "ADT^A01^ADT_A01", "EVN||20240601", pidLine, pv1(fields)).Encounter
	}
	demographics := func(pid string) *clinical.Demographics {
		return mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||20240601", pid).Demographics
	}
	for name, tt := range map[string]struct{ got, want string }{
		"whole name in XCN-2":           {admission(map[int]string{7: "220^医師一郎^^^^^^^^L^^^^^I"}).Attending.Name, "医師一郎"},
		"name type shifted into XCN-3":  {admission(map[int]string{7: "220^医師一郎^L"}).Attending.Name, "医師一郎"},
		"a second doctor":               {admission(map[int]string{7: "~221^次席^二郎"}).Attending.Name, "次席 二郎"},
		"no room":                       {admission(map[int]string{3: "32^^^^^N"}).Ward, "32"},
		"bare telephone number":         {demographics(pidLine + "|||||099-000-0000").Phone, "099-000-0000"},
		"telephone number in parts":     {demographics(pidLine + "|||||^PRN^PH^^81^99^0000002").Phone, "099-0000002"},
		"in parts, area with its zero":  {demographics(pidLine + "|||||^PRN^PH^^81^099^0000002").Phone, "099-0000002"},
		"in parts, no country":          {demographics(pidLine + "|||||^PRN^PH^^^99^0000002").Phone, "99-0000002"},
		"in parts, abroad":              {demographics(pidLine + "|||||^PRN^PH^^+82^2^0000002").Phone, "+82-2-0000002"},
		"no number, then one":           {demographics(pidLine + "|||||^NET^Internet^a@example.jp~^PRN^PH^^^^0000003").Phone, "0000003"},
		"prefecture said twice":         {demographics(pidLine + "|||架空県架空市架空町１^^架空市^架空県").Address, "架空県架空市架空町１"},
		"city said twice":               {demographics(pidLine + "|||架空市架空町１^^架空市^架空県").Address, "架空県架空市架空町１"},
		"telephone number in XTN-12":    {demographics(pidLine + "|||||^PRN^PH^^^^^^^^^099-000-0001").Phone, "099-000-0001"},
		"kanji name one caret short":    {demographics("PID|||0000012345||試験^花子^^^^L^I~シケン^ハナコ^^^^^L^P||19760101|F").Name, "試験 花子"},
		"whole name in one component":   {demographics("PID|||0000012345||試験　花子^^^^^^L^I~シケン　ハナコ^^^^^^L^P||19760101|F").Kana, "シケン ハナコ"},
		"name without representation":   {demographics("PID|||0000012345||シケン^ハナコ~試験^花子||19760101|F").Name, "試験 花子"},
		"bare patient id, spaces":       {string(demographics("PID||| 0000012345 ||試験^花子||19760101|F").BirthDate), "1976-01-01"},
		"identifier of another beside":  {demographics("PID|||777^^^^SS~0000012345^^^^PI||試験^花子||19760101|F").BirthDate, "1976-01-01"},
		"address in parts":              {demographics(pidLine + "|||架空町１^^千代田区^東京都^100-0001").Address, "東京都千代田区架空町１"},
		"ORC before OBR in results":     {labDocument(t, spmLine, scLine, obrLine, "OBX|1|NM|1^甲^JC10||1||||||F").LabResults[0].Panel.Label(), "生化学的検査"},
		"value with a stray delimiter":  {labDocument(t, spmLine, obrLine, scLine, "OBX|1|ST|1^甲^JC10||500×10^4||||||F").LabResults[0].Value, "500×10^4"},
		"value with blanks for ^":       {labDocument(t, spmLine, obrLine, scLine, "OBX|1|ST|1^甲^JC10||>= 100||||||F").LabResults[0].Value, ">= 100"},
		"time of an hour":               {string(labDocument(t, "SPM|1|||023^血清^JC10|||||||||||||2024060107", obrLine, scLine, "OBX|1|NM|1^甲^JC10||1||||||F").LabResults[0].Collected), "2024060107"},
		"hours of a night shift":        {string(labDocument(t, "SPM|1|||023^血清^JC10|||||||||||||202406012530", obrLine, scLine, "OBX|1|NM|1^甲^JC10||1||||||F").LabResults[0].Collected), "202406012530"},
		"hours of a night shift, told":  {strings.Join(labDocument(t, "SPM|1|||023^血清^JC10|||||||||||||202406012530", obrLine, scLine, "OBX|1|NM|1^甲^JC10||1||||||F").Warnings, "; "), "segment 3 (SPM), field 17: hour 25 means the next day"},
		"unknown segments":              {labDocument(t, "ZZZ|x", spmLine, obrLine, "ZLB|y", scLine, "OBX|1|NM|1^甲^JC10||1||||||F", "CTI|1").LabResults[0].Value, "1"},
		"usage spread over components":  {mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||1^甲^HOT9|1||TAB", "TQ1|1||1013044400000000^毎食後^JAMISDP01", "RXR|PO").Medications[0].Usage[0].Text, "毎食後"},
		"code with subcomponents":       {mustDocument(t, PhysiologyResult, "ORU^R01^ORU_R01", pidLine, "OBR|1|000000000000801||9A110^心電図^JC10|||20240601", "OBX|1|TX|9A100&IMP^所見^JC10||洞調律||||||F").Examinations[0].Findings[0].Test.Code, "9A100&IMP"},
		"trigger without structure":     {mustDocument(t, DietOrder, "OMD^O03", pidLine, "ORC|NW|000000000000801|||||||20240601", "ODS|D||1^常食^99D").MessageType, "OMD^O03"},
		"department in the order alone": {departmentOfOrder(t), "05"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
}

// departmentOfOrder reads an order whose file name has no department.
func departmentOfOrder(t *testing.T) string {
	t.Helper()
	name := named("0000012345", "20240601", "OMD", "000000000000801", "20240601120000000", "", Current)
	doc, err := ReadMessage(name, parsed(t, "OMD^O03^OMD_O03", pidLine, orderLine, "ODS|D||1^常食^99D"))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Department
}

func TestAllergies(t *testing.T) {
	evn := "EVN||20240601090000"
	soba := clinical.Allergy{
		Type:     clinical.Coded{Code: "FA", Text: "食物アレルギー", System: "HL70127"},
		Allergen: clinical.Coded{Code: "5A1002411023006", Text: "ソバ", System: "JC10"},
		Severity: clinical.Coded{Code: "MO", Text: "中等度", System: "HL70128"},
		Reaction: "湿疹", Onset: "20100101",
	}
	const sobaLine = "IAM|1|FA^食物アレルギー^HL70127|5A1002411023006^ソバ^JC10|MO^中等度^HL70128|湿疹|A^追加^HL70323|||||20100101"
	noDrugs := clinical.Allergy{Type: clinical.Coded{Code: "DA", System: "HL70127"}, Allergen: clinical.Coded{Text: "なし"}}
	tests := []struct {
		name  string
		lines []string
		want  clinical.AllergyList
		warn  []string
	}{
		{"one", []string{sobaLine}, clinical.AllergyList{Entries: []clinical.Allergy{soba}}, nil},
		{"nothing registered is no statement", nil, clinical.AllergyList{}, nil},
		{"denied", []string{"IAM|1||^アレルギーなし||| A"}, clinical.AllergyList{None: true}, nil},
		{"denied in short", []string{"IAM|1||00^なし^99XYZ|||A"}, clinical.AllergyList{None: true}, nil},
		{"denied for drugs only stays an entry", []string{"IAM|1|DA^^HL70127|^なし|||A"}, clinical.AllergyList{Entries: []clinical.Allergy{noDrugs}}, nil},
		{"denied beside a real one", []string{"IAM|1||^アレルギーなし|||A", sobaLine}, clinical.AllergyList{Entries: []clinical.Allergy{soba}},
			[]string{"segment 4 (IAM): an entry denies allergies beside others that name some; the denial is dropped"}},
		{"withdrawn", []string{strings.Replace(sobaLine, "|A^追加", "|D^削除", 1)}, clinical.AllergyList{}, []string{"segment 4 (IAM): withdrawn entry, left out"}},
		{"entered in error", []string{sobaLine + "||||||E"}, clinical.AllergyList{}, []string{"segment 4 (IAM): withdrawn entry, left out"}},
		{"onset in words", []string{"IAM|1||^卵|||A||||||幼少時"}, clinical.AllergyList{Entries: []clinical.Allergy{{Allergen: clinical.Coded{Text: "卵"}, Onset: "幼少時"}}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, AllergyInformation, "ADT^A60^ADT_A60", append([]string{evn, pidLine}, tt.lines...)...)
			if diff := cmp.Diff(&tt.want, doc.Allergies); diff != "" {
				t.Errorf("allergies (-want +got):\n%s", diff)
			}
			wantWarnings(t, doc, tt.warn...)
		})
	}
	if doc, err := document(t, AllergyInformation, "ADT^A60^ADT_A60", evn, pidLine, "IAM|1|DA"); err == nil {
		t.Errorf("an entry without allergen gave %+v", doc.Allergies)
	}
}

func TestDemographicsReadTolerantly(t *testing.T) {
	evn := "EVN||20240601090000"
	doc := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", evn, "PID|||0000012345||試験　花子||1976|女|||架空町１^^千代田区^東京都^100-0001||099-000-0001")
	want := &clinical.Demographics{Name: "試験 花子", Sex: clinical.UnknownSex, Postcode: "100-0001", Address: "東京都千代田区架空町１", Phone: "099-000-0001"}
	if diff := cmp.Diff(want, doc.Demographics); diff != "" {
		t.Errorf("demographics (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc,
		"segment 3 (PID), field 7: no birth date that is a day",
		"segment 3 (PID), field 8: sex is none of M, F, O, U",
		"segment 3 (PID), field 5: no name in kana")
	if doc.Allergies == nil || doc.Allergies.None || doc.Allergies.Entries != nil {
		t.Errorf("allergies = %+v, want nothing registered", doc.Allergies)
	}
	if _, err := document(t, PatientDemographics, "ADT^A08^ADT_A01", evn, "PID|||0000012345||||19760101|F"); err == nil {
		t.Error("a patient without a name was read")
	}
}

const orcLine = "ORC|NW|000000000000801||000000000000801_01_001|||||20240601110000|||" + doctor

func TestPrescriptionsOddities(t *testing.T) {
	const rxe = "RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|||||9|TAB^錠^MR9P"
	const po = "RXR|PO^口^HL70162"
	const writtenOut = "segment 5 (TQ1): amounts or times that the order's fields cannot hold, each TQ1 is shown as an instruction"
	uneven := func(d clinical.Document) string { // dose, days, words
		m := d.Medications[0]
		return firstText(m.Dose, "0") + "/" + strconv.Itoa(m.Days) + " " + joined(m.Instructions)
	}
	tests := []struct {
		name  string
		lines []string
		check func(clinical.Document) string
		want  string
		warn  []string
	}{
		{"as needed", []string{orcLine, rxe, "TQ1|1||1050110020000000&疼痛時&JAMISDP01|||||||||||10", po},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return map[bool]string{true: "as needed "}[m.AsNeeded] + strings.Repeat("*", m.Times)
			}, "as needed **********", nil},
		{"two usages and a supplement", []string{orcLine, rxe, "TQ1|1||1013044400000000&毎食後&JAMISDP01~I1100000&隔日&JAMISDP01|||2^W", "TQ1|2||1011100000000000&就寝前&JAMISDP01", po},
			func(d clinical.Document) string {
				var s []string
				for _, u := range d.Medications[0].Usage {
					s = append(s, u.Text)
				}
				return strings.Join(append(s, strings.Repeat("d", d.Medications[0].Days)), " ")
			}, "毎食後 隔日 就寝前 dddddddddddddd", nil},
		{"TQ1 before RXE, note behind", []string{orcLine, "TQ1|1||1011000400000000&朝食後&JAMISDP01|||5^d", rxe, "NTE|1||粉砕", po},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return m.Usage[0].Text + " " + m.Instructions[0].Text
			}, "朝食後 粉砕", nil},
		{"two drugs under one ORC", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01", po, strings.Replace(rxe, "試験錠", "別の錠", 1), "TQ1|1||1011000400000000&朝食後&JAMISDP01", po},
			func(d clinical.Document) string {
				return d.Medications[0].Drug.Text + d.Medications[0].RP + " " + d.Medications[1].Drug.Text + d.Medications[1].RP
			}, "試験錠01 別の錠01", nil},
		{"one drug of two is cancelled", []string{strings.Replace(orcLine, "NW", "CA", 1), rxe, po, orcLine, strings.Replace(rxe, "試験錠", "残る錠", 1), "TQ1|1||1011000400000000&朝食後&JAMISDP01", po},
			func(d clinical.Document) string {
				return strings.Repeat("1", len(d.Medications)) + d.Medications[0].Drug.Text
			}, "1残る錠", []string{"segment 3 (ORC), field 1: cancelled entry, left out"}},
		{"RP number alone", []string{strings.Replace(orcLine, "000000000000801_01_001", "2", 1), rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01", po},
			func(d clinical.Document) string { return d.Medications[0].RP }, "2", nil},
		{"duration in no unit", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01|||x^D", po},
			func(d clinical.Document) string { return strings.Repeat("d", d.Medications[0].Days) }, "",
			[]string{"segment 5 (TQ1), field 6: duration is no number, shown as written"}},
		{"no usage", []string{orcLine, rxe, po}, func(d clinical.Document) string { return d.Medications[0].Dose }, "1",
			[]string{"segment 4 (RXE): no TQ1 segment: usage not stated"}},
		{"other order number", []string{strings.Replace(orcLine, "|000000000000801|", "|000000000000802|", 1), rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01", po},
			func(d clinical.Document) string { return d.OrderNo }, "000000000000801", []string{"segment 3 (ORC), field 2: order number differs from that of the file name"}},
		{"another duration for the evening", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01|||7^D", "TQ1|2||1011040000000000&夕食後&JAMISDP01|||3^D", po},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return m.Dose + strings.Repeat("d", m.Days) + " " + joined(m.Instructions)
			}, "1 朝食後 7日分、夕食後 3日分", []string{writtenOut}},
		{"two in the morning, one in the evening", []string{orcLine, strings.Replace(rxe, "|1|", `|""|`, 1), "TQ1|1|2^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||7^D", "TQ1|2|1^TAB&錠&MR9P|1011040000000000&夕食後&JAMISDP01|||7^D", po},
			uneven, "0/7 朝食後 2錠、夕食後 1錠", []string{writtenOut}},
		{"the order's dose is that of the morning", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01|||7^D", "TQ1|2|2^TAB&錠&MR9P|1011040000000000&夕食後&JAMISDP01", po},
			uneven, "0/7 朝食後 1錠、夕食後 2錠", []string{writtenOut}},
		{"less and less", []string{orcLine, strings.Replace(rxe, "|1|", "|3|", 1), "TQ1|1|3^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D|20240601|||||S", "TQ1|2|2^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D|20240604|||||S", "TQ1|3|1^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D|20240607", po},
			uneven, "0/9 2024/06/01から 朝食後 3錠 3日分、その後 2024/06/04から 朝食後 2錠 3日分、その後 2024/06/07から 朝食後 1錠 3日分", []string{writtenOut}},
		{"less, with a pause before", []string{orcLine, strings.Replace(rxe, "|1|", "|3|", 1), "TQ1|1|3^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D|20240601|||||S", "TQ1|2|2^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D|20240610", po},
			uneven, "0/0 2024/06/01から 朝食後 3錠 3日分、その後 2024/06/10から 朝食後 2錠 3日分", []string{writtenOut}},
		{"one after the other, of one amount", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01|||3^D||||||S", "TQ1|2||1011040000000000&夕食後&JAMISDP01|||3^D", po},
			uneven, "1/0 朝食後 3日分、その後 夕食後 3日分", []string{writtenOut}},
		{"the same amount in other words", []string{orcLine, rxe, "TQ1|1|1.0^TAB|1011000400000000&朝食後&JAMISDP01|||3^D", po}, uneven, "1/3 ", nil},
		{"until different days", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01||||20240601|20240607", "TQ1|2||1011040000000000&夕食後&JAMISDP01||||20240601|20240610", po},
			uneven, "1/0 2024/06/01から 2024/06/07まで 朝食後、2024/06/01から 2024/06/10まで 夕食後", []string{writtenOut}},
		{"the same amount twice", []string{orcLine, rxe, "TQ1|1|1^TAB&錠&MR9P|1011000400000000&朝食後&JAMISDP01|||3^D", "TQ1|2|1^TAB&錠&MR9P|1011040000000000&夕食後&JAMISDP01|||3^D", po},
			uneven, "1/3 ", nil},
		{"three doses of one, five of the other", []string{orcLine, rxe, "TQ1|1||1050110020000000&疼痛時&JAMISDP01|||||||||||3", "TQ1|2||1050120020000000&発熱時&JAMISDP01|||||||||||5", po},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return strconv.Itoa(m.Times) + " " + joined(m.Instructions)
			}, "0 疼痛時 3回、発熱時 5回", []string{writtenOut}},
		{"as many said in two ways", []string{orcLine, rxe, "TQ1|1||1050110020000000&疼痛時&JAMISDP01|||||||||||3", "TQ1|2||1050120020000000&発熱時&JAMISDP01|||5^回", po},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return strconv.Itoa(m.Times) + " " + joined(m.Instructions)
			}, "0 疼痛時 3回、発熱時 5回", []string{writtenOut}},
		{"two routes", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01", "RXR|OP^眼^HL70162|REY^右眼^HL70163", "RXR|OP^眼^HL70162|LEY^左眼^HL70163"},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return m.Route.Text + m.Site.Text + " " + m.Instructions[0].Text
			}, "眼右眼 眼 左眼", []string{"segment 7 (RXR): second route, shown as an instruction"}},
		{"one route twice", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01", po, po},
			func(d clinical.Document) string {
				return d.Medications[0].Route.Text + strings.Repeat("!", len(d.Medications[0].Instructions))
			}, "口", nil},
		{"a time that is none", []string{orcLine, rxe, "TQ1|1||1011000400000000&朝食後&JAMISDP01||||20240631", po},
			func(d clinical.Document) string { return string(d.Medications[0].Start) }, "", []string{"segment 5 (TQ1), field 7: not a time, left out"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, PrescriptionOrder, "RDE^O11^RDE_O11", append([]string{pidLine}, tt.lines...)...)
			if got := tt.check(doc); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			wantWarnings(t, doc, tt.warn...)
		})
	}
}

func TestDispensing(t *testing.T) {
	doc := mustDocument(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine,
		"RXE||108665201^試験錠^HOT9|1||TAB^錠^MR9P|TAB^錠剤^MR9P||||21|TAB^錠^MR9P||||||||3^TAB&錠&MR9P",
		"TQ1|1||1013044400000000&毎食後&JAMISDP01|||7^D|20240601",
		"RXA|0|1|20240601100000|20240601100500|108665202^試験錠「代」^HOT9|20|TAB^錠^MR9P|||||||||||||CP",
		"RXR|PO^口^HL70162")
	tablet := clinical.Coded{Code: "TAB", Text: "錠", System: "MR9P"}
	want := []clinical.Medication{{
		RP: "01", Drug: clinical.Coded{Code: "108665202", Text: "試験錠「代」", System: "HOT9"}, // what was given, not what was ordered
		Total: "20", TotalUnit: tablet, Instructions: []clinical.Coded{{Text: "オーダの薬剤：試験錠 1回1錠 1日3錠"}},
		Usage: []clinical.Coded{{Code: "1013044400000000", Text: "毎食後", System: "JAMISDP01"}},
		Days:  7, Start: "20240601100000", End: "20240601100500", Status: "CP",
		Route: clinical.Coded{Code: "PO", Text: "口", System: "HL70162"},
	}}
	if diff := cmp.Diff(want, doc.Medications); diff != "" {
		t.Errorf("medications (-want +got):\n%s", diff)
	}
	if doc.Kind != clinical.KindDispensing {
		t.Errorf("kind = %q", doc.Kind)
	}
	wantWarnings(t, doc, "segment 6 (RXA), field 5: another drug than was ordered: what the order says of its own is shown as an instruction")

	// Without RXE, one taken back.
	doc = mustDocument(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine,
		"RXA|0|1|20240601|20240601|1^甲^HOT9|3|TAB^錠^MR9P|||||||||||||CP", "RXA|0|2|20240601|20240601|2^乙^HOT9|3|TAB^錠^MR9P|||||||||||||CP|D", "RXR|PO^口^HL70162")
	if len(doc.Medications) != 1 || doc.Medications[0].Drug.Text != "甲" {
		t.Errorf("medications = %+v, want 甲 only", doc.Medications)
	}
	wantWarnings(t, doc, "segment 5 (RXA), field 21: withdrawn entry, left out")

	if _, err := document(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine, orcLine, "RXA|0|1|20240601|20240601|1^甲^HOT9|3"); !errors.Is(err, ErrCut) {
		t.Errorf("an order without RXA: %v", err)
	}
}

// Ten milligrams were ordered, fives were handed out.
func TestDispensedOtherThanOrdered(t *testing.T) {
	const rxe = "RXE||100000101^降圧錠１０ｍｇ^HOT9|1||TAB^錠^MR9P|TAB^錠剤^MR9P||||7|TAB^錠^MR9P||||||||||||||10|MG^mg^MR9P|||||2171022F3029^降圧錠１０ｍｇ^YJ"
	for name, tc := range map[string]struct{ given, amount, want string }{
		"another strength":          {"100000202^降圧錠５ｍｇ^HOT9", "", "// オーダの薬剤：降圧錠１０ｍｇ 規格10mg 1回1錠"},
		"another, of other amounts": {"100000202^降圧錠５ｍｇ^HOT9", "2", "// オーダの薬剤：降圧錠１０ｍｇ 規格10mg、（オーダの薬剤で） 朝食後 2錠、オーダの1回量 1錠"},
		"the same":                  {"100000101^降圧錠１０ｍｇ^HOT9", "", "1/10/1 "},
		"the same, by its YJ":       {"2171022F3029^降圧錠10mg^YJ", "", "1/10/1 "},
		"the same, as packed":       {"1000001010101^降圧錠^HOT13", "", "1/10/1 "},
		"the same, by its name":     {"A7^降圧錠10mg^99XYZ", "", "1/10/1 "},
		"one code contradicts":      {"100000202^降圧錠１０ｍｇ^HOT9^2171022F3029^降圧錠１０ｍｇ^YJ", "", "// オーダの薬剤：降圧錠１０ｍｇ 規格10mg 1回1錠"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := mustDocument(t, PrescriptionDone, "RAS^O17^RAS_O17", pidLine, orcLine, rxe, "TQ1|1|"+tc.amount+"|1011000400000000&朝食後&JAMISDP01|||7^D|20240601", "RXR|PO^口^HL70162",
				"RXA|0|1|20240601|20240601|"+tc.given+"|14|TAB^錠^MR9P|||||||||||||CP", "RXR|PO^口^HL70162")
			m := doc.Medications[0]
			if got := m.Dose + "/" + m.Strength + "/" + strings.Repeat("1", len(m.OtherCodes)) + " " + joined(m.Instructions); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}

	doc := mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", pidLine, orcLine, "RXE||1^甲注^HOT9|2||AMP^管^MR9P", "RXR|IV",
		"RXA|0|1|20240601|20240601|2^乙注^HOT9|4|AMP^管^MR9P|||||||||||||CP", "RXR|IV")
	if i := doc.Injections[0]; i.Volume != "" || i.Components[0].Amount != "4" || strings.Join(i.Comments, "") != "オーダの薬剤：甲注 2管" {
		t.Errorf("injection = %+v", i)
	}
}

func TestInjectionOrder(t *testing.T) {
	doc := mustDocument(t, InjectionOrder, "RDE^O11^RDE_O11", pidLine, orcLine,
		"RXE||00^一般^99I02|510||ML^ミリリットル^MR9P|INJ^注射剤^MR9P|||||||||||||||IHP^入院処方^MR9P||102|ml/hr^ミリリットル毎時^ISO+",
		"TQ1|1||||||202406010800|202406011300", "RXR|IV^静脈内^HL70162||IVP^点滴ポンプ^HL70164",
		"RXC|B|620007329^試験輸液^99XYZ|1|HON^本^MR9P", "RXC|A|620002559^試験注射^99XYZ|1|AMP^アンプル^MR9P")
	want := []clinical.Injection{{
		RP: "01", Name: clinical.Coded{LocalCode: "00", LocalText: "一般", LocalSystem: "99I02"},
		Components: []clinical.Component{
			{Drug: clinical.Coded{LocalCode: "620007329", LocalText: "試験輸液", LocalSystem: "99XYZ"}, Amount: "1", Unit: clinical.Coded{Code: "HON", Text: "本", System: "MR9P"}},
			{Additive: true, Drug: clinical.Coded{LocalCode: "620002559", LocalText: "試験注射", LocalSystem: "99XYZ"}, Amount: "1", Unit: clinical.Coded{Code: "AMP", Text: "アンプル", System: "MR9P"}},
		},
		Volume: "510", VolumeUnit: clinical.Coded{Code: "ML", Text: "ミリリットル", System: "MR9P"},
		Rate: "102", RateUnit: clinical.Coded{Code: "ml/hr", Text: "ミリリットル毎時", System: "ISO+"},
		Route: clinical.Coded{Code: "IV", Text: "静脈内", System: "HL70162"}, Device: clinical.Coded{Code: "IVP", Text: "点滴ポンプ", System: "HL70164"},
		Start: "202406010800", End: "202406011300",
		Categories: []clinical.Coded{{Code: "IHP", Text: "入院処方", System: "MR9P"}},
	}}
	if diff := cmp.Diff(want, doc.Injections); diff != "" {
		t.Errorf("injections (-want +got):\n%s", diff)
	}

	single := mustDocument(t, InjectionOrder, "RDE^O11^RDE_O11", pidLine, orcLine, "RXE||1^試験注射^HOT9|2||AMP^アンプル^MR9P", "RXR|IM^筋肉内^HL70162")
	if i := single.Injections[0]; len(i.Components) != 1 || i.Components[0].Drug.Text != "試験注射" || i.Components[0].Amount != "2" || i.Volume != "" || i.Name != (clinical.Coded{}) {
		t.Errorf("single drug = %+v", i)
	}
}

func TestInjectionsDone(t *testing.T) {
	const by = "200^看護^花子^^^^^^^L^^^^^I"
	rxa := func(start, drug, status string) string {
		return "RXA|0|1|" + start + "|20240601130543|" + drug + "^99XYZ|1|HON^本^MR9P||^左手^99IC2|" + by + "|09A^021^4^^^N|102ml/hr||||||||" + status + "||20240601130613"
	}
	doc := mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", pidLine,
		orcLine, rxa("20240601080521", "1^輸液", "CP"), rxa("20240601080521", "2^注射", "CP"), "RXR|IV^静脈内^HL70162",
		orcLine, rxa("20240601180000", "1^輸液", "NA"), "RXR|IV^静脈内^HL70162")
	if len(doc.Injections) != 2 {
		t.Fatalf("%d injections, want what was given together and what was not given: %+v", len(doc.Injections), doc.Injections)
	}
	first, second := doc.Injections[0], doc.Injections[1]
	if !first.Performed || len(first.Components) != 2 || first.Components[1].Drug.LocalText != "注射" || first.Rate != "102ml/hr" ||
		first.By == nil || first.By.Name != "看護 花子" || first.Start != "20240601080521" || first.End != "20240601130543" || first.Status != "CP" {
		t.Errorf("first = %+v", first)
	}
	if second.Status != "NA" || len(second.Components) != 1 {
		t.Errorf("second = %+v", second)
	}
	routes := mustDocument(t, InjectionDone, "RAS^O17^RAS_O17", pidLine,
		orcLine, rxa("20240601080521", "1^輸液", "CP"), "RXR|IV^静脈内^HL70162",
		orcLine, rxa("20240601080521", "2^注射", "CP"), "RXR|IM^筋肉内^HL70162")
	if got := routes.Injections; len(got) != 2 || got[0].Route.Code != "IV" || got[1].Route.Code != "IM" {
		t.Errorf("two routes at one time = %+v, want two injections", got)
	}
	wantWarnings(t, doc)
}

func TestLabOrder(t *testing.T) {
	const spm = "SPM|1|||023^血清^JC10|||||||||||||202406010930"
	doc := mustDocument(t, LabOrder, "OML^O33^OML_O33", pidLine, spm, orcLine, "OBR|1|000000000000801||E002^生化学的検査^99O03",
		"OBX|1||3A010000002327101^総蛋白^JC10||||||||O", "OBX|2||3A015000002327101^アルブミン^JC10||||||||O",
		orcLine, "OBR|2|000000000000801||E003^血算^99O03", strings.Replace(orcLine, "NW", "CA", 1), "OBR|3|000000000000801||E004^凝固^99O03")
	var got []string
	for _, l := range doc.LabResults {
		got = append(got, strings.Join([]string{l.Test.Label(), l.Panel.Label(), l.Specimen.Text, string(l.Collected), map[bool]string{true: "ordered"}[l.Ordered]}, "|"))
	}
	want := []string{"総蛋白|生化学的検査|血清|202406010930|ordered", "アルブミン|生化学的検査|血清|202406010930|ordered", "血算||血清|202406010930|ordered"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc, "segment 10 (ORC), field 1: cancelled entry, left out")
}

func TestLabResultsOddities(t *testing.T) {
	const spm = "SPM|1|||023^血清^JC10|||||||||||||202406010930"
	const obr = "OBR|1|000000000000801||E002^生化学的検査^99O03"
	const orc = "ORC|SC|000000000000801"
	obx := func(valueType, value, status string) string {
		return "OBX|1|" + valueType + "|1^検査^JC10||" + value + "||||||" + status
	}
	tests := []struct {
		name  string
		lines []string
		want  []string // value, or text of the coded value
		warn  []string
	}{
		{"stray delimiter in a number", []string{spm, obr, orc, obx("ST", "500×10^4", "F")}, []string{"500×10^4"}, nil},
		{"text in lines", []string{spm, obr, orc, obx("TX", "一行~二行", "F")}, []string{"一行\n二行"}, nil},
		{"comparator apart", []string{spm, obr, orc, obx("SN", "<^0.05", "F")}, []string{"<0.05"}, nil},
		{"coded", []string{spm, obr, orc, obx("CWE", "C01^溶血あり^99XYZ", "F")}, []string{"溶血あり"}, nil},
		{"null is no value", []string{spm, obr, orc, obx("NM", `""`, "F")}, []string{""}, nil},
		{"unknown value type", []string{spm, obr, orc, obx("QQ", "x", "F")}, []string{"x"}, []string{"segment 6 (OBX), field 2: value type is not known, shown as text"}},
		{"no status", []string{spm, obr, orc, obx("NM", "1", "")}, []string{"1"}, []string{"segment 6 (OBX), field 11: no result status"}},
		{"taken back", []string{spm, obr, orc, obx("NM", "1", "F"), obx("NM", "9", "W"), obx("NM", "8", "D")}, []string{"1"},
			[]string{"segment 7 (OBX), field 11: withdrawn result, left out", "segment 8 (OBX), field 11: withdrawn result, left out"}},
		{"taken back in small letters", []string{spm, obr, orc, obx("NM", "1", "f"), obx("NM", "9", "w"), obx("nm", "8", " D")}, []string{"1"},
			[]string{"segment 7 (OBX), field 11: withdrawn result, left out", "segment 8 (OBX), field 11: withdrawn result, left out"}},
		{"ORC before OBR", []string{spm, orc, obr, obx("NM", "1", "F"), "ORC|CA|000000000000801", obr, obx("NM", "2", "F")}, []string{"1"},
			[]string{"segment 7 (ORC), field 1: cancelled entry, left out"}},
		{"cancelled panel beside another", []string{spm, obr, "ORC|CA|000000000000801", obx("NM", "1", "F"), obr, orc, obx("NM", "2", "F")}, []string{"2"},
			[]string{"segment 5 (ORC), field 1: cancelled entry, left out"}},
		{"no results yet", []string{spm, obr, orc}, nil, []string{"segment 4 (OBR): no results"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, LabResult, "OUL^R22^OUL_R22", append([]string{pidLine}, tt.lines...)...)
			var got []string
			for _, l := range doc.LabResults {
				got = append(got, l.Value+l.Coded.Label())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			wantWarnings(t, doc, tt.warn...)
		})
	}
}

func TestConditions(t *testing.T) {
	doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine,
		"PRB|AD|20240601|20058577^肺炎^MDCDX2|1|||20240501||20240530|J189^^I10^F^最終^JHSD0004||||M^寛解^JHSD0006||20240420||1^^JHSD0007",
		"ZPR|4012^急性^MDCDX2~2001^左^MDCDX2|20058577^肺炎^MDCDX2|8002^の疑い^MDCDX2",
		"ORC|NW|1|||||||20240601100000||||||||05^呼吸器科^HL70069",
		"PRB|DE|20240601|20054174^胃炎^MDCDX2|2",
		"PRB|AD|20240601|99^local^99XYZ^20054174^胃炎^MDCDX2|3|||20230101|||99^x^99XYZ^K297^^I10", "NTE|1||経過観察")
	want := []clinical.Condition{
		{
			Disease: clinical.Coded{Code: "20058577", Text: "肺炎", System: "MDCDX2"}, ICD10: "J189",
			Prefixes: []clinical.Coded{{Code: "4012", Text: "急性", System: "MDCDX2"}, {Code: "2001", Text: "左", System: "MDCDX2"}},
			Suffixes: []clinical.Coded{{Code: "8002", Text: "の疑い", System: "MDCDX2"}},
			Start:    "20240420", End: "20240530", Outcome: clinical.Coded{Code: "M", Text: "寛解", System: "JHSD0006"}, Main: true,
			Department: "05", Comments: []string{"病名区分 最終"},
		},
		{
			Disease: clinical.Coded{Code: "20054174", Text: "胃炎", System: "MDCDX2", LocalCode: "99", LocalText: "local", LocalSystem: "99XYZ"},
			ICD10:   "K297", Start: "20230101", Comments: []string{"経過観察"},
		},
	}
	if diff := cmp.Diff(want, doc.Conditions); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	wantWarnings(t, doc, "segment 6 (PRB), field 1: withdrawn entry, left out")
}

// TestWarningsHoldNoValues: warnings are read by people who may not read the record.
func TestWarningsHoldNoValues(t *testing.T) {
	doc := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||x", "PID|||0000012345||秘密^花子||19760231|不明", "AL1|1|秘密|秘密||秘密|秘密")
	if len(doc.Warnings) == 0 {
		t.Fatal("no warnings to look at")
	}
	for _, w := range doc.Warnings {
		for _, secret := range []string{"秘密", "花子", "1976", "12345", "不明"} {
			if strings.Contains(w, secret) {
				t.Errorf("warning %q tells %q", w, secret)
			}
		}
	}
}

func TestCoded(t *testing.T) {
	const std, local = "108665201^標準^HOT9", "X1^院内^99XYZ"
	standard := clinical.Coded{Code: "108665201", Text: "標準", System: "HOT9"}
	both := clinical.Coded{Code: "108665201", Text: "標準", System: "HOT9", LocalCode: "X1", LocalText: "院内", LocalSystem: "99XYZ"}
	own := clinical.Coded{LocalCode: "X1", LocalText: "院内", LocalSystem: "99XYZ"}
	for raw, want := range map[string]clinical.Coded{ // the six mixes that SS-MIX2 allows
		std + "^" + local:      both,
		local + "^" + std:      both,
		std:                    standard,
		local:                  own,
		"^^^" + std:            standard,
		"^^^" + local:          own,
		"^言葉だけ":                {Text: "言葉だけ"},
		local + "^X2^別名^99ABC": {Code: "X1", Text: "院内", System: "99XYZ", LocalCode: "X2", LocalText: "別名", LocalSystem: "99ABC"},
	} {
		doc := mustDocument(t, AllergyInformation, "ADT^A60^ADT_A60", "EVN||20240601", pidLine, "IAM|1||"+raw+"|||A")
		if got := doc.Allergies.Entries[0].Allergen; got != want {
			t.Errorf("%s = %+v, want %+v", raw, got, want)
		}
	}
}
