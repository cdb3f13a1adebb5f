package ssmix2

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
)

var update = flag.Bool("update", false, "write the golden files")

// storageFile is one file below the root of a storage.
type storageFile struct {
	path string
	name Name
	body []byte
}

func readStorage(t testing.TB, root string) []storageFile {
	t.Helper()
	var files []storageFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		below = filepath.ToSlash(below)
		if !strings.Contains(below, "/") || strings.HasPrefix(below, "source-csv/") {
			return nil // a licence or the like beside the storage
		}
		name, err := ParsePath(below)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		files = append(files, storageFile{below, name, body})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no files in %s", root)
	}
	return files
}

// TestSelfMadeStorage compares the decoded storage with what was once looked at and
// found right; TestMeaning says the same where it matters in so many words.
func TestSelfMadeStorage(t *testing.T) {
	for _, f := range readStorage(t, "testdata/storage") {
		t.Run(f.name.String(), func(t *testing.T) {
			doc, err := ReadDocument(f.name, f.body)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", "golden", f.name.String()+".json"), doc)
		})
	}
}

func TestCurrentFilesOfSelfMadeStorage(t *testing.T) {
	var names []Name
	for _, f := range readStorage(t, "testdata/storage") {
		names = append(names, f.name)
	}
	var got []string
	for _, v := range Resolve(names) {
		got = append(got, string(v.State)+" "+string(v.Name.DataType)+" "+v.Name.OrderNo+" "+v.Name.Timestamp)
	}
	want := []string{
		"current ADT-00 999999999999999 20240601090000000",
		"current PPR-01 999999999999999 20240601100000000",
		"current ADT-12 999999999999999 20240601090500000",
		"current OML-11 000000000000900 20240601123000000",
		"current OMP-01 000000000000777 20240601103000000",
		"deleted OMP-01 000000000000778 20240601113000000",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// currentDocument reads the current document of a type; there must be one.
func currentDocument(t *testing.T, files []storageFile, dataType DataType) clinical.Document {
	t.Helper()
	for _, f := range files {
		if f.name.DataType == dataType && f.name.Flag == Current {
			doc, err := ReadDocument(f.name, f.body)
			if err != nil {
				t.Fatalf("%s: %v", f.path, err)
			}
			return doc
		}
	}
	t.Fatalf("no current %s", dataType)
	return clinical.Document{}
}

func TestMeaningOfPrescription(t *testing.T) {
	doc := currentDocument(t, readStorage(t, "testdata/storage"), PrescriptionOrder)
	categories := []clinical.Coded{{Code: "OHP", Text: "外来処方", System: "MR9P"}, {Code: "OHO", Text: "院外処方", System: "MR9P"}}
	tablet := clinical.Coded{Code: "TAB", Text: "錠", System: "MR9P"}
	want := clinical.Document{
		Kind: clinical.KindPrescription, PatientID: "0000012345", DataType: "OMP-01", Date: "20240601",
		OrderNo: "000000000000777", Timestamp: "20240601103000000", Department: "01", MessageType: "RDE^O11^RDE_O11",
		Requester: &clinical.Staff{ID: "110", Name: "医師 一郎"},
		Medications: []clinical.Medication{
			{
				RP: "01", Drug: clinical.Coded{Code: "108665201", Text: "ダーゼン錠（５mg)", System: "HOT9"},
				Dose: "1", DoseUnit: tablet, DailyDose: "3", DailyUnit: tablet, Total: "21", TotalUnit: tablet,
				Form:  clinical.Coded{Code: "TAB", Text: "錠剤", System: "MR9P"},
				Usage: []clinical.Coded{{Code: "1013044400000000", Text: "内服・経口・１日３回朝昼夕食後", System: "JAMISDP01"}},
				Days:  7, Start: "20240601", Route: clinical.Coded{Code: "PO", Text: "口", System: "HL70162"}, Categories: categories,
			},
			{
				RP: "02", Drug: clinical.Coded{LocalCode: "620002559", LocalText: "試験軟膏", LocalSystem: "99XYZ"},
				Total: "2", TotalUnit: clinical.Coded{Code: "HON", Text: "本", System: "MR9P"},
				Form:  clinical.Coded{Code: "OIT", Text: "軟膏", System: "MR9P"},
				Usage: []clinical.Coded{{Code: "2B73000000000000", Text: "外用・塗布・１日３回", System: "JAMISDP01"}},
				Start: "20240601", Route: clinical.Coded{Code: "TP", Text: "局所", System: "HL70162"}, Categories: categories,
			},
		},
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("prescription (-want +got):\n%s", diff)
	}
}

func TestMeaningOfLabResults(t *testing.T) {
	doc := currentDocument(t, readStorage(t, "testdata/storage"), LabResult)
	var got []string
	for _, l := range doc.LabResults {
		got = append(got, strings.Join([]string{l.Test.Label(), l.ValueType, l.Value, l.Coded.Label(), l.Unit.Value().Code, l.Range, l.Flag, l.Status, string(l.Collected), l.Specimen.Text, l.Panel.LocalText}, "|"))
	}
	want := []string{
		"総蛋白|NM|7.2||g/dL|6.7-8.3|N|F|202406010930|血清|生化学的検査",
		"ＣＲＰ定量|NM|10.0||mg/dL|0.00-0.30|H|F|202406010930|血清|生化学的検査",
		"ＨＢｓ抗原|ST|<0.05||IU/mL||N|F|202406010930|血清|生化学的検査",
		"コメント|CWE||溶血あり||||F|202406010930|血清|生化学的検査",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if got := doc.LabResults[0].Test; got.LocalCode != "10222" || got.LocalText != "ＴＰ" || got.System != "JC10" {
		t.Errorf("first test = %+v", got)
	}
}

func TestMeaningOfDemographicsAndDiseases(t *testing.T) {
	files := readStorage(t, "testdata/storage")
	doc := currentDocument(t, files, PatientDemographics)
	want := &clinical.Demographics{
		Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female,
		Postcode: "100-0001", Address: "東京都千代田区新住所町２－２", Phone: "099-000-0000",
	}
	if diff := cmp.Diff(want, doc.Demographics); diff != "" {
		t.Errorf("demographics (-want +got):\n%s", diff)
	}
	if a := doc.Allergies; a == nil || a.None || len(a.Entries) != 1 || a.Entries[0].Allergen.Label() != "ペニシリン" || a.Entries[0].Type.Code != "DA" {
		t.Errorf("allergies = %+v, want penicillin", a)
	}
	var got []string
	for _, c := range currentDocument(t, files, DiseaseList).Conditions {
		got = append(got, strings.Join([]string{c.Disease.Code, c.Disease.Text, c.ICD10, string(c.Start), map[bool]string{true: "suspected"}[c.Suspected]}, "|"))
	}
	if diff := cmp.Diff([]string{"20058577|急性肺炎|J189|20240601|suspected", "20054174|胃炎|K297|20230101|"}, got); diff != "" {
		t.Errorf("diseases (-want +got):\n%s", diff)
	}
	e := currentDocument(t, files, OutpatientReception).Encounter
	if e.Event != clinical.EventReception || e.Class != "O" || e.Department != "01" || e.Start != "20240601090500" || e.Ward != "" || e.Attending.Name != "医師 一郎" {
		t.Errorf("encounter = %+v", e)
	}
}

// TestOtherWriter reads what ssmixtwins writes: LF, no last terminator, kanji names
// one caret short, A01 where A04 is due, order numbers where there are no orders.
func TestOtherWriter(t *testing.T) {
	files := readStorage(t, sampletest.Path(t, "ssmix2/ssmixtwins-generated"))
	seen := map[DataType]int{}
	for _, f := range files {
		doc, err := ReadDocument(f.name, f.body)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		seen[f.name.DataType]++
		var want []string
		if f.name.DataType == OutpatientReception {
			want = []string{"segment 1 (MSH), field 9: trigger event is not A04, read as the data type says"}
		}
		if diff := cmp.Diff(want, doc.Warnings); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", f.path, diff)
		}
	}
	want := map[DataType]int{"ADT-00": 2, "ADT-12": 3, "ADT-22": 1, "ADT-52": 1, "PPR-01": 2, "OMP-01": 3, "OMP-02": 1, "OML-11": 4}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("types read (-want +got):\n%s", diff)
	}

	woman := slices.DeleteFunc(slices.Clone(files), func(f storageFile) bool { return f.name.PatientID != "9000014000" })
	if d := currentDocument(t, woman, PatientDemographics).Demographics; d.Name != "仮渡邉 花子" || d.Kana != "カリワタナベ ハナコ" || d.BirthDate != "1976-01-01" {
		t.Errorf("demographics = %+v", d)
	}
	inj := currentDocument(t, woman, InjectionOrder).Injections
	if len(inj) != 1 || inj[0].Volume != "1010" || len(inj[0].Components) != 2 || !inj[0].Components[0].Additive || inj[0].Components[1].Additive ||
		inj[0].Components[0].Drug.System != "HOT13" || inj[0].Start != "202401010106" || inj[0].Route.Code != "IV" || inj[0].RP != "01" {
		t.Errorf("injections = %+v", inj)
	}
	if m := currentDocument(t, woman, PrescriptionOrder).Medications; len(m) != 1 || m[0].Times != 6 || m[0].Days != 6 || m[0].Usage[0].LocalSystem != "99xyz" {
		t.Errorf("medications = %+v", m)
	}
	if e := currentDocument(t, woman, Admission).Encounter; e.Ward != "11A" || e.Room != "1" || e.Bed != "4" || e.Start != "20240101151700" || e.Event != clinical.EventAdmission {
		t.Errorf("admission = %+v", e)
	}
	if e := currentDocument(t, woman, Discharge).Encounter; e.End != "20240103093000" || e.Disposition != "01" {
		t.Errorf("discharge = %+v", e)
	}
	values := map[string]bool{}
	for _, f := range woman {
		if f.name.DataType == LabResult {
			doc, err := ReadDocument(f.name, f.body)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range doc.LabResults {
				values[l.Test.Text+" "+l.Value] = true
			}
		}
	}
	for _, want := range []string{"白血球数 12300", "赤血球数 500×10^4", "C反応性蛋白(CRP)定量 10.0", "白血球数 9000", "C反応性蛋白(CRP)定量 8.0"} {
		if !values[want] {
			t.Errorf("no result %q among %v", want, values)
		}
	}
}

func TestRefusedFilesAreLocated(t *testing.T) {
	files := readStorage(t, "testdata/storage")
	find := func(dataType DataType) storageFile {
		for _, f := range files {
			if f.name.DataType == dataType && f.name.Flag == Current {
				return f
			}
		}
		t.Fatalf("no %s", dataType)
		return storageFile{}
	}
	swap := func(f storageFile, old, new string) storageFile {
		if !strings.Contains(string(f.body), old) {
			t.Fatalf("%s has no %q", f.path, old)
		}
		f.body = []byte(strings.ReplaceAll(string(f.body), old, new))
		return f
	}
	encoded := func(text string) string { b, _ := jis.Encode(text); return string(b) }
	cutBefore := func(f storageFile, mark string) storageFile {
		i := strings.Index(string(f.body), mark)
		if i < 0 {
			t.Fatalf("%s has no %q", f.path, mark)
		}
		f.body = f.body[:i]
		return f
	}
	as := func(f storageFile, dataType DataType) storageFile { f.name.DataType = dataType; return f }
	cutBehind := func(end string) storageFile {
		return storageFile{name: named("0000012345", "20240601", "OMP-02", "000000000000801", "20240601120000000", "01", Current),
			body: []byte(encoded(`MSH|^~\&|H|T|G|E|20240601||RDE^O11|1|P|2.5||||||~ISO IR87` + "\rPID|||0000012345\rORC|NW|000000000000801\rRXE||00^一般^99I02|510||ML^mL^MR9P\rRXR|IV^静脈内^HL70162\r" + end))}
	}
	zeroed := func(f storageFile) storageFile {
		f.body = append(slices.Clone(f.body), make([]byte, 60)...)
		return f
	}
	rx, lab, ppr, adt, demo := find(PrescriptionOrder), find(LabResult), find(DiseaseList), find(OutpatientReception), find(PatientDemographics)

	tests := []struct {
		name string
		file storageFile
		want string
		is   error
	}{
		{"unknown type", as(lab, "OML-12"), `data type "OML-12": unknown data type`, ErrUnknownType},
		{"empty file", storageFile{name: lab.name}, "empty message", nil},
		{"not HL7", storageFile{name: lab.name, body: []byte("%PDF-1.4")}, "segment 1: message does not begin with MSH", nil},
		{"wrong patient", swap(lab, "||0000012345^", "||0000012346^"), "segment 2 (PID), field 3: belongs to another patient", ErrWrongPatient},
		{"leading zeros matter", swap(lab, "||0000012345^", "||12345^"), "segment 2 (PID), field 3: belongs to another patient", ErrWrongPatient},
		{"another number of ours beside", swap(lab, "||0000012345^^^^PI|", "||0000012345^^^^PI~777^^^^PI|"), "segment 2 (PID), field 3: belongs to another patient", ErrWrongPatient},
		{"no patient id", swap(lab, "||0000012345^^^^PI|", "|||"), "segment 2 (PID), field 3: no patient id", nil},
		{"identifier of another kind only", swap(lab, "||0000012345^^^^PI|", "||0000012345^^^^SS|"), "segment 2 (PID), field 3: no patient id", nil},
		{"two patients", swap(lab, "\rPV1|", "\rPID|2||0000012345\rPV1|"), "segment 3 (PID): belongs to another patient", ErrWrongPatient},
		{"message of another type", as(lab, PrescriptionOrder), "segment 1 (MSH), field 9: message is no RDE, which the data type wants", nil},
		{"trigger of another type", as(adt, Discharge), "segment 1 (MSH), field 9: trigger event is not A03, which the data type wants", nil},
		{"cancellation flagged current", swap(demo, "ADT^A08^ADT_A01", "ADT^A23^ADT_A21"), "segment 1 (MSH), field 9: cancellation in a file that is flagged current", ErrCancelled},
		{"cancelled order flagged current", swap(rx, "ORC|NW", "ORC|CA"), "segment 4 (ORC), field 1: cancellation in a file that is flagged current", ErrCancelled},
		{"cancelled result flagged current", swap(lab, "ORC|SC", "ORC|CA"), "segment 6 (ORC), field 1: cancellation in a file that is flagged current", ErrCancelled},
		{"cut in MSH", cutBefore(lab, "|2.5|"), "segment 1 (MSH): the message was cut before field 12", ErrCut},
		{"cut in the patient's name", cutBefore(lab, "\x1b(B^\x1b"), "segment 2 (PID): the message was cut inside a character", ErrCut},
		{"cut behind PID", cutBefore(lab, "\rPV1|"), "segment 2 (PID): no OBR segment: the message was cut", ErrCut},
		{"cut before the first result", cutBefore(lab, "\rOBX|1"), "segment 6 (ORC): no OBX segment: the message was cut", ErrCut},
		{"cut in a result", cutBefore(lab, "|IU/mL^"), "segment 9 (OBX): the message was cut before field 11", ErrCut},
		{"zeros for the rest of a result", zeroed(cutBefore(lab, "|IU/mL^")), "segment 9 (OBX): the message was cut: nothing but 60 zeros behind it", ErrCut},
		{"zeros for the rest of a drug", zeroed(cutBefore(rx, "|TAB^")), "segment 5 (RXE): the message was cut: nothing but 60 zeros behind it", ErrCut},
		{"cut in a segment's name", cutBefore(lab, "X|3|"), "segment 8 (OBX): the message was cut inside the name of the segment behind it", ErrCut},
		{"cut behind an order", cutBefore(rx, "\rRXE||620002559"), "segment 8 (ORC): no RXR segment: the message was cut", ErrCut},
		{"cut between drug and usage", cutBefore(rx, "\rTQ1|1||2B73"), "segment 9 (RXE): no RXR segment: the message was cut", ErrCut},
		{"cut before the visit's time", cutBefore(adt, strings.Repeat("|", 34)+"20240601090500\r"), "segment 4 (PV1): the message was cut before field 44", ErrCut},
		{"no disease at all", swap(ppr, "PRB|", "ZZZ|"), "segment 8 (ORC): no PRB segment: the message was cut", ErrCut},
		{"drug without name or code", swap(rx, encoded("|620002559^試験軟膏^99XYZ|"), "||"), "segment 9 (RXE), field 2: no drug", nil},
		{"test without name or code", swap(lab, encoded("|3A010000002327101^総蛋白^JC10^10222^ＴＰ^99X03|"), "||"), "segment 7 (OBX), field 3: no test", nil},
		{"kind of injection without drugs", storageFile{name: named("0000012345", "20240601", "OMP-02", "000000000000801", "20240601120000000", "01", Current), body: []byte(`MSH|^~\&|H|T|G|E|20240601||RDE^O11|1|P|2.5` + "\rPID|||0000012345\rORC|NW|000000000000801\rRXE||00^x^99I02|510||ML\rRXR|IV\r")},
			"segment 4 (RXE): no RXC segment behind it, which has the drugs: the message was cut", ErrCut},
		{"cut in the unit of a component", cutBehind("RXC|B|1^輸液^HOT9|1|M"), "segment 6 (RXC): the message was cut inside field 4", ErrCut},
		{"cut in the strength of a component", cutBehind("RXC|B|1^輸液^HOT9|1|ML^mL^MR9P|1"), "segment 6 (RXC): the message was cut inside field 5", ErrCut},
		{"cut in the site", cutBehind("RXC|B|1^輸液^HOT9|1|ML^mL^MR9P\rRXR|IV^静脈内^HL70162|L"), "segment 7 (RXR): the message was cut inside field 2", ErrCut},
		{"drug without an order", swap(rx, "\rORC|NW", "\rZZZ|NW"), "segment 11 (RXR): no ORC segment: the message was cut", ErrCut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := ReadDocument(tt.file.name, tt.file.body)
			if err == nil {
				t.Fatalf("read %+v, want error %q", doc, tt.want)
			}
			if err.Error() != tt.want {
				t.Errorf("error = %q, want %q", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is not %v", tt.is)
			}
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("kind = %q, want %q", fault.KindOf(err), fault.Invalid)
			}
			if diff := cmp.Diff(clinical.Document{}, doc); diff != "" {
				t.Errorf("a refused file gave a document:\n%s", diff)
			}
		})
	}
}

