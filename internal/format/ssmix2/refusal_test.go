package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	refused := map[string]error{}
	refuseNames(refused)
	refuseDocuments(refused)
	refuseReceived(t, refused)
	refusaltest.Check(t, refused)
}

func refuseNames(refused map[string]error) {
	const folder, name = "000/001/0000012345/20240601/OMP-01/", "0000012345_20240601_OMP-01_1_20240601120000000_01_1"
	swap := func(old, new string) string { return folder + strings.Replace(name, old, new, 1) }
	for what, path := range map[string]string{
		"six fields":               folder + strings.TrimPrefix(name, "0000012345_"),
		"no care date":             swap("_20240601_", "__"),
		"no department":            swap("_01_", "__"),
		"no order number":          swap("_1_", "__"),
		"no data type":             swap("_OMP-01_", "__"),
		"the 31st of June":         swap("_20240601_", "_20240631_"),
		"a short time stamp":       swap("_20240601120000000_", "_20240601_"),
		"the 25th hour of June 31": swap("_20240601120000000_", "_20240631250000000_"),
		"flag 3":                   strings.TrimSuffix(folder+name, "1") + "3",
		"a control character":      swap("_01_", "_\n_"),
		"five parts":               strings.TrimPrefix(folder, "000/") + name,
		"another patient's folder": strings.Replace(folder, "0000012345", "0000012346", 1) + name,
		"another date's folder":    strings.Replace(folder, "20240601", "20240602", 1) + name,
		"another type's folder":    strings.Replace(folder, "OMP-01", "OMP-02", 1) + name,
		"another place":            strings.Replace(folder, "000/001", "000/002", 1) + name,
	} {
		_, refused["name: "+what] = ParsePath(path)
	}
	_, refused["name: a short id"] = PatientFolder("12345")
	_, refused["name: an id that is a path"] = PatientFolder("../../etc")
	_, refused["name: an underscore"] = named("0000012345", "20240601", "OMP-01", "1_2", "20240601120000000", "01", Current).Path()
}

