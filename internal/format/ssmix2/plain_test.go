package ssmix2

import (
	"fmt"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// Why an order ended (ORC-16), such as a side effect, stands with it, of whatever kind it is;
// a reason of what stands as it was ordered changes nothing.
func TestReasonOfWhatEnded(t *testing.T) {
	for what, want := range map[string]string{
		"DC|": "中止理由：発疹のため", "HD|": "保留理由：発疹のため", "SC|DC": "中止理由：発疹のため", "UA|": "不受理の理由：発疹のため", "RP|": "変更理由：発疹のため",
		"NW|": "", "XO|": "", "SC|CM": "",
	} {
		control, status, _ := strings.Cut(what, "|")
		orc := "ORC|" + control + "|000000000000801|||" + status + "||||20240601|||||||R1^発疹のため^99XYZ"
		for dataType, lines := range ordersOf(orc) {
			doc := mustDocument(t, dataType, lines[0], append([]string{pidLine}, lines[1:]...)...)
			var said []string
			for _, m := range doc.Medications {
				for _, i := range m.Instructions {
					said = append(said, i.Label())
				}
			}
			for _, i := range doc.Injections {
				said = append(said, i.Comments...)
			}
			for _, e := range doc.Examinations {
				said = append(said, e.Comments...)
			}
			for _, d := range doc.Diets {
				said = append(said, d.Instructions...)
			}
			for _, l := range doc.LabResults {
				said = append(said, l.PanelComments...)
			}
			if got := strings.Join(said, "\n"); got != want {
				t.Errorf("%s of %s: %q, want %q", what, dataType, got, want)
			}
		}
	}
}

// A message without SPM may name the specimen where it stood before there was one. Each panel
// has its own.
func TestSpecimenOfOlderMessages(t *testing.T) {
	const glucose = "OBX|1|NM|1^GLU^JC10||98||||||F"
	obr := func(n int, source string) string {
		return fmt.Sprintf("OBR|%d|000000000000801||E1^生化学^99O03|||20240601||||||||%s", n, source)
	}
	for source, want := range map[string]string{
		"023&血清&JC10": "血清", "023&血清&JC10^^遠心済": "血清", "血清": "血清", "023^血清^JC10": "血清", "血清^EDTA": "血清", "": "",
	} {
		doc := mustDocument(t, LabResult, "OUL^R22^OUL_R22", pidLine, obr(1, source), glucose, obr(2, "001&尿&JC10"), glucose, obr(3, ""), glucose)
		var got []string
		for _, l := range doc.LabResults {
			if l.Specimen == nil {
				l.Specimen = new(clinical.Coded)
			}
			got = append(got, l.Specimen.Label())
		}
		if diff := strings.Join(got, ","); diff != want+",尿," {
			t.Errorf("%q: specimens %q, want %q", source, got, want)
		}
	}
	doc := mustDocument(t, LabResult, "OUL^R22^OUL_R22", pidLine, spmLine, obr(1, "001&尿&JC10"), glucose)
	if got := doc.LabResults[0].Specimen.Label(); got != "血清" {
		t.Errorf("with SPM: %q", got)
	}
}

func TestNamesOfICD10(t *testing.T) {
	for system, known := range map[string]bool{"I10": true, "I10C": true, "ICD10": true, "ICD-10": true, "icd10-2013": true, "": true, "I9C": false, "99XYZ": false} {
		for _, field := range []string{"J189^^" + system, "9^^99ABC^J189^^" + system} {
			if system == "" && strings.HasPrefix(field, "9") {
				continue
			}
			doc := mustDocument(t, DiseaseList, "PPR^ZD1^PPR_ZD1", pidLine, "PRB|AD|20240601|20058577^急性肺炎^MDCDX2|1|||20240601|||"+field)
			if got := doc.Conditions[0].ICD10 == "J189"; got != known {
				t.Errorf("%s: ICD-10 %q", field, doc.Conditions[0].ICD10)
			}
		}
	}
}

// Whose record it is must not hang on the case of a letter or the order of names.
func TestDemographicsOfLegalName(t *testing.T) {
	doc := mustDocument(t, PatientDemographics, "ADT^A08^ADT_A01", "EVN||20240601",
		"PID|||0000012345^^^^PI||旧姓^花子^^^^^M^I~試験^花子^^^^^L^I~キュウセイ^ハナコ^^^^^M^P~シケン^ハナコ^^^^^L^P||19760101|f", "PV1||O")
	if d := doc.Demographics; d.Name != "試験 花子" || d.Kana != "シケン ハナコ" || d.Sex != clinical.Female {
		t.Errorf("demographics = %+v", d)
	}
}