func TestReadMessage_ofNothing(t *testing.T) {
	_, err := ReadMessage(named("0000012345", "20240601", "OMD", "1", "20240601120000000", "01", Current), &hl7v2.Message{})
	if err == nil || err.Error() != "message without segments" || !fault.Is(err, fault.Invalid) {
		t.Errorf("error = %v", err)
	}
	if n, err := NameOf(&hl7v2.Message{}, received); err == nil {
		t.Errorf("a message without segments is named %s", n)
	}
}

// TestEveryCutIsNoticedOrHarmless cuts each file at every byte. What is still read
// must say nothing that the whole does not say.
func TestEveryCutIsNoticedOrHarmless(t *testing.T) {
	for _, f := range append(readStorage(t, "testdata/storage"), messages(t)...) {
		whole, err := ReadDocument(f.name, f.body)
		if err != nil {
			t.Fatal(err)
		}
		for end := range f.body {
			doc, err := ReadDocument(f.name, f.body[:end])
			if err != nil {
				continue
			}
			if what := saysMore(whole, doc); what != "" {
				t.Fatalf("%s cut at %d: %s", f.path, end, what)
			}
		}
	}
}

// sameWords reports whether two coded entries read the same; the system of one may be cut.
func sameWords(a, b clinical.Coded) bool {
	return a.Label() == b.Label() && a.Code+a.LocalCode == b.Code+b.LocalCode
}

