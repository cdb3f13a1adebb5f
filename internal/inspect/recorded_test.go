package inspect_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/inspect"
)

var update = flag.Bool("update", false, "write the golden files")

// recordings are images and waveforms by the names of their files.
func recordings() map[string]string {
	const (
		le = recordtest.ExplicitLittle
		// Half-width kana, kanji and kana as Japanese scanners write them.
		names = "\xBC\xB9\xDD^\xCA\xC5\xBA=\x1B$B;n83\x1B(J^\x1B$B2V;R\x1B(J=\x1B$B%7%1%s\x1B(J^\x1B$B%O%J%3\x1B(J"
	)
	image := recordtest.Join(recordtest.Named(le, `ISO 2022 IR 13\ISO 2022 IR 87`, names), recordtest.Element(le, 0x0020000D, "UI", "2.25.1"), recordtest.Element(le, 0x0020000E, "UI", "2.25.2"))
	pixels := recordtest.Element(le, 0x7FE00010, "OW", strings.Repeat("\x00", 64))
	person := recordtest.Define(0x82, "0000012345") + recordtest.Define(0x81, "試験^シケン^花子^ハナコ") + recordtest.Define(0x84, "\x02") + recordtest.Define(0x83, "\x30\x00\x00\x07\xB8\x01\x01")
	beat := recordtest.Define(0x08, "\x00\x09") + recordtest.Define(0x04, "\x02") + recordtest.Define(0x1E, "12345678")
	mfer := recordtest.MFER(recordtest.BigEndian, "\x04", "\x01")
	pressure := strings.Replace(mfer, recordtest.Lead(1, recordtest.Define(0x09, "\x00\x03")),
		recordtest.Lead(1, recordtest.Define(0x04, "\x02")+recordtest.Define(0x0A, "\x02")+recordtest.Define(0x0B, "\x01\xFD\x04")+recordtest.Define(0x0C, "\x01\xFF\x05")+recordtest.Define(0x09, "\x01\x00ART")), 1)
	scp := recordtest.SCP(nil)
	subject := `<trialSubject><id extension="0000012345"/><subjectDemographicPerson><name>試験 花子</name><administrativeGenderCode code="F"/><birthTime value="19760101"/></subjectDemographicPerson></trialSubject>`
	return map[string]string{
		"image.dcm":             string(recordtest.Part10(le, recordtest.Join(image, pixels))),
		"image-alone.dcm":       string(recordtest.PatientModule(recordtest.ImplicitLittle)),
		"image-big-endian.dcm":  string(recordtest.Part10(recordtest.ExplicitBig, recordtest.PatientModule(recordtest.ExplicitBig))),
		"image-cut.dcm":         string(recordtest.Part10(le, recordtest.Join(image, pixels[:60]))),
		"image-deflated.dcm":    string(recordtest.Part10(recordtest.DeflatedLittle, recordtest.Deflate(recordtest.Join(image, pixels)))),
		"image-no-preamble.dcm": string(recordtest.Part10(le, image))[128:],
		"ecg.dcm":               string(recordtest.Part10(le, recordtest.ECG(le, recordtest.Undefined))),
		"ecg-fewer-samples.dcm": string(recordtest.Part10(le, recordtest.Join(recordtest.PatientModule(le), recordtest.Waveforms(le, recordtest.Defined, 2, 5, 16)))),
		"ecg.mwf":               strings.Replace(mfer, recordtest.BigEndian, recordtest.BigEndian+person, 1) + beat + "\x80\x00",
		"ecg-fewer-samples.mwf": recordtest.MFER(recordtest.BigEndian, "\x04", "\x02"),
		"ecg-and-pressure.mwf":  pressure,
		"ecg.scp":               scp,
		"ecg-bit-fell.scp":      strings.Replace(scp, "0000012345", "0000012344", 1),
		"ecg-fewer-samples.scp": recordtest.SCP(map[int]string{3: strings.ReplaceAll(recordtest.SCPSections[3], "\x04\x00\x00\x00", "\x05\x00\x00\x00")}),
		"ecg-cut.scp":           scp[:len(scp)-1],
		"ecg.xml":               strings.Replace(recordtest.Annotated("1 2", "3 4"), "<component>", subject+"<component>", 1),
		"ecg-fewer-samples.xml": recordtest.Annotated("1 2", "3"),
		"ecg-cut.xml":           recordtest.Annotated("1 2", "3 4")[:600],
	}
}

