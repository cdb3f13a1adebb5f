package accountdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// AddSession adds a session under the hash of its token; the token itself is kept nowhere.
func (Store) AddSession(ctx context.Context, tx *db.Tx, s account.Session, tokenSHA256 string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO session (id, token_sha256, user_id, device_id, created_at, last_used, expires_at, verified_at, method)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, tokenSHA256, s.User, s.Device, db.Micros(s.CreatedAt), db.Micros(s.LastUsed), db.Micros(s.ExpiresAt), db.Micros(s.VerifiedAt), s.Method)
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

const sessionColumns = `s.id, s.user_id, s.device_id, s.created_at, s.last_used, s.expires_at, s.verified_at, s.method, s.locked_at`

func scanSession(sc db.Scanner) (s account.Session, err error) {
	var created, used, expires, verified int64
	var locked sql.NullInt64
	err = sc(&s.ID, &s.User, &s.Device, &created, &used, &expires, &verified, &s.Method, &locked)
	s.CreatedAt, s.LastUsed, s.ExpiresAt, s.VerifiedAt = db.Time(created), db.Time(used), db.Time(expires), db.Time(verified)
	s.LockedAt = db.TimeOf(locked)
	return s, err
}

// SessionByToken reads a session that has not been ended. Whether it has run out or is
// locked is [account.Session]'s to say.
func (Store) SessionByToken(ctx context.Context, q db.Querier, tokenSHA256 string) (account.Session, error) {
	return db.One(ctx, q, "session", scanSession, `SELECT `+sessionColumns+` FROM session s WHERE s.token_sha256 = $1 AND s.ended_at IS NULL`, tokenSHA256)
}

// Session reads a session that has not been ended, like [Store.SessionByToken].
func (Store) Session(ctx context.Context, q db.Querier, id ident.SessionID) (account.Session, error) {
	return db.One(ctx, q, "session", scanSession, `SELECT `+sessionColumns+` FROM session s WHERE s.id = $1 AND s.ended_at IS NULL`, id)
}

