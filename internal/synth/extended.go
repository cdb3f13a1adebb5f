package synth

import (
	"context"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/synth/document"
	"mizuhiki.dev/mizuhiki/internal/synth/storage"
)

// ExtendedSuffix is what the names of the folders of extended storages end in, behind
// the hospital's code.
const ExtendedSuffix = "-extended"

// forms are how the hospitals write their documents, each in a way of its own.
var forms = [...]document.Form{general: document.Structured, valley: document.Pages, upland: document.Plain}

// WriteExtended writes the extended storage of one disclosing hospital into dir, as
// [Region.WriteStorage] does the standard one.
func (r *Region) WriteExtended(ctx context.Context, dir string, facility int) error {
	if facility < 0 || facility >= len(r.Facilities) || !r.Facilities[facility].Disclosing {
		return fault.New(fault.Invalid, "facility %d of the region discloses nothing", facility)
	}
	for _, p := range r.Persons {
		if err := ctx.Err(); err != nil {
			return err
		}
		files, err := r.ExtendedFiles(p, facility)
		if err != nil {
			return err
		}
		if err := put(dir, files); err != nil {
			return fmt.Errorf("extended storage of %s: %w", r.Facilities[facility].Name, err)
		}
	}
	if !r.cfg.Broken || facility != valley {
		return nil
	}
	files, err := r.misfiled(facility)
	if err != nil {
		return err
	}
	return put(dir, files)
}

// ExtendedFiles gives the documents that a hospital wrote about a person of the region,
// none if it does not know them or discloses nothing.
func (r *Region) ExtendedFiles(p Person, facility int) ([]storage.File, error) {
	for _, rec := range p.Records {
		if rec.Facility != facility {
			continue
		}
		for _, c := range r.charts(p) {
			if int(c.Hospital) == facility {
				return r.writer(facility).Files(r.patient(p, rec), c)
			}
		}
	}
	return nil, nil
}

func (r *Region) writer(facility int) document.Writer {
	return document.Writer{Hospital: r.Facilities[facility].writes, Form: forms[facility]}
}

// misfiled gives a note that names another person, in the folder of a linked one: the
// gateway must keep it apart and list it.
func (r *Region) misfiled(facility int) ([]storage.File, error) {
	var at, other *storage.Patient
	for _, p := range r.Persons {
		for _, rec := range p.Records {
			switch {
			case rec.Facility != facility:
			case at == nil && p.Linked && p.Story != HeartFailure && p.Story != Polypharmacy:
				at = r.patient(p, rec)
			case at != nil && other == nil:
				other = r.patient(p, rec)
			}
		}
	}
	if other == nil {
		return nil, nil
	}
	return r.writer(facility).Misfiled(at, other, r.Today().AddDate(0, 0, -20))
}