// asGolden runs over a folder and gives the lines, each field of its own, without the
// folder's name, and the problems.
func asGolden(t *testing.T, root string) string {
	t.Helper()
	var out, problems bytes.Buffer
	_ = inspect.Run(t.Context(), &out, &problems, root) // what could not be read shows in both
	var b strings.Builder
	for line := range strings.Lines(out.String()) {
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(line), "", "  "); err != nil {
			t.Fatal(err)
		}
		b.WriteString(indented.String())
	}
	return strings.ReplaceAll(b.String()+"\n"+problems.String(), root+"/", "")
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRun_recordings(t *testing.T) {
	root := t.TempDir()
	for name, body := range recordings() {
		write(t, filepath.Join(root, name), body)
	}
	compareGolden(t, "recordings.golden", asGolden(t, root))
}

// Of a waveform that names two people one is shown, and not the number of the one with
// the birth date of the other.
func TestRun_recordingOfTwoPeople(t *testing.T) {
	person := func(number, year, sex string) string {
		return recordtest.Define(0x82, number) + recordtest.Define(0x83, "\x30\x00\x00"+year+"\x01\x01") + recordtest.Define(0x84, sex)
	}
	both := person("0000012345", "\x07\xB8", "\x02") + person("0000099999", "\x07\x9E", "\x01")
	body := strings.Replace(recordtest.MFER(recordtest.BigEndian, "\x04", "\x01"), recordtest.BigEndian, recordtest.BigEndian+both, 1)
	line := asPrinted(t, write(t, filepath.Join(t.TempDir(), "two.mwf"), body), "two.mwf")
	for _, part := range []string{`"patient_id":"0000012345"`, `"birth_date":"1976-01-01","sex":"F"`, "several patient numbers"} {
		if !strings.Contains(line, part) {
			t.Errorf("no %s in\n%s", part, line)
		}
	}
}

// In a content folder a file is what a gateway would show: one that is cut is shown, one
// that is another patient's is not.
func TestRun_recordingsInAContentFolder(t *testing.T) {
	const kind = "^心電図^^28010-7^心電図^LN"
	folder := func(patient, number string) string {
		return filepath.Join(patient[:3], patient[3:6], patient, "20240601", kind, patient+"_20240601_"+kind+"_"+number+"_20240601120000000_01_1")
	}
	root := t.TempDir()
	all := recordings()
	for _, name := range []string{"image.dcm", "image-alone.dcm", "ecg.mwf", "ecg.scp", "ecg.xml", "ecg-cut.scp", "ecg-fewer-samples.dcm"} {
		write(t, filepath.Join(root, folder("0000012345", "1"), name), all[name])
	}
	write(t, filepath.Join(root, folder("0000099999", "2"), "image-alone.dcm"), all["image-alone.dcm"])
	compareGolden(t, "recordings-in-folders.golden", asGolden(t, root))
}

// Whatever is done to a file, it is told, and nothing panics.
func TestRun_recordingsCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	all := recordings()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		body := all[name]
		step := max(1, len(body)/15)
		for n := 0; n < len(body); n += step {
			lines, _, _ := run(t, write(t, filepath.Join(dir, name), body[:n]))
			if len(lines) != 1 {
				t.Errorf("%s of %d bytes: %d lines", name, n, len(lines))
			}
		}
	}
}

