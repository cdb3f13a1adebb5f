package index

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Linked is a linked patient with the claim that was verified.
type Linked struct {
	wire.Claim
	LinkedAt time.Time
	Differs  []wire.Field // in which fields the record disagrees by now: nothing is served
	ReadAt   time.Time    // when its files were last read through; zero: not yet
}

// Live reports whether content of the patient may be served.
func (l Linked) Live() bool { return len(l.Differs) == 0 }

const linkedColumns = `patient_id, name, kana, birth_date, sex, linked_at, differs, read_at`

func scanLinked(s db.Scanner) (l Linked, err error) {
	var at int64
	var read nullTime
	var differs string
	err = s(&l.PatientID, &l.Name, &l.Kana, &l.BirthDate, &l.Sex, &at, &differs, &read)
	l.LinkedAt, l.Differs, l.ReadAt = db.Time(at), splitFields(differs), db.TimeOf(read)
	return l, err
}

// LinkedPatient gives one linked patient; not found if it is not linked.
func (x *Index) LinkedPatient(ctx context.Context, q db.Querier, id ident.LocalPatientID) (Linked, error) {
	return db.One(ctx, q, "linked patient", scanLinked, `SELECT `+linkedColumns+` FROM linked WHERE patient_id = $1`, id)
}

// LinkedIDs lists the linked patients.
func (x *Index) LinkedIDs(ctx context.Context) ([]ident.LocalPatientID, error) {
	return db.All(ctx, x.db.Reader(), scanPatientID, `SELECT patient_id FROM linked ORDER BY patient_id`)
}

// LinkedCount counts the linked patients, and those among them whose link is suspended.
func (x *Index) LinkedCount(ctx context.Context) (linked, suspended int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COUNT(CASE WHEN differs <> '' THEN 1 END) FROM linked`).Scan(&linked, &suspended)
	return linked, suspended, err
}

// Link verifies a claim and, if it agrees, keeps the patient as linked by it. Linking
// anew replaces the claim, lifts a suspension, and tells again of what exists: the
// center may have forgotten it in the meantime.
func (x *Index) Link(ctx context.Context, c wire.Claim) (v wire.Verification, err error) {
	err = x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		if v, err = verify(ctx, tx, c); err != nil || !v.Match {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO linked (patient_id, name, kana, birth_date, sex, linked_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, birth_date = excluded.birth_date,
				sex = excluded.sex, linked_at = excluded.linked_at, differs = ''`,
			c.PatientID, c.Name, c.Kana, c.BirthDate, c.Sex, db.Micros(x.clock()))
		if err != nil {
			return err
		}
		// Whoever reads the log from its beginning must not suspend what was verified since.
		if _, err := tx.ExecContext(ctx, `DELETE FROM change_log WHERE patient_id = $1 AND op = $2`, c.PatientID, wire.OpSuspend); err != nil {
			return err
		}
		rows, known, err := readRecord(ctx, tx, c.PatientID)
		if err != nil || !known {
			return err
		}
		all := make([]int, len(rows))
		for i := range all {
			all[i] = i
		}
		if err := log.upserted(ctx, c.PatientID, rows, all); err != nil {
			return err
		}
		if err := log.tidy(ctx, c.PatientID, rows); err != nil {
			return err
		}
		return writeRecord(ctx, tx, c.PatientID, rows)
	})
	return v, err
}

// Unlink forgets a patient and what exists for it. One that is not linked is no error.
func (x *Index) Unlink(ctx context.Context, id ident.LocalPatientID) error {
	return x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		return x.unlink(ctx, tx, log, id)
	})
}

func (x *Index) unlink(ctx context.Context, tx db.Querier, log *changes, id ident.LocalPatientID) error {
	for _, stmt := range []string{
		`DELETE FROM linked WHERE patient_id = $1`,
		`DELETE FROM record WHERE patient_id = $1`,
		`DELETE FROM record_remark WHERE patient_id = $1`,
		`DELETE FROM unreadable WHERE patient_id = $1`, // what is wrong with the demographics will be found again
		`DELETE FROM change_log WHERE patient_id = $1`, // what nobody may read is not kept for reading
	} {
		if _, err := tx.ExecContext(ctx, stmt, id); err != nil {
			return err
		}
	}
	return log.add(ctx, wire.Change{Op: wire.OpForget, PatientID: id})
}

// Sync holds the index against the whole set of patients that the center has linked:
// others are forgotten, those that are not linked here are named.
func (x *Index) Sync(ctx context.Context, set wire.LinkedSet) (res wire.SyncResult, err error) {
	err = x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		res = wire.SyncResult{}
		have, err := db.All(ctx, tx, scanLinked, `SELECT `+linkedColumns+` FROM linked`)
		if err != nil {
			return err
		}
		here := map[ident.LocalPatientID]bool{}
		wanted := map[ident.LocalPatientID]bool{}
		for _, id := range set.PatientIDs {
			wanted[id] = true
		}
		for _, l := range have {
			here[l.PatientID] = true
			if !wanted[l.PatientID] {
				res.Dropped++
				if err := x.unlink(ctx, tx, log, l.PatientID); err != nil {
					return err
				}
			} else if !l.Live() {
				res.Suspended = append(res.Suspended, l.PatientID)
			}
		}
		for id := range wanted {
			if !here[id] {
				res.Missing = append(res.Missing, id)
			}
		}
		slices.Sort(res.Missing)
		slices.Sort(res.Suspended)
		return nil
	})
	return res, err
}

// reverify holds a linked patient's claim against the record as it is now.
func (x *Index) reverify(ctx context.Context, tx db.Querier, log *changes, id ident.LocalPatientID) error {
	l, err := x.LinkedPatient(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := verify(ctx, tx, l.Claim)
	if err != nil {
		return err
	}
	if !v.Known {
		v.Differs = []wire.Field{wire.FieldBirthDate, wire.FieldSex, wire.FieldKana}
	}
	if v.Match || slices.Equal(v.Differs, l.Differs) {
		return nil // agreeing again does not lift a suspension: that takes a new link
	}
	if err := db.Exec(ctx, tx, "linked patient", `UPDATE linked SET differs = $2 WHERE patient_id = $1`, id, joinFields(v.Differs)); err != nil {
		return err
	}
	return log.add(ctx, wire.Change{Op: wire.OpSuspend, PatientID: id, Differs: v.Differs})
}