// SessionsOfUser lists a user's sessions that have neither been ended nor run out, the
// locked ones too, the last used first.
func (Store) SessionsOfUser(ctx context.Context, q db.Querier, user ident.UserID, now time.Time) ([]account.Session, error) {
	out, err := db.All(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM session s
		WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY s.last_used DESC, s.id`, user, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("read sessions of user: %w", err)
	}
	return out, nil
}

// SessionsOfFacility lists those of all users of a facility.
func (Store) SessionsOfFacility(ctx context.Context, q db.Querier, f ident.FacilityID, now time.Time) ([]account.Session, error) {
	out, err := db.All(ctx, q, scanSession, `SELECT `+sessionColumns+` FROM session s JOIN user_account u ON u.id = s.user_id
		WHERE u.facility_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY s.last_used DESC, s.id`, f, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("read sessions of facility: %w", err)
	}
	return out, nil
}

// LockSession locks a session until its user proves anew who they are, see
// [Store.VerifySession]. One that is locked stays so.
func (Store) LockSession(ctx context.Context, tx *db.Tx, id ident.SessionID, now time.Time) error {
	return db.Exec(ctx, tx, "session", `UPDATE session SET locked_at = COALESCE(locked_at, $1) WHERE id = $2 AND ended_at IS NULL`, db.Micros(now), id)
}

// TouchSession notes that the user did something. A session that is locked or ended is not found.
func (Store) TouchSession(ctx context.Context, q db.Querier, id ident.SessionID, now time.Time) error {
	return db.Exec(ctx, q, "session", `UPDATE session SET last_used = $1 WHERE id = $2 AND ended_at IS NULL AND locked_at IS NULL`, db.Micros(now), id)
}

// VerifySession notes that the user of a session has proved anew who they are, and
// gives it another token, under whose hash alone it is found from now on. A session that
// was locked by hand is not found: only [Store.UnlockSession] opens it.
func (Store) VerifySession(ctx context.Context, tx *db.Tx, id ident.SessionID, tokenSHA256 string, m account.Method, now time.Time) error {
	return db.Exec(ctx, tx, "session", `UPDATE session SET token_sha256 = $1, verified_at = $2, last_used = $2, method = $3 WHERE id = $4 AND ended_at IS NULL AND locked_at IS NULL`,
		tokenSHA256, db.Micros(now), m, id)
}

// UnlockSession takes the lock from a session for [Store.VerifySession].
func (Store) UnlockSession(ctx context.Context, tx *db.Tx, id ident.SessionID) error {
	return db.Exec(ctx, tx, "session", `UPDATE session SET locked_at = NULL WHERE id = $1 AND ended_at IS NULL`, id)
}

// EndSession ends one session; one that has ended already is not found.
func (Store) EndSession(ctx context.Context, q db.Querier, id ident.SessionID, now time.Time) error {
	return db.Exec(ctx, q, "session", `UPDATE session SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL`, db.Micros(now), id)
}

// EndSessions ends all of a user's sessions but one, which may be empty.
func (Store) EndSessions(ctx context.Context, tx *db.Tx, user ident.UserID, but ident.SessionID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE session SET ended_at = $1 WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL`, db.Micros(now), user, but)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Elsewhere reports whether the user has a session at another device that may be in use.
func (Store) Elsewhere(ctx context.Context, q db.Querier, user ident.UserID, device ident.DeviceID, now time.Time) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM session
		WHERE user_id = $1 AND device_id <> $2 AND ended_at IS NULL AND locked_at IS NULL AND expires_at > $3 AND last_used > $4`,
		user, device, db.Micros(now), db.Micros(now.Add(-account.IdleTimeout))).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read sessions elsewhere: %w", err)
	}
	return n > 0, nil
}

// AddFailure counts a failed sign-in, or one of which the outcome is still open, and
// drops the account's failures that are too old to count.
func (Store) AddFailure(ctx context.Context, tx *db.Tx, login string, device ident.DeviceID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM signin_failure WHERE login = $1 AND at <= $2`, login, db.Micros(now.Add(-credential.AccountWindow)))
	if err != nil {
		return fmt.Errorf("drop old failed sign-ins: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO signin_failure (id, login, device_id, at) VALUES ($1, $2, $3, $4)`,
		ident.New[string](), login, device, db.Micros(now))
	if err != nil {
		return fmt.Errorf("count failed sign-in: %w", err)
	}
	return nil
}

// failuresRead bounds how many failures are read: no threshold is above it.
const failuresRead = 100

// Failures reads the failures that bear on an attempt. An account's are those at terminals
// of the facility where it is made: at others nobody comes in by that login, and who tries
// there must not lock it here.
func (Store) Failures(ctx context.Context, q db.Querier, login string, device ident.DeviceID, now time.Time) (f credential.Failures, err error) {
	since := db.Micros(now.Add(-credential.AccountWindow))
	for _, r := range []struct {
		into  *[]time.Time
		where string
		args  []any
	}{
		{&f.Pair, `login = $3 AND device_id = $4`, []any{login, device}},
		{&f.Account, `login = $3 AND device_id IN (SELECT d.id FROM device d JOIN device own ON own.facility_id = d.facility_id WHERE own.id = $4)`, []any{login, device}},
		{&f.Device, `device_id = $3`, []any{device}},
	} {
		*r.into, err = db.All(ctx, q, func(s db.Scanner) (time.Time, error) {
			var at int64
			err := s(&at)
			return db.Time(at), err
		}, `SELECT at FROM signin_failure WHERE at > $1 AND `+r.where+` ORDER BY at DESC LIMIT $2`, append([]any{since, failuresRead}, r.args...)...)
		if err != nil {
			return f, fmt.Errorf("read failed sign-ins: %w", err)
		}
	}
	return f, nil
}

// ForgetFailures forgets an account's failures at one device, or at all if it is empty.
func (Store) ForgetFailures(ctx context.Context, tx *db.Tx, login string, device ident.DeviceID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM signin_failure WHERE login = $1 AND ($2 = '' OR device_id = $2)`, login, device)
	if err != nil {
		return fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return nil
}