// saysMore tells what a cut document says that the whole does not, empty if nothing.
func saysMore(whole, doc clinical.Document) string {
	for i, m := range doc.Medications {
		if w := whole.Medications[i]; m.Drug != w.Drug || m.Dose != w.Dose || m.DoseMax != w.DoseMax || m.Total != w.Total {
			return fmt.Sprintf("medication %d reads %+v", i, m)
		}
	}
	for i, m := range doc.Injections {
		if w := whole.Injections[i]; m.Volume != w.Volume || m.Rate != w.Rate || !sameWords(m.Route, w.Route) {
			return fmt.Sprintf("injection %d reads %+v", i, m)
		}
	}
	for i, c := range doc.Conditions {
		if w := whole.Conditions[i]; c.Disease != w.Disease || c.Suspected != w.Suspected || c.ICD10 != w.ICD10 {
			return fmt.Sprintf("disease %d reads %+v", i, c)
		}
	}
	for i, l := range doc.LabResults {
		w := whole.LabResults[i]
		same := l.Test.Value() == w.Test.Value() || l.Ordered && l.Test.Code == w.Test.Code && l.Test.Text == w.Test.Text // as of [sameWords]
		if !same || l.Value != w.Value || l.Unit.Value() != w.Unit.Value() || l.Range != w.Range || l.Organism.Value() != w.Organism.Value() {
			return fmt.Sprintf("result %d reads %+v", i, l)
		}
	}
	for i, e := range doc.Examinations {
		w := whole.Examinations[i]
		if !sameWords(e.Name, w.Name) || e.Status != w.Status && e.Status != "" {
			return fmt.Sprintf("examination %d reads %+v", i, e)
		}
		for n, f := range e.Findings {
			if f.Test.Value() != w.Findings[n].Test.Value() || f.Value != w.Findings[n].Value {
				return fmt.Sprintf("finding %d reads %+v", n, f)
			}
		}
		for n, p := range e.Items {
			if !sameWords(p.Procedure, w.Items[n].Procedure) || p.Planned != w.Items[n].Planned {
				return fmt.Sprintf("procedure %d reads %+v", n, p)
			}
		}
	}
	for i, d := range doc.Diets {
		if w := whole.Diets[i]; d.Type != w.Type || !slices.EqualFunc(d.Diets, w.Diets[:min(len(d.Diets), len(w.Diets))], sameWords) || !sameWords(d.Tray, w.Tray) {
			return fmt.Sprintf("diet %d reads %+v", i, d)
		}
	}
	return ""
}

