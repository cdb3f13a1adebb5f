package inspect_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Who the patient of these tests is: Hanako Mizuhiki, born 1948-02-29.
const who = "MSH|^~\\&|HIS|H|G|C|20240601090000||ADT^A08^ADT_A01|1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
	"PID|||0000012345^^^^PI||MIZUHIKI^HANAKO^^^^^L^A||19480229|F\r"

const (
	patientFolder  = "000/001/0000012345"
	whoFile        = patientFolder + "/-/ADT-00/0000012345_-_ADT-00_999999999999999_20240601090000000_-_1"
	orderFolder    = patientFolder + "/20240601/OMP-01/"
	orderFile      = orderFolder + file
	dischargeNote  = patientFolder + "/20240601/" + noteType + "/" + noteContent + "/note.xml"
	dischargeOlder = patientFolder + "/20240601/" + noteType + "/0000012345_20240601_" + noteType + "_000000000000001_20240601110000000_01_2/note.txt"
)

// orderNamed gives the name of a prescription: number, minute, flag.
func orderNamed(number, minute, flag string) string {
	return orderFolder + "0000012345_20240601_OMP-01_000000000000" + number + "_2024060110" + minute + "00000_01_" + flag
}

// cdaOf is a clinical document of a patient.
func cdaOf(id, birth, sex string) string {
	return `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>NOTE</title><recordTarget><patientRole><id root="1.2" extension="` + id + `"/><patient>` +
		`<administrativeGenderCode code="` + sex + `"/><birthTime value="` + birth + `"/></patient></patientRole></recordTarget>` +
		`<component><structuredBody><component><section><title>S</title><text>WORDS</text></section></component></structuredBody></component></ClinicalDocument>`
}

// What a gateway refuses, passes over and lists is refused, passed over and told here: it is
// the gateway's own listing that is asked.
func TestRun_asAGateway(t *testing.T) {
	const (
		note       = patientFolder + "/20240601/" + noteType + "/" + noteContent
		seamatNote = patientFolder + "/20240601/LJCS-100R/0000012345_20240601_LJCS-100R_20240601120000.1.2.3_20240601121000000_01_1"
		untyped    = patientFolder + "/20240601/NOTE/0000012345_20240601_NOTE_000000000000001_20240601121000000_01_1"
	)
	for name, tc := range map[string]struct {
		files map[string]string
		also  func(root string) error // what is no file
		want  map[string]string       // by path: the error; empty: valid
	}{
		"a link in a content folder": {
			map[string]string{note + "/a.txt": "words"},
			func(root string) error { return os.Symlink("/etc/hostname", filepath.Join(root, note, "b.txt")) },
			map[string]string{note + "/a.txt": "b.txt: not a regular file", note + "/b.txt": "skipped: a symbolic link is not followed"},
		},
		"a pipe in a folder of it": {
			map[string]string{note + "/a.txt": "words", note + "/x/c.txt": "words"},
			func(root string) error { return makePipe(filepath.Join(root, note, "x", "b")) },
			map[string]string{note + "/a.txt": "x/b: not a regular file", note + "/x/c.txt": "x/b: not a regular file", note + "/x/b": "skipped: a pipe is no file"},
		},
		"folders in folders": {
			map[string]string{note + "/a.txt": "words"},
			func(root string) error { return os.MkdirAll(filepath.Join(root, note, "1/2/3/4/5/6"), 0o755) },
			map[string]string{note + "/a.txt": "1/2/3/4: more than 4 folders in each other"},
		},
		"nothing in a content folder": {
			nil,
			func(root string) error { return os.MkdirAll(filepath.Join(root, note, "1"), 0o755) },
			map[string]string{note: "empty: no file in the content folder"},
		},
		"nothing but a link": {
			nil,
			func(root string) error {
				return errors.Join(os.MkdirAll(filepath.Join(root, note), 0o755), os.Symlink("/etc", filepath.Join(root, note, "x")))
			},
			map[string]string{note: "x: not a regular file", note + "/x": "skipped: a symbolic link is not followed"},
		},
		"what desktops leave behind": {
			map[string]string{note + "/a.txt": "words", note + "/Thumbs.db": "x", note + "/Desktop.INI": "x", note + "/.DS_Store": "x", note + "/~b.tmp": "x", note + "/.x/c.txt": "x"},
			nil,
			map[string]string{note + "/a.txt": "", note + "/Thumbs.db": passedOver, note + "/Desktop.INI": passedOver, note + "/.DS_Store": passedOver, note + "/~b.tmp": passedOver, note + "/.x": passedOver},
		},
		"nothing but that": {
			map[string]string{note + "/Thumbs.db": "x"},
			nil,
			map[string]string{note: "empty: no file in the content folder", note + "/Thumbs.db": passedOver},
		},
		"what they leave among messages": {
			map[string]string{orderFile: message, orderFile + ".tmp": message, orderFolder + ".x": message, orderFolder + "Thumbs.db": "x", patientFolder + "/.snapshot/20240601/OMP-01/" + file: message},
			nil,
			map[string]string{orderFile: "", orderFile + ".tmp": passedOver, orderFolder + ".x": passedOver, orderFolder + "Thumbs.db": "file name of 1 fields", patientFolder + "/.snapshot": passedOver},
		},
		"a care date that is none": {
			map[string]string{patientFolder + "/2024-06-01/OMP-01/" + file: message},
			nil,
			map[string]string{patientFolder + "/2024-06-01/OMP-01/" + file: "differ"},
		},
		"files where there are folders": {
			map[string]string{patientFolder + "/a.hl7": message, patientFolder + "/20240601/" + file + ".hl7": message, orderFolder + "x/a.hl7": message},
			nil,
			map[string]string{patientFolder + "/a.hl7": "where the storage has folders", patientFolder + "/20240601/" + file + ".hl7": "where the storage has folders", orderFolder + "x/a.hl7": "where the storage has folders"},
		},
		"a type of SEAMAT's and one that is none": {
			map[string]string{seamatNote + "/a.txt": "words", untyped + "/a.txt": "words"},
			nil,
			map[string]string{seamatNote + "/a.txt": "", untyped + "/a.txt": "data-type folder of 1 fields"},
		},
		"the same outside of a storage": {
			map[string]string{"a/.x.hl7": message, "a/b.tmp": message},
			nil,
			map[string]string{"a/.x.hl7": "", "a/b.tmp": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for at, body := range tc.files {
				write(t, filepath.Join(root, at), body)
			}
			if tc.also != nil {
				if err := tc.also(root); err != nil {
					t.Skipf("SKIPPED: not to be had here: %v", err)
				}
			}
			lines, problems, _ := run(t, root)
			if len(lines) != len(tc.want) {
				t.Errorf("%d lines, want %d", len(lines), len(tc.want))
			}
			for _, l := range lines {
				below, err := filepath.Rel(root, l["path"].(string))
				if err != nil {
					t.Fatal(err)
				}
				want, ok := tc.want[below]
				said, _ := l["error"].(string)
				if !ok || !strings.Contains(said, want) || l["valid"] != (want == "") {
					t.Errorf("%s: valid %v, %q, want %q", below, l["valid"], said, want)
				}
				if want == passedOver && strings.Contains(problems, below+":") {
					t.Errorf("%s is a problem:\n%s", below, problems)
				}
			}
		})
	}
}

