package directorydb

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// AddCode files a one-time code of enrolment; only its hash is kept.
func (Store) AddCode(ctx context.Context, tx *db.Tx, c directory.Code, now time.Time) error {
	legacy := 0
	if c.Legacy {
		legacy = 1
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO enrollment_code (code_sha256, purpose, facility_id, label, place, replaces, user_group, os, renews, legacy, sealed_password, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.SHA256, c.Purpose, c.Facility, c.Label, c.Place, c.Replaces, c.UserGroup, c.OS, c.Renews, legacy, c.SealedPassword, c.CreatedBy, db.Micros(now), db.Micros(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("add enrolment code: %w", err)
	}
	return nil
}

// TakeCode uses a code up and tells what it was for. Unknown, used, expired and
// meant-for-something-else look the same: kind denied, key enroll.code.
func (Store) TakeCode(ctx context.Context, tx *db.Tx, sha256 string, purpose directory.CodePurpose, now time.Time) (directory.Code, error) {
	err := db.Exec(ctx, tx, "enrolment code", `UPDATE enrollment_code SET used_at = $1
		WHERE code_sha256 = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $1`, db.Micros(now), sha256, purpose)
	if fault.Is(err, fault.NotFound) {
		return directory.Code{}, fault.WithKey(fault.Denied, "enroll.code", nil)
	}
	if err != nil {
		return directory.Code{}, err
	}
	code, err := db.One(ctx, tx, "enrolment code", func(s db.Scanner) (c directory.Code, err error) {
		var expires, legacy int64
		err = s(&c.SHA256, &c.Purpose, &c.Facility, &c.Label, &c.Place, &c.Replaces, &c.UserGroup, &c.OS, &c.Renews, &legacy, &c.SealedPassword, &c.CreatedBy, &expires)
		c.ExpiresAt, c.Legacy = db.Time(expires), legacy != 0
		return c, err
	}, `SELECT code_sha256, purpose, facility_id, label, place, replaces, user_group, os, renews, legacy, sealed_password, created_by, expires_at FROM enrollment_code WHERE code_sha256 = $1`, sha256)
	if err != nil || code.SealedPassword == "" {
		return code, err
	}
	return code, db.Exec(ctx, tx, "enrolment code", `UPDATE enrollment_code SET sealed_password = '' WHERE code_sha256 = $1`, sha256)
}
