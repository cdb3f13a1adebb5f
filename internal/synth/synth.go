// Package synth makes a synthetic region (模擬地域): facilities, people who work there,
// persons with coherent stories over years, and for the disclosing hospitals true SS-MIX2
// storages on disk (SS-MIX2 standardized storage specification 1.2, extended storage
// guideline 1.2). Nobody and no place in it exists. The same configuration gives the
// same bytes.
//
// Its parts: dice (streams of chance), master (what hospitals order by), story (what
// happened to a person, as values), storage (the same as files of a hospital's habits),
// document (what was written about it).
package synth

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// Config says what region to make.
type Config struct {
	Persons    int
	Linked     int // how many of them are to be registered and linked, the first ones
	Facilities int // 0: eight, as many as the stories know by name
	Seed       uint64
	Today      wareki.Date // the day up to which the stories are told
	Broken     bool        // some files of one hospital cannot be read
}

// Bounds of a region.
const (
	MinPersons, MaxPersons       = 2, 100_000
	MinFacilities, MaxFacilities = 4, 20
	usualFacilities              = 8
)

// DefaultConfig is the region of the demo.
func DefaultConfig() Config {
	return Config{
		Persons: 300, Linked: 40, Facilities: usualFacilities, Seed: 1,
		Today: wareki.Date{Year: 2026, Month: time.November, Day: 20}, Broken: true,
	}
}

// Validate says everything that is wrong with the configuration, nil if nothing is.
func (c Config) Validate() error {
	var wrong []string
	if c.Persons < MinPersons || c.Persons > MaxPersons {
		wrong = append(wrong, fmt.Sprintf("%d persons, %d to %d can be", c.Persons, MinPersons, MaxPersons))
	}
	if c.Linked < 0 || c.Linked > c.Persons {
		wrong = append(wrong, fmt.Sprintf("%d linked persons of %d", c.Linked, c.Persons))
	}
	if c.Facilities != 0 && (c.Facilities < MinFacilities || c.Facilities > MaxFacilities) {
		wrong = append(wrong, fmt.Sprintf("%d facilities, %d to %d can be", c.Facilities, MinFacilities, MaxFacilities))
	}
	if c.Today.Year < 2010 || c.Today.Year > 2100 {
		wrong = append(wrong, fmt.Sprintf("%s as today, a day from 2010 to 2100 is needed", c.Today))
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "synthetic region: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// Region is a region that has been thought up; nothing is written yet. It is only
// read after [NewRegion], so that its storages may be written at the same time.
type Region struct {
	Name       string
	Facilities []Facility // the disclosing hospitals first, in the order of [story.Hospital]
	Persons    []Person
	cfg        Config
}

// Person is one person with where they are known.
type Person struct {
	Family, Given         string // as the facility that registers them writes it
	FamilyKana, GivenKana string
	Birth                 wareki.Date
	Sex                   clinical.Sex
	Postcode, Address     string
	Phone                 string
	Records               []Record // at hospitals, the main one first
	Others                []Number // at facilities that only view
	Linked                bool     // to be registered, by the first of [Person.Numbers]
	Story                 string   // what it is about: one told in depth, or the name of a template

	seed uint64
}

// Stories that are told in depth, of the first two persons.
const (
	HeartFailure = "heart failure"
	Polypharmacy = "polypharmacy"
)

// Record is a person at a hospital as that hospital has them.
type Record struct {
	Number
	Family, FamilyKana, GivenKana string
	Birth                         wareki.Date
	Sex                           clinical.Sex
	Mistyped                      bool   // birth date, sex or kana is not the person's: a link is refused
	Former                        string // the family name under which they were registered once; empty: this one

	serial int // of the hospital's patients in the region, from 1
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
	out := slices.Clone(p.Others)
	for _, r := range p.Records {
		out = append(out, r.Number)
	}
	return out
}

// NewRegion thinks up a region.
func NewRegion(cfg Config) (*Region, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Facilities == 0 {
		cfg.Facilities = usualFacilities
	}
	r := &Region{Name: "霧瀬", Facilities: facilities(cfg.Facilities), cfg: cfg}
	numbers := newNumbering(cfg.Facilities)
	for i := range cfg.Persons {
		r.Persons = append(r.Persons, r.person(i, numbers))
	}
	return r, nil
}

// Today is the day up to which the stories are told.
func (r *Region) Today() time.Time { return r.today().At(12, 0) }

func (r *Region) today() story.Day { return story.DayOf(r.cfg.Today) }

// charts tells the person's story.
func (r *Region) charts(p Person) []story.Chart {
	of := story.Teller{Seed: p.seed, Sex: p.Sex, Birth: story.DayOf(p.Birth), Today: r.today(), Deep: p.Linked}
	switch p.Story {
	case HeartFailure:
		return story.HeartFailure(of)
	case Polypharmacy:
		return story.Polypharmacy(of)
	}
	var at []story.Hospital
	for _, rec := range p.Records {
		at = append(at, story.Hospital(rec.Facility))
	}
	for _, t := range story.Templates() {
		if t.Name == p.Story {
			return t.Play(of, at)
		}
	}
	return nil
}
