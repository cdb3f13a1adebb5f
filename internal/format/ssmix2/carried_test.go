package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// al1Line is a drug allergy as it stands in messages of anything.
const al1Line = "AL1|1|DA^薬剤^HL70127|^ペニシリン^|SV^重度^HL70128|発疹~呼吸困難"

// messagesWithAllergies are messages of every data type that may have AL1, but for those
// whose AL1 are the patient's list.
func messagesWithAllergies() map[DataType][]string {
	const (
		evn  = "EVN||20240601||||20240601"
		orc  = "ORC|NW|000000000000801||01|||||20240601"
		rxe  = "RXE||1^試験薬^HOT9|1||TAB^錠^MR9P"
		rxa  = "RXA|0|1|20240601|20240601|1^試験薬^HOT9|1|TAB^錠^MR9P"
		obr  = "OBR|1|000000000000801||1^検査^JC10|||20240601"
		obx  = "OBX|1|NM|1^甲^JC10||1||||||F"
		tq1  = "TQ1|1||1^朝^99U"
		diet = "ODS|D||1^常食^99D"
	)
	drug := func(lines ...string) []string { return append([]string{pidLine, al1Line, orc}, lines...) }
	all := map[DataType][]string{
		"OMD": drug(diet), "OMP-01": drug(rxe, tq1, "RXR|PO"), "OMP-11": drug(rxa, "RXR|PO"), "OMP-02": drug(rxe, "RXR|IV"), "OMP-12": drug(rxa, "RXR|IV"),
		"OML-01": {pidLine, al1Line, spmLine, orc, obr}, "OML-11": {pidLine, al1Line, spmLine, obr, orc, obx}, "OMG-13": {pidLine, al1Line, obr, obx},
	}
	for _, t := range []DataType{"OMG-01", "OMG-02", "OMG-03", "OMG-11", "OMG-12"} {
		all[t] = drug(obr)
	}
	for t := range events {
		all[t] = []string{evn, pidLine, pv1(nil), al1Line}
	}
	return all
}

