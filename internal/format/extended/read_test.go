package extended_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/sampletest"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

const patient = "0000012345"

var hanako = extended.Person{ID: patient, Record: &clinical.Demographics{Name: "髙橋 花子", Kana: "タカハシ ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}}

func parse(t testing.TB, dataType string) extended.Name {
	t.Helper()
	n, err := extended.ParseName(patient + "_20240601_" + dataType + "_1_20240601120000000_01_1")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func file(name, body string) extended.File {
	return extended.File{Name: name, Size: int64(len(body)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(body)), nil
	}}
}

func cdaOf(id, family, given, birth, sex, body string) string {
	return fmt.Sprintf(`<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="18842-5" codeSystem="2.16.840.1.113883.6.1"/><recordTarget><patientRole>%s<patient><name><family>%s</family><given>%s</given></name><administrativeGenderCode code="%s"/><birthTime value="%s"/></patient></patientRole></recordTarget><component>%s</component></ClinicalDocument>`,
		id, family, given, sex, birth, body)
}

const (
	ownID     = `<id root="1.2.392.100495.20.3.51.19999999999" extension="0000012345"/>`
	otherID   = `<id root="1.2.392.100495.20.3.51.19999999999" extension="0000099999"/>`
	insurerID = `<id root="1.2.392.200119.6.204" extension="12-34"/>`
	empty     = "<structuredBody/>"
)

func TestRead_identity(t *testing.T) {
	pid := func(id, name, birth, sex string) string {
		return "MSH|^~\\&|A|B|C|D|20240601||ORU^R01^ORU_R01|1|P|2.5\rPID|||" + id + "^^^^PI||" + name + "||" + birth + "|" + sex + "\r"
	}
	tests := []struct {
		name, body string
		cause      error // nil: read
		warning    string
	}{
		{"all agrees, in a variant of the name", cdaOf(ownID, "高橋", "花子", "19760101", "F", empty), nil, ""},
		{"in kana", cdaOf(ownID, "ﾀｶﾊｼ", "ﾊﾅｺ", "19760101", "F", empty), nil, ""},
		{"in Latin letters", cdaOf(ownID, "Takahashi", "Hanako", "19760101", "F", empty), nil, ""},
		{"a year of birth", cdaOf(ownID, "高橋", "花子", "1976", "F", empty), nil, ""},
		{"sex not known", cdaOf(ownID, "高橋", "花子", "19760101", "UN", empty), nil, ""},
		{"only an insurer's number", cdaOf(insurerID, "高橋", "花子", "19760101", "F", empty), nil, ""},
		{"the sender's number beside ours", cdaOf(otherID+ownID, "高橋", "花子", "19760101", "F", empty), nil, ""},
		{"another family name, as before a marriage", cdaOf(ownID, "旧姓", "花子", "19760101", "F", empty), nil, "family name"},
		{"another family name without birth date", cdaOf(ownID, "旧姓", "花子", "", "F", empty), ssmix2.ErrIdentity, ""},
		{"another given name", cdaOf(ownID, "高橋", "月子", "19760101", "F", empty), ssmix2.ErrIdentity, ""},
		{"another number", cdaOf(otherID, "高橋", "花子", "19760101", "F", empty), ssmix2.ErrWrongPatient, ""},
		{"a number without its zeros", cdaOf(`<id root="1.2" extension="12345"/>`, "高橋", "花子", "19760101", "F", empty), ssmix2.ErrWrongPatient, ""},
		{"an insurer's number and another birth date", cdaOf(insurerID, "高橋", "花子", "19770101", "F", empty), ssmix2.ErrIdentity, ""},
		{"another sex", cdaOf(ownID, "高橋", "花子", "19760101", "M", empty), ssmix2.ErrIdentity, ""},
		{"a message", pid(patient, "TAKAHASHI^HANAKO^^^^^L^A", "19760101", "F"), nil, ""},
		{"a message of another", pid("0000099999", "", "", ""), ssmix2.ErrWrongPatient, ""},
		{"a message of another birth date", pid(patient, "", "19760102", "F"), ssmix2.ErrIdentity, ""},
		{"a message of another with a NUL in it", pid("0000099999", "", "", "") + "NTE||\x00\r", ssmix2.ErrWrongPatient, ""},
		{"a message of two", pid(patient, "", "", "") + "PID|||0000099999^^^^PI\r", ssmix2.ErrWrongPatient, ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{file("a", tc.body)})
			if !errors.Is(err, tc.cause) || err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want %v", err, tc.cause)
			}
			warned := strings.Join(o.Document.Warnings, "; ")
			if tc.warning == "" && warned != "" || !strings.Contains(warned, tc.warning) {
				t.Errorf("warnings %q, want %q", warned, tc.warning)
			}
			if err != nil && strings.ContainsAny(err.Error(), "花高橋旧") {
				t.Errorf("the error tells of a patient: %v", err)
			}
		})
	}
}

