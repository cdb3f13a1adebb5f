package index

import (
	"context"
	"encoding/json"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Entry is one current document with where it lies.
type Entry struct {
	wire.Item
	File
}

// File is where a document lies and what it looked like when it was read.
type File struct {
	Root  string // as configured
	Path  string // below the root
	Size  int64
	MTime int64 // nanoseconds
}

// Unreadable is a file that could not be read, with the place and the cause.
type Unreadable struct {
	Root, Path string
	Patient    ident.LocalPatientID
	Reason     string
	FirstSeen  int64 // UTC microseconds
	LastSeen   int64
}

// Entries gives what exists for a patient.
func (x *Index) Entries(ctx context.Context, q db.Querier, id ident.LocalPatientID) ([]Entry, error) {
	return db.All(ctx, q, scanEntry, `SELECT meta, root, path, size, mtime FROM item WHERE patient_id = $1 ORDER BY care_date, item_id`, id)
}

func scanEntry(s db.Scanner) (e Entry, err error) {
	var meta string
	if err := s(&meta, &e.Root, &e.Path, &e.Size, &e.MTime); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(meta), &e.Item); err != nil {
		return e, fmt.Errorf("decode item: %w", err)
	}
	return e, nil
}

// PutRecord replaces what exists for a linked patient, and what of it could not be read,
// and logs the differences. A patient that is not linked any more is left alone.
func (x *Index) PutRecord(ctx context.Context, id ident.LocalPatientID, entries []Entry, bad []Unreadable) error {
	return x.logging(ctx, func(ctx context.Context, tx *db.Tx, log *changes) error {
		now := db.Micros(x.clock())
		res, err := tx.ExecContext(ctx, `UPDATE linked SET read_at = $2 WHERE patient_id = $1`, id, now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := x.replaceItems(ctx, tx, log, id, entries); err != nil {
			return err
		}
		return replaceUnreadable(ctx, tx, id, bad, now)
	})
}

func (x *Index) replaceItems(ctx context.Context, tx *db.Tx, log *changes, id ident.LocalPatientID, entries []Entry) error {
	old, err := x.Entries(ctx, tx, id)
	if err != nil {
		return err
	}
	gone := map[ident.ItemID]Entry{}
	for _, e := range old {
		gone[e.ID] = e
	}
	for _, e := range entries {
		was, known := gone[e.ID]
		delete(gone, e.ID)
		if known && was == e {
			continue
		}
		if err := putItem(ctx, tx, e); err != nil {
			return err
		}
		if known && was.Item == e.Item {
			continue // moved or touched, nothing that the center shows
		}
		item := e.Item
		if err := log.add(ctx, wire.Change{Op: wire.OpUpsert, PatientID: id, Item: &item}); err != nil {
			return err
		}
	}
	for item := range gone {
		if _, err := tx.ExecContext(ctx, `DELETE FROM item WHERE item_id = $1`, item); err != nil {
			return err
		}
		if err := log.add(ctx, wire.Change{Op: wire.OpDelete, PatientID: id, ItemID: item}); err != nil {
			return err
		}
	}
	return nil
}

func putItem(ctx context.Context, tx *db.Tx, e Entry) error {
	meta, err := json.Marshal(e.Item)
	if err != nil {
		return fmt.Errorf("encode item: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO item (item_id, patient_id, root, path, size, mtime, meta, kind, care_date) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (item_id) DO UPDATE SET root = excluded.root, path = excluded.path, size = excluded.size, mtime = excluded.mtime,
			meta = excluded.meta, kind = excluded.kind, care_date = excluded.care_date`,
		e.ID, e.PatientID, e.Root, e.Path, e.Size, e.MTime, string(meta), e.Kind, e.Date)
	return err
}

// Find gives the entries of a patient among ids; with none given, all of the kinds.
func (x *Index) Find(ctx context.Context, q db.Querier, patient ident.LocalPatientID, ids []ident.ItemID, kinds []clinical.Kind) ([]Entry, error) {
	all, err := x.Entries(ctx, q, patient)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[string(id)] = true
	}
	if len(ids) == 0 {
		for _, k := range kinds {
			wanted["kind:"+string(k)] = true
		}
	}
	out := all[:0]
	for _, e := range all {
		if wanted[string(e.ID)] || wanted["kind:"+string(e.Kind)] {
			out = append(out, e)
		}
	}
	return out, nil
}

func replaceUnreadable(ctx context.Context, tx *db.Tx, id ident.LocalPatientID, bad []Unreadable, now int64) error {
	keep := map[string]bool{}
	for _, b := range bad {
		keep[b.Root+"\x00"+b.Path] = true
		_, err := tx.ExecContext(ctx, `
			INSERT INTO unreadable (root, path, patient_id, reason, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $5)
			ON CONFLICT (root, path) DO UPDATE SET reason = excluded.reason, patient_id = excluded.patient_id, last_seen = excluded.last_seen`,
			b.Root, b.Path, id, b.Reason, now)
		if err != nil {
			return err
		}
	}
	old, err := db.All(ctx, tx, scanUnreadable, `SELECT root, path, patient_id, reason, first_seen, last_seen FROM unreadable WHERE patient_id = $1`, id)
	if err != nil {
		return err
	}
	for _, b := range old {
		if keep[b.Root+"\x00"+b.Path] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM unreadable WHERE root = $1 AND path = $2`, b.Root, b.Path); err != nil {
			return err
		}
	}
	return nil
}

func scanUnreadable(s db.Scanner) (u Unreadable, err error) {
	return u, s(&u.Root, &u.Path, &u.Patient, &u.Reason, &u.FirstSeen, &u.LastSeen)
}

// PutUnreadable replaces what could not be read of a patient that is not linked: its
// demographics, or its folder.
func (x *Index) PutUnreadable(ctx context.Context, id ident.LocalPatientID, bad []Unreadable) error {
	return x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return replaceUnreadable(ctx, tx, id, bad, db.Micros(x.clock()))
	})
}

// Unreadable lists the files that cannot be read now, at most limit, in the order of their paths.
func (x *Index) Unreadable(ctx context.Context, limit int) ([]Unreadable, error) {
	return db.All(ctx, x.db.Reader(), scanUnreadable,
		`SELECT root, path, patient_id, reason, first_seen, last_seen FROM unreadable ORDER BY root, path LIMIT $1`, limit)
}

// UnreadableCount counts the unreadable files of a patient.
func (x *Index) UnreadableCount(ctx context.Context, id ident.LocalPatientID) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM unreadable WHERE patient_id = $1`, id).Scan(&n)
	return n, err
}
