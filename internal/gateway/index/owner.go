package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Owner is whom the demographics of a patient number named from a time on: numbers are
// given to new patients (患者番号の再利用).
type Owner struct {
	Since string                // time stamp of the file, empty: before all others
	Who   clinical.Demographics // name, kana name, birth date and sex only; zero: the file cannot be read
}

// Owners gives, in the order of time, what is known of who had a number. It is empty
// unless there was, or may have been, another than now.
func (x *Index) Owners(ctx context.Context, q db.Querier, id ident.LocalPatientID) ([]Owner, error) {
	return owners(ctx, q, id)
}

func owners(ctx context.Context, q db.Querier, id ident.LocalPatientID) ([]Owner, error) {
	list, err := db.All(ctx, q, func(s db.Scanner) (o Owner, err error) {
		err = s(&o.Since, &o.Who.Name, &o.Who.Kana, &o.Who.BirthDate, &o.Who.Sex)
		return o, err
	}, `SELECT since, name, kana, birth_date, sex FROM owner WHERE patient_id = $1 ORDER BY since`, id)
	if err != nil {
		return nil, fmt.Errorf("owners of a patient number: %w", err)
	}
	return list, nil
}

// putOwners keeps who had a number. A reading of the whole knows it by all files; one of the
// demographics only knows what it replaces.
func putOwners(ctx context.Context, tx db.Querier, r Reading, former []Owner) error {
	if r.Whole {
		return replaceOwners(ctx, tx, r.ID, r.Owners)
	}
	if len(former) == 0 {
		return nil
	}
	before, err := owners(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	was := former[0]
	switch d := r.Demographics; {
	case d == nil: // whoever comes next may be another
		return addOwner(ctx, tx, r.ID, was)
	case len(before) == 0 && was.Who.Compare(d.Claim()).Same():
		return nil
	case was.Since >= r.Updated:
		was.Since = ""
	}
	// Also a correction, once there was another: whom it names is compared with who has
	// the number now, and there may be a change of name between them.
	return cmp.Or(addOwner(ctx, tx, r.ID, was), addOwner(ctx, tx, r.ID, Owner{r.Updated, *r.Demographics}))
}

func replaceOwners(ctx context.Context, tx db.Querier, id ident.LocalPatientID, now []Owner) error {
	before, err := owners(ctx, tx, id)
	if err != nil || slices.Equal(before, now) {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM owner WHERE patient_id = $1`, id); err != nil {
		return err
	}
	for _, o := range now {
		if err := addOwner(ctx, tx, id, o); err != nil {
			return err
		}
	}
	return nil
}

func addOwner(ctx context.Context, tx db.Querier, id ident.LocalPatientID, o Owner) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO owner (patient_id, since, name, kana, birth_date, sex) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (patient_id, since) DO UPDATE SET name = excluded.name, kana = excluded.kana, birth_date = excluded.birth_date, sex = excluded.sex`,
		id, o.Since, o.Who.Name, o.Who.Kana, o.Who.BirthDate, o.Who.Sex)
	return err
}

// formerSeparator stands between the parts of what patient.former says.
const formerSeparator = "\x1f"

// formerOwner reads what a change of a patient's row replaced; nothing if nothing changed.
func formerOwner(former string) []Owner {
	parts := strings.Split(former, formerSeparator)
	if len(parts) != 5 {
		return nil
	}
	return []Owner{{parts[0], clinical.Demographics{Name: parts[1], Kana: parts[2], BirthDate: parts[3], Sex: clinical.Sex(parts[4])}}}
}
