// Package releasedb keeps the center's copies of release matrices (公開範囲) in the database.
package releasedb

import (
	"context"
	"encoding/json"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes copies.
type Store struct{}

// Put keeps a copy in place of the former one.
func (Store) Put(ctx context.Context, tx *db.Tx, c release.Copy) error {
	state, err := json.Marshal(c.ReleaseState)
	if err != nil {
		return fmt.Errorf("keep release copy of %s: %w", c.Facility, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO release_copy (facility_id, version, state, fetched_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (facility_id) DO UPDATE SET version = excluded.version, state = excluded.state, fetched_at = excluded.fetched_at`,
		c.Facility, c.Version, string(state), db.Micros(c.FetchedAt))
	if err != nil {
		return fmt.Errorf("keep release copy of %s: %w", c.Facility, err)
	}
	return nil
}

// Copy reads a facility's copy. Where there is none yet the copy is empty and
// withholds everything.
func (Store) Copy(ctx context.Context, q db.Querier, f ident.FacilityID) (release.Copy, error) {
	c, err := db.One(ctx, q, "release copy", func(s db.Scanner) (c release.Copy, err error) {
		var state string
		var fetched int64
		if err := s(&c.Facility, &state, &fetched); err != nil {
			return c, err
		}
		c.FetchedAt = db.Time(fetched)
		err = json.Unmarshal([]byte(state), &c.ReleaseState)
		return c, err
	}, `SELECT facility_id, state, fetched_at FROM release_copy WHERE facility_id = $1`, f)
	if fault.Is(err, fault.NotFound) {
		return release.Copy{Facility: f}, nil
	}
	return c, err
}
