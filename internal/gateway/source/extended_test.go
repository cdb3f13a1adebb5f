package source_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// withExtended follows a standard storage that knows hanako, who is linked, and an
// extended one.
func withExtended(t *testing.T, ext *storagetest.Storage) *following {
	t.Helper()
	st := storagetest.New(t)
	st.Demographics(hanako, storagetest.Hanako, "20240601090000000")
	x := newIndex(t)
	f := beginWith(t, x, func(c *source.Config) { c.ExtendedRoots, c.MaxFile = []string{ext.Root}, 1<<20 }, st)
	<-f.Walked()
	f.link(hanako, storagetest.Hanako)
	return f
}

const stamp = "20240601120000000"

func summary(key string) extended.Name {
	return storagetest.ObjectName(hanako, "20240601", storagetest.DischargeSummary, key, stamp)
}

// texts gives the objects of a patient as "kind type entries", by their item.
func (f *following) texts(id ident.LocalPatientID) map[string]index.Entry {
	f.t.Helper()
	entries, err := f.index.Entries(f.t.Context(), f.index.Reader(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[string]index.Entry{}
	for _, e := range entries {
		if e.DataType != "ADT-00" {
			out[fmt.Sprintf("%s %q %d", e.Kind, e.DataType, e.Entries)] = e
		}
	}
	return out
}

func (f *following) one(want string) index.Entry {
	f.t.Helper()
	var e index.Entry
	f.within(want, func() (ok bool) {
		all := f.texts(hanako)
		e, ok = all[want]
		return ok && len(all) == 1
	})
	return e
}

func TestExtended_lifeOfADocument(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	n := summary("1")
	ext.Object(n, map[string][]byte{"doc.xml": storagetest.CDA(hanako, storagetest.Hanako, "秘密の題", "軽快した。"), "紹介.pdf": storagetest.PDF})
	f := withExtended(t, ext)
	e := f.one(`summary "18842-5" 1`)
	if meta, _ := json.Marshal(e.Item); strings.Contains(string(meta), "秘密") || strings.Contains(string(meta), "サマリ") {
		t.Errorf("the metadata tells of the content: %s", meta)
	}
	doc, err := f.Contents().Read(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	want := &clinical.Text{
		Type:  clinical.Coded{Code: "18842-5", Text: "退院時サマリ", System: "LN", LocalText: "退院時サマリー"},
		Title: "秘密の題", Written: "20240601123000", Authors: []clinical.Staff{{ID: "D1", Name: "試験 医師"}},
		Sections: []clinical.Section{{Heading: "経過", Blocks: []clinical.TextBlock{{Paragraph: "軽快した。"}}}},
		Files:    []clinical.File{{Name: "紹介.pdf", MediaType: "application/pdf", Size: int64(len(storagetest.PDF))}},
	}
	if diff := cmp.Diff(want, doc.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}

	ext.RenameObject(n, ssmix2.Superseded)
	next := n
	next.Timestamp = "20240602120000000"
	ext.Object(next, map[string][]byte{"doc.xml": storagetest.CDA(hanako, storagetest.Hanako, "題", "訂正した。")})
	e2 := f.one(`summary "18842-5" 0`)
	if e2.ID != e.ID || e2.Updated != next.Timestamp {
		t.Errorf("the correction is %+v, want the same item of another time", e2.Item)
	}
	if _, err := f.Contents().Read(t.Context(), e); !fault.Is(err, fault.NotFound) {
		t.Errorf("reading what was superseded = %v, want not found", err)
	}
	ext.RenameObject(next, ssmix2.Deleted)
	f.within("deleted", func() bool { return len(f.texts(hanako)) == 0 })
	if bad := f.unreadable(); len(bad) > 0 {
		t.Errorf("unreadable: %v", bad)
	}
}

// An entry of which only superseded folders are there is not shown, and listed: its writer
// stopped between renaming the old one and writing the new one.
func TestExtended_onlySuperseded(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	n := summary("1")
	n.Flag = ssmix2.Superseded
	ext.Object(n, map[string][]byte{"doc.xml": storagetest.CDA(hanako, storagetest.Hanako, "題", "本文")})
	older := n
	older.Timestamp = "20240601110000000"
	ext.Object(older, map[string][]byte{"doc.xml": storagetest.CDA(hanako, storagetest.Hanako, "題", "本文")})
	f := withExtended(t, ext)
	below, err := n.Path()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]index.Reason{below: index.ReasonNoCurrent}
	f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
	if got := f.texts(hanako); len(got) > 0 {
		t.Errorf("it is in the index: %v", got)
	}
	next := summary("1")
	next.Timestamp = "20240602120000000"
	ext.Object(next, map[string][]byte{"doc.xml": storagetest.CDA(hanako, storagetest.Hanako, "題", "訂正")})
	f.one(`summary "18842-5" 0`)
	f.within("no longer listed", func() bool { return len(f.unreadable()) == 0 })
}

func TestExtended_onlyOfLinkedPatients(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	ext.Object(summary("1"), map[string][]byte{"a.txt": []byte("記録")})
	f := withExtended(t, ext)
	f.one(`summary "18842-5" 0`)
	if err := f.index.Unlink(t.Context(), hanako); err != nil {
		t.Fatal(err)
	}
	if got := f.texts(hanako); len(got) > 0 {
		t.Errorf("after unlinking: %v", got)
	}
	f.Soon(hanako)
	f.within("read again", func() bool { return f.State().Waiting == 0 })
	if got := f.texts(hanako); len(got) > 0 {
		t.Errorf("an unlinked patient's documents: %v", got)
	}
}

func TestExtended_quarantine(t *testing.T) {
	t.Parallel()
	person := func(change func(*storagetest.Person)) storagetest.Person {
		p := storagetest.Hanako
		change(&p)
		return p
	}
	other := person(func(p *storagetest.Person) {
		p.Family, p.Given, p.FamilyKana, p.GivenKana = "他人", "太郎", "タニン", "タロウ"
	})
	tests := []struct {
		name string
		file []byte
		want index.Reason // "": read
	}{
		{"the patient's", storagetest.CDA(hanako, storagetest.Hanako, "", "本文"), ""},
		{"another patient's ID", storagetest.CDA("0000099999", storagetest.Hanako, "", "本文"), index.ReasonWrongPatient},
		{"another birth date", storagetest.CDA(hanako, person(func(p *storagetest.Person) { p.BirthDate = "19760102" }), "", "本文"), index.ReasonIdentity},
		{"another sex", storagetest.CDA(hanako, person(func(p *storagetest.Person) { p.Sex = clinical.Male }), "", "本文"), index.ReasonIdentity},
		{"another name", storagetest.CDA(hanako, other, "", "本文"), index.ReasonIdentity},
		{"the name before a marriage", storagetest.CDA(hanako, person(func(p *storagetest.Person) { p.Family, p.FamilyKana = "旧姓", "キュウセイ" }), "", "本文"), ""},
		{"a DICOM object", storagetest.DICOM(hanako, "19760101"), ""},
		{"another's DICOM object", storagetest.DICOM("0000099999", "19760101"), index.ReasonWrongPatient},
		{"a DICOM object of another birth date", storagetest.DICOM(hanako, "19550101"), index.ReasonIdentity},
		{"a waveform", []byte("@\x20MFR Standard 12 leads ECG       \x82\x0A0000012345\x84\x01\x02\x1E\x02\x00\x01"), ""},
		{"another's waveform", []byte("@\x20MFR Standard 12 leads ECG       \x82\x0A0000099999\x84\x01\x02\x1E\x02\x00\x01"), index.ReasonWrongPatient},
		{"a waveform of another sex", []byte("@\x20MFR Standard 12 leads ECG       \x82\x0A0000012345\x84\x01\x01\x1E\x02\x00\x01"), index.ReasonIdentity},
		{"another's medication notebook", []byte("JAHISTC08,1\r\n1,試験太郎,1,19760101\r\n"), index.ReasonIdentity},
		{"a message of another's", []byte("MSH|^~\\&|A|B|C|D|20240601||ORU^R01^ORU_R01|1|P|2.5\rPID|||0000099999^^^^PI||試験^花子||19760101|F\r"), index.ReasonWrongPatient},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ext := storagetest.New(t)
			n := summary("1")
			ext.Object(n, map[string][]byte{"main": tc.file})
			f := withExtended(t, ext)
			if tc.want == "" {
				f.within("read", func() bool { return len(f.texts(hanako)) == 1 })
				return
			}
			below, _ := n.Path()
			want := map[string]index.Reason{below: tc.want}
			f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
			if got := f.texts(hanako); len(got) > 0 {
				t.Errorf("it is in the index: %v", got)
			}
		})
	}
}