// An attachment of another person's makes the whole object that person's.
// Under a number that was another's when it was written, an object must name who has it
// now: in one of its files, and by more than the number.
func TestRead_doubted(t *testing.T) {
	doubted := hanako
	doubted.Doubted = true
	own := cdaOf(ownID, "高橋", "花子", "", "F", empty)
	for name, tc := range map[string]struct {
		files []extended.File
		want  error
	}{
		"a text":                            {[]extended.File{file("a", "words")}, ssmix2.ErrUnnamed},
		"a number alone":                    {[]extended.File{file("a", cdaOf(ownID, "", "", "", "F", empty))}, ssmix2.ErrUnnamed},
		"a name":                            {[]extended.File{file("a", own)}, nil},
		"a birth date":                      {[]extended.File{file("a", cdaOf(ownID, "", "", "19760101", "F", empty))}, nil},
		"a text beside what has a name":     {[]extended.File{file("a", "words"), file("b", own)}, nil},
		"another's name beside what has it": {[]extended.File{file("a", own), file("b", cdaOf(ownID, "鈴木", "一郎", "", "", empty))}, ssmix2.ErrIdentity},
	} {
		if _, err := extended.Read(parse(t, "^a^^11506-3^b^LN"), doubted, tc.files); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestRead_identityOfAttachments(t *testing.T) {
	_, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{
		file("a.xml", cdaOf(ownID, "高橋", "花子", "19760101", "F", empty)), file("b.xml", cdaOf(otherID, "高橋", "花子", "19760101", "F", empty)),
	})
	if !errors.Is(err, ssmix2.ErrWrongPatient) || !strings.Contains(err.Error(), "file 2: ") {
		t.Errorf("error %v, want file 2 to be another patient's", err)
	}
}

// A clinical document in which a byte is no text must not pass for a file that says
// nothing of a patient.
func TestRead_identityBehindABadByte(t *testing.T) {
	for _, bad := range []string{"\x07", "\x00", "\xFF", "\xE8\x82", strings.Repeat("\x07", 100)} {
		body := cdaOf(otherID, "高橋", "花子", "19760101", "F", empty+bad)
		if o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{file("a", body)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: Read = %+v, %v, want it refused", bad, o.Document, err)
		}
	}
}

// A note or a page with a few bad bytes is text, with what is lost to be seen and a
// remark; what is no text stays a file.
func TestRead_badBytes(t *testing.T) {
	note := strings.Repeat("肺野清。", 20)
	page := "<html><body><p>" + strings.Repeat("経過良好。", 20)
	binary := strings.Repeat("name of a field\x00\x01\x02\x00", 100)
	for _, tc := range []struct {
		name, body string
		text       bool
		media      string // of the file that is listed
	}{
		{"a note", note, true, ""},
		{"a note with a byte that is none", note + "\xFF" + note, true, ""},
		{"a note with a character that is cut", note + "\xE8\x82" + note, true, ""},
		{"a note with a control character", note + "\x07" + note, true, ""},
		{"a page with a byte that is none", page + "\xFF" + page, true, ""},
		{"a page with a control character", page + "\x02" + page, true, ""},
		{"a note far behind the begin", strings.Repeat(note, 200) + "\xFF" + note, true, ""},
		{"a short note of which too much is lost", "肺\xFF\xFF", false, "application/octet-stream"},
		{"names between zeros", binary, false, "application/octet-stream"},
		{"samples", strings.Repeat("\x10\x27\xF0\xD8", 500), false, "application/octet-stream"},
		{"a program with words in it", "MZ" + strings.Repeat("This program cannot be run in DOS mode.\x00\x90\x03", 20), false, "application/octet-stream"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{file("a", tc.body)})
			if err != nil {
				t.Fatal(err)
			}
			text := o.Document.Text
			if !tc.text {
				if len(text.Sections) > 0 || len(text.Files) != 1 || text.Files[0].MediaType != tc.media {
					t.Errorf("text %+v, want a file of %s", text, tc.media)
				}
				return
			}
			if len(text.Sections) != 1 || len(text.Files) > 0 {
				t.Fatalf("text %+v, want one section", text)
			}
			shown, remarked := strings.Contains(fmt.Sprint(text.Sections), "\uFFFD"), strings.Contains(strings.Join(o.Document.Warnings, "; "), "cannot be decoded")
			if bad := tc.body != note; shown != bad || remarked != bad {
				t.Errorf("shown %v, remarked %v, want %v", shown, remarked, bad)
			}
		})
	}
}

