package account

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// touchEvery is how coarsely a session's last use is kept: not every request is a write.
// A session may so end that much early, never late.
const touchEvery = 15 * time.Second

// Caller is who makes a request.
type Caller struct {
	Session    SessionID
	User       UserID
	Login      string
	Role       Role
	Address    string    // of the browser; set by whoever resumes
	MustChange bool      // the password is the first one: nothing else is open
	MustEnrol  bool      // no second factor yet: nothing else is open
	ProvedAt   time.Time // when they proved who they are, see [NeedFresh]

	began time.Time // when the session began, under whatever token
	until time.Time // when the session ends, however much it is used
}

// Ready reports whether the caller may go anywhere but to the pages of the first sign-in.
func (c Caller) Ready() bool { return !c.MustChange && !c.MustEnrol }

// May reports whether the caller holds a role; who may act may also look.
func (c Caller) May(r Role) bool { return c.Ready() && (c.Role == r || c.Role == Admin) }

type session struct {
	id                SessionID
	user              UserID
	pending           string // sealed
	began, proved     time.Time
	lastUsed, expires time.Time
}

func ended() error { return fault.WithKey(fault.Denied, "session.ended", nil) }

// open opens a session under a new token, used now. One that goes on from a session that
// is ended began when that did, and is proved as it is said: it is no younger for that.
func open(ctx context.Context, tx *db.Tx, id UserID, began, proved, now, until time.Time) (token string, err error) {
	token, hash := credential.NewToken()
	_, err = tx.ExecContext(ctx, `INSERT INTO console_session (id, token_sha256, user_id, created_at, proved_at, last_used, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, ident.New[SessionID](), hash, id, db.Micros(began), db.Micros(proved), db.Micros(now), db.Micros(until))
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

func endSessions(ctx context.Context, tx *db.Tx, id UserID, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE console_session SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL`, id, db.Micros(now)); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

func byToken(ctx context.Context, q db.Querier, token string) (session, error) {
	return db.One(ctx, q, "session", func(s db.Scanner) (v session, err error) {
		var began, proved, used, expires int64
		err = s(&v.id, &v.user, &v.pending, &began, &proved, &used, &expires)
		v.began, v.proved, v.lastUsed, v.expires = db.Time(began), db.Time(proved), db.Time(used), db.Time(expires)
		return v, err
	}, `SELECT id, user_id, pending_totp, created_at, proved_at, last_used, expires_at FROM console_session WHERE token_sha256 = $1 AND ended_at IS NULL`,
		credential.HashToken(token))
}

// Resume establishes who makes a request: the session must be neither idle for 15
// minutes nor older than 12 hours, and the account open. Anything else is of kind
// denied, key session.ended. A background request, which a page makes by itself, does
// not keep an idle session alive.
func (s *Service) Resume(ctx context.Context, token string, background bool) (Caller, error) {
	now := s.Clock()
	var in session
	var u User
	err := s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if in, err = byToken(ctx, tx, token); err != nil {
			return err
		}
		u, err = byID(ctx, tx, in.user)
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return Caller{}, ended()
	case err != nil:
		return Caller{}, err
	case !now.Before(in.expires) || now.Sub(in.lastUsed) >= IdleTimeout || !u.ClosedAt.IsZero():
		return Caller{}, ended()
	}
	if !background && now.Sub(in.lastUsed) >= touchEvery {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return db.Exec(ctx, tx, "session", `UPDATE console_session SET last_used = $2 WHERE id = $1 AND ended_at IS NULL`, in.id, db.Micros(now))
		})
		if fault.Is(err, fault.NotFound) { // ended a moment ago
			return Caller{}, ended()
		}
		if err != nil {
			return Caller{}, err
		}
	}
	return Caller{
		Session: in.id, User: u.ID, Login: u.Login, Role: u.Role, MustChange: u.MustChange, MustEnrol: !u.Enrolled,
		ProvedAt: in.proved, began: in.began, until: in.expires,
	}, nil
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	now := s.Clock()
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := db.Exec(ctx, tx, "session", `UPDATE console_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, c.Session, db.Micros(now))
		if err != nil {
			return err
		}
		return record(ctx, tx, now, Entry{Login: c.Login, Address: c.Address, Action: ActionSignOut, Outcome: Done})
	})
	if fault.Is(err, fault.NotFound) {
		return nil // ended already, which is what was asked for
	}
	return err
}
