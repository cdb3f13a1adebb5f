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
	Owners     []Owner // if Whole: as [Index.Owners] is to give them from now on
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
		return putOwners(ctx, tx, r, nil)
	}
	had, former, err := replacePatient(ctx, tx, r)
	if err != nil {
		return err
	}
	if err := putOwners(ctx, tx, r, former); err != nil {
		return err
	}
	if had != 0 || r.DemographicsRemarks != "" {
		if err := remarkDemographics(ctx, tx, r, now); err != nil {
			return err
		}
	}
	return x.reverify(ctx, tx, log, r.ID)
}

// replacePatient makes a patient's row what was read. It tells whether there were remarks
// on the file before, and who had the number in other words, if anybody.
func replacePatient(ctx context.Context, tx db.Querier, r Reading) (had int, former []Owner, err error) {
	d := r.Demographics
	if d == nil {
		gone, err := db.All(ctx, tx, func(s db.Scanner) (o Owner, err error) {
			err = s(&o.Since, &o.Who.Name, &o.Who.Kana, &o.Who.BirthDate, &o.Who.Sex)
			return o, err
		}, `DELETE FROM patient WHERE patient_id = $1 RETURNING updated, name, kana, birth_date, sex`, r.ID)
		return 1, gone, err
	}
	// What is returned of remarks is what was there: the statement leaves it alone. So the
	// many whose file has none, and who are who they were, cost no statement more.
	var replaced string
	err = tx.QueryRowContext(ctx, `
		INSERT INTO patient (patient_id, name, kana, kana_key, birth_date, sex, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, kana_key = excluded.kana_key,
			birth_date = excluded.birth_date, sex = excluded.sex, updated = excluded.updated,
			former = CASE WHEN patient.name = excluded.name AND patient.kana = excluded.kana
				AND patient.birth_date = excluded.birth_date AND patient.sex = excluded.sex THEN ''
				ELSE patient.updated || $8 || patient.name || $8 || patient.kana || $8 || patient.birth_date || $8 || patient.sex END
		RETURNING remarked, former`,
		r.ID, d.Name, d.Kana, kana.Key(d.Kana), d.BirthDate, d.Sex, r.Updated, formerSeparator).Scan(&had, &replaced)
	if err != nil || replaced == "" {
		return had, nil, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE patient SET former = '' WHERE patient_id = $1`, r.ID)
	return had, formerOwner(replaced), err
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