// That nobody could look is not the same as that nothing was found.
func TestRead_dicomWithoutID(t *testing.T) {
	o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{file("a.dcm", strings.Repeat("\x00", 128)+"DICM....")})
	if err != nil || !strings.Contains(strings.Join(o.Document.Warnings, "; "), "was not checked") {
		t.Errorf("warnings %q, %v", o.Document.Warnings, err)
	}
}

// A document's picture is the one where the document says, never another of the same name.
func TestRead_attachmentByPlace(t *testing.T) {
	const png = "\x89PNG\r\n\x1A\n"
	for name, tc := range map[string]struct {
		document, reference string
		files               []string
		want                string // empty: none
	}{
		"its folder":               {"doc.xml", "right/a.png", []string{"left/a.png", "right/a.png"}, "right/a.png"},
		"beside the document":      {"doc.xml", "a.png", []string{"a.png", "left/a.png"}, "a.png"},
		"beside it, in a folder":   {"right/doc.xml", "a.png", []string{"a.png", "left/a.png", "right/a.png"}, "right/a.png"},
		"beside it, said so":       {"doc.xml", "./a.png", []string{"a.png", "left/a.png"}, "a.png"},
		"above the document":       {"text/doc.xml", "../right/a.png", []string{"right/a.png", "text/right/a.png"}, "right/a.png"},
		"as Windows writes it":     {"doc.xml", `right\a.png`, []string{"left/a.png", "right/a.png"}, "right/a.png"},
		"in letters of a Mac":      {"doc.xml", "右か\u3099ん/a.png", []string{"右がん/a.png", "左がん/a.png"}, "右がん/a.png"},
		"in letters of Windows":    {"doc.xml", "右/a.png", []string{"\x89\x45/a.png", "\x8D\xB6/a.png"}, "\x89\x45/a.png"},
		"the only one of its name": {"doc.xml", "a.png", []string{"right/a.png", "right/b.png"}, "right/a.png"},
		"two of its name":          {"doc.xml", "a.png", []string{"left/a.png", "right/a.png"}, ""},
		"in another folder":        {"doc.xml", "right/a.png", []string{"left/a.png"}, ""},
		"in a folder that is none": {"doc.xml", "right/a.png", []string{"a.png"}, ""},
		"outside":                  {"doc.xml", "../a.png", []string{"a.png"}, ""},
		"from the root":            {"doc.xml", "/a.png", []string{"a.png"}, ""},
		"on a server":              {"doc.xml", "http://example.invalid/a.png", []string{"a.png"}, ""},
		"the document itself":      {"doc.xml", "doc.xml", []string{"a.png"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := `<structuredBody><component><section><text>所見</text><entry><observationMedia><value><reference value="` + tc.reference + `"/></value></observationMedia></entry></section></component></structuredBody>`
			files := []extended.File{file(tc.document, cdaOf(ownID, "高橋", "花子", "19760101", "F", body))}
			for _, f := range tc.files {
				files = append(files, file(f, png))
			}
			o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, files)
			if err != nil {
				t.Fatal(err)
			}
			if remarked := o.Document.Remarks.Has(clinical.RemarkAttachment); remarked != (tc.want == "") {
				t.Errorf("remarked on: %v", o.Document.Warnings)
			}
			if len(o.Parts) != len(tc.files) {
				t.Fatalf("%d files are listed of %d", len(o.Parts), len(tc.files))
			}
			if first := files[o.Parts[0].File].Name; tc.want != "" && first != tc.want {
				t.Errorf("shown with %q, want %q", first, tc.want)
			}
		})
	}
}

