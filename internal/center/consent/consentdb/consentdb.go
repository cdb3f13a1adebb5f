// Package consentdb keeps the consent ledger (同意台帳) in the database. Entries are
// added and, once, revoked; nothing else about them ever changes.
package consentdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes the ledger.
type Store struct{}

func scan(s db.Scanner) (r consent.Record, err error) {
	var effective, received, recorded int64
	var revoked sql.NullInt64
	var revokedBy, reason sql.NullString
	err = s(&r.ID, &r.Union, &r.Person, &r.Scope, &r.Basis, &r.Signer, &r.Note, &r.Facility, &r.TakenBy,
		&effective, &received, &recorded, &revoked, &revokedBy, &reason)
	r.EffectiveFrom, r.ReceivedAt, r.RecordedAt, r.RevokedAt = db.Time(effective), db.Time(received), db.Time(recorded), db.TimeOf(revoked)
	r.RevokedBy, r.RevokeReason = ident.UserID(revokedBy.String), reason.String
	return r, err
}

// Add adds an entry, which must be valid.
func (Store) Add(ctx context.Context, tx *db.Tx, r consent.Record) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO consent (id, union_id, person_id, scope, basis, signer, note, facility_id, taken_by, effective_from, received_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.ID, r.Union, r.Person, r.Scope, r.Basis, r.Signer, r.Note, r.Facility, r.TakenBy,
		db.Micros(r.EffectiveFrom), db.Micros(r.ReceivedAt), db.Micros(r.RecordedAt))
	if err != nil {
		return fmt.Errorf("add consent: %w", err)
	}
	return nil
}

// OfPerson lists a person's entries in a union, the latest first.
func (Store) OfPerson(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID) ([]consent.Record, error) {
	out, err := db.All(ctx, q, scan, `SELECT id, union_id, person_id, scope, basis, signer, note, facility_id, taken_by,
			effective_from, received_at, recorded_at, revoked_at, revoked_by, revoke_reason
		FROM consent WHERE union_id = $1 AND person_id = $2 ORDER BY recorded_at DESC, id`, union, p)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return out, nil
}

// InForce reports whether the person consents at an instant, as [consent.Record.InForce] says it.
func (Store) InForce(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID, at time.Time) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM consent WHERE union_id = $1 AND person_id = $2
		AND effective_from <= $3 AND (revoked_at IS NULL OR revoked_at > $3)`, union, p, db.Micros(at)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read consent: %w", err)
	}
	return n > 0, nil
}

// Revoke revokes every entry of the person that stands and reports how many there were.
func (Store) Revoke(ctx context.Context, tx *db.Tx, union ident.UnionID, p ident.PersonID, by ident.UserID, reason string, now time.Time) (int, error) {
	res, err := tx.ExecContext(ctx, `UPDATE consent SET revoked_at = $1, revoked_by = $2, revoke_reason = $3
		WHERE union_id = $4 AND person_id = $5 AND revoked_at IS NULL`, db.Micros(now), by, reason, union, p)
	if err != nil {
		return 0, fmt.Errorf("revoke consent: %w", err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}