// What an order or an admission says of allergies is carried, and makes no list of the
// patient's: neither one with entries nor one that denies.
func TestStatedAllergies(t *testing.T) {
	all := messagesWithAllergies()
	for dataType := range dataTypes {
		if _, ok := all[dataType]; !ok && dataType != PatientDemographics && dataType != AllergyInformation && dataType != DiseaseList {
			t.Errorf("%s is not tried", dataType)
		}
	}
	want := []clinical.Allergy{{
		Type: clinical.Coded{Code: "DA", Text: "薬剤", System: "HL70127"}, Allergen: clinical.Coded{Text: "ペニシリン"},
		Severity: clinical.Coded{Code: "SV", Text: "重度", System: "HL70128"}, Reaction: "発疹、呼吸困難",
	}}
	denied := []clinical.Allergy{{Allergen: clinical.Coded{Text: "アレルギーなし"}}}
	for dataType, lines := range all {
		t.Run(string(dataType), func(t *testing.T) {
			typ := dataTypes[dataType]
			message := typ.message + "^" + typ.triggers[0]
			read := func(al1 string) clinical.Document {
				t.Helper()
				changed := strings.Split(strings.Replace(strings.Join(lines, "\r"), al1Line, al1, 1), "\r")
				doc := mustDocument(t, dataType, message, changed...)
				if doc.Allergies != nil {
					t.Errorf("list of allergies = %+v, want none", doc.Allergies)
				}
				return doc
			}
			if diff := cmp.Diff(want, read(al1Line).StatedAllergies); diff != "" {
				t.Errorf("stated (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(denied, read("AL1|1||^アレルギーなし^").StatedAllergies); diff != "" {
				t.Errorf("denied (-want +got):\n%s", diff)
			}
			if doc := read("AL1|1|DA"); len(doc.StatedAllergies) > 0 || !strings.Contains(strings.Join(doc.Warnings, "\n"), "(AL1), field 3: allergy without its allergen, left out") {
				t.Errorf("without its allergen: %+v, warned %q", doc.StatedAllergies, doc.Warnings)
			}
		})
	}
}

// The list of allergies is what its own segments say, and says more than names.
func TestAllergyList(t *testing.T) {
	const evn = "EVN||20240601"
	pollen := clinical.Allergy{
		Type: clinical.Coded{Code: "LA", Text: "花粉", System: "HL70127"}, Allergen: clinical.Coded{Text: "スギ"},
		Reaction: "鼻炎、結膜炎", Onset: "幼少期", Comment: "問診により", Sensitivity: clinical.Coded{Code: "AL", Text: "アレルギー", System: "HL70436"},
		Group: clinical.Coded{Text: "樹木"}, Reported: "20240501", Status: clinical.Coded{Code: "S", Text: "疑い", System: "HL70438"},
	}
	iam := "IAM|1|LA^花粉^HL70127|^スギ^||鼻炎~結膜炎|A||問診により|AL^アレルギー^HL70436|^樹木^||幼少期|20240501||||S^疑い^HL70438"
	penicillin := clinical.Allergy{Allergen: clinical.Coded{Text: "ペニシリン"}}
	tests := []struct {
		name   string
		lines  []string
		want   clinical.AllergyList
		stated []clinical.Allergy
		warned []string
	}{
		{"all that an entry says", []string{iam}, clinical.AllergyList{Entries: []clinical.Allergy{pollen}}, nil, nil},
		{"an entry that was a mistake", []string{strings.Replace(iam, "|S^疑い^", "|E^誤り^", 1)}, clinical.AllergyList{}, nil, []string{"segment 4 (IAM): withdrawn entry, left out"}},
		{"AL1 in the place of IAM", []string{"AL1|1||^ペニシリン^"}, clinical.AllergyList{Entries: []clinical.Allergy{penicillin}}, nil,
			[]string{"segment 4 (AL1): in the place of IAM segments, read as the list of allergies"}},
		{"AL1 beside a denial", []string{"IAM|1||^アレルギーなし^|||A", "AL1|1||^ペニシリン^"}, clinical.AllergyList{None: true}, []clinical.Allergy{penicillin}, nil},
		{"nothing", nil, clinical.AllergyList{}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, AllergyInformation, "ADT^A60^ADT_A60", append([]string{evn, pidLine}, tt.lines...)...)
			if diff := cmp.Diff(&tt.want, doc.Allergies); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.stated, doc.StatedAllergies); diff != "" {
				t.Errorf("stated (-want +got):\n%s", diff)
			}
			wantWarnings(t, doc, tt.warned...)
		})
	}
}

