package index

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Merged is a patient id whose records the hospital merged into another's (患者ID統合).
type Merged struct {
	Prior, Surviving ident.LocalPatientID
	At               time.Time // when the gateway was told
}

// Merge notes that the hospital merged the records of one patient id into another's.
// A link under the prior id is suspended and none is made under it any more, whatever
// the storage still says of it; the surviving id's link is held against its record
// again. Told again of the same merge, nothing changes.
func (x *Index) Merge(ctx context.Context, prior, surviving ident.LocalPatientID) error {
	return x.Remerge(ctx, []Merged{{Prior: prior, Surviving: surviving, At: x.clock()}})
}

// Remerge notes merges of which the gateway was told before, in that order and all or
// none: an index that was made anew has forgotten them. Each does what [Index.Merge] does.
func (x *Index) Remerge(ctx context.Context, list []Merged) error {
	err := x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		for _, m := range list {
			if err := x.merge(ctx, tx, log, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("merge patient ids: %w", err)
	}
	return nil
}

func (x *Index) merge(ctx context.Context, tx db.Querier, log *changes, m Merged) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO merged (prior_id, surviving_id, merged_at) VALUES ($1, $2, $3)
		ON CONFLICT (prior_id) DO UPDATE SET surviving_id = excluded.surviving_id`,
		m.Prior, m.Surviving, db.Micros(m.At)); err != nil {
		return err
	}
	// A merge the other way round replaces an earlier one: the id lives again.
	if _, err := tx.ExecContext(ctx, `DELETE FROM merged WHERE prior_id = $1 AND surviving_id = $2`, m.Surviving, m.Prior); err != nil {
		return err
	}
	if err := x.reverify(ctx, tx, log, m.Prior); err != nil {
		return err
	}
	return x.reverify(ctx, tx, log, m.Surviving)
}

// Unmerge takes a merge back that was sent by mistake, or gives a number free that the
// hospital uses again; record writes in the same transaction who did it. It lifts no
// suspension: that takes a new link. An id that is not merged is not found.
func (x *Index) Unmerge(ctx context.Context, prior ident.LocalPatientID, record func(context.Context, *db.Tx) error) error {
	return x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := db.Exec(ctx, tx, "merged patient id", `DELETE FROM merged WHERE prior_id = $1`, prior); err != nil {
			return err
		}
		return record(ctx, tx)
	})
}

// Merged lists merged patient ids, the latest first, at most limit.
func (x *Index) Merged(ctx context.Context, limit int) ([]Merged, error) {
	return db.All(ctx, x.db.Reader(), func(s db.Scanner) (m Merged, err error) {
		var at int64
		err = s(&m.Prior, &m.Surviving, &at)
		m.At = db.Time(at)
		return m, err
	}, `SELECT prior_id, surviving_id, merged_at FROM merged ORDER BY merged_at DESC, prior_id LIMIT $1`, limit)
}
