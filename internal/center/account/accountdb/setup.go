package accountdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// PutSetupCode gives an account a setup code in place of any that it had.
func (Store) PutSetupCode(ctx context.Context, tx *db.Tx, c account.SetupCode) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO setup_code (user_id, code_sha256, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_id) DO UPDATE SET code_sha256 = $2, created_by = $3, created_at = $4, expires_at = $5, used_at = NULL, totp_secret = ''`,
		c.User, c.SHA256, c.CreatedBy, db.Micros(c.CreatedAt), db.Micros(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("put setup code: %w", err)
	}
	return nil
}

// SetupCode reads an account's setup code, a used one too.
func (Store) SetupCode(ctx context.Context, q db.Querier, u ident.UserID) (account.SetupCode, error) {
	return db.One(ctx, q, "setup code", func(s db.Scanner) (c account.SetupCode, err error) {
		var created, expires int64
		var used sql.NullInt64
		err = s(&c.User, &c.SHA256, &c.CreatedBy, &created, &expires, &used, &c.TOTPSecret)
		c.CreatedAt, c.ExpiresAt, c.UsedAt = db.Time(created), db.Time(expires), db.TimeOf(used)
		return c, err
	}, `SELECT user_id, code_sha256, created_by, created_at, expires_at, used_at, totp_secret FROM setup_code WHERE user_id = $1`, u)
}

// TakeSetupCode uses a code up and files the sealed secret of one-time codes that its user
// is to be shown. It is false if that was done already, also by a transaction at the same
// time, or if the code holds no longer.
func (Store) TakeSetupCode(ctx context.Context, tx *db.Tx, u ident.UserID, sha256, sealedTOTP string, now time.Time) (bool, error) {
	err := db.Exec(ctx, tx, "setup code", `UPDATE setup_code SET used_at = $1, totp_secret = $2
		WHERE user_id = $3 AND code_sha256 = $4 AND used_at IS NULL AND expires_at > $1`, db.Micros(now), sealedTOTP, u, sha256)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// DropSetupCode forgets an account's setup code, if it has one.
func (Store) DropSetupCode(ctx context.Context, tx *db.Tx, u ident.UserID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM setup_code WHERE user_id = $1`, u)
	if err != nil {
		return fmt.Errorf("drop setup code: %w", err)
	}
	return nil
}