// What was sound when it was indexed is held against the patient again when it is shown.
func TestExtended_quarantineAtDisclosure(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	n := summary("1")
	ext.Object(n, map[string][]byte{"main.xml": storagetest.CDA(hanako, storagetest.Hanako, "", "本文"), "a.pdf": storagetest.PDF})
	f := withExtended(t, ext)
	e := f.one(`summary "18842-5" 1`)
	pdf := marks(t, f.Source, e)[0]
	f.stop()
	if err := os.WriteFile(filepath.Join(ext.ObjectPath(n), "main.xml"), storagetest.CDA("0000099999", storagetest.Hanako, "", "本文"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, f)
	if _, err := s.Contents().Read(t.Context(), e); !errors.Is(err, ssmix2.ErrWrongPatient) {
		t.Errorf("ReadContent = %v, want another patient's", err)
	}
	if _, err := s.OpenFile(t.Context(), e, 0, pdf); !errors.Is(err, ssmix2.ErrWrongPatient) {
		t.Errorf("OpenFile = %v, want another patient's", err)
	}
}

// marks gives the marks of a document's files as it is shown.
func marks(t *testing.T, s *source.Source, e index.Entry) (out []string) {
	t.Helper()
	doc, err := s.Contents().Read(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range doc.Text.Files {
		out = append(out, f.Mark())
	}
	return out
}

// reopen opens the storages of f, which has been stopped, without following them.
func reopen(t *testing.T, f *following) *source.Source {
	t.Helper()
	s, err := source.Open(t.Context(), f.config, f.index)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Names as copies over shares and archives leave them behind.
func TestExtended_namesInOtherBytes(t *testing.T) {
	t.Parallel()
	windows := func(s string) string {
		out, err := japanese.ShiftJIS.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	dataType := "L7^ガーゼ表_退院時サマリー^99XYZ^18842-5^退院時サマリ^LN" // 表 has a backslash in CP932
	n := storagetest.ObjectName(hanako, "20240601", dataType, "1", stamp)
	for _, tc := range []struct {
		name   string
		encode func(string) string
	}{{"NFD", norm.NFD.String}, {"CP932", windows}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ext := storagetest.New(t)
			path := filepath.Join(ext.Root, "000", "001", string(hanako), "20240601", tc.encode(dataType), tc.encode(n.String()))
			ext.ObjectAt(path, map[string][]byte{tc.encode("表.pdf"): storagetest.PDF})
			f := withExtended(t, ext)
			e := f.one(`summary "18842-5" 1`)
			doc, err := f.Contents().Read(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.Text.Files[0].Name; got != "表.pdf" {
				t.Errorf("file name %q, want 表.pdf", got)
			}
			file, err := f.OpenFile(t.Context(), e, 0, doc.Text.Files[0].Mark())
			if err != nil {
				t.Fatal(err)
			}
			defer file.Content.Close()
			if got, err := io.ReadAll(file.Content); err != nil || !bytes.Equal(got, storagetest.PDF) {
				t.Errorf("content = %q, %v", got, err)
			}
		})
	}
}

func TestExtended_attacks(t *testing.T) {
	t.Parallel()
	laughs := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><ClinicalDocument>&b;</ClinicalDocument>`
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret.txt")
	if err := os.WriteFile(secret, []byte("秘密"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		make  func(folder string) error
		want  index.Reason
		below string // the content folder, if not its file of this name
	}{
		{"a link out", func(dir string) error { return os.Symlink(secret, filepath.Join(dir, "a.txt")) }, index.ReasonNotRegular, "/a.txt"},
		{"a link to a folder", func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "sub")) }, index.ReasonNotRegular, "/sub"},
		{"a pipe", func(dir string) error { return makePipe(filepath.Join(dir, "a.txt")) }, index.ReasonNotRegular, "/a.txt"},
		{"ten thousand files", func(dir string) error {
			for i := range 10_000 {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o644); err != nil {
					return err
				}
			}
			return nil
		}, index.ReasonTooLarge, ""},
		{"folders in folders", func(dir string) error { return os.MkdirAll(filepath.Join(dir, "1/2/3/4/5/6"), 0o755) }, index.ReasonContent, "/1/2/3/4"},
		{"no file", func(string) error { return nil }, index.ReasonEmpty, ""},
		{"an external entity", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a.xml"), fmt.Appendf(nil, `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://%s">]><ClinicalDocument>&e;</ClinicalDocument>`, secret), 0o644)
		}, index.ReasonContent, ""},
		{"billion laughs", func(dir string) error { return os.WriteFile(filepath.Join(dir, "a.xml"), []byte(laughs), 0o644) }, index.ReasonContent, ""},
		{"a text of 5 MB", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a.txt"), bytes.Repeat([]byte("a\n"), 5<<19), 0o644)
		}, index.ReasonTooLarge, ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ext := storagetest.New(t)
			n := summary("1")
			ext.Object(n, nil)
			if err := tc.make(ext.ObjectPath(n)); errors.Is(err, errors.ErrUnsupported) {
				t.Skipf("SKIPPED: not to be had here: %v", err)
			} else if err != nil {
				t.Fatal(err)
			}
			f := withExtended(t, ext)
			below, _ := n.Path()
			want := map[string]index.Reason{below + tc.below: tc.want}
			f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
			if got := f.texts(hanako); len(got) > 0 {
				t.Errorf("it is in the index: %v", got)
			}
		})
	}
}

