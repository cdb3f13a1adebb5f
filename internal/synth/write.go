package synth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// WriteAll writes the storages of every disclosing hospital, all at the same time: the
// standard one into a folder of dir named by the hospital's code, the extended one
// beside it, see [ExtendedSuffix].
func (r *Region) WriteAll(ctx context.Context, dir string) error {
	all, ctx := errgroup.WithContext(ctx)
	for i, f := range r.Facilities {
		if f.Disclosing {
			all.Go(func() error { return r.WriteStorage(ctx, filepath.Join(dir, f.Code), i) })
			all.Go(func() error { return r.WriteExtended(ctx, filepath.Join(dir, f.Code+ExtendedSuffix), i) })
		}
	}
	return all.Wait()
}

// WriteStorage writes the storage of one disclosing hospital into dir, the root of the
// storage. Files that are there already stay, unless they have the same name. A
// facility that discloses nothing, or is none, is refused as invalid.
func (r *Region) WriteStorage(ctx context.Context, dir string, facility int) error {
	if facility < 0 || facility >= len(r.Facilities) || !r.Facilities[facility].Disclosing {
		return fault.New(fault.Invalid, "facility %d of the region discloses nothing", facility)
	}
	for _, p := range r.Persons {
		if err := ctx.Err(); err != nil {
			return err
		}
		files, err := r.Files(p, facility)
		if err != nil {
			return err
		}
		if err := put(dir, files); err != nil {
			return fmt.Errorf("storage of %s: %w", r.Facilities[facility].Name, err)
		}
	}
	if r.cfg.Broken && facility == valley {
		return put(dir, r.broken(facility))
	}
	return nil
}

// Files gives the files that a hospital has of a person of the region, none if it
// does not know them or discloses nothing.
func (r *Region) Files(p Person, facility int) ([]storage.File, error) {
	for _, rec := range p.Records {
		if rec.Facility != facility {
			continue
		}
		chart := story.Chart{Known: r.Today().AddDate(-1, 0, 0)} // known by name only, if there is no chart
		for _, c := range r.charts(p) {
			if int(c.Hospital) == facility {
				chart = c
			}
		}
		f := r.Facilities[facility]
		files, err := f.writes.Files(r.patient(p, rec), chart)
		if err != nil {
			return nil, fmt.Errorf("files of %s: %w", f.Name, err)
		}
		return files, nil
	}
	return nil, nil
}

// patient is the person as the hospital has them.
func (r *Region) patient(p Person, rec Record) *storage.Patient {
	out := &storage.Patient{
		ID: rec.ID, Serial: rec.serial,
		Family: rec.Family, Given: p.Given, FamilyKana: rec.FamilyKana, GivenKana: rec.GivenKana,
		BirthDate: rec.Birth, Sex: rec.Sex, Postcode: p.Postcode, Address: p.Address, Phone: p.Phone,
		InsuranceCode: "60", InsuranceName: "国民健康保険", InsurerNumber: "99999999",
	}
	if p.Birth.Age(r.cfg.Today) >= 75 {
		out.InsuranceCode, out.InsuranceName = "39", "後期高齢者医療"
	}
	switch maiden, ok := nameOf(rec.Former); {
	case ok:
		out.Former = &storage.Former{Family: maiden.kanji, FamilyKana: maiden.kana, Address: p.Address}
	case p.seed%6 == 0: // has moved house
		out.Former = &storage.Former{Family: rec.Family, FamilyKana: rec.FamilyKana, Address: address(p.seed)}
	}
	return out
}

// put writes files below a folder.
func put(dir string, files []storage.File) error {
	made := ""
	for _, f := range files {
		full := filepath.Join(dir, filepath.FromSlash(f.Path))
		if folder := filepath.Dir(full); folder != made {
			// Most folders are one below another that is there: a single call makes them.
			if err := os.Mkdir(folder, 0o755); err != nil {
				if err := os.MkdirAll(folder, 0o755); err != nil {
					return err
				}
			}
			made = folder
		}
		if err := os.WriteFile(full, f.Body, 0o644); err != nil {
			return err
		}
	}
	return nil
}
