// Package synth makes a synthetic region (模擬地域): facilities, people who work there,
// persons with coherent stories over years, and for the disclosing hospitals true SS-MIX2
// storages on disk. Nobody and no place in it exists. The same configuration gives the
// same bytes.
package synth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// Config says what region to make.
type Config struct {
	Persons int
	Linked  int // how many of them are to be registered and linked, the first ones
	Seed    uint64
	Today   wareki.Date // the day up to which the stories are told
	Broken  bool        // some files of one hospital cannot be read
}

// DefaultConfig is the region of the demo.
func DefaultConfig() Config {
	return Config{Persons: 300, Linked: 40, Seed: 1, Today: wareki.Date{Year: 2026, Month: time.November, Day: 20}, Broken: true}
}

// Region is a region that has been thought up; nothing is written yet.
type Region struct {
	Name       string
	Facilities []Facility // the disclosing hospitals first, in the order of [story.Hospital]
	Persons    []Person
	cfg        Config
}

// Person is one person with where they are known.
type Person struct {
	Family, Given         string
	FamilyKana, GivenKana string
	Birth                 wareki.Date
	Sex                   clinical.Sex
	Postcode, Address     string
	Phone                 string
	Records               []Record // at hospitals, the main one first
	Others                []Number // at facilities that only view
	Linked                bool     // to be registered, by the first of [Person.Numbers]

	tale story.Tale
	seed uint64
}

// Record is a person at a hospital as that hospital has them.
type Record struct {
	Number
	Family, GivenKana string
	Birth             wareki.Date
	Sex               clinical.Sex
	Mistyped          bool // birth date, sex or kana is not the person's
}

// Number is a patient number at a facility.
type Number struct {
	Facility int // index into Facilities
	ID       ident.LocalPatientID
}

// Name gives 姓 名.
func (p Person) Name() string { return p.Family + " " + p.Given }

// Kana gives セイ メイ.
func (p Person) Kana() string { return p.FamilyKana + " " + p.GivenKana }

// Numbers gives the person's numbers everywhere, first that of the facility that registers them.
func (p Person) Numbers() []Number {
	out := append([]Number(nil), p.Others...)
	for _, r := range p.Records {
		out = append(out, r.Number)
	}
	return out
}

// NewRegion thinks up a region.
func NewRegion(cfg Config) (*Region, error) {
	if cfg.Persons < 2 || cfg.Persons > 100_000 || cfg.Linked < 0 || cfg.Linked > cfg.Persons {
		return nil, fault.New(fault.Invalid, "a region has 2 to 100,000 persons, of whom up to all are linked; not %d and %d", cfg.Persons, cfg.Linked)
	}
	r := &Region{Name: "霧瀬", Facilities: facilities(), cfg: cfg}
	numbers := newNumbering()
	for i := range cfg.Persons {
		r.Persons = append(r.Persons, r.person(i, numbers))
	}
	return r, nil
}

// WriteAll writes the storage of every disclosing hospital into a folder of dir named
// by the hospital's code.
func (r *Region) WriteAll(ctx context.Context, dir string) error {
	all, ctx := errgroup.WithContext(ctx)
	for i, f := range r.Facilities {
		if f.Disclosing {
			all.Go(func() error { return r.WriteStorage(ctx, filepath.Join(dir, f.Code), i) })
		}
	}
	return all.Wait()
}

// WriteStorage writes the storage of one disclosing hospital into dir.
func (r *Region) WriteStorage(ctx context.Context, dir string, facility int) error {
	f := r.Facilities[facility]
	if !f.Disclosing {
		return fault.New(fault.Invalid, "%s discloses nothing", f.Name)
	}
	w := storage.NewWriter(dir, f.habits)
	for _, p := range r.Persons {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, rec := range p.Records {
			if rec.Facility != facility {
				continue
			}
			if err := r.writeRecord(w, p, rec); err != nil {
				return fmt.Errorf("storage of %s: %w", f.Name, err)
			}
		}
	}
	if r.cfg.Broken && facility == int(story.Valley) {
		return r.breakSome(dir)
	}
	return nil
}

func (r *Region) writeRecord(w *storage.Writer, p Person, rec Record) error {
	patient := storage.Patient{
		ID: rec.ID, Family: rec.Family, Given: p.Given, FamilyKana: p.FamilyKana, GivenKana: rec.GivenKana,
		Birth: rec.Birth, Sex: rec.Sex, Postcode: p.Postcode, Address: p.Address, Phone: p.Phone,
		Known: story.DayOf(r.cfg.Today).At(9, 0).AddDate(-1, 0, 0),
	}
	var chart *story.Chart
	charts := r.charts(p)
	for i := range charts {
		if int(charts[i].Hospital) == rec.Facility {
			chart = &charts[i]
			patient.Known = chart.Known
		}
	}
	if p.seed%5 == 0 {
		patient.Moved = patient.Known.AddDate(0, 4, 3)
	}
	if patient.Moved.After(story.DayOf(r.cfg.Today).At(0, 0)) {
		patient.Moved = time.Time{}
	}
	return w.Patient(patient, chart)
}

func (r *Region) charts(p Person) []story.Chart {
	var at []story.Hospital
	for _, rec := range p.Records {
		at = append(at, story.Hospital(rec.Facility))
	}
	return story.Tell(p.tale, story.Person{Seed: p.seed, Sex: p.Sex, Birth: story.DayOf(p.Birth), Today: story.DayOf(r.cfg.Today), Deep: p.Linked}, at...)
}

// breakSome writes files that no reader can read: what a gateway must list and pass over.
func (r *Region) breakSome(dir string) error {
	var id ident.LocalPatientID
	for _, p := range r.Persons {
		for _, rec := range p.Records {
			if p.Linked && rec.Facility == int(story.Valley) && p.tale != story.HeartAndKidney && p.tale != story.ManyPills {
				id = rec.ID
			}
		}
	}
	if id == "" {
		return nil
	}
	day := r.cfg.Today.AddDays(-40).Compact()
	folder := filepath.Join(dir, string(id[:3]), string(id[3:6]), string(id), day)
	for _, b := range []struct{ typ, order, body string }{
		{"OML-11", "000000000009901", "MSH|^~\\&|HIS|V|GW|V|20261010||OUL^R22^OUL_R22|1|P|2.5||||||~ISO IR87\rPID|0001||" + string(id) + "^^^^PI||A^B\rSPM|1|||023^"},
		{"OMP-01", "000000000009902", "MSH|^~\\&|HIS|V|GW|V|20261010||RDE^O11^RDE_O11|1|P|2.5||||||~ISO IR87\rPID|0001||99999999^^^^PI||A^B^^^^^L^I||19500101|M\rORC|NW|000000000009902\rRXE||1^x^99X\r"},
		{"XYZ-99", "000000000009903", "MSH|^~\\&|HIS|V|GW|V|20261010||XYZ^Z99|1|P|2.5\r"},
		{"OML-11", "000000000009904", "これはHL7ではありません"},
	} {
		path := filepath.Join(folder, b.typ, fmt.Sprintf("%s_%s_%s_%s_%s120000000_01_1", id, day, b.typ, b.order, day))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(b.body), 0o644); err != nil {
			return err
		}
	}
	return nil
}
