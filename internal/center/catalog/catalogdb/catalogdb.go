// Package catalogdb keeps the catalog (目録) in the database: a replica of what the
// gateways' change streams say, and of nothing else. Only the stream adds and removes
// items, so that taking it in again from any point gives the same catalog.
package catalogdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Store reads and writes the catalog.
type Store struct{}

const columns = `c.facility_id, c.item_id, c.patient_id, c.kind, c.data_type, c.care_date, c.care_time, c.department, c.event, c.entries, c.abnormal, c.updated, c.received_at`

func scan(s db.Scanner) (it catalog.Item, err error) {
	var abnormal, received int64
	err = s(&it.Facility, &it.ID, &it.PatientID, &it.Kind, &it.DataType, &it.Date, &it.Time, &it.Department, &it.Event,
		&it.Entries, &abnormal, &it.Updated, &received)
	it.Abnormal, it.ReceivedAt = abnormal == 1, db.Time(received)
	return it, err
}

// Put adds an item or replaces it.
func (Store) Put(ctx context.Context, tx *db.Tx, it catalog.Item) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO catalog_item
			(facility_id, item_id, patient_id, kind, data_type, care_date, care_time, department, event, entries, abnormal, updated, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (facility_id, item_id) DO UPDATE SET patient_id = excluded.patient_id, kind = excluded.kind, data_type = excluded.data_type,
			care_date = excluded.care_date, care_time = excluded.care_time, department = excluded.department, event = excluded.event,
			entries = excluded.entries, abnormal = excluded.abnormal, updated = excluded.updated, received_at = excluded.received_at`,
		it.Facility, it.ID, it.PatientID, it.Kind, it.DataType, it.Date, it.Time, it.Department, it.Event,
		it.Entries, db.Flag(it.Abnormal), it.Updated, db.Micros(it.ReceivedAt))
	if err != nil {
		return fmt.Errorf("put catalog item: %w", err)
	}
	return nil
}

// Delete removes an item; one that is not there is no error.
func (Store) Delete(ctx context.Context, tx *db.Tx, f ident.FacilityID, id ident.ItemID) error {
	return exec(ctx, tx, `DELETE FROM catalog_item WHERE facility_id = $1 AND item_id = $2`, f, id)
}

// Forget removes every item of a patient and what was known of its completeness.
func (Store) Forget(ctx context.Context, tx *db.Tx, f ident.FacilityID, id ident.LocalPatientID) error {
	if err := exec(ctx, tx, `DELETE FROM catalog_item WHERE facility_id = $1 AND patient_id = $2`, f, id); err != nil {
		return err
	}
	return exec(ctx, tx, `DELETE FROM source_state WHERE facility_id = $1 AND patient_id = $2`, f, id)
}

// Reset removes every item of a facility and what was known of their completeness.
func (Store) Reset(ctx context.Context, tx *db.Tx, f ident.FacilityID) error {
	if err := exec(ctx, tx, `DELETE FROM catalog_item WHERE facility_id = $1`, f); err != nil {
		return err
	}
	return exec(ctx, tx, `DELETE FROM source_state WHERE facility_id = $1`, f)
}

func exec(ctx context.Context, tx *db.Tx, query string, args ...any) error {
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("remove catalog items: %w", err)
	}
	return nil
}

// Items lists the items of one patient of a facility that the windows show, the
// newest first. Without a window there are none.
func (Store) Items(ctx context.Context, q db.Querier, f ident.FacilityID, patient ident.LocalPatientID, windows []catalog.Window) ([]catalog.Item, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	args := []any{f, patient}
	shown := make([]string, len(windows))
	for i, w := range windows {
		args = append(args, w.Kind, w.Until)
		shown[i] = "c.kind = $" + strconv.Itoa(len(args)-1) + " AND c.care_date <= $" + strconv.Itoa(len(args))
	}
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM catalog_item c
		WHERE c.facility_id = $1 AND c.patient_id = $2 AND (`+strings.Join(shown, " OR ")+`)
		ORDER BY c.care_date DESC, c.care_time DESC, c.item_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	return out, nil
}

// Item reads one item of one patient of a facility; an item of another patient is not found.
func (Store) Item(ctx context.Context, q db.Querier, f ident.FacilityID, patient ident.LocalPatientID, id ident.ItemID) (catalog.Item, error) {
	return db.One(ctx, q, "catalog item", scan, `SELECT `+columns+` FROM catalog_item c
		WHERE c.facility_id = $1 AND c.patient_id = $2 AND c.item_id = $3`, f, patient, id)
}

// Source reads how well a patient is known; one never fetched has the zero time.
func (Store) Source(ctx context.Context, q db.Querier, f ident.FacilityID, patient ident.LocalPatientID) (catalog.Source, error) {
	s, err := db.One(ctx, q, "source state", func(s db.Scanner) (src catalog.Source, err error) {
		var fetched int64
		var of string
		if err = s(&src.Facility, &src.PatientID, &fetched, &src.Unreadable, &of); err != nil {
			return src, err
		}
		src.FetchedAt = db.Time(fetched)
		if of != "" {
			err = json.Unmarshal([]byte(of), &src.UnreadableOf)
		}
		return src, err
	}, `SELECT facility_id, patient_id, fetched_at, unreadable, unreadable_of FROM source_state WHERE facility_id = $1 AND patient_id = $2`, f, patient)
	if fault.Is(err, fault.NotFound) {
		return catalog.Source{Facility: f, PatientID: patient}, nil
	}
	return s, err
}

// PutSource notes how well a patient is known.
func (Store) PutSource(ctx context.Context, tx *db.Tx, s catalog.Source) error {
	var of []byte
	var err error
	if len(s.UnreadableOf) > 0 {
		if of, err = json.Marshal(s.UnreadableOf); err != nil {
			return fmt.Errorf("put source state: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable, unreadable_of) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (facility_id, patient_id) DO UPDATE SET fetched_at = excluded.fetched_at, unreadable = excluded.unreadable, unreadable_of = excluded.unreadable_of`,
		s.Facility, s.PatientID, db.Micros(s.FetchedAt), s.Unreadable, string(of))
	if err != nil {
		return fmt.Errorf("put source state: %w", err)
	}
	return nil
}

// Apply takes in one change of a facility's stream. [wire.OpSuspend] and
// [wire.OpBeat] leave the catalog as it is; an operation that this build does not
// know is an error, since going on without it would make the replica wrong.
func (st Store) Apply(ctx context.Context, tx *db.Tx, f ident.FacilityID, c wire.Change, now time.Time) error {
	switch c.Op {
	case wire.OpReset:
		return st.Reset(ctx, tx, f)
	case wire.OpForget:
		return st.Forget(ctx, tx, f, c.PatientID)
	case wire.OpDelete:
		return st.Delete(ctx, tx, f, c.ItemID)
	case wire.OpUpsert:
		if c.Item == nil {
			return fault.New(fault.Invalid, "change %d of %s: upsert without an item", c.Seq, f)
		}
		if err := catalog.Check(*c.Item); err != nil {
			return fmt.Errorf("change %d of %s: %w", c.Seq, f, err)
		}
		return st.Put(ctx, tx, catalog.Item{Facility: f, Item: *c.Item, ReceivedAt: now})
	case wire.OpSuspend, wire.OpBeat:
		return nil
	}
	return fault.New(fault.Invalid, "change %d of %s: unknown operation %q", c.Seq, f, c.Op)
}