func TestCarriedOfDrugs(t *testing.T) {
	const (
		orc  = "ORC|NW|000000000000801||000000000000801_01_001|||||20240601"
		rxe  = "RXE||1^試験薬^HOT9|1||TAB^錠^MR9P"
		unit = "HON^本^MR9P"
	)
	tests := []struct {
		name, dataType, message string
		lines                   []string
		check                   func(clinical.Document) string
		want                    string
	}{
		{"urgent", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||1^朝^99U||||||S^至急^HL70485", "RXR|PO"},
			func(d clinical.Document) string { return d.Medications[0].Priority.Text }, "至急"},
		{"another amount in the evening", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1|1^TAB&錠&MR9P|1^朝食後^99U", "TQ1|2|2^TAB&錠&MR9P|2^夕食後^99U", "RXR|PO"},
			func(d clinical.Document) string { return joined(d.Medications[0].Instructions) }, "朝食後 1錠、夕食後 2錠"},
		{"another amount without a unit", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1|0.5|1^朝食後^99U", "RXR|PO"},
			func(d clinical.Document) string { return joined(d.Medications[0].Instructions) }, "朝食後 0.5錠、オーダの1回量 1錠"},
		{"as needed", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||PRNpain&疼痛時&MR9P|||10^TIME", "RXR|PO"},
			func(d clinical.Document) string { return fmt.Sprint(d.Medications[0].AsNeeded, d.Medications[0].Times) }, "true 10"},
		{"as needed, of HL7", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||PRNQ6H&必要時&HL70335", "RXR|PO"},
			func(d clinical.Document) string { return fmt.Sprint(d.Medications[0].AsNeeded) }, "true"},
		{"as needed, by its category", "OMP-01", "RDE^O11", []string{orc, rxe + "||||||||||||||||22^頓用^JHSP0003", "TQ1|1||1^１回^99U", "RXR|PO"},
			func(d clinical.Document) string { return fmt.Sprint(d.Medications[0].AsNeeded) }, "true"},
		{"external use", "OMP-01", "RDE^O11", []string{orc, rxe + "||||||||||||||||23^外用^JHSP0003", "TQ1|1||PRN^別の意味^99U", "RXR|PO"},
			func(d clinical.Document) string { return fmt.Sprint(d.Medications[0].AsNeeded) }, "false"},
		{"injection as needed", "OMP-02", "RDE^O11", []string{orc, rxe + "||||||||||||||||OTP^随時^JHSI0001", "RXR|IV"},
			func(d clinical.Document) string { return fmt.Sprint(d.Injections[0].AsNeeded) }, "true"},
		{"injection of a usage of the third digit 5", "OMP-02", "RDE^O11", []string{orc, rxe, "TQ1|1||3151000000000000&中心静脈&JAMISDP01", "RXR|IV"},
			func(d clinical.Document) string { return fmt.Sprint(d.Injections[0].AsNeeded) }, "false"},
		{"at hours", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||1^１日２回^99U|0800~2000", "RXR|PO"},
			func(d clinical.Document) string { return joined(d.Medications[0].Instructions) }, "１日２回 0800、2000"},
		{"how far apart and how long", "OMP-02", "RDE^O11", []string{orc, rxe, "TQ1|1||1^点滴^99U||8^h||||||||30^min", "RXR|IV"},
			func(d clinical.Document) string { return strings.Join(d.Injections[0].Comments, "/") }, "点滴 間隔 8h 1回の時間 30min"},
		{"device", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||1^朝^99U", "RXR|IH||^ネブライザ^"},
			func(d clinical.Document) string { return d.Medications[0].Device.Text }, "ネブライザ"},
		{"strength of what is mixed", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||1^朝^99U", "RXR|PO", "RXC|B|2^甲^HOT9|1|TAB|5|MG^mg^MR9P"},
			func(d clinical.Document) string {
				c := d.Medications[0].Components[0]
				return c.Strength + c.StrengthUnit.Text
			}, "5mg"},
		{"words on all orders, and the weight before them", "OMP-01", "RDE^O11", []string{"NTE|1||退院処方に注意", "OBX|1|NM|9N^体重^JC10||62||||||F", orc, rxe, "TQ1|1||1^朝^99U", "RXR|PO"},
			func(d clinical.Document) string {
				return strings.Join(d.Comments, "") + " " + d.Observations[0].Value
			}, "退院処方に注意 62"},
		{"trial", "OMP-01", "RDE^O11", []string{orc, rxe, "TQ1|1||1^朝^99U", "RXR|PO", "CTI|T-0001", orc, rxe, "TQ1|1||1^朝^99U", "RXR|PO", "CTI|T-0001"},
			func(d clinical.Document) string { return strings.Join(d.Trials, ",") }, "T-0001"},
		{"lot and reason of what was handed out", "OMP-11", "RAS^O17", []string{orc, "RXA|0|1|20240601|20240601|1^薬^HOT9|1|TAB||||||5|MG^mg^MR9P|L1~L2||||^発熱^|CP", "RXR|PO"},
			func(d clinical.Document) string {
				m := d.Medications[0]
				return m.Strength + m.StrengthUnit.Text + " " + m.Lot + " " + joined(m.Instructions)
			}, "5mg L1、L2 発熱"},
		{"urgent injection", "OMP-02", "RDE^O11", []string{orc, rxe, "TQ1|1||||||||A^緊急^HL70485", "RXR|IV"},
			func(d clinical.Document) string { return d.Injections[0].Priority.Text }, "緊急"},
		{"dose of a day, and all", "OMP-02", "RDE^O11", []string{orc, rxe + "|||||2|" + unit + "||||||||20^UNT&単位&MR9P||||||100|UNT^単位^MR9P", "RXR|SC"},
			func(d clinical.Document) string {
				i := d.Injections[0]
				return i.DailyDose + i.DailyUnit.Text + " " + i.Total + i.TotalUnit.Text + " " + i.Components[0].Strength + i.Components[0].StrengthUnit.Text
			}, "20単位 2本 100単位"},
		{"not all of it given", "OMP-12", "RAS^O17", []string{orc, rxe + "|||||2|" + unit + "||||||||20^UNT&単位&MR9P", "RXR|SC", "RXA|0|1|20240601|20240601|1^薬^HOT9|1|TAB||||||||L9||||^疼痛^|PA", "RXR|SC"},
			func(d clinical.Document) string {
				i := d.Injections[0]
				return i.Total + i.DailyDose + i.Components[0].Lot + " " + strings.Join(i.Comments, "")
			}, "L9 疼痛"},
		{"urgent diet", "OMD", "OMD^O03", []string{"NTE|1||食堂へ", orc, "TQ1|1||||||||S^至急^HL70485", "ODS|D||1^常食^99D"},
			func(d clinical.Document) string { return d.Diets[0].Priority.Text + strings.Join(d.Comments, "") }, "至急食堂へ"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := mustDocument(t, DataType(tt.dataType), tt.message, append([]string{pidLine}, tt.lines...)...)
			if got := tt.check(doc); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCircumstances(t *testing.T) {
	stat := clinical.Coded{Code: "S", Text: "至急", System: "HL70485"}
	haemolysed := []clinical.Coded{{Code: "HEM", Text: "溶血", System: "HL70493"}}
	const (
		orc  = "ORC|NW|000000000000801|||||||20240601"
		tq1  = "TQ1|1||||||202406011000||S^至急^HL70485||電話で"
		obx  = "OBX|1|NM|1^甲^JC10||1||||||F"
		bad  = spmLine + "|||||||HEM^溶血^HL70493"
		none = "-"
	)
	show := func(doc clinical.Document) string {
		var all []string
		for _, r := range doc.LabResults {
			c := r.Circumstances
			if c == nil {
				all = append(all, none)
				continue
			}
			all = append(all, strings.Join([]string{c.Priority.Text, string(c.Due), c.Purpose, c.Danger.Text, joined(c.State), joined(c.Rejected), strings.Join(r.PanelComments, "/")}, "|"))
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		name     string
		dataType DataType
		lines    []string
		want     string
	}{
		{"nothing", LabResult, []string{spmLine, obrLine, scLine, obx}, none},
		{"urgent order, the next is not", LabOrder, []string{spmLine, orc, tq1, obrLine, orc, obrLine}, "至急|202406011000|||||電話で " + none},
		{"urgent result, the next is not", LabResult, []string{spmLine, obrLine, scLine, tq1, obx, obrLine, scLine, obx}, "至急|202406011000|||||電話で " + none},
		{"urgency of one order with two panels", LabOrder, []string{spmLine, orc, tq1, obrLine, obrLine}, "至急|202406011000|||||電話で 至急|202406011000|||||電話で"},
		{"purpose and danger", LabOrder, []string{spmLine, orc, obrLine + "||||||||^感染症^|透析前"}, "||透析前|感染症|||"},
		{"specimen in a bad state, the next is not", LabResult, []string{bad, obrLine, scLine, obx, obrLine, scLine, obx, spmLine, obrLine, scLine, obx}, "||||溶血|| ||||溶血|| " + none},
		{"specimen refused", LabResult, []string{spmLine + "||||^量不足^", obrLine + "|||||||||||||||||||||X", scLine}, "|||||量不足|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			typ := dataTypes[tt.dataType]
			doc := mustDocument(t, tt.dataType, typ.message+"^"+typ.triggers[0], append([]string{pidLine}, tt.lines...)...)
			if got := show(doc); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	doc := labDocument(t, bad, obrLine, scLine, tq1, obx)
	if diff := cmp.Diff(&clinical.Circumstances{Priority: stat, Due: "202406011000", State: haemolysed}, doc.LabResults[0].Circumstances); diff != "" {
		t.Errorf("circumstances (-want +got):\n%s", diff)
	}
}

// A result that says nothing of its own state has that of its panel, and what is not
// normal is never shown as normal.
func TestLabStatusAndFlags(t *testing.T) {
	obx := func(flag, status string) string { return "OBX|1|NM|1^甲^JC10||1|||" + flag + "|||" + status }
	for _, tt := range []struct{ name, obr25, flag, status, want string }{
		{"preliminary panel", "P", "", "", "P "},
		{"corrected panel", "C", "", "", "C "},
		{"the result's own", "P", "", "F", "F "},
		{"of nothing", "", "", "", " "},
		{"a panel that was ordered says nothing of a result", "O", "", "", " "},
		{"normal, but abnormal", "F", "N~A", "F", "F A"},
		{"normal twice, but high", "F", "N~N~H", "F", "F H"},
		{"high and much changed", "F", "H~U", "F", "F H"},
		{"normal, nothing, but high", "F", "N~~H", "F", "F H"},
		{"high behind nothing", "F", "~H", "F", "F H"},
		{"normal to no end", "F", strings.Repeat("N~", maxRepetitions-100) + "H", "F", "F H"}, // minutes if each is looked for from the first on
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := labDocument(t, spmLine, obrLine+strings.Repeat("|", 21)+tt.obr25, scLine, obx(tt.flag, tt.status))
			if r := doc.LabResults[0]; r.Status+" "+r.Flag != tt.want {
				t.Errorf("got %q, want %q", r.Status+" "+r.Flag, tt.want)
			}
		})
	}
}

func TestCarriedOfExaminations(t *testing.T) {
	const orc = "ORC|NW|000000000000801|||||||20240601"
	doc := mustDocument(t, EndoscopyOrder, "OMG^O19", pidLine, "NTE|1||全体への注意", orc, "TQ1|1||1^３日毎^99U||||||S^至急^HL70485",
		"OBR|1|000000000000801||11^上部^LENDO|||20240601|||||||||"+doctor+strings.Repeat("|", 15)+"^貧血精査^", "SPM|1|||^組織^||||^胃前庭部^")
	e := doc.Examinations[0]
	got := strings.Join([]string{e.Priority.Text, e.Purpose, strings.Join(e.Comments, ""), joined(e.Specimen), joined(e.SpecimenSites), strings.Join(doc.Comments, ""), doc.Requester.Name}, "|")
	if want := "至急|貧血精査|３日毎|組織|胃前庭部|全体への注意|医師 一郎"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCarriedOfEncounters(t *testing.T) {
	doc := mustDocument(t, Admission, "ADT^A01", "EVN||20240601", pidLine, pv1(map[int]string{4: "E^緊急^HL70007", 17: doctor, 44: "20240601"}), "PV2|||^発熱^", "DG1|1||20058577^肺炎^MDCDX2", "DG1|2|||脱水", "DG1|3")
	e := doc.Encounter
	got := strings.Join([]string{e.Urgency.Text, e.Admitting.Name, e.Reason.Text, joined(e.Diagnoses)}, "|")
	if want := "緊急|医師 一郎|発熱|肺炎、脱水"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCarriedOfConditions(t *testing.T) {
	prb := func(outcome, since, more string) string {
		return "PRB|AD|20240601|20058577^肺癌^MDCDX2|1|||20240501|||C349^^I10||||" + outcome + "|" + since + "|20240420|||" + more
	}
	for _, tt := range []struct{ name, line, want string }{
		{"what the patient knows", prb("", "", "^ほぼ確実^||N^未告知^99K|^不良^||家族は告知済|R^制限^HL70177"), "ほぼ確実|不良|未告知|家族は告知済|制限|"},
		{"stopped since", prb("I^中止^JHSD0006", "20240530", ""), "|||||20240530"},
		{"goes on", prb("C^継続^JHSD0006", "20240530", ""), "|||||"},
		{"the facility's own outcome", prb("I^不明^99X", "20240530", ""), "|||||"},
		{"an outcome of another table", prb("I^不明^HL79999", "20240530", ""), "|||||"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustDocument(t, DiseaseList, "PPR^ZD1", pidLine, tt.line).Conditions[0]
			got := strings.Join([]string{c.Certainty.Label(), c.Prognosis.Label(), c.Awareness.Label(), c.FamilyAwareness, c.Sensitivity.Label(), string(c.End)}, "|")
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
