package synth_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

var update = flag.Bool("update", false, "write the golden hash anew")

func region(t *testing.T, change ...func(*synth.Config)) *synth.Region {
	t.Helper()
	cfg := synth.DefaultConfig()
	for _, f := range change {
		f(&cfg)
	}
	r, err := synth.NewRegion(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func small(c *synth.Config) { c.Persons, c.Linked = 24, 6 }

// files gives what a hospital has of all persons.
func files(t *testing.T, r *synth.Region, facility int) []storage.File {
	t.Helper()
	var out []storage.File
	for _, p := range r.Persons {
		f, err := r.Files(p, facility)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f...)
	}
	return out
}

func disclosing(r *synth.Region) []int {
	var out []int
	for i, f := range r.Facilities {
		if f.Disclosing {
			out = append(out, i)
		}
	}
	return out
}

func hash(all []storage.File) string {
	slices.SortFunc(all, func(a, b storage.File) int { return cmp.Compare(a.Path, b.Path) })
	h := sha256.New()
	for _, f := range all {
		h.Write([]byte(f.Path))
		h.Write([]byte{0})
		h.Write(f.Body)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// onDisk reads a written storage.
func onDisk(t *testing.T, dir string) []storage.File {
	t.Helper()
	var out []storage.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		out = append(out, storage.File{Path: filepath.ToSlash(rel), Body: body})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameSeedSameBytes(t *testing.T) {
	a, b := files(t, region(t, small), 0), files(t, region(t, small), 0)
	if hash(a) != hash(b) {
		t.Error("two regions of one seed differ")
	}
	other := files(t, region(t, small, func(c *synth.Config) { c.Seed = 2 }), 0)
	if hash(a) == hash(other) {
		t.Error("another seed gives the same region")
	}
}

// The bytes of one hospital are pinned, so that a change in what the demo and the
// screenshots rest on is a decision. Run with -update after one.
func TestGolden(t *testing.T) {
	got := hash(files(t, region(t, small), 1)) + "\n"
	golden := filepath.Join("testdata", "second-hospital.sha256")
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
		t.Errorf("bytes of the second hospital (-want +got):\n%s", diff)
	}
}

// What is written is what [synth.Region.Files] gives, and is not written twice over.
func TestWriteAll(t *testing.T) {
	r := region(t, small, func(c *synth.Config) { c.Broken = false })
	dir := t.TempDir()
	for range 2 {
		if err := r.WriteAll(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range disclosing(r) {
		if hash(onDisk(t, filepath.Join(dir, r.Facilities[f].Code))) != hash(files(t, r, f)) {
			t.Errorf("the storage of %s differs from its files", r.Facilities[f].Name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 6 {
		t.Errorf("%d storages, %v; want three of each kind", len(entries), err)
	}
}

func TestWriteStorage_refuses(t *testing.T) {
	r := region(t, small)
	for _, facility := range []int{-1, 3, len(r.Facilities)} {
		if err := r.WriteStorage(t.Context(), t.TempDir(), facility); !fault.Is(err, fault.Invalid) {
			t.Errorf("WriteStorage(%d) = %v, want a refusal", facility, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.WriteStorage(ctx, t.TempDir(), 0); err == nil {
		t.Error("WriteStorage went on after its context had ended")
	}
}

// Every file of the whole region is read back without an error and without a warning,
// whichever its flag; every entry has one current file at most.
func TestEveryFileReads(t *testing.T) {
	r := region(t)
	total := 0
	for _, facility := range disclosing(r) {
		types := map[ssmix2.DataType]map[ssmix2.Flag]int{}
		var names []ssmix2.Name
		for _, f := range files(t, r, facility) {
			name, err := ssmix2.ParsePath(f.Path)
			if err != nil {
				t.Fatalf("%s: %v", f.Path, err)
			}
			doc, err := ssmix2.ReadDocument(name, f.Body)
			if err != nil || len(doc.Warnings) > 0 {
				t.Errorf("%s: %v, warnings %v", f.Path, err, doc.Warnings)
			}
			if types[name.DataType] == nil {
				types[name.DataType] = map[ssmix2.Flag]int{}
			}
			types[name.DataType][name.Flag]++
			names = append(names, name)
		}
		total += len(names)
		for _, v := range ssmix2.Resolve(names) {
			if len(v.Rivals) > 0 || v.State == ssmix2.StatePending {
				t.Errorf("%s: %s with %d rivals", v.Name, v.State, len(v.Rivals))
			}
		}
		for _, typ := range []ssmix2.DataType{"ADT-00", "ADT-12", "ADT-22", "ADT-52", "ADT-61", "PPR-01", "OMP-01", "OMP-11", "OMP-02", "OMP-12", "OML-11", "OMD", "OMG-01", "OMG-11", "OMG-03", "OMG-13"} {
			if types[typ][ssmix2.Current] == 0 {
				t.Errorf("%s has no current %s", r.Facilities[facility].Name, typ)
			}
		}
		if rx := types["OMP-01"]; rx[ssmix2.Superseded] == 0 || rx[ssmix2.Deleted] < 2 {
			t.Errorf("%s has corrected %d prescriptions and left %d files of deleted ones", r.Facilities[facility].Name, rx[ssmix2.Superseded], rx[ssmix2.Deleted])
		}
		if facility == 0 && (types["OML-01"][ssmix2.Current] == 0 || types["ADT-42"][ssmix2.Current] == 0) {
			t.Error("the general hospital has no orders of tests or no transfers")
		}
		if facility == 0 && (types["OMG-12"][ssmix2.Current] == 0 || types["ADT-01"][ssmix2.Current] == 0 || types["ADT-01"][ssmix2.Superseded] == 0) {
			t.Error("the general hospital has no endoscopies or no changes of attending doctors")
		}
	}
	if total > 12_000 {
		t.Errorf("%d files, at most 12,000 are wanted", total)
	}
}

// What a storage files under a name is filed under that name if it comes over a wire.
func TestNamesOfMessages(t *testing.T) {
	r := region(t, small)
	seen := map[ssmix2.DataType]bool{}
	for _, facility := range disclosing(r) {
		for _, f := range files(t, r, facility) {
			want, err := ssmix2.ParsePath(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			msg, err := hl7v2.Parse(f.Body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ssmix2.NameOf(msg, r.Today())
			if err != nil || got.Key != want.Key || want.Flag == ssmix2.Current && (got.Flag != want.Flag || got.Department != want.Department) {
				t.Errorf("%s is named %s, %v", f.Path, got, err)
			}
			seen[want.DataType] = true
		}
	}
	if len(seen) < 18 {
		t.Errorf("%d data types were named, want 18 at least", len(seen))
	}
}

// Somewhere grows what is tested against drugs, and the answer is to what was given.
func TestCulture(t *testing.T) {
	r := region(t, small)
	found := false
	for _, f := range files(t, r, 2) {
		name, err := ssmix2.ParsePath(f.Path)
		if err != nil || name.DataType != ssmix2.LabResult {
			continue
		}
		doc, err := ssmix2.ReadDocument(name, f.Body)
		if err != nil {
			t.Fatal(err)
		}
		cultures, rest := clinical.Cultures(doc.LabResults)
		if len(cultures) == 0 {
			continue
		}
		found = true
		first := cultures[0]
		if len(rest) > 0 || first.Organism.Text != "Klebsiella pneumoniae" || first.Specimen.Text != "喀痰" || len(first.Found) != 2 || len(first.Drugs) != 4 {
			t.Fatalf("culture = %+v and %d other rows", first, len(rest))
		}
		if d := first.Drugs[1]; d.Drug.Text != "CTRX(セフトリアキソン)" || d.Value != "<=1" || d.Flag != "S" {
			t.Errorf("ceftriaxone = %+v", d)
		}
	}
	if !found {
		t.Error("no culture at the third hospital")
	}
}

// The linked have long records, those who wait short ones.
func TestAmounts(t *testing.T) {
	r := region(t)
	stories := map[string]bool{}
	for i, p := range r.Persons {
		n := 0
		for _, f := range disclosing(r) {
			own, err := r.Files(p, f)
			if err != nil {
				t.Fatal(err)
			}
			n += len(own)
		}
		least, most := 3, 30
		switch {
		case i < 2:
			least, most = 300, 600
		case p.Linked:
			least, most = 40, 180
			stories[p.Story] = true
		}
		if n < least || n > most {
			t.Errorf("person %d, %s: %d files, want %d to %d", i, p.Story, n, least, most)
		}
	}
	if len(stories) < 10 {
		t.Errorf("the linked have %d kinds of stories, want ten at least", len(stories))
	}
}

// Whoever is to be linked passes patient verification by the very files; whoever was
// mistyped does not.
func TestDemographicsAgreeWhereTheyMust(t *testing.T) {
	r := region(t)
	mistyped, maiden, variants := map[string]int{}, 0, 0
	for _, p := range r.Persons {
		if p.Linked && len(p.Numbers()) < 2 {
			t.Errorf("%s is to be linked and has %d numbers", p.Name(), len(p.Numbers()))
		}
		for _, rec := range p.Records {
			d := current(t, r, p, rec)
			differs := map[string]bool{
				"birth date": d.BirthDate != p.Birth.String(),
				"sex":        d.Sex != p.Sex,
				"kana":       !kana.Compatible(d.Kana, p.Kana()),
			}
			any := false
			for what, differs := range differs {
				if differs {
					mistyped[what]++
					any = true
				}
			}
			if any != rec.Mistyped || any && p.Linked {
				t.Errorf("%s: differs in %v, mistyped %v, linked %v", p.Name(), differs, rec.Mistyped, p.Linked)
			}
			if rec.Former != "" {
				maiden++
			}
			if !rec.Mistyped && d.Name != p.Name() {
				variants++
			}
		}
	}
	for _, what := range []string{"birth date", "sex", "kana"} {
		if mistyped[what] == 0 {
			t.Errorf("nobody was mistyped in the %s: the refusal cannot be tried out", what)
		}
	}
	if maiden < 3 || variants < 5 {
		t.Errorf("%d former names and %d other spellings, want a few", maiden, variants)
	}
}

// current reads the demographics that a gateway compares with.
func current(t *testing.T, r *synth.Region, p synth.Person, rec synth.Record) *clinical.Demographics {
	t.Helper()
	all, err := r.Files(p, rec.Facility)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		name, err := ssmix2.ParsePath(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if name.DataType != ssmix2.PatientDemographics || name.Flag != ssmix2.Current {
			continue
		}
		doc, err := ssmix2.ReadDocument(name, f.Body)
		if err != nil {
			t.Fatal(err)
		}
		return doc.Demographics
	}
	t.Fatalf("%s has no demographics at %s", p.Name(), r.Facilities[rec.Facility].Name)
	return nil
}

// Numbers are unique within a facility, and each hospital has its own kind.
func TestNumbers(t *testing.T) {
	r := region(t)
	seen := map[synth.Number]bool{}
	for _, p := range r.Persons {
		for _, n := range p.Numbers() {
			if seen[n] {
				t.Errorf("number %s of facility %d given twice", n.ID, n.Facility)
			}
			seen[n] = true
			if length := map[int]int{0: 10, 1: 8, 2: 7}[n.Facility]; length > 0 && len(n.ID) != length {
				t.Errorf("number %s at facility %d", n.ID, n.Facility)
			}
			if n.Facility == 0 && !strings.HasPrefix(string(n.ID), "0") {
				t.Errorf("number %s of the general hospital has no leading zero", n.ID)
			}
		}
	}
}

// Nobody can be taken for somebody else, or the network would refuse to register them.
func TestPersonsCanBeToldApart(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range region(t).Persons {
		key := kana.Key(p.Kana()) + p.Birth.String() + string(p.Sex)
		if seen[key] {
			t.Errorf("two persons are %s, born on %s", p.Kana(), p.Birth)
		}
		seen[key] = true
	}
}

func TestFacilities(t *testing.T) {
	for _, n := range []int{0, synth.MinFacilities, 8, synth.MaxFacilities} {
		r := region(t, small, func(c *synth.Config) { c.Facilities = n })
		if want := cmp.Or(n, 8); len(r.Facilities) != want || len(disclosing(r)) != 3 {
			t.Errorf("asked for %d facilities: %d, %d of them disclosing", n, len(r.Facilities), len(disclosing(r)))
		}
		logins, codes, marks := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, f := range r.Facilities {
			if codes[f.Code] || len(f.Code) != 10 || !strings.HasPrefix(f.Code, "99") {
				t.Errorf("code %s", f.Code)
			}
			if marks[f.Mark] || len([]rune(f.Mark)) != 2 {
				t.Errorf("mark %s of %s", f.Mark, f.Name)
			}
			codes[f.Code], marks[f.Mark] = true, true
			for _, s := range f.Staff {
				if logins[s.Login] {
					t.Errorf("login %s is given twice", s.Login)
				}
				logins[s.Login] = true
			}
			if len(f.Staff) < 3 {
				t.Errorf("%s has %d people", f.Name, len(f.Staff))
			}
		}
		for _, p := range r.Persons {
			for _, number := range p.Numbers() {
				if number.Facility >= len(r.Facilities) {
					t.Errorf("%s has a number at facility %d of %d", p.Name(), number.Facility, len(r.Facilities))
				}
			}
		}
	}
}

// The broken files are refused by the reader, each for the reason that it was broken
// for, and all others are as they were.
func TestBroken(t *testing.T) {
	sound := region(t, small, func(c *synth.Config) { c.Broken = false })
	broken := region(t, small, func(c *synth.Config) { c.Broken = true })
	dir := t.TempDir()
	if err := broken.WriteStorage(t.Context(), dir, 1); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range files(t, sound, 1) {
		known[f.Path] = true
	}
	reasons := map[string]int{}
	for _, f := range onDisk(t, dir) {
		if known[f.Path] {
			continue
		}
		name, err := ssmix2.ParsePath(f.Path)
		if err != nil {
			t.Errorf("ParsePath(%s): %v", f.Path, err)
			continue
		}
		_, err = ssmix2.ReadDocument(name, f.Body)
		for _, reason := range []string{"unknown data type", "does not begin with MSH", "belongs to another patient", "cut", "no patient id"} {
			if err != nil && strings.Contains(err.Error(), reason) {
				reasons[reason]++
				break
			}
		}
		if err == nil {
			t.Errorf("%s can be read", f.Path)
		}
	}
	want := map[string]int{"unknown data type": 1, "does not begin with MSH": 2, "belongs to another patient": 2, "cut": 2}
	if diff := gocmp.Diff(want, reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestNewRegion_refuses(t *testing.T) {
	for name, change := range map[string]func(*synth.Config){
		"too few persons":     func(c *synth.Config) { c.Persons = 1 },
		"too many persons":    func(c *synth.Config) { c.Persons = synth.MaxPersons + 1 },
		"more linked":         func(c *synth.Config) { c.Linked = c.Persons + 1 },
		"negative":            func(c *synth.Config) { c.Linked = -1 },
		"too few facilities":  func(c *synth.Config) { c.Facilities = 3 },
		"too many facilities": func(c *synth.Config) { c.Facilities = 21 },
		"no today":            func(c *synth.Config) { c.Today.Year = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := synth.DefaultConfig()
			change(&cfg)
			if _, err := synth.NewRegion(cfg); !fault.Is(err, fault.Invalid) {
				t.Errorf("NewRegion = %v, want a refusal", err)
			}
		})
	}
}