// What does not lie where its name says, and what is no folder, is listed and not read.
func TestExtended_misplaced(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	good := summary("1")
	ext.Object(good, map[string][]byte{"a.txt": []byte("記録")})
	day := filepath.Dir(filepath.Dir(ext.ObjectPath(good)))
	stranger := storagetest.ObjectName("0000099999", "20240601", storagetest.DischargeSummary, "2", stamp)
	ext.ObjectAt(filepath.Join(filepath.Dir(ext.ObjectPath(good)), stranger.String()), map[string][]byte{"a.txt": []byte("他人")})
	ext.ObjectAt(filepath.Join(day, "OMP-01", "x"), map[string][]byte{"a": nil})
	if err := os.Symlink(ext.ObjectPath(good), filepath.Join(filepath.Dir(ext.ObjectPath(good)), summary("3").String())); err != nil {
		t.Fatal(err)
	}
	ext.ObjectAt(filepath.Join(ext.Root, "111", "222", string(hanako)), nil)
	f := withExtended(t, ext)
	f.one(`summary "18842-5" 0`)
	folder := "000/001/" + string(hanako) + "/20240601/"
	want := map[string]index.Reason{
		folder + storagetest.DischargeSummary + "/" + stranger.String():     index.ReasonWrongPatient,
		folder + storagetest.DischargeSummary + "/" + summary("3").String(): index.ReasonNotRegular,
		folder + "OMP-01/x":         index.ReasonName,
		"111/222/" + string(hanako): index.ReasonPlace,
	}
	f.within("listed", func() bool { return cmp.Equal(want, f.unreadable()) })
}