func BenchmarkReadDocument(b *testing.B) {
	files := readStorage(b, "testdata/storage")
	for b.Loop() {
		for _, f := range files {
			if _, err := ReadDocument(f.name, f.body); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(files)), "us/file")
}

func FuzzReadDocument(f *testing.F) {
	types := make([]DataType, 0, len(dataTypes))
	for dt := range dataTypes {
		types = append(types, dt)
	}
	slices.Sort(types)
	for _, file := range append(readStorage(f, "testdata/storage"), messages(f)...) {
		i, _ := slices.BinarySearch(types, file.name.DataType)
		f.Add(uint8(i), uint8(file.name.Flag), file.body)
	}
	f.Fuzz(func(t *testing.T, typ, flag uint8, body []byte) {
		name := Name{
			Key:       Key{PatientID: "0000012345", CareDate: "20240601", DataType: types[int(typ)%len(types)], OrderNo: "000000000000777"},
			Timestamp: "20240601103000000", Department: "01", Flag: Flag('0' + flag%3),
		}
		if name.DataType.Undated() {
			name.CareDate = ""
		}
		doc, err := ReadDocument(name, body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("kind %q of %v", fault.KindOf(err), err)
			}
			return
		}
		if doc.PatientID != name.PatientID || doc.Kind != name.DataType.Kind() {
			t.Fatalf("document of %q, kind %q", doc.PatientID, doc.Kind)
		}
		if _, err := json.Marshal(doc); err != nil {
			t.Fatalf("document has no JSON form: %v", err)
		}
	})
}
