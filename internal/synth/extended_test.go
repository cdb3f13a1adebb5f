package synth_test

import (
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

func extendedFiles(t *testing.T, r *synth.Region, facility int) []storage.File {
	t.Helper()
	var out []storage.File
	for _, p := range r.Persons {
		files, err := r.ExtendedFiles(p, facility)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	return out
}

// read reads one document of a storage as a gateway does.
func read(t *testing.T, f storage.File, who *clinical.Demographics) (extended.Name, extended.Object, error) {
	t.Helper()
	name, err := extended.ParsePath(path.Dir(f.Path))
	if err != nil {
		t.Fatalf("%s: %v", f.Path, err)
	}
	o, err := extended.Read(name, extended.Person{ID: name.PatientID, Record: who}, []extended.File{{
		Name: path.Base(f.Path), Size: int64(len(f.Body)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.Body)), nil },
	}})
	return name, o, err
}

// records gives who the patients are by the current demographics of the standard storage.
func records(t *testing.T, r *synth.Region, facility int) map[ident.LocalPatientID]*clinical.Demographics {
	t.Helper()
	out := map[ident.LocalPatientID]*clinical.Demographics{}
	for _, f := range files(t, r, facility) {
		name, err := ssmix2.ParsePath(f.Path)
		if err != nil || name.DataType != ssmix2.PatientDemographics || name.Flag != ssmix2.Current {
			continue
		}
		doc, err := ssmix2.ReadDocument(name, f.Body)
		if err != nil {
			t.Fatal(err)
		}
		out[name.PatientID] = doc.Demographics
	}
	return out
}

// Every document of the region is read back without an error and without a warning as
// its patient's, and every kind of written content is there.
func TestExtended_everyFileReads(t *testing.T) {
	r := region(t)
	kinds := map[clinical.Kind]int{}
	flags := map[ssmix2.Flag]int{}
	for _, facility := range disclosing(r) {
		who := records(t, r, facility)
		var names []extended.Name
		for _, f := range extendedFiles(t, r, facility) {
			name, o, err := read(t, f, who[ident.LocalPatientID(strings.Split(f.Path, "/")[2])])
			if err != nil || len(o.Document.Warnings) > 0 {
				t.Errorf("%s: %v, warnings %v", f.Path, err, o.Document.Warnings)
				continue
			}
			names = append(names, name)
			flags[name.Flag]++
			kinds[o.Document.Kind]++
			if text := o.Document.Text; text != nil && len(text.Sections) == 0 && len(text.Files) == 0 {
				t.Errorf("%s: says nothing", f.Path)
			}
		}
		for _, v := range extended.Resolve(names) {
			if len(v.Rivals) > 0 || v.State == ssmix2.StatePending {
				t.Errorf("%v: %v with %d rivals", v.Name, v.State, len(v.Rivals))
			}
		}
	}
	for _, k := range []clinical.Kind{
		clinical.KindPhysicianNote, clinical.KindNursingNote, clinical.KindSummary, clinical.KindReferral,
		clinical.KindReport, clinical.KindCheckup, clinical.KindVital,
	} {
		if kinds[k] == 0 {
			t.Errorf("no document of kind %s", k)
		}
	}
	if flags[ssmix2.Superseded] == 0 || flags[ssmix2.Deleted] == 0 {
		t.Errorf("flags %v, want corrections and deletions among them", flags)
	}
	t.Log(kinds)
}

// The first person's summaries say what the chart beside them says.
func TestExtended_agreesWithTheChart(t *testing.T) {
	r := region(t)
	p := r.Persons[0]
	files, err := r.ExtendedFiles(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(files, func(f storage.File) bool {
		return strings.Contains(f.Path, "18842-5") && strings.HasSuffix(path.Dir(f.Path), "_1")
	})
	if i < 0 {
		t.Fatal("no discharge summary of somebody who was in hospital")
	}
	_, o, err := read(t, files[i], nil)
	if err != nil {
		t.Fatal(err)
	}
	var headings []string
	words := ""
	for _, s := range o.Document.Text.Sections {
		headings = append(headings, s.Heading)
		for _, b := range s.Blocks {
			words += b.Paragraph + strings.Join(b.List, "\n")
			for _, row := range b.Table {
				words += strings.Join(row, " ")
			}
		}
	}
	if diff := gocmp.Diff([]string{"入院期間", "診断名", "入院後経過", "検査所見", "退院時処方", "退院後の方針"}, headings); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
	for _, want := range []string{"うっ血性心不全", "フロセミド", "クレアチニン"} {
		if !strings.Contains(words, want) {
			t.Errorf("the summary does not mention %s", want)
		}
	}
}

// The bytes of the documents of one hospital are pinned as those of its messages are.
func TestExtended_golden(t *testing.T) {
	if hash(extendedFiles(t, region(t, small), 0)) == hash(extendedFiles(t, region(t, small, func(c *synth.Config) { c.Seed = 2 }), 0)) {
		t.Error("another seed gives the same documents")
	}
	got := ""
	for facility := range 3 {
		got += hash(extendedFiles(t, region(t, small), facility)) + "\n"
	}
	golden := filepath.Join("testdata", "extended.sha256")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("bytes of the extended storages (-want +got):\n%s", diff)
	}
}

// One document of the broken hospital names another person than its folder does.
func TestWriteExtended_misfiled(t *testing.T) {
	r := region(t, func(c *synth.Config) { c.Broken = true })
	dir := t.TempDir()
	if err := r.WriteExtended(t.Context(), dir, 1); err != nil {
		t.Fatal(err)
	}
	who := records(t, r, 1)
	wrong := 0
	for _, f := range onDisk(t, dir) {
		_, _, err := read(t, f, who[ident.LocalPatientID(strings.Split(f.Path, "/")[2])])
		if err != nil {
			wrong++
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", f.Path, err)
			}
		}
	}
	if wrong != 1 {
		t.Errorf("%d documents are refused, want one", wrong)
	}
	if err := r.WriteExtended(t.Context(), dir, 4); !fault.Is(err, fault.Invalid) {
		t.Errorf("WriteExtended of a clinic = %v, want a refusal", err)
	}
}