func TestOpenFile(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	n := summary("1")
	dicom := storagetest.DICOM(hanako, "19760101")
	ext.Object(n, map[string][]byte{
		"main.xml": storagetest.CDA(hanako, storagetest.Hanako, "", "本文"), "a.pdf": storagetest.PDF, "b.dcm": dicom, "c.bin": make([]byte, 1<<20+1),
	})
	f := withExtended(t, ext)
	e := f.one(`summary "18842-5" 3`)
	f.stop()
	s := reopen(t, f)
	marks := marks(t, s, e)

	file, err := s.OpenFile(t.Context(), e, 1, marks[1])
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(file.Content)
	if err := errors.Join(err, file.Content.Close()); err != nil {
		t.Fatal(err)
	}
	if want := append(make([]byte, 128), dicom[128:]...); !bytes.Equal(got, want) || file.MediaType != "application/dicom" || file.Size != int64(len(dicom)) {
		t.Errorf("%s of %d bytes, content %q; want the object with an empty preamble", file.MediaType, file.Size, got)
	}
	for _, tc := range []struct {
		name string
		n    int
		mark string
	}{
		{"before the first", -1, marks[0]}, {"behind the last", 3, marks[2]}, {"larger than the bound", 2, marks[2]},
		{"where another stood", 1, marks[0]}, {"without a mark", 0, ""},
	} {
		if _, err := s.OpenFile(t.Context(), e, tc.n, tc.mark); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", tc.name, err)
		}
	}
	stranger := e
	stranger.PatientID = "0000099999"
	if _, err := s.OpenFile(t.Context(), stranger, 0, marks[0]); err == nil {
		t.Error("opened for another patient")
	}

	// A file that comes before the others moves them: place 1 is the PDF's by now.
	first := filepath.Join(ext.ObjectPath(n), "0.pdf")
	if err := os.WriteFile(first, storagetest.PDF, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenFile(t.Context(), e, 1, marks[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("after the folder has changed: %v, want not found", err)
	}
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}

	pdf := filepath.Join(ext.ObjectPath(n), "a.pdf")
	if err := errors.Join(os.Remove(pdf), os.Symlink("/etc/hostname", pdf)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenFile(t.Context(), e, 0, marks[0]); err == nil {
		t.Error("followed a link that was put in the file's place")
	}
	if err := os.Rename(ext.ObjectPath(n), ext.ObjectPath(n)+"x"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(ext.ObjectPath(n)+"x", ext.ObjectPath(n)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenFile(t.Context(), e, 1, marks[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("through a link in the folder's place: %v, want not found", err)
	}
}

// A share that is not mounted is not an empty one.
func TestExtended_awayIsNotDeleted(t *testing.T) {
	t.Parallel()
	ext := storagetest.New(t)
	ext.Object(summary("1"), map[string][]byte{"a.txt": []byte("記録")})
	f := withExtended(t, ext)
	f.one(`summary "18842-5" 0`)
	away := ext.Root + ".away"
	if err := errors.Join(os.Rename(ext.Root, away), os.Mkdir(ext.Root, 0o755)); err != nil {
		t.Fatal(err)
	}
	f.within("trouble", func() bool { return f.State().Trouble.Said != "" })
	f.one(`summary "18842-5" 0`)
	if err := errors.Join(os.Remove(ext.Root), os.Rename(away, ext.Root)); err != nil {
		t.Fatal(err)
	}
	f.within("back", func() bool { return f.State().Trouble.Said == "" })
	f.one(`summary "18842-5" 0`)
}
