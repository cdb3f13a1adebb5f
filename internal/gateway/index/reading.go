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

	Whole      bool    // every document was read and not the demographics only
	Entries    []Entry // if Whole: all that exists
	Unreadable []Unreadable
}

// Put takes readings in, in one transaction, and logs what changed of linked patients.
//
// A linked patient whose record no longer agrees with what was verified is suspended:
// the number was given to somebody else, or two records were merged. Documents of a
// patient who is not linked any more are left out.
func (x *Index) Put(ctx context.Context, readings ...Reading) error {
	err := x.logging(ctx, func(ctx context.Context, tx *db.Tx, log *changes) error {
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

func (x *Index) put(ctx context.Context, tx *db.Tx, log *changes, r Reading, now time.Time) error {
	if err := x.putDemographics(ctx, tx, log, r); err != nil {
		return err
	}
	if !r.Whole {
		return replaceUnreadable(ctx, tx, r.ID, r.Unreadable, now)
	}
	err := db.Exec(ctx, tx, "linked patient", `UPDATE linked SET read_at = $2 WHERE patient_id = $1`, r.ID, db.Micros(now))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := x.replaceItems(ctx, tx, log, r.ID, r.Entries); err != nil {
		return err
	}
	return replaceUnreadable(ctx, tx, r.ID, r.Unreadable, now)
}

func (x *Index) putDemographics(ctx context.Context, tx *db.Tx, log *changes, r Reading) error {
	if r.Uncertain {
		return nil
	}
	var err error
	if d := r.Demographics; d == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM patient WHERE patient_id = $1`, r.ID)
	} else {
		_, err = tx.ExecContext(ctx, `
			INSERT INTO patient (patient_id, name, kana, kana_key, birth_date, sex, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, kana_key = excluded.kana_key,
				birth_date = excluded.birth_date, sex = excluded.sex, updated = excluded.updated`,
			r.ID, d.Name, d.Kana, kana.Key(d.Kana), d.BirthDate, d.Sex, r.Updated)
	}
	if err != nil {
		return err
	}
	return x.reverify(ctx, tx, log, r.ID)
}

// replaceItems makes entries all that exists for a patient.
func (x *Index) replaceItems(ctx context.Context, tx *db.Tx, log *changes, id ident.LocalPatientID, entries []Entry) error {
	old, err := x.Entries(ctx, tx, id)
	if err != nil {
		return err
	}
	before := map[ident.ItemID]Entry{}
	for _, e := range old {
		before[e.ID] = e
	}
	stays := map[ident.ItemID]bool{}
	for _, e := range entries {
		stays[e.ID] = true
		was, known := before[e.ID]
		if known && was == e {
			continue
		}
		if err := putItem(ctx, tx, e); err != nil {
			return err
		}
		if known && was.Item == e.Item {
			continue // moved or touched, nothing that the center shows
		}
		if err := log.add(ctx, wire.Change{Op: wire.OpUpsert, PatientID: id, Item: &e.Item}); err != nil {
			return err
		}
	}
	for _, e := range old { // in order, so that a log reads the same whenever it is made
		if stays[e.ID] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM item WHERE item_id = $1`, e.ID); err != nil {
			return err
		}
		if err := log.add(ctx, wire.Change{Op: wire.OpDelete, PatientID: id, ItemID: e.ID}); err != nil {
			return err
		}
	}
	return nil
}