func refuseDocuments(refused map[string]error) {
	const pid, orc, obr, rxr = "\rPID|||0000012345", "\rORC|NW|1|||||||20240601", "\rOBR|1|1||9A110^ECG^JC10|||20240601", "\rRXR|PO"
	const head = `MSH|^~\&|H|T|G|E|20240601||`
	msh := func(kind string) string { return head + kind + "|1|P|2.5||||||~ISO IR87" }
	rde, omg, omd, omi := msh("RDE^O11"), msh("OMG^O19"), msh("OMD^O03"), msh("OMI^Z23")
	var studies strings.Builder
	for i := range maxStudies + 2 {
		fmt.Fprintf(&studies, "\rIPC|A||1.2.%d||CT", i)
	}
	rxe := "\rRXE||1^A^HOT9|1||TAB"
	for what, tc := range map[string]struct {
		dataType DataType
		body     string
	}{
		"an unknown type":                       {"OML-12", rde + "\r"},
		"repetitions":                           {PrescriptionOrder, rde + pid + orc + "\rNTE|1||" + strings.Repeat("~", maxRepetitions+1) + "\r"},
		"cut in a character":                    {PrescriptionOrder, rde + "\rPID|||0000012345||\x1b$B;n"},
		"cut in a name":                         {PrescriptionOrder, rde + pid + "\rO"},
		"cut before the sex":                    {PrescriptionOrder, rde + pid},
		"cut in an examination":                 {ImagingOrder, omg + pid + orc + "\rOBR|1|1||9A1"},
		"cut before the visit's time":           {Admission, msh("ADT^A01") + pid + "||A||1976|F\rPV1||I"},
		"no message type":                       {PrescriptionOrder, msh("") + pid + "\r"},
		"another message":                       {PrescriptionOrder, omg + pid + "\r"},
		"another trigger":                       {Admission, msh("ADT^A03") + pid + "\r"},
		"no PID":                                {PrescriptionOrder, rde + orc + "\r"},
		"no ORC":                                {PrescriptionOrder, rde + pid + "\r"},
		"no drug behind an order":               {PrescriptionOrder, rde + pid + orc + "\r"},
		"no drugs behind an injection":          {InjectionOrder, rde + pid + orc + "\r"},
		"nothing given":                         {PrescriptionDone, msh("RAS^O17") + pid + orc + "\r"},
		"no diet behind an order":               {DietOrder, omd + pid + orc + "\r"},
		"no examination behind an order":        {ImagingOrder, omg + pid + orc + obr + orc + "\r"},
		"a kind of injection only":              {InjectionOrder, rde + pid + orc + "\rRXE||00^X^99I02|1||ML" + rxr + "\r"},
		"a kind of injection given":             {InjectionDone, msh("RAS^O17") + pid + orc + "\rRXE||00^X^99I02|1||ML\rRXA|0|1|20240601||00^X^99I02|1|ML" + rxr + "\r"},
		"a drug without an order":               {PrescriptionOrder, rde + pid + rxe + orc + "\r"},
		"a diet without an order":               {DietOrder, omd + pid + "\rODS|D||1^A^99D" + orc + "\r"},
		"another patient":                       {PrescriptionOrder, rde + "\rPID|||0000012346\r"},
		"two patients":                          {PrescriptionOrder, rde + pid + pid + "\r"},
		"no patient id":                         {PrescriptionOrder, rde + "\rPID|||1^^^^SS\r"},
		"another person":                        {PrescriptionOrder, rde + pid + "||OTHER^TARO||19900101|M" + orc + rxe + rxr + "\r"},
		"nobody":                                {PatientDemographics, msh("ADT^A08") + pid + "\r"},
		"no drug":                               {PrescriptionOrder, rde + pid + orc + "\rRXE|||1||TAB" + rxr + "\r"},
		"no component":                          {InjectionOrder, rde + pid + orc + rxe + rxr + "\rRXC|B\r"},
		"no drug given":                         {PrescriptionDone, msh("RAS^O17") + pid + orc + "\rRXA|0|1|20240601" + rxr + "\r"},
		"no injection":                          {InjectionOrder, rde + pid + orc + "\rRXE|||1||TAB" + rxr + "\r"},
		"no test":                               {LabResult, msh("OUL^R22") + pid + obr + "\rOBX|1|NM|||1||||||F\r"},
		"no examination":                        {ImagingOrder, omg + pid + orc + "\rOBR|1|1\r"},
		"no procedure":                          {ImagingDone, omi + pid + orc + obr + "\rZE1|1|RS\r"},
		"no diet":                               {DietOrder, omd + pid + orc + "\rODS|D\r"},
		"no tray":                               {DietOrder, omd + pid + orc + "\rODT|\r"},
		"no disease":                            {DiseaseList, msh("PPR^ZD1") + pid + "\rPRB|AD|20240601\r"},
		"no disease, in an older form":          {DiseaseList, msh("ADT^A08") + pid + "\rDG1|1\r"},
		"no list of diseases":                   {DiseaseList, msh("PPR^ZD1") + pid + "\r"},
		"no allergen":                           {AllergyInformation, msh("ADT^A60") + pid + "\rIAM|1\r"},
		"too many studies":                      {ImagingDone, omi + pid + orc + obr + studies.String() + "\r"},
		"a deletion that is current":            {PatientDemographics, msh("ADT^A23") + pid + "\r"},
		"a cancelled order that is current":     {PrescriptionOrder, rde + pid + strings.Replace(orc, "NW", "CA", 1) + rxe + rxr + "\r"},
		"a cancelled diet that is current":      {DietOrder, omd + pid + strings.Replace(orc, "NW", "CA", 1) + "\rODS|D||1^A^99D\r"},
		"a cancelled X-ray that is current":     {ImagingOrder, omg + pid + strings.Replace(orc, "NW", "CA", 1) + obr + "\r"},
		"a cancelled result that is current":    {LabResult, msh("OUL^R22") + pid + strings.Replace(orc, "NW", "CA", 1) + obr + "\rOBX|1|NM|1^A^JC10||1||||||F\r"},
		"too much in common":                    {PrescriptionDone, msh("RAS^O17") + pid + orc + "\rTQ1|1||||||||||" + strings.Repeat("a", maxShared/2) + strings.Repeat("\rRXA|0|1|20240601|20240601|1^A^HOT9|1", 3) + rxr + "\r"},
		"a character of no set":                 {PrescriptionOrder, rde + pid + orc + "\rRXE||1^\x1b(ZA^HOT9|1||TAB" + rxr + "\r"},
		"a character of no set in the kana":     {PatientDemographics, msh("ADT^A08") + pid + "||A^B^^^^^L^I~\x1b$B)!\x1b(B^C^^^^^L^P||19760101|F\r"},
		"a character of no set in measurements": {"", msh("ORU^R30") + pid + obr + "\rOBX|1|ST|1^A^JC10||\x1b$B)!\x1b(B||||||F\r"},
	} {
		if tc.dataType == "" {
			_, refused[what] = ReadVitals("0000012345", []byte(tc.body))
			continue
		}
		name := named("0000012345", "20240601", string(tc.dataType), "1", "20240601120000000", "01", Current)
		_, refused[what] = ReadDocumentOf(name, []byte(tc.body), clinical.Holder{Record: &clinical.Demographics{Name: "MIZUHIKI HANAKO", BirthDate: "1976-01-01"}})
	}
	refusePersons(refused)
	_, refused["no segment"] = ReadMessage(named("0000012345", "20240601", "OMD", "1", "20240601120000000", "01", Current), &hl7v2.Message{})
}

