package accountdb

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

const recoveryColumns = `r.id, r.user_id, u.display_name, r.reason, r.asked_by, a.display_name, r.asked_at, r.expires_at, r.outcome`

const recoveryFrom = ` FROM recovery r JOIN user_account u ON u.id = r.user_id JOIN user_account a ON a.id = r.asked_by `

func scanRecovery(s db.Scanner) (r account.Recovery, err error) {
	var asked, expires int64
	err = s(&r.ID, &r.User, &r.UserName, &r.Reason, &r.AskedBy, &r.AskedByName, &asked, &expires, &r.Outcome)
	r.AskedAt, r.ExpiresAt = db.Time(asked), db.Time(expires)
	return r, err
}

// AddRecovery adds a request. An account that has one pending is of kind conflict, key
// recovery.pending.
func (Store) AddRecovery(ctx context.Context, tx *db.Tx, r account.Recovery) error {
	_, err := tx.ExecContext(ctx, `UPDATE recovery SET outcome = $1, ended_at = expires_at WHERE user_id = $2 AND ended_at IS NULL AND expires_at <= $3`,
		account.RecoveryExpired, r.User, db.Micros(r.AskedAt))
	if err != nil {
		return fmt.Errorf("end recovery that ran out: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO recovery (id, user_id, reason, asked_by, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.ID, r.User, r.Reason, r.AskedBy, db.Micros(r.AskedAt), db.Micros(r.ExpiresAt))
	if db.IsUnique(err) {
		return fault.WithKey(fault.Conflict, "recovery.pending", nil)
	}
	if err != nil {
		return fmt.Errorf("add recovery: %w", err)
	}
	return nil
}

// Recovery reads one request, one that has ended too.
func (Store) Recovery(ctx context.Context, q db.Querier, id ident.RecoveryID) (account.Recovery, error) {
	return db.One(ctx, q, "recovery", scanRecovery, `SELECT `+recoveryColumns+recoveryFrom+`WHERE r.id = $1`, id)
}

// PendingRecoveries lists the requests that wait at a facility, or at all of them if it is
// empty, the oldest first.
func (Store) PendingRecoveries(ctx context.Context, q db.Querier, f ident.FacilityID, now time.Time) ([]account.Recovery, error) {
	list, err := db.All(ctx, q, scanRecovery, `SELECT `+recoveryColumns+recoveryFrom+`
		WHERE ($1 = '' OR u.facility_id = $1) AND r.ended_at IS NULL AND r.expires_at > $2 AND u.closed_at IS NULL ORDER BY r.asked_at, r.id`, f, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("read recoveries: %w", err)
	}
	return list, nil
}

// EndRecovery ends a pending request. One that has ended or run out is of kind conflict,
// key recovery.over, also if a transaction at the same time was first.
func (Store) EndRecovery(ctx context.Context, tx *db.Tx, id ident.RecoveryID, o account.RecoveryOutcome, by ident.UserID, now time.Time) error {
	err := db.Exec(ctx, tx, "recovery", `UPDATE recovery SET outcome = $1, ended_at = $2, ended_by = $3 WHERE id = $4 AND ended_at IS NULL AND expires_at > $2`,
		o, db.Micros(now), by, id)
	if fault.Is(err, fault.NotFound) {
		return fault.WithKey(fault.Conflict, "recovery.over", nil)
	}
	return err
}