const passedOver = "passed over, as a gateway does"

func TestRun_states(t *testing.T) {
	order := func(number string) string {
		return strings.Replace(message, "ORC|NW|777|", "ORC|NW|000000000000"+number+"|", 1)
	}
	for name, tc := range map[string]struct {
		files map[string]string // below the folder that is named
		want  map[string]string // of those whose state matters: state, and what is remarked
	}{
		"a correction": {
			map[string]string{orderNamed("777", "15", "2"): order("777"), orderNamed("777", "55", "1"): order("777")},
			map[string]string{orderNamed("777", "15", "2"): "superseded", orderNamed("777", "55", "1"): "current"},
		},
		"a cancellation": {
			map[string]string{orderNamed("777", "15", "0"): order("777"), orderNamed("777", "55", "0"): order("777")},
			map[string]string{orderNamed("777", "15", "0"): "cancelled", orderNamed("777", "55", "0"): "cancelled"},
		},
		"cancelled and ordered anew": {
			map[string]string{orderNamed("777", "15", "0"): order("777"), orderNamed("777", "55", "1"): order("777")},
			map[string]string{orderNamed("777", "15", "0"): "cancelled", orderNamed("777", "55", "1"): "current"},
		},
		"a writer that stopped in between": {
			map[string]string{orderNamed("777", "15", "2"): order("777"), orderNamed("777", "55", "2"): order("777")},
			map[string]string{orderNamed("777", "15", "2"): "superseded", orderNamed("777", "55", "2"): "pending: all files of this entry are flagged superseded: none is shown"},
		},
		"two that are flagged current": {
			map[string]string{orderNamed("777", "15", "1"): order("777"), orderNamed("777", "55", "1"): order("777")},
			map[string]string{orderNamed("777", "15", "1"): "rival: another file of this entry is flagged current and younger", orderNamed("777", "55", "1"): "current"},
		},
		"another order": {
			map[string]string{orderNamed("777", "15", "1"): order("777"), orderNamed("778", "55", "1"): order("778")},
			map[string]string{orderNamed("777", "15", "1"): "current", orderNamed("778", "55", "1"): "current"},
		},
		"volumes of one facility": {
			map[string]string{"9910000017a/" + orderNamed("777", "15", "1"): order("777"), "9910000017b/" + orderNamed("777", "55", "1"): order("777")},
			map[string]string{"9910000017a/" + orderNamed("777", "15", "1"): "rival: another file of this entry is flagged current and younger", "9910000017b/" + orderNamed("777", "55", "1"): "current"},
		},
		"two facilities": {
			map[string]string{"9910000017/" + orderNamed("777", "15", "1"): order("777"), "9910000025/" + orderNamed("777", "55", "1"): order("777")},
			map[string]string{"9910000017/" + orderNamed("777", "15", "1"): "current", "9910000025/" + orderNamed("777", "55", "1"): "current"},
		},
		"an extended storage": {
			map[string]string{dischargeOlder: "OLD", dischargeNote: cdaOf("0000012345", "19480229", "F")},
			map[string]string{dischargeOlder: "superseded", dischargeNote: "current"},
		},
		"outside of a storage": {
			map[string]string{file: order("777")},
			map[string]string{file: ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for below, body := range tc.files {
				write(t, filepath.Join(root, below), body)
			}
			lines, problems, err := run(t, root)
			if err != nil {
				t.Fatalf("%v\n%s", err, problems)
			}
			got := map[string]string{}
			for _, l := range lines {
				below, err := filepath.Rel(root, l["path"].(string))
				if err != nil {
					t.Fatal(err)
				}
				state, _ := l["state"].(string)
				got[below] = strings.Join(append([]string{state}, warningsOf(l)...), ": ")
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}

// A document is held against whom the storage has under its number, as a gateway does.
func TestRun_identity(t *testing.T) {
	other := strings.NewReplacer("MIZUHIKI^HANAKO", "HIKAWA^TARO", "19480229", "19900101")
	for name, tc := range map[string]struct {
		files   map[string]string
		file    string // the one that is looked at
		refused string // what the problem says; empty: valid
		remark  string // what a warning says
	}{
		"the patient's": {
			map[string]string{whoFile: who, orderFile: message}, orderFile, "", "",
		},
		"of the former owner of the number": {
			map[string]string{whoFile: who, orderFile: other.Replace(message)}, orderFile, "segment 2 (PID), field 7: names another person: birth date and name", "",
		},
		"birth date corrected": {
			map[string]string{whoFile: who, orderFile: strings.Replace(message, "19480229", "19480228", 1)}, orderFile, "", "birth date differs from the facility's record",
		},
		"no demographics": {
			map[string]string{orderFile: other.Replace(message)}, orderFile, "", "",
		},
		"demographics that cannot be read": {
			map[string]string{whoFile: who[:60], orderFile: other.Replace(message)}, orderFile, "", "",
		},
		"demographics that are not current": {
			map[string]string{strings.TrimSuffix(whoFile, "1") + "0": who, orderFile: other.Replace(message)}, orderFile, "", "",
		},
		"the demographics themselves, superseded": {
			map[string]string{whoFile: who, strings.Replace(whoFile, "0601090000000_-_1", "0501090000000_-_2", 1): other.Replace(who)},
			strings.Replace(whoFile, "0601090000000_-_1", "0501090000000_-_2", 1), "", "",
		},
		"an extended storage": {
			map[string]string{whoFile: who, dischargeNote: cdaOf("0000012345", "19480229", "M")}, dischargeNote, "file 1: names another person: sex", "",
		},
		"an extended storage beside": {
			map[string]string{"9910000017/" + whoFile: who, "9910000017-extended/" + dischargeNote: cdaOf("0000012345", "19900101", "F")},
			"9910000017-extended/" + dischargeNote, "file 1: names another person: birth date", "",
		},
		"an extended storage beside another facility": {
			map[string]string{"9910000025/" + whoFile: who, "9910000017-extended/" + dischargeNote: cdaOf("0000012345", "19900101", "F")},
			"9910000017-extended/" + dischargeNote, "", "",
		},
		"a data type of no specification": {
			map[string]string{strings.ReplaceAll(orderFile, "OMP-01", "OML-12"): message}, strings.ReplaceAll(orderFile, "OMP-01", "OML-12"), `data type "OML-12": unknown data type`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for below, body := range tc.files {
				write(t, filepath.Join(root, below), body)
			}
			lines, problems, _ := run(t, root)
			for _, l := range lines {
				if l["path"] != filepath.Join(root, tc.file) {
					continue
				}
				if valid := l["valid"] == true; valid != (tc.refused == "") || !strings.Contains(problems, tc.refused) {
					t.Errorf("valid %v, problems %q", valid, problems)
				}
				if all := strings.Join(warningsOf(l), "\n"); !strings.Contains(all, tc.remark) {
					t.Errorf("warnings %q, want %q", all, tc.remark)
				}
				return
			}
			t.Fatalf("no line of the file: %v", lines)
		})
	}
}
