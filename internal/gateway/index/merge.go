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
	err := x.logging(ctx, func(ctx context.Context, tx db.Querier, log *changes) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO merged (prior_id, surviving_id, merged_at) VALUES ($1, $2, $3)
			ON CONFLICT (prior_id) DO UPDATE SET surviving_id = excluded.surviving_id`,
			prior, surviving, db.Micros(x.clock())); err != nil {
			return err
		}
		// A merge the other way round replaces an earlier one: the id lives again.
		if _, err := tx.ExecContext(ctx, `DELETE FROM merged WHERE prior_id = $1 AND surviving_id = $2`, surviving, prior); err != nil {
			return err
		}
		if err := x.reverify(ctx, tx, log, prior); err != nil {
			return err
		}
		return x.reverify(ctx, tx, log, surviving)
	})
	if err != nil {
		return fmt.Errorf("merge patient ids: %w", err)
	}
	return nil
}

// Unmerge takes a merge back that was sent by mistake, or gives a number free that the
// hospital uses again. It lifts no suspension: that takes a new link. An id that is not
// merged is not found.
func (x *Index) Unmerge(ctx context.Context, prior ident.LocalPatientID) error {
	return x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return db.Exec(ctx, tx, "merged patient id", `DELETE FROM merged WHERE prior_id = $1`, prior)
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
