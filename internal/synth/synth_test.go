package synth_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

func small() synth.Config {
	cfg := synth.DefaultConfig()
	cfg.Persons, cfg.Linked, cfg.Broken = 40, 12, false
	return cfg
}

func write(t *testing.T, cfg synth.Config) (*synth.Region, string) {
	t.Helper()
	r, err := synth.NewRegion(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := r.WriteAll(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// files gives every file below a folder by its path.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func hash(all map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range all {
			if !yield(n) {
				return
			}
		}
	}) {
		h.Write([]byte(name))
		h.Write(all[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// shared is one written region for all tests that only read.
var shared struct {
	sync.Once
	region *synth.Region
	dir    string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(shared.dir)
	os.Exit(code)
}

func written(t *testing.T) (*synth.Region, string) {
	t.Helper()
	shared.Do(func() {
		if shared.region, shared.err = synth.NewRegion(small()); shared.err != nil {
			return
		}
		if shared.dir, shared.err = os.MkdirTemp("", "region"); shared.err == nil {
			shared.err = shared.region.WriteAll(context.Background(), shared.dir)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.region, shared.dir
}

func tiny() synth.Config {
	cfg := small()
	cfg.Persons, cfg.Linked = 6, 3
	return cfg
}

func TestSameSeedSameBytes(t *testing.T) {
	_, a := write(t, tiny())
	_, b := write(t, tiny())
	if hash(files(t, a)) != hash(files(t, b)) {
		t.Error("two regions of one seed differ")
	}
	other := tiny()
	other.Seed = 2
	_, c := write(t, other)
	if hash(files(t, a)) == hash(files(t, c)) {
		t.Error("another seed gives the same region")
	}
}

// Every file is read back without an error and without a warning, whichever its flag.
func TestEveryFileReads(t *testing.T) {
	r, dir := written(t)
	types := map[ssmix2.DataType]map[ssmix2.Flag]int{}
	for _, f := range r.Facilities {
		if !f.Disclosing {
			continue
		}
		for path, body := range files(t, filepath.Join(dir, f.Code)) {
			name, err := ssmix2.ParsePath(path)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			doc, err := ssmix2.ReadDocument(name, body)
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if len(doc.Warnings) > 0 {
				t.Errorf("%s: %v", path, doc.Warnings)
			}
			if types[name.DataType] == nil {
				types[name.DataType] = map[ssmix2.Flag]int{}
			}
			types[name.DataType][name.Flag]++
		}
	}
	for _, typ := range []ssmix2.DataType{"ADT-00", "ADT-12", "ADT-22", "ADT-52", "ADT-61", "PPR-01", "OMP-01", "OMP-11", "OMP-02", "OMP-12", "OML-01", "OML-11"} {
		if types[typ][ssmix2.Current] == 0 {
			t.Errorf("the region has no current %s", typ)
		}
	}
	if types["OMP-01"][ssmix2.Superseded] == 0 || types["OMP-01"][ssmix2.Deleted] == 0 {
		t.Error("no prescription was ever corrected or deleted")
	}
}

// An entry has one current file at most, and a deleted one has none.
func TestVersionsHold(t *testing.T) {
	r, dir := written(t)
	for _, f := range r.Facilities {
		if !f.Disclosing {
			continue
		}
		var names []ssmix2.Name
		for path := range files(t, filepath.Join(dir, f.Code)) {
			name, err := ssmix2.ParsePath(path)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		for _, v := range ssmix2.Resolve(names) {
			if len(v.Rivals) > 0 || v.State == ssmix2.StatePending {
				t.Errorf("%s: %s with %d rivals", v.Name, v.State, len(v.Rivals))
			}
		}
	}
}

// Whoever is to be linked passes patient verification; whoever was mistyped does not.
func TestDemographicsAgreeWhereTheyMust(t *testing.T) {
	cfg := small()
	cfg.Persons = 300
	cfg.Linked = 40
	r, err := synth.NewRegion(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mistyped := 0
	for _, p := range r.Persons {
		if p.Linked && len(p.Numbers()) < 2 {
			t.Errorf("%s is to be linked and has %d numbers", p.Name(), len(p.Numbers()))
		}
		for _, rec := range p.Records {
			agrees := rec.Birth == p.Birth && rec.Sex == p.Sex && kana.Compatible(p.FamilyKana+rec.GivenKana, p.FamilyKana+p.GivenKana)
			if agrees == rec.Mistyped {
				t.Errorf("%s: agrees %v, mistyped %v", p.Name(), agrees, rec.Mistyped)
			}
			if rec.Mistyped {
				mistyped++
				if p.Linked {
					t.Errorf("%s is to be linked and mistyped", p.Name())
				}
			}
		}
	}
	if mistyped == 0 {
		t.Error("nobody was mistyped: the refusal cannot be tried out")
	}
}

// Numbers are unique within a facility.
func TestNumbersAreUnique(t *testing.T) {
	r, err := synth.NewRegion(synth.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[synth.Number]bool{}
	for _, p := range r.Persons {
		for _, n := range p.Numbers() {
			if seen[n] {
				t.Errorf("number %s of facility %d given twice", n.ID, n.Facility)
			}
			seen[n] = true
		}
	}
}

// results gives the numeric results of a test of one patient, by day.
func results(t *testing.T, dir string, id ident.LocalPatientID, test string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for path, body := range files(t, filepath.Join(dir, string(id[:3]), string(id[3:6]), string(id))) {
		name, err := ssmix2.ParsePath(strings.Join([]string{string(id[:3]), string(id[3:6]), string(id), path}, "/"))
		if err != nil {
			t.Fatal(err)
		}
		if name.DataType != ssmix2.LabResult || name.Flag != ssmix2.Current {
			continue
		}
		doc, err := ssmix2.ReadDocument(name, body)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range doc.LabResults {
			if r.Test.Text == test {
				out[name.CareDate] = r.Value + r.Flag
			}
		}
	}
	return out
}

// The story of heart and kidney moves as it is told: BNP falls over each admission,
// and potassium falls once spironolactone is stopped.
func TestHeartStoryMoves(t *testing.T) {
	r, dir := written(t)
	p := r.Persons[0]
	general := filepath.Join(dir, r.Facilities[0].Code)
	bnp := results(t, general, p.Records[0].ID, "BNP")
	var high, low int
	for _, v := range bnp {
		switch {
		case strings.HasSuffix(v, "H") && len(strings.Split(v, ".")[0]) >= 4: // a thousand and more
			high++
		case strings.HasSuffix(v, "H"):
			low++
		}
	}
	if high == 0 || low < 10 {
		t.Errorf("BNP: %d values of a thousand and more, %d below, want some and many: %v", high, low, bnp)
	}
	k := results(t, general, p.Records[0].ID, "カリウム")
	days := slices.Sorted(func(yield func(string) bool) {
		for d := range k {
			if !yield(d) {
				return
			}
		}
	})
	rose := slices.IndexFunc(days, func(d string) bool { return strings.HasPrefix(k[d], "5.") && strings.HasSuffix(k[d], "H") })
	if rose < 0 {
		t.Fatalf("potassium never rose: %v", k)
	}
	if last := k[days[len(days)-1]]; !strings.HasSuffix(last, "N") {
		t.Errorf("potassium is %s in the end, want it back in range", last)
	}
}

func TestSexesAndKinds(t *testing.T) {
	r, err := synth.NewRegion(synth.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Facilities) < 7 {
		t.Errorf("%d facilities, want at least 7", len(r.Facilities))
	}
	count := map[clinical.Sex]int{}
	for _, p := range r.Persons {
		count[p.Sex]++
	}
	if count[clinical.Male] < 80 || count[clinical.Female] < 80 {
		t.Errorf("sexes: %v", count)
	}
}

func TestNewRegion_refuses(t *testing.T) {
	for name, change := range map[string]func(*synth.Config){
		"too few":     func(c *synth.Config) { c.Persons = 1 },
		"more linked": func(c *synth.Config) { c.Linked = c.Persons + 1 },
		"negative":    func(c *synth.Config) { c.Linked = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := synth.DefaultConfig()
			change(&cfg)
			if _, err := synth.NewRegion(cfg); err == nil {
				t.Error("NewRegion took it")
			}
		})
	}
}