func TestRead_files(t *testing.T) {
	pdf, png := "%PDF-1.4\n", "\x89PNG\r\n\x1A\n"
	letter := cdaOf(ownID, "高橋", "花子", "19760101", "F", `<nonXMLBody><text><reference value="letter.pdf"/></text></nonXMLBody>`)
	inside := cdaOf(ownID, "高橋", "花子", "19760101", "F", `<nonXMLBody><text representation="B64">JVBERi0xLjQK</text></nonXMLBody>`)
	tests := []struct {
		name  string
		files []extended.File
		words string
		want  []clinical.File
	}{
		{"a PDF", []extended.File{file("letter.xml", pdf)}, "", []clinical.File{{Name: "letter.xml", MediaType: "application/pdf", Size: 9, Main: true}}},
		{"a text with a picture", []extended.File{file("b.png", png), file("a.txt", "所見")}, "所見", []clinical.File{{Name: "b.png", MediaType: "image/png", Size: 8}}},
		{"main_document before all else", []extended.File{file("a.txt", "添付"), file("main_document.html", "<p>本文</p>")}, "本文", []clinical.File{{Name: "a.txt", MediaType: "text/plain", Size: 6}}},
		{"CDA that names its PDF", []extended.File{file("letter.pdf", pdf), file("a.xml", letter)}, "", []clinical.File{{Name: "letter.pdf", MediaType: "application/pdf", Size: 9, Main: true}}},
		{"CDA with a PDF inside", []extended.File{file("a.xml", inside)}, "", []clinical.File{{Name: "1", MediaType: "application/pdf", Size: 9, Main: true}}},
		{"other XML", []extended.File{file("a.xml", `<?xml version="1.0"?><!DOCTYPE x SYSTEM "y"><AnnotatedECG/>`)}, "", []clinical.File{{Name: "a.xml", MediaType: "application/xml", Size: 59, Main: true}}},
		{"what nobody knows", []extended.File{file("a.pdf", "\x00\x01\x02")}, "", []clinical.File{{Name: "a.pdf", MediaType: "application/octet-stream", Size: 3, Main: true}}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, tc.files)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, o.Document.Text.Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			words := ""
			for _, s := range o.Document.Text.Sections {
				words += s.Blocks[0].Paragraph
			}
			if words != tc.words {
				t.Errorf("words %q, want %q", words, tc.words)
			}
			for i, p := range o.Parts {
				if p.Body == nil && tc.files[p.File].Size != o.Document.Text.Files[i].Size {
					t.Errorf("part %d leads to another file", i)
				}
			}
		})
	}
}

func TestRead_vitals(t *testing.T) {
	body := "MSH|^~\\&|A|B|C|D|20240601||ORU^R30^ORU_R30|1|P|2.5||||||~ISO IR87\rPID|||0000012345^^^^PI\rORC|SC|1\rOBR|1|1||OBS^OBS^99ZL01|||20240601\r" +
		"OBX|1|NM|9A751000000000001^SBP^JC10||128|mm(hg)^mm(hg)^ISO+|||||F|||20240601060000\r"
	o, err := extended.Read(parse(t, "L-OBSERVATIONS^OBSERVATIONS^99ZL01"), hanako, []extended.File{file("main_document.hl7", body)})
	if err != nil {
		t.Fatal(err)
	}
	d := o.Document
	if d.Kind != clinical.KindVital || len(d.Vitals) != 1 || d.Vitals[0].Value != "128" || d.Text != nil || d.OrderNo != "1" || d.Date != "20240601" {
		t.Errorf("document %+v", d)
	}
}

