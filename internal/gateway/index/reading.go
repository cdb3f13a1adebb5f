package index

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Reading is what looking at one patient's folder gave.
type Reading struct {
	ID ident.LocalPatientID

	Demographics *clinical.Demographics // nil: the storage has none
	Uncertain    bool                   // Demographics could not be told this time: what was known stays
	Updated      string                 // time stamp of the demographics' file
	// DemographicsRemarks are those on the file of the demographics, which lies at
	// DemographicsPath below DemographicsRoot.
	DemographicsRoot, DemographicsPath string
	DemographicsRemarks                Remarks

	Whole      bool    // every document was read and not the demographics only
	Entries    []Entry // if Whole: all that exists
	Unreadable []Unreadable
	Away       []string // roots that were away: what was unreadable there still is
}

// Put takes readings in, in one transaction, and logs what changed of linked patients.
//
// A linked patient whose record no longer agrees with what was verified is suspended:
// the number was given to somebody else, or two records were merged. Documents of a
// patient who is not linked any more are left out.
func (x *Index) Put(ctx context.Context, readings ...Reading) error {
	err := x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		now := x.clock()
		for _, r := range readings {
			if err := x.put(ctx, tx, log, r, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put readings: %w", err)
	}
	return nil
}

func (x *Index) put(ctx context.Context, tx db.Querier, log *changes, r Reading, now time.Time) error {
	if err := x.putDemographics(ctx, tx, log, r, now); err != nil {
		return err
	}
	if !r.Whole {
		return replaceUnreadable(ctx, tx, r.ID, r.Unreadable, r.Away, now)
	}
	err := db.Exec(ctx, tx, "linked patient", `UPDATE linked SET read_at = $2 WHERE patient_id = $1`, r.ID, db.Micros(now))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := x.replaceItems(ctx, tx, log, r.ID, r.Entries, now); err != nil {
		return err
	}
	if err := countRemarks(ctx, tx, r, now); err != nil {
		return err
	}
	return replaceUnreadable(ctx, tx, r.ID, r.Unreadable, r.Away, now)
}

func (x *Index) putDemographics(ctx context.Context, tx db.Querier, log *changes, r Reading, now time.Time) error {
	if r.Uncertain {
		return nil
	}
	var err error
	had := 1
	if d := r.Demographics; d == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM patient WHERE patient_id = $1`, r.ID)
	} else {
		// What is returned is what was there: the statement leaves it alone. So the many
		// whose file has no remarks cost no statement more.
		err = tx.QueryRowContext(ctx, `
			INSERT INTO patient (patient_id, name, kana, kana_key, birth_date, sex, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, kana_key = excluded.kana_key,
				birth_date = excluded.birth_date, sex = excluded.sex, updated = excluded.updated
			RETURNING remarked`,
			r.ID, d.Name, d.Kana, kana.Key(d.Kana), d.BirthDate, d.Sex, r.Updated).Scan(&had)
	}
	if err != nil {
		return err
	}
	if had != 0 || r.DemographicsRemarks != "" {
		if err := remarkDemographics(ctx, tx, r, now); err != nil {
			return err
		}
	}
	return x.reverify(ctx, tx, log, r.ID)
}

// replaceItems makes entries all that exists for a patient.
func (x *Index) replaceItems(ctx context.Context, tx db.Querier, log *changes, id ident.LocalPatientID, entries []Entry, now time.Time) error {
	old, known, err := readRecord(ctx, tx, id)
	if err != nil {
		return err
	}
	before := make(map[ident.ItemID]row, len(old))
	for _, r := range old {
		before[r.ID] = r
	}
	rows := make([]row, 0, len(entries))
	var told []int
	touched := !known
	for _, e := range entries {
		was, there := before[e.ID]
		delete(before, e.ID)
		touched = touched || !there || was.Entry != e
		if !there || was.Item != e.Item { // else moved or touched, nothing that the center shows
			told = append(told, len(rows))
		}
		rows = append(rows, row{e, was.seq, remarkedSince(was, e, now)})
	}
	if !touched && len(before) == 0 {
		return nil
	}
	if err := log.upserted(ctx, id, rows, told); err != nil {
		return err
	}
	for _, r := range old { // in order, so that a log reads the same whenever it is made
		if _, gone := before[r.ID]; !gone {
			continue
		}
		if err := log.add(ctx, wire.Change{Op: wire.OpDelete, PatientID: id, ItemID: r.ID}); err != nil {
			return err
		}
	}
	if known {
		if err := log.tidy(ctx, id, rows); err != nil {
			return err
		}
	}
	return writeRecord(ctx, tx, id, rows)
}
