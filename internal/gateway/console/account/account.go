// Package account is who may use a gateway's console (ゲートウェイ管理画面): the hospital IT
// staff's own accounts (ローカルアカウント), which have nothing to do with those of the network.
//
// An account is made at the gateway's command line with a password that is shown once.
// Its first sign-in changes that password and enrols a one-time code; until both are
// done nothing else opens (MHLW guideline 7.0, システム運用編 14). Accounts, sessions and the
// append-only log of what was done lie in the gateway's database.
package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// UserID names an account for good; SessionID names a session.
type (
	UserID    string
	SessionID string
)

// Role is what an account may do.
type Role string

const (
	Viewer Role = "viewer" // look
	Admin  Role = "admin"  // look, have things read again, and decide on messages that were not filed
)

// Roles lists the roles.
func Roles() []Role { return []Role{Viewer, Admin} }

// Times that bound a session, and how long a password from the command line is taken.
const (
	IdleTimeout     = 15 * time.Minute
	AbsoluteTimeout = 12 * time.Hour
	InitialLife     = 72 * time.Hour
)

// User is one account.
type User struct {
	ID        UserID
	Login     string
	Role      Role
	CreatedAt time.Time
	ClosedAt  time.Time // zero while open

	MustChange   bool      // the password was made at the command line
	InitialUntil time.Time // until when such a password is taken
	Enrolled     bool      // has a second factor

	passwordHash string
	totpSecret   string // sealed
}

// Config is what accounts work with.
type Config struct {
	DB     *db.DB
	Seal   credential.Sealer
	Hasher *credential.Hasher
	Clock  func() time.Time
}

// Service keeps accounts and lets people in. It is safe for concurrent use.
type Service struct {
	Config
	refusals tally
}

// Open gives the service of a migrated gateway database. From then on SQLite refuses to
// change or delete a row of the log, by whatever program; the statement is the engine's
// own and so does not stand among the migrations.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.DB.Engine() != db.SQLite {
		return &Service{Config: cfg}, nil
	}
	for _, verb := range []string{"UPDATE", "DELETE"} {
		_, err := cfg.DB.Writer().ExecContext(ctx, `CREATE TRIGGER IF NOT EXISTS console_log_no_`+strings.ToLower(verb)+` BEFORE `+verb+
			` ON console_log BEGIN SELECT RAISE(ABORT, 'console_log is append-only'); END`)
		if err != nil {
			return nil, fmt.Errorf("protect the console's log: %w", err)
		}
	}
	return &Service{Config: cfg}, nil
}

const userColumns = `id, login, role, password_hash, must_change, initial_until, totp_secret, created_at, closed_at`

func scanUser(s db.Scanner) (u User, err error) {
	var must, created int64
	var until, closed nullTime
	err = s(&u.ID, &u.Login, &u.Role, &u.passwordHash, &must, &until, &u.totpSecret, &created, &closed)
	u.MustChange, u.Enrolled = must != 0, u.totpSecret != ""
	u.InitialUntil, u.CreatedAt, u.ClosedAt = db.TimeOf(until), db.Time(created), db.TimeOf(closed)
	return u, err
}

func byLogin(ctx context.Context, q db.Querier, login string) (User, error) {
	return db.One(ctx, q, "account "+login, scanUser, `SELECT `+userColumns+` FROM console_user WHERE login = $1`, login)
}

func byID(ctx context.Context, q db.Querier, id UserID) (User, error) {
	return db.One(ctx, q, "account", scanUser, `SELECT `+userColumns+` FROM console_user WHERE id = $1`, id)
}

// Users lists all accounts, open ones first.
func (s *Service) Users(ctx context.Context) ([]User, error) {
	return db.All(ctx, s.DB.Reader(), scanUser,
		`SELECT `+userColumns+` FROM console_user ORDER BY closed_at IS NOT NULL, login`)
}

// Add makes an account and gives its first password, which is kept nowhere. by names
// who asks. A login that is malformed is of kind invalid, one that was ever given to
// somebody of kind conflict.
func (s *Service) Add(ctx context.Context, by, login string, role Role) (password string, err error) {
	login = credential.NormalizeLogin(login)
	if err := credential.CheckLogin(login); err != nil {
		return "", fmt.Errorf("account %q: a login has 3 to 40 of a-z, 0-9, dot, underscore, hyphen: %w", login, err)
	}
	if role != Viewer && role != Admin {
		return "", fault.New(fault.Invalid, "role %q is neither viewer nor admin", role)
	}
	password = credential.NewPassword()
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	now := s.Clock()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO console_user (id, login, role, password_hash, must_change, initial_until, created_at)
			VALUES ($1, $2, $3, $4, 1, $5, $6)`, ident.New[UserID](), login, role, hash, db.Micros(now.Add(InitialLife)), db.Micros(now))
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "account %s exists or has existed: a login is given once", login)
		}
		if err != nil {
			return fmt.Errorf("add account: %w", err)
		}
		return record(ctx, tx, now, Entry{Login: login, Address: by, Action: ActionUserAdd, Outcome: Done, Detail: Detail{Role: role}})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// Reset gives an open account a new first password, forgets its second factor, ends its
// sessions and lifts a lock.
func (s *Service) Reset(ctx context.Context, by, login string) (password string, err error) {
	login = credential.NormalizeLogin(login)
	password = credential.NewPassword()
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	now := s.Clock()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		u, err := byLogin(ctx, tx, login)
		if err != nil {
			return err
		}
		if !u.ClosedAt.IsZero() {
			return fault.New(fault.Conflict, "account %s is closed", login)
		}
		err = db.Exec(ctx, tx, "account", `UPDATE console_user SET password_hash = $2, must_change = 1, initial_until = $3, totp_secret = ''
			WHERE id = $1`, u.ID, hash, db.Micros(now.Add(InitialLife)))
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx, u.ID, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM console_failure WHERE login = $1`, login); err != nil {
			return fmt.Errorf("lift lock: %w", err)
		}
		return record(ctx, tx, now, Entry{Login: login, Address: by, Action: ActionUserReset, Outcome: Done})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// Close closes an account for good and ends its sessions.
func (s *Service) Close(ctx context.Context, by, login string) error {
	login = credential.NormalizeLogin(login)
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		u, err := byLogin(ctx, tx, login)
		if err != nil {
			return err
		}
		err = db.Exec(ctx, tx, "open account "+login, `UPDATE console_user SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL`, u.ID, db.Micros(now))
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx, u.ID, now); err != nil {
			return err
		}
		return record(ctx, tx, now, Entry{Login: login, Address: by, Action: ActionUserClose, Outcome: Done})
	})
}
