package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Entry is one current document with where it lies.
type Entry struct {
	wire.Item
	File
	Remarks Remarks // on the file; the center is not told
	Lasting int     // see [clinical.Document.Lasting]; the center is not told
}

// File is where a document lies and what it looked like when it was read.
type File struct {
	Root  string // as configured
	Path  string // below the root
	Size  int64
	MTime int64 // nanoseconds
}

// row is an entry with the number of the change that told of it last.
type row struct {
	Entry
	seq      int64
	remarked int64 // since when its file has had remarks, microseconds; 0: it has none
}

// Entries gives what exists for a patient, in the order of care dates.
func (x *Index) Entries(ctx context.Context, q db.Querier, id ident.LocalPatientID) ([]Entry, error) {
	rows, _, err := readRecord(ctx, q, id)
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = r.Entry
	}
	return out, err
}

// readRecord gives all that exists for a patient, and whether its files were ever read.
func readRecord(ctx context.Context, q db.Querier, id ident.LocalPatientID) (rows []row, known bool, err error) {
	coded, err := db.One(ctx, q, "record", func(s db.Scanner) (b []byte, err error) {
		err = s(&b)
		return b, err
	}, `SELECT items FROM record WHERE patient_id = $1`, id)
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	rows, err = decodeRecord(id, coded)
	return rows, true, err
}

func writeRecord(ctx context.Context, q db.Querier, id ident.LocalPatientID, rows []row) error {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Path, b.Path), cmp.Compare(a.ID, b.ID))
	})
	_, err := q.ExecContext(ctx, `
		INSERT INTO record (patient_id, documents, items) VALUES ($1, $2, $3)
		ON CONFLICT (patient_id) DO UPDATE SET documents = excluded.documents, items = excluded.items`,
		id, len(rows), encodeRecord(rows))
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// DocumentCount counts the current documents of all linked patients.
func (x *Index) DocumentCount(ctx context.Context) (n int, err error) {
	err = x.db.Reader().QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(documents), 0) AS BIGINT) FROM record`).Scan(&n)
	return n, err
}

// Find gives the entries of a patient among ids; with none given, all of the kinds.
func (x *Index) Find(ctx context.Context, q db.Querier, patient ident.LocalPatientID, ids []ident.ItemID, kinds []clinical.Kind) ([]Entry, error) {
	all, err := x.Entries(ctx, q, patient)
	if err != nil {
		return nil, err
	}
	wanted := map[ident.ItemID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	return slices.DeleteFunc(all, func(e Entry) bool {
		if len(ids) == 0 {
			return !slices.Contains(kinds, e.Kind)
		}
		return !wanted[e.ID]
	}), nil
}
