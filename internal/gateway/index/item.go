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

// DocumentCount counts the current documents of all linked patients.
func (x *Index) DocumentCount(ctx context.Context) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM item`).Scan(&n)
	return n, err
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
