// Package passkeydb keeps passkeys (パスキー) and the challenges that wait for an answer in
// the database, where every replica of the center finds them.
package passkeydb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes passkeys. One that has been removed stays as a row and is found
// by nothing here.
type Store struct{}

var b64 = base64.RawURLEncoding

const columns = `id, user_id, credential_id, rp_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at, created_device, last_used, last_device`

func scan(s db.Scanner) (k passkey.Passkey, err error) {
	var credential, key, transports string
	var count, eligible, backed, created int64
	var used sql.NullInt64
	var device sql.NullString
	err = s(&k.ID, &k.User, &credential, &k.RPID, &key, &count, &transports, &eligible, &backed, &k.Name, &created, &k.CreatedDevice, &used, &device)
	if err != nil {
		return k, err
	}
	if k.CredentialID, err = b64.DecodeString(credential); err != nil {
		return k, fmt.Errorf("credential id of passkey %s: %w", k.ID, err)
	}
	if k.PublicKey, err = b64.DecodeString(key); err != nil {
		return k, fmt.Errorf("public key of passkey %s: %w", k.ID, err)
	}
	if transports != "" {
		k.Transports = strings.Split(transports, ",")
	}
	k.SignCount, k.BackupEligible, k.BackedUp = uint32(count), eligible == 1, backed == 1
	k.CreatedAt, k.LastUsed, k.LastDevice = db.Time(created), db.TimeOf(used), ident.DeviceID(device.String)
	return k, nil
}

// Add adds a passkey. One that anybody has or had is of kind conflict, key passkey.taken:
// an authenticator that is sound makes a new one each time.
func (Store) Add(ctx context.Context, tx *db.Tx, k passkey.Passkey) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO passkey
		(id, user_id, credential_id, rp_id, public_key, sign_count, transports, backup_eligible, backed_up, name, created_at, created_device)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		k.ID, k.User, b64.EncodeToString(k.CredentialID), k.RPID, b64.EncodeToString(k.PublicKey), int64(k.SignCount), strings.Join(k.Transports, ","),
		db.Flag(k.BackupEligible), db.Flag(k.BackedUp), k.Name, db.Micros(k.CreatedAt), k.CreatedDevice)
	if db.IsUnique(err) {
		return fault.WithKey(fault.Conflict, "passkey.taken", nil)
	}
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	return nil
}

// OfUser lists a user's passkeys, the oldest first.
func (Store) OfUser(ctx context.Context, q db.Querier, u ident.UserID) ([]passkey.Passkey, error) {
	list, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM passkey WHERE user_id = $1 AND ended_at IS NULL ORDER BY created_at, id`, u)
	if err != nil {
		return nil, fmt.Errorf("read passkeys: %w", err)
	}
	return list, nil
}

// ByCredential reads the passkey that an authenticator names.
func (Store) ByCredential(ctx context.Context, q db.Querier, credential []byte) (passkey.Passkey, error) {
	return db.One(ctx, q, "passkey", scan, `SELECT `+columns+` FROM passkey WHERE credential_id = $1 AND ended_at IS NULL`, b64.EncodeToString(credential))
}

// AnyAt reports whether anybody of a facility has a passkey.
func (Store) AnyAt(ctx context.Context, q db.Querier, f ident.FacilityID) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM passkey p JOIN user_account u ON u.id = p.user_id
		WHERE u.facility_id = $1 AND u.closed_at IS NULL AND p.ended_at IS NULL`, f).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read passkeys of a facility: %w", err)
	}
	return n > 0, nil
}

// Use notes a use of a passkey as [passkey.Origins.Check] gave it. It is false if its count
// has not gone up since the use before, also by a transaction at the same time.
func (Store) Use(ctx context.Context, tx *db.Tx, k passkey.Passkey, at ident.DeviceID, now time.Time) (bool, error) {
	err := db.Exec(ctx, tx, "passkey", `UPDATE passkey SET sign_count = $1, backed_up = $2, last_used = $3, last_device = $4
		WHERE id = $5 AND ended_at IS NULL AND (sign_count < $1 OR sign_count = 0 AND $1 = 0)`,
		int64(k.SignCount), db.Flag(k.BackedUp), db.Micros(now), at, k.ID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Rename gives a user's passkey another name.
func (Store) Rename(ctx context.Context, tx *db.Tx, u ident.UserID, id ident.PasskeyID, name string) error {
	return db.Exec(ctx, tx, "passkey", `UPDATE passkey SET name = $1 WHERE id = $2 AND user_id = $3 AND ended_at IS NULL`, name, id, u)
}

// End removes a user's passkey.
func (Store) End(ctx context.Context, tx *db.Tx, u ident.UserID, id ident.PasskeyID, by ident.UserID, now time.Time) error {
	return db.Exec(ctx, tx, "passkey", `UPDATE passkey SET ended_at = $1, ended_by = $2 WHERE id = $3 AND user_id = $4 AND ended_at IS NULL`, db.Micros(now), by, id, u)
}

// EndAll removes all of a user's passkeys and tells how many there were.
func (Store) EndAll(ctx context.Context, tx *db.Tx, u, by ident.UserID, now time.Time) (int64, error) {
	res, err := tx.ExecContext(ctx, `UPDATE passkey SET ended_at = $1, ended_by = $2 WHERE user_id = $3 AND ended_at IS NULL`, db.Micros(now), by, u)
	if err != nil {
		return 0, fmt.Errorf("remove passkeys: %w", err)
	}
	return res.RowsAffected()
}

// waiting bounds how many challenges of a device wait for an answer: more than people at
// one terminal leave behind within the life of one.
const waiting = 20

// AddChallenge keeps a challenge until it is answered. Those of the same device that are too
// old or too many go.
func (Store) AddChallenge(ctx context.Context, tx *db.Tx, c passkey.Challenge, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO passkey_challenge (challenge, purpose, origin, device_id, session_id, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.Value, c.Purpose, c.Origin, c.Device, c.Session, db.Micros(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("keep challenge: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM passkey_challenge WHERE device_id = $1 AND (expires_at <= $2 OR challenge NOT IN
		(SELECT challenge FROM passkey_challenge WHERE device_id = $1 ORDER BY expires_at DESC, challenge LIMIT $3))`, c.Device, db.Micros(now), waiting)
	if err != nil {
		return fmt.Errorf("drop old challenges: %w", err)
	}
	return nil
}

// TakeChallenge takes a challenge out: it is answered once, whatever comes of it. One that
// was not given out, or was answered, is not found.
func (Store) TakeChallenge(ctx context.Context, tx *db.Tx, value string) (passkey.Challenge, error) {
	return db.One(ctx, tx, "challenge", func(s db.Scanner) (c passkey.Challenge, err error) {
		var expires int64
		err = s(&c.Value, &c.Purpose, &c.Origin, &c.Device, &c.Session, &expires)
		c.ExpiresAt = db.Time(expires)
		return c, err
	}, `DELETE FROM passkey_challenge WHERE challenge = $1 RETURNING challenge, purpose, origin, device_id, session_id, expires_at`, value)
}
