package dicom_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/dicom"
	"mizuhiki.dev/mizuhiki/internal/format/recordtest"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/format/stream"
	"mizuhiki.dev/mizuhiki/internal/format/waveform"
)

const (
	implicitLittle = recordtest.ImplicitLittle
	explicitLittle = recordtest.ExplicitLittle
	explicitBig    = recordtest.ExplicitBig
	deflatedLittle = recordtest.DeflatedLittle
)

// What writes objects, by short names.
var (
	element, join, part10         = recordtest.Element, recordtest.Join, recordtest.Part10
	patientModule, named, deflate = recordtest.PatientModule, recordtest.Named, recordtest.Deflate
)

func read(b []byte) (dicom.Object, error) {
	budget := int64(16 << 20)
	return dicom.Read(stream.New(bytes.NewReader(b), int64(len(b)), &budget))
}

func want(syntax string, warnings ...string) dicom.Object {
	return dicom.Object{
		TransferSyntax: syntax, SOPClass: "1.2.840.10008.5.1.4.1.1.2", SOPInstance: recordtest.Instance,
		Study: "2.25.1234567890.3", Series: "2.25.1234567890.4", Modality: "CT", StudyDate: "20240601",
		PatientID: "0000012345", BirthDate: "19760101", Sex: "F", CharacterSets: []string{"ISO_IR 192"},
		People:   []dicom.Person{{Role: dicom.Patient, Alphabetic: "Shiken^Hanako", Ideographic: "試験^花子", Phonetic: "シケン^ハナコ"}},
		Warnings: warnings,
	}
}

func TestRead_forms(t *testing.T) {
	const (
		alone   = "a data set without file meta information, read as it shows"
		noBegin = "no preamble"
	)
	pixels := element(explicitLittle, 0x7FE00010, "OW", strings.Repeat("\x00", 100_000))
	fragments := join(
		[]byte("\xE0\x7F\x10\x00OB\x00\x00\xFF\xFF\xFF\xFF"),
		[]byte("\xFE\xFF\x00\xE0\x00\x00\x00\x00"), []byte("\xFE\xFF\x00\xE0\x04\x00\x00\x00\xFF\xD8\xFF\xD9"),
		[]byte("\xFE\xFF\xDD\xE0\x00\x00\x00\x00"),
	)
	const baseline = "1.2.840.10008.1.2.4.50"
	for _, tc := range []struct {
		name string
		in   []byte
		want dicom.Object
	}{
		{"explicit little endian", part10(explicitLittle, patientModule(explicitLittle)), want(explicitLittle)},
		{"implicit", part10(implicitLittle, patientModule(implicitLittle)), want(implicitLittle)},
		{"explicit big endian", part10(explicitBig, patientModule(explicitBig)), want(explicitBig)},
		{"deflated", part10(deflatedLittle, deflate(patientModule(explicitLittle))), want(deflatedLittle)},
		{"deflated with pixels", part10(deflatedLittle, deflate(join(patientModule(explicitLittle), pixels))), want(deflatedLittle, "deflated: whether all pixels are there was not checked")},
		{"pixels", part10(explicitLittle, join(patientModule(explicitLittle), pixels)), want(explicitLittle)},
		{"fragments", part10(baseline, join(patientModule(explicitLittle), fragments)), want(baseline)},
		{"zeros behind it", part10(explicitLittle, join(patientModule(explicitLittle), make([]byte, 5))), want(explicitLittle)},
		{"no preamble", part10(explicitLittle, patientModule(explicitLittle))[128:], want(explicitLittle, noBegin)},
		{"neither preamble nor DICM", part10(implicitLittle, patientModule(implicitLittle))[132:], want(implicitLittle, noBegin)},
		{"explicit little endian alone", patientModule(explicitLittle), want(explicitLittle, alone)},
		{"implicit alone", patientModule(implicitLittle), want(implicitLittle, alone)},
		{"explicit big endian alone", patientModule(explicitBig), want(explicitBig, alone)},
		{"no transfer syntax", part10("", patientModule(implicitLittle)), want(implicitLittle, "no transfer syntax: read as it shows")},
		{"another form than its transfer syntax", part10(implicitLittle, patientModule(explicitLittle)), want(implicitLittle, "the data set is not written as its transfer syntax says: read as it shows")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !dicom.Recognised(tc.in[:min(len(tc.in), 4096)]) {
				t.Error("not recognised")
			}
			got, err := read(tc.in)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			budget := int64(1 << 20)
			short, err := dicom.ReadPatient(stream.New(bytes.NewReader(tc.in), int64(len(tc.in)), &budget))
			if err != nil || short.PatientID != "0000012345" || short.Study != "" {
				t.Errorf("of the patient alone: %+v, %v", short, err)
			}
		})
	}
}