// What SOURCES.md and CASES.md say of the samples, and other programs read in them.
func TestSamples_recordings(t *testing.T) {
	const (
		twelve = `"leads":["I","II","III","aVR","aVL","aVF","V1","V2","V3","V4","V5","V6"]`
		scp12  = `"leads":["I","II","V1","V2","V3","V4","V5","V6","III","aVR","aVL","aVF"]`
		eight  = `"leads":["I","II","V1","V2","V3","V4","V5","V6"]`
		fine   = `"rate":500,"scale":2.5,"scale_unit":"µV","samples":5000,"duration":10`
		mfer   = `"rate":500,"scale":1.25,"scale_unit":"µV","samples":5000,"duration":10`
		beat   = `"waveform":"dominant beat",` + eight + `,"rate":500,"scale":1.25,"scale_unit":"µV","samples":600,"duration":1.2`
		slice  = `"series_instance_uid":"1.2.840.113619.2.30.1.1762295590.1623.978668949.890"`
	)
	for _, tc := range []struct {
		file string
		want []string
	}{
		{"dicom/charset/chrH31.dcm", []string{`"alphabetic":"Yamada^Tarou","ideographic":"山田^太郎","phonetic":"やまだ^たろう"`, `"patient_id":"H31EXAMPLE"`, `"study_instance_uid":"1.3.6.1.4.1.5962.1.2.0.1175775771.5702.0"`}},
		{"dicom/charset/chrX1.dcm", []string{`"alphabetic":"Wang^XiaoDong","ideographic":"王^小東"`}},
		{"dicom/codec/ct_deflated_99.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.1.99"`, `"alphabetic":"MISTER^CT"`}},
		{"dicom/codec/ct_implicit_le.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2"`, `"study_date":"20010105"`}},
		{"dicom/codec/ct_j2k_lossless_90.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.4.90"`}},
		{"dicom/codec/ct_jpeg_baseline_50.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.4.50"`}},
		{"dicom/codec/ct_jpeg_lossless_70.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.4.70"`}},
		{"dicom/codec/ct_jpegls_80.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.4.80"`}},
		{"dicom/codec/ct_rle_5.dcm", []string{slice, `"transfer_syntax_uid":"1.2.840.10008.1.2.5"`}},
		{"dicom/mr_t1_studyforrest/N2D_0151.dcm", []string{`"modality":"MR"`, `"birth_date":"1966-01-01","sex":"F"`, `"instance_number":"151"`}},
		{"dicom/sr.dcm", []string{`"modality":"SR"`, `"birth_date":"1981-10-10"`, `"alphabetic":"Silverman^Elaine J."`}},
		{"dicom/encapsulated_pdf.dcm", []string{`"sop_class_uid":"1.2.840.10008.5.1.4.1.1.104.1"`, `"patient_id":"PIKR750000"`}},
		{"dicom/us1_j2k_lossless.dcm", []string{`"modality":"US"`, `"study_date":"20040826"`}},
		{"ecg/waveform_ecg_12lead.dcm", []string{twelve, `"rate":1000,"scale":1.25,"scale_unit":"µV","samples":10000,"duration":10`, `"samples":1200,"duration":1.2`, `"birth_date":"1971-01-23"`}},
		{"ecg/ecgtoolkit_Example.dcm", []string{twelve, fine, `"patient_id":"SBJ-123"`, `"birth_date":"1953-05-08","sex":"M"`}},
		{"ecg/ecgtoolkit_Example.scp", []string{scp12, fine, `"patient_id":"SBJ-123"`, `"birth_date":"1953-05-08","sex":"M"`}},
		{"ecg/ecgtoolkit_Example.xml", []string{scp12, fine, `"patient_id":"SBJ-123"`, `"birth_date":"1953-05-08","sex":"M"`, `"samples":599`}},
		{"ecg/synthetic_12lead_le_utf8.mwf", []string{eight, mfer, beat, `"name":"試験 花子"`, `"birth_date":"1976-01-01","sex":"F"`}},
		{"ecg/synthetic_12lead_be_sjis.mwf", []string{eight, mfer, beat, `"name":"試験 花子"`, `"birth_date":"1976-01-01","sex":"F"`}},
	} {
		t.Run(filepath.Base(tc.file), func(t *testing.T) {
			path := sampletest.Path(t, tc.file)
			line := asPrinted(t, path, filepath.Base(path))
			for _, part := range append(tc.want, `"valid":true`) {
				if !strings.Contains(line, part) {
					t.Errorf("no %s in\n%s", part, line)
				}
			}
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tc.file, "deflated") {
				return // of which only the head is looked at
			}
			cut := write(t, filepath.Join(t.TempDir(), filepath.Base(path)), string(whole[:len(whole)*3/4]))
			if lines, problems, err := run(t, cut); err == nil || lines[0]["valid"] != false || problems == "" {
				t.Errorf("a quarter is cut off: %v, %v", err, lines[0])
			}
		})
	}
}
