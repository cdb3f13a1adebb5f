package inspect_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
)

// Files outside of any storage are told by their first bytes, whatever they are called.
func TestRun_looseFiles(t *testing.T) {
	comment := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " + strings.Repeat("made by a recorder ", 500) + "-->\n"
	for name, tc := range map[string]struct {
		body, format string
		valid        bool
	}{
		"clinical document":                {cdaOf("0000012345", "19480229", "F"), "cda", true},
		"clinical document behind remarks": {comment + cdaOf("0000012345", "19480229", "F"), "cda", true},
		"clinical document of nobody":      {"<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>", "cda", false},
		"clinical document that was cut":   {cdaOf("0000012345", "19480229", "F")[:200], "cda", false},
		"DICOM object":                     {string(recordtest.Part10(recordtest.ExplicitLittle, recordtest.PatientModule(recordtest.ExplicitLittle))), "dicom", true},
		"DICOM object without data":        {strings.Repeat("\x00", 128) + "DICM\x02\x00\x00\x00UL\x04\x00\x00\x00\x00\x00", "dicom", false},
		"DICOM data set":                   {string(recordtest.PatientModule(recordtest.ImplicitLittle)), "dicom", true},
		"MFER waveform":                    {recordtest.MFER(recordtest.BigEndian, "\x04", "\x01"), "mfer", true},
		"MFER waveform without samples":    {"@ MFR Standard 12 leads ECG       \x01\x01\x01", "mfer", false},
		"SCP-ECG":                          {recordtest.SCP(nil), "scp-ecg", true},
		"SCP-ECG without leads":            {"\x12\x34\x00\x00\x01\x00" + "\x00\x00\x00\x00\x88\x00\x00\x00\x0d\x0dSCPECG" + strings.Repeat("\x00", 120), "scp-ecg", false},
		"annotated ECG":                    {strings.Replace(recordtest.Annotated("1 2", "3 4"), "<?xml version=\"1.0\"?>", comment, 1), "aecg", true},
		"annotated ECG without leads":      {comment + "<AnnotatedECG xmlns=\"urn:hl7-org:v3\"></AnnotatedECG>", "aecg", false},
		"other XML":                        {"<?xml version=\"1.0\"?><ecg/>", "unknown", false},
		"words about one":                  {"<p>AnnotatedECG and ClinicalDocument</p>", "unknown", false},
		"PDF":                              {"%PDF-1.4", "unknown", false},
	} {
		t.Run(name, func(t *testing.T) {
			lines, problems, err := run(t, write(t, filepath.Join(t.TempDir(), "a.bin"), tc.body))
			if len(lines) != 1 || lines[0]["format"] != tc.format || lines[0]["valid"] != tc.valid || (err == nil) != tc.valid {
				t.Errorf("%v, %v, %s", err, lines, problems)
			}
		})
	}
}

func TestRun_clinicalDocument(t *testing.T) {
	body := strings.Replace(cdaOf("0000012345", "19480229", "F"), "<title>", `<code code="11506-3" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20240601"/><title>`, 1)
	body = strings.Replace(body, "<patient>", `<patient><name use="IDE"><family>水引</family><given>花子</given></name><name use="SYL"><family>ミズヒキ</family><given>ハナコ</given></name>`, 1)
	lines, problems, err := run(t, write(t, filepath.Join(t.TempDir(), "a.xml"), body))
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v\n%s", len(lines), err, problems)
	}
	l := lines[0]
	if l["patient_id"] != "0000012345" || l["date"] != "20240601" || l["data_type"] != "11506-3" || l["title"] != "NOTE" {
		t.Errorf("line = %v", l)
	}
	want := []any{
		map[string]any{"name": "水引 花子", "kana": "ミズヒキ ハナコ", "birth_date": "1948-02-29", "sex": "F"},
		map[string]any{"heading": "S", "text": "WORDS"},
	}
	if diff := cmp.Diff(want, l["entries"]); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
