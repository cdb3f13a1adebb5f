package inspect_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRun_entries: what each kind of document is printed as.
func TestRun_entries(t *testing.T) {
	header := func(kind string) string {
		return "MSH|^~\\&|HIS|H|G|C|20240601101500||" + kind + "|1|P|2.5\rPID|||0000012345^^^^PI||MIZUHIKI^HANAKO||19480229|F\r"
	}
	const orc = "ORC|NW|777|||||||20240601101500\r"
	for name, tc := range map[string]struct {
		dataType, message string
		want              []string
	}{
		"examination": {"OMG-11", header("OMI^Z23") + orc + "OBR|1|777||1^CHEST^JJ1017|||202406011000||||||||||||||||||F\rNTE|1||CHECK\r" +
			"ZE1|1|RS|2^CHEST PA^JJ1017|1|||1^TANAKA|DE-02|3^CONTRAST^HOT9^100^ML\rZE2|1|120^kV\rIPC|A1||1.2.3||CR^^DCM\r",
			[]string{`{"examination":"CHEST","code":"1","system":"JJ1017","performed":true,"order_no":"777","modality":"CR","accession":"A1","study_uid":"1.2.3","start":"202406011000","status":"F",` +
				`"procedures":[{"procedure":"CHEST PA","code":"2","count":"1","staff":["TANAKA"],"material_kind":"DE-02","materials":[{"drug":"CONTRAST","code":"3","amount":"100","unit":"ML"}],"exposures":[{"voltage":"120 kV"}]}],"comments":["CHECK"]}`}},
		"diet": {"OMD", header("OMD^O03") + orc + "TQ1|1||TID&3 TIMES&HL70335||||2024060112\rODS|D|^LUNCH|1^SOFT^99D|LOW SALT\r",
			[]string{`{"diet":["SOFT"],"code":["1"],"type":"D","periods":["LUNCH"],"start":"2024060112","usage":["3 TIMES"],"instructions":["LOW SALT"]}`}},
		"culture": {"OML-11", header("OUL^R22") + "SPM|1|||061^SPUTUM^JC10|||||||||||||202406011000\rOBR|1|777||6B^CULTURE^JC10\r" +
			"OBX|1|CWE|6B010000006174214^ORGANISM^JC10|1|2351^KLEBSIELLA^JANIS||||||F\rNTE|1||GROWING\r",
			[]string{`{"test":"ORGANISM","code":"6B010000006174214","system":"JC10","panel":"CULTURE","specimen":"SPUTUM","collected":"202406011000","value":"KLEBSIELLA","status":"F","sub_id":"1","organism":"KLEBSIELLA","comments":["GROWING"]}`}},
		"drugs and a weight": {"OMP-02", header("RDE^O11") + orc + "RXE||1^DRIP^99I02|500||ML^ML^MR9P|||||||||||||||||H1|60|ML^ML^MR9P\rTQ1|1|||||2^hr\rRXR|IV\rRXC|B|2^SALINE^HOT9|1|BAG^BAG^MR9P\rOBX|1|NM|9^WEIGHT^JC10||62|kg|||||F\r",
			[]string{`{"name":"DRIP","drug":"SALINE","components":[{"drug":"SALINE","code":"2","amount":"1","unit":"BAG"}],"volume":"500","volume_unit":"ML","rate":"60","rate_unit":"ML","route":"IV","rate_per":"H1","duration":"2hr"}`,
				`{"test":"WEIGHT","code":"9","system":"JC10","value":"62","unit":"kg","status":"F","observation":true}`}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), strings.Replace(file, "OMP-01", tc.dataType, 1)), tc.message)
			lines, problems, err := run(t, path)
			if err != nil || len(lines) != 1 {
				t.Fatalf("%d lines, %v: %s", len(lines), err, problems)
			}
			var want []any
			for _, text := range tc.want {
				var entry any
				if err := json.Unmarshal([]byte(text), &entry); err != nil {
					t.Fatal(err)
				}
				want = append(want, entry)
			}
			if diff := cmp.Diff(want, lines[0]["entries"]); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

// Who ordered, and for which department, stands in the line, whatever form the file has.
func TestRun_whoOrdered(t *testing.T) {
	const order = "MSH|^~\\&|HIS|H|G|C|20240601101500||RDE^O11|1|P|2.5\rPID|||0000012345^^^^PI||MIZUHIKI^HANAKO||19480229|F\rPV1||O||||||||05\r" +
		"ORC|NW|777|||||||20240601101500|||D1^TANAKA\rRXE||1^A^HOT9|1||TAB||||21|TAB\rTQ1|1||1^M^99U\rRXR|PO\r"
	dir := t.TempDir()
	for _, name := range []string{strings.Replace(file, "_01_1", "_-_1", 1), "message.hl7"} {
		lines, problems, err := run(t, write(t, filepath.Join(dir, name), order))
		if err != nil || len(lines) != 1 {
			t.Fatalf("%s: %d lines, %v: %s", name, len(lines), err, problems)
		}
		if lines[0]["requester"] != "TANAKA" || lines[0]["department"] != "05" {
			t.Errorf("%s: requester %v, department %v", name, lines[0]["requester"], lines[0]["department"])
		}
	}
}