func refusePersons(refused map[string]error) {
	const head = "MSH|^~\\&|H|T|G|E|20240601||OMD^O03|1|P|2.5||||||UNICODE UTF-8\rPID|||0000012345||"
	record := &clinical.Demographics{Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	for what, tc := range map[string]struct {
		pid     string
		doubted bool
	}{
		"another name":                  {"水引^太郎^^^^^L^I", false},
		"another sex and given name":    {"試験^太郎^^^^^L^I||19760101|M", false},
		"nobody's, of a doubted number": {"", true},
	} {
		name := named("0000012345", "20240601", "OMD", "1", "20240601120000000", "01", Current)
		_, refused["person: "+what] = ReadDocumentOf(name, []byte(head+tc.pid+"\rORC|NW|1|||||||20240601\rODS|D||1^A^99D\r"), clinical.Holder{Record: record, Doubted: tc.doubted})
	}
}

func refuseReceived(t *testing.T, refused map[string]error) {
	const pid, orc, diet, rxo = "PID|||0000012345", "ORC|NW|1|||||||20240601", "ODS|D||1^A^99D", "RXO|1^A^99X|1||KO"
	for what, lines := range map[string][]string{
		"no message type":             {"", pid},
		"a merge":                     {"ADT^A40", pid},
		"no PID":                      {"OMD^O03", orc, diet},
		"two patients":                {"OMD^O03", pid, orc, diet, pid},
		"two ids":                     {"OMD^O03", "PID|||1^^^^PI~2^^^^PI", orc, diet},
		"no id":                       {"OMD^O03", "PID|||1^^^^SS", orc, diet},
		"no care date":                {"OMD^O03", pid, "ORC|XO|1", diet},
		"no day":                      {"OMD^O03", pid, "ORC|NW|1|||||||202406", diet},
		"no segment of the care date": {"ADT^A14", pid},
		"no order number":             {"OMD^O03", pid, "ORC|NW||||||||20240601", diet},
		"no order number in results":  {"OUL^R22", pid, "OBR|1|||1^A^JC10|||20240601"},
		"neither ORC nor OBR":         {"OUL^R22", pid, "SPM|1||||||||||||||||20240601"},
		"two orders":                  {"OMD^O03", pid, orc, diet, "ORC|NW|2|||||||20240601", diet},
		"drugs without an order":      {"RDE^O11", pid},
		"drugs partly given":          {"OMP^O09", pid, "ORC|SC|1|||CM||||20240601", rxo, orc, rxo},
		"drugs of no kind":            {"RDE^O11", pid, orc, "RXE||1^A^99X|1||KO"},
		"no examination":              {"OMG^O19", pid, orc},
		"an examination of no kind":   {"OMG^O19", pid, orc, "OBR|1|1||X^A^99X"},
		"an ECG as images":            {"OMI^Z23", pid, orc, "OBR|1|1||9A110^A^JC10|||20240601"},
		"an ECG by its modality":      {"OMI^Z23", pid, orc, "OBR|1|1||X^A^99X|||20240601", "IPC|A||1.2||ECG"},
		"an id that is a path":        {"OMD^O03", "PID|||../../etc", orc, diet},
	} {
		_, refused["received: "+what] = NameOf(parsed(t, lines[0], lines[1:]...), received)
	}
}