// What is a DICOM object by its prefix is read even if its data set shows nothing.
func TestRead_noTransferSyntax(t *testing.T) {
	for _, syntax := range []string{explicitLittle, implicitLittle} {
		o, err := read(part10("", join(
			element(syntax, 0x00080060, "CS", "CT"), element(syntax, 0x00100010, "PN", "A^B"), element(syntax, 0x00100020, "LO", "0000012345"))))
		if err != nil || o.TransferSyntax != syntax || o.PatientID != "0000012345" {
			t.Errorf("%s: %v, %+v", syntax, err, o)
		}
	}
}

func TestRecognised_nothingElse(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":                     nil,
		"zeros":                       make([]byte, 1000),
		"words":                       []byte(strings.Repeat("The DICM prefix stands behind 128 bytes. ", 50)),
		"group 8 and nothing behind":  []byte("\x08\x00\x05\x00CS\x0A\x00ISO_IR 192"),
		"falling tags":                join(element(explicitLittle, 0x00080060, "CS", "CT"), element(explicitLittle, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")),
		"an identifier that is none":  element(implicitLittle, 0x00080016, "UI", "1.2.x40.10008.5.1.4.1.1.2"),
		"a name of another kind":      element(explicitLittle, 0x00100010, "LT", "A^B"),
		"a name of no representation": element(implicitLittle, 0x00100010, "PN", "A^B"),
		"an unknown representation":   element(explicitLittle, 0x00080016, "ZZ", "1.2.840.10008.5.1.4.1.1.2"),
		"a value beyond the file":     element(explicitLittle, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")[:20],
	} {
		if dicom.Recognised(b) {
			t.Errorf("%s: recognised", name)
		}
		if _, err := read(b); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// What the sets of PS3.5 annexes H to K say, and what is written beside them.
func TestRead_characterSets(t *testing.T) {
	const damaged = "element (0010,0010): bytes that its character set does not have, read as UTF-8 or CP932"
	type groups [3]string
	for _, tc := range []struct {
		name, charset, in string
		want              groups
		warning           string
	}{
		{"default", "", "Shiken^Hanako", groups{"Shiken^Hanako"}, ""},
		{"delimiters that say nothing", "", "Shiken^Hanako^^^ ", groups{"Shiken^Hanako"}, ""},
		{"IR 87", `\ISO 2022 IR 87`, "Shiken^Hanako=\x1B$B;n83\x1B(B^\x1B$B2V;R\x1B(B=\x1B$B$7$1$s\x1B(B^\x1B$B$O$J$3\x1B(B", groups{"Shiken^Hanako", "試験^花子", "しけん^はなこ"}, ""},
		{"IR 13 and 87", `ISO 2022 IR 13\ISO 2022 IR 87`, "\xBC\xB9\xDD^\xCA\xC5\xBA=\x1B$B;n83\x1B(J^\x1B$B2V;R\x1B(J=\x1B$B$7$1$s\x1B(J^\x1B$B$O$J$3\x1B(J", groups{"ｼｹﾝ^ﾊﾅｺ", "試験^花子", "しけん^はなこ"}, ""},
		{"kana that could be UTF-8", "ISO_IR 13", "\xC5\xB5^\xCF\xB2", groups{"ﾅｵ^ﾏｲ"}, ""},
		{"IR 159", `\ISO 2022 IR 87\ISO 2022 IR 159`, "A^B=\x1B$(D0!\x1B$B;R\x1B(B", groups{"A^B", "丂子"}, ""},
		{"kanji with bytes of delimiters", `\ISO 2022 IR 87`, "A^B=\x1B$B5\\K\\\x1B(B^\x1B$BH~1|\x1B(B", groups{"A^B", "宮本^美奥"}, ""},
		{"set of 1978", `\ISO 2022 IR 87`, "A=\x1B$@;n83\x1B(J", groups{"A", "試験"}, ""},
		{"kana in the low half", `\ISO 2022 IR 87`, "\x1B(I<9]\x1B(J", groups{"ｼｹﾝ"}, ""},
		{"IR 149", `\ISO 2022 IR 149`, "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF", groups{"Hong^Gildong", "洪^吉洞", "홍^길동"}, ""},
		{"IR 149 chosen once", `\ISO 2022 IR 149`, "Hong^Gildong=\x1B$)C\xFB\xF3^\xD1\xCE\xD4\xD7", groups{"Hong^Gildong", "洪^吉洞"}, ""},
		{"IR 58", `\ISO 2022 IR 58`, "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=", groups{"Zhang^XiaoDong", "张^小东"}, ""},
		{"UTF-8", "ISO_IR 192", "Wang^XiaoDong=王^小東", groups{"Wang^XiaoDong", "王^小東"}, ""},
		{"GB18030", "GB18030", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB", groups{"Wang^XiaoDong", "王^小东"}, ""},
		{"GBK with a byte of a delimiter", "GBK", "A=\x81\x5E\x81\x5C", groups{"A", "乛乗"}, ""},
		{"Latin 1", "ISO_IR 100", "M\xFCller^J\xF6rg", groups{"Müller^Jörg"}, ""},
		{"Latin 1 by another spelling", "ISO-IR 100", "M\xFCller", groups{"Müller"}, ""},
		{"Cyrillic", "ISO_IR 144", "\xBB\xEE\xDA", groups{"Люк"}, ""},
		{"Latin 1 and Greek", `ISO 2022 IR 100\ISO 2022 IR 126`, "M\xFC^\x1B-F\xC4\xE9^M\xFC", groups{"Mü^Δι^Mü"}, ""},
		{"Thai", "ISO_IR 166", "\xCA\xC1", groups{"สม"}, ""},
		{"CP932 that is not declared", "", "\x8E\x8E\x8C\xB1^\x89\xD4\x8Eq", groups{"試験^花子"}, damaged},
		{"CP932 that is declared as kana", "ISO_IR 13", "\x8E\x8E\x8C\xB1^\x89\xD4\x8Eq", groups{"試験^花子"}, damaged},
		{"UTF-8 that is not declared", `\ISO 2022 IR 87`, "A=試験^花子", groups{"A", "試験^花子"}, damaged},
		{"a byte that is no UTF-8", "ISO_IR 192", "試験\xFF", groups{"試験\uFFFD"}, damaged},
		{"half of a character", `\ISO 2022 IR 87`, "\x1B$B;n8\x1B(B^A", groups{"試\uFFFD^A"}, ""},
		{"an unknown escape sequence", `\ISO 2022 IR 87`, "A\x1B%GB", groups{"A\uFFFD%GB"}, ""},
		{"control characters of Latin 1", "ISO_IR 100", "A\x85", groups{"A\uFFFD"}, ""},
		{"an unknown character set", "ISO_IR 999", "試験", groups{"試験"}, "a character set that is not known: text is read by its bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o, err := read(part10(explicitLittle, named(explicitLittle, tc.charset, tc.in)))
			if err != nil || len(o.People) != 1 {
				t.Fatalf("%d names, %v", len(o.People), err)
			}
			p := o.People[0]
			if diff := cmp.Diff(tc.want, groups{p.Alphabetic, p.Ideographic, p.Phonetic}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if all := strings.Join(o.Warnings, "\n"); !strings.Contains(all, tc.warning) || tc.warning == "" && strings.Contains(all, "character set") {
				t.Errorf("warnings %q, want %q", all, tc.warning)
			}
		})
	}
}

func TestRead_people(t *testing.T) {
	name := func(tag uint32, v string) []byte { return element(explicitLittle, tag, "PN", v) }
	o, err := read(part10(explicitLittle, join(
		element(explicitLittle, 0x00080005, "CS", "ISO_IR 192"),
		element(explicitLittle, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
		name(0x00080090, "Ishi^Ichiro=医師^一郎"), name(0x00081070, `Gishi^A=技師^あ\Gishi^B`), name(0x00100010, "Shiken^Hanako"), name(0x00101001, "Kyu^Hanako"),
	)))
	want := []dicom.Person{
		{Role: dicom.Patient, Alphabetic: "Shiken^Hanako"},
		{Role: dicom.OtherName, Alphabetic: "Kyu^Hanako"},
		{Role: dicom.ReferringPhysician, Alphabetic: "Ishi^Ichiro", Ideographic: "医師^一郎"},
		{Role: dicom.Operator, Alphabetic: "Gishi^A", Ideographic: "技師^あ"},
		{Role: dicom.Operator, Alphabetic: "Gishi^B"},
	}
	if diff := cmp.Diff(want, o.People); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRead_waveforms(t *testing.T) {
	want := []waveform.Part{{Name: "RHYTHM", Leads: []waveform.Lead{
		{Name: "I", Rate: 500, Scale: 2.5, Unit: "µV", Samples: 4}, {Name: "Respiration", Rate: 500, Scale: 2.5, Unit: "µV", Samples: 4},
	}}}
	for _, syntax := range []string{explicitLittle, implicitLittle, explicitBig} {
		for _, l := range []recordtest.Length{recordtest.Defined, recordtest.Undefined} {
			o, err := read(part10(syntax, recordtest.ECG(syntax, l)))
			if diff := cmp.Diff(want, o.Waveforms); diff != "" || err != nil {
				t.Errorf("%s, length defined: %v: %v (-want +got):\n%s", syntax, l, err, diff)
			}
		}
	}
	o, err := read(part10(explicitLittle, join(patientModule(explicitLittle), recordtest.Waveforms(explicitLittle, recordtest.Defined, 4, 2, 16))))
	if err != nil || len(o.Waveforms) != 1 || len(o.Waveforms[0].Leads) != 4 || o.Waveforms[0].Leads[3].Name != "channel 4" || !strings.Contains(strings.Join(o.Warnings, "; "), "waveform 1: 4 channels, 2 are defined") {
		t.Errorf("of four channels two are defined: %v, %+v", err, o)
	}
}

// Whatever is asked of a file, its pixels are passed over.
func TestRead_neverReadsPixels(t *testing.T) {
	b := part10(explicitLittle, join(patientModule(explicitLittle), element(explicitLittle, 0x7FE00010, "OW", strings.Repeat("\x00", 10<<20))))
	budget := int64(64 << 10)
	if _, err := dicom.Read(stream.New(bytes.NewReader(b), int64(len(b)), &budget)); err != nil {
		t.Errorf("with 64 KB: %v", err)
	}
}

// A file of another program says the same without what stands before its data set.
func TestSamples_alone(t *testing.T) {
	for _, below := range []string{"dicom/charset/chrH31.dcm", "dicom/codec/ct_implicit_le.dcm", "ecg/waveform_ecg_12lead.dcm", "ecg/ecgtoolkit_Example.dcm"} {
		whole := sampletest.File(t, below)
		metaLength := binary.LittleEndian.Uint32(whole[140:])
		full, err := read(whole)
		if err != nil {
			t.Fatal(err)
		}
		alone := whole[144+metaLength:]
		if !dicom.Recognised(alone[:min(len(alone), 4096)]) {
			t.Errorf("%s: not recognised", below)
		}
		got, err := read(alone)
		if err != nil {
			t.Fatal(err)
		}
		got.Warnings, full.Warnings = nil, nil
		if diff := cmp.Diff(full, got); diff != "" {
			t.Errorf("%s (-whole +alone):\n%s", below, diff)
		}
	}
}