func TestRead_refuses(t *testing.T) {
	many := make([]extended.File, extended.MaxFiles+1)
	for i := range many {
		many[i] = file(fmt.Sprint(i), "")
	}
	broken := extended.File{Name: "a", Size: 1, Open: func() (io.ReadCloser, error) { return nil, os.ErrPermission }}
	for _, tc := range []struct {
		name  string
		files []extended.File
		want  error
	}{
		{"no file", nil, extended.ErrEmpty},
		{"an empty file", []extended.File{file("a", "")}, extended.ErrEmpty},
		{"XML that hides what it is", []extended.File{file("a", "<?xml version='1.0'?><!--"+strings.Repeat(" ", 70_000)+"--><x/>")}, cda.ErrOther},
		{"too many", many, extended.ErrTooMany},
		{"may not be read", []extended.File{broken}, os.ErrPermission},
	} {
		if _, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, tc.files); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestMediaType(t *testing.T) {
	zip := func(names ...string) string {
		out := ""
		for _, n := range names {
			out += "PK\x03\x04" + strings.Repeat("\x00", 26) + n
		}
		return out
	}
	for _, tc := range []struct{ name, head, want string }{
		{"PDF", "%PDF-1.7", "application/pdf"}, {"JPEG", "\xFF\xD8\xFF\xE0", "image/jpeg"}, {"TIFF", "II*\x00", "image/tiff"},
		{"DICOM that is a TIFF as well", "II*\x00" + strings.Repeat("\x00", 124) + "DICM....", "application/dicom"},
		{"a word document", zip("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"an archive", zip("a.exe"), "application/zip"},
		{"a program", "MZ\x90\x00\x03", "application/octet-stream"},
		{"CDA", "<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'>", "application/xml"},
		{"HTML", "<!DOCTYPE html><p>", "text/html"}, {"XHTML", "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>", "text/html"},
		{"a note that begins as markup does", "<所見>\n肺野清", "text/plain"}, {"a note in CP932", "\x8B\x4C\x98\x5E", "text/plain"},
		{"a note in ISO-2022-JP", "\x1B$B5-O?\x1B(B", "text/plain"}, {"a message", "\x0BMSH|^~\\&|", "application/hl7-v2"}, {"nothing", "", "application/octet-stream"},
	} {
		if got := extended.MediaType([]byte(tc.head)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// What other people's programs wrote.
func TestMediaType_samples(t *testing.T) {
	dir := sampletest.Path(t, ".")
	for name, want := range map[string]string{
		"ecg/synthetic_12lead_le_utf8.mwf": "application/x-mfer", "ecg/synthetic_12lead_be_sjis.mwf": "application/x-mfer",
		"ecg/ecgtoolkit_Example.scp": "application/x-scp-ecg", "ecg/ecgtoolkit_Example.xml": "application/xml",
		"ecg/ecgtoolkit_Example.dcm": "application/dicom", "dicom/encapsulated_pdf.dcm": "application/dicom", "dicom/us1_j2k_lossless.dcm": "application/dicom",
	} {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
			continue
		}
		if got := extended.MediaType(body[:min(len(body), 64<<10)]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The samples' extended storage: a referral that was corrected, and an ECG, in which
// another number stands than that of the folder it was put into.
func TestRead_samples(t *testing.T) {
	root := sampletest.Path(t, "ssmix2/self-made/extended")
	folders, err := filepath.Glob(filepath.Join(root, "*", "*", "*", "*", "*", "*"))
	if err != nil || len(folders) != 3 {
		t.Fatalf("%d content folders, %v", len(folders), err)
	}
	var got []string
	for _, folder := range folders {
		below, err := filepath.Rel(root, folder)
		if err != nil {
			t.Fatal(err)
		}
		name, err := extended.ParsePath(filepath.ToSlash(below))
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var files []extended.File
		for _, e := range entries {
			body, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file(e.Name(), string(body)))
		}
		o, err := extended.Read(name, extended.Person{ID: patient}, files)
		if errors.Is(err, ssmix2.ErrWrongPatient) {
			got = append(got, fmt.Sprintf("%c of another", name.Flag))
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %c %s", o.Document.Kind, name.Flag, o.Document.Text.Files[0].MediaType))
	}
	if diff := cmp.Diff([]string{"1 of another", "referral 2 application/pdf", "referral 1 application/pdf"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	dicom := append(make([]byte, 128), "DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00\x08\x00\x05\x00CS\x0a\x00ISO_IR 192\x10\x00\x20\x00LO\x0a\x000000012345"...)
	for _, s := range [][]byte{
		dicom, []byte(cdaOf(ownID, "高橋", "花子", "19760101", "F", empty)), []byte("MSH|^~\\&|A\rPID|||0000012345\r"),
		[]byte("<html><p>x"), []byte("所見"), []byte("PK\x03\x04"), bytes.Replace(dicom, []byte("LO\x0a\x00"), []byte("SQ\x00\x00\xff\xff\xff\xff"), 1),
	} {
		f.Add(s)
	}
	name := parse(f, "^x^^51852-2^その他^LN")
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := extended.Read(name, hanako, []extended.File{file("a", string(b)), file("b", "%PDF-")})
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("error of kind %v: %v", fault.KindOf(err), err)
			}
			return
		}
		if o.Document.Text != nil && len(o.Parts) != len(o.Document.Text.Files) {
			t.Errorf("%d parts for %d files", len(o.Parts), len(o.Document.Text.Files))
		}
	})
}

// What the header of a letter says stands before its sections, and a letter that is a
// file is that file all the same.
func TestRead_headerOfADocument(t *testing.T) {
	of := func(body string) clinical.Text {
		src := strings.Replace(cdaOf(ownID, "高橋", "花子", "19760101", "F", body), "<component>", `<informationRecipient><intendedRecipient><receivedOrganization><name>試験医院</name></receivedOrganization></intendedRecipient></informationRecipient><component>`, 1)
		o, err := extended.Read(parse(t, "^x^^51852-2^その他^LN"), hanako, []extended.File{file("a", src)})
		if err != nil {
			t.Fatal(err)
		}
		return *o.Document.Text
	}
	about := clinical.Section{Heading: "文書情報", Blocks: []clinical.TextBlock{{Paragraph: "宛先 試験医院"}}}
	text := of("<structuredBody><component><section><text>経過良好</text></section></component></structuredBody>")
	if diff := cmp.Diff([]clinical.Section{about, {Blocks: []clinical.TextBlock{{Paragraph: "経過良好"}}}}, text.Sections); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	text = of(`<nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0xLjQK</text></nonXMLBody>`)
	if len(text.Sections) != 1 || !slices.ContainsFunc(text.Files, func(f clinical.File) bool { return f.Main && f.MediaType == "application/pdf" }) {
		t.Errorf("sections %+v, files %+v", text.Sections, text.Files)
	}
}

// TestRead_besideVitals: what a message of measurements says besides them goes along.
func TestRead_besideVitals(t *testing.T) {
	body := "MSH|^~\\&|A|B|C|D|20240601||ORU^R30^ORU_R30|1|P|2.5||||||~ISO IR87\rPID|||0000012345^^^^PI\rAL1|1|DA|1^latex^99X\r" +
		"OBX|1|NM|9N001000000000001^height^JC10||158|cm|||||F\rORC|SC|1\rNTE|1||at rest\rOBR|1|1||OBS^OBS^99ZL01|||20240601\r" +
		"OBX|1|NM|9A751000000000001^systolic^JC10||128|mmHg|||||F|||20240601\r"
	o, err := extended.Read(parse(t, "L-OBSERVATIONS^OBSERVATIONS^99ZL01"), hanako, []extended.File{file("main_document.hl7", body)})
	if err != nil {
		t.Fatal(err)
	}
	d := o.Document
	if len(d.Vitals) != 1 || len(d.Comments) != 1 || len(d.Observations) != 1 || len(d.StatedAllergies) != 1 {
		t.Errorf("%d measurements, %d comments, %d observations, %d allergies", len(d.Vitals), len(d.Comments), len(d.Observations), len(d.StatedAllergies))
	}
}
