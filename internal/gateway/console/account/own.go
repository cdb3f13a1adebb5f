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

// ChangePassword replaces the caller's own password, ends all of their sessions and
// gives the token of a new one. Kind invalid: password.wrong for the old one,
// password.reused for one of the last five, and the keys of [credential.CheckPassword].
// Wrong old passwords count like failed sign-ins; a lock ends the session (kind denied).
func (s *Service) ChangePassword(ctx context.Context, c Caller, old, next string) (token string, err error) {
	now := s.Clock()
	old, next = credential.NormalizePassword(old), credential.NormalizePassword(next)
	if err := credential.CheckPassword(next, c.Login); err != nil {
		return "", err
	}
	u, reason, err := s.begin(ctx, c.Login, c.Address, ActionPassword, now)
	if err != nil {
		return "", err
	}
	if reason != "" {
		return "", ended()
	}
	ok, _, err := s.Hasher.Verify(ctx, u.passwordHash, old)
	if err != nil {
		return "", fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return "", s.refuseChange(ctx, c, now)
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return forgetFailures(ctx, tx, c.Login, c.Address) })
	if err != nil {
		return "", err
	}
	if err := s.refuseReuse(ctx, u, old, next); err != nil {
		return "", err
	}
	hash, err := s.Hasher.Hash(ctx, next)
	if err != nil {
		return "", err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := setPassword(ctx, tx, u, hash, now); err != nil {
			return err
		}
		token, err = renew(ctx, tx, c, ActionPassword, c.ProvedAt, now)
		return err
	})
	return token, err
}

func setPassword(ctx context.Context, tx *db.Tx, u User, hash string, now time.Time) error {
	if !u.MustChange { // a password of the command line is nobody's own
		_, err := tx.ExecContext(ctx, `INSERT INTO console_former_password (id, user_id, password_hash, left_at) VALUES ($1, $2, $3, $4)`,
			ident.New[string](), u.ID, u.passwordHash, db.Micros(now))
		if err != nil {
			return fmt.Errorf("keep former password: %w", err)
		}
	}
	return db.Exec(ctx, tx, "account", `UPDATE console_user SET password_hash = $2, must_change = 0, initial_until = NULL WHERE id = $1`, u.ID, hash)
}

// renew ends all sessions of the caller and opens one under a new token: whoever had
// copied the old one is out.
func renew(ctx context.Context, tx *db.Tx, c Caller, a Action, proved, now time.Time) (token string, err error) {
	if err := endSessions(ctx, tx, c.User, now); err != nil {
		return "", err
	}
	if token, err = open(ctx, tx, c.User, c.began, proved, now, now.Add(AbsoluteTimeout)); err != nil {
		return "", err
	}
	return token, record(ctx, tx, now, Entry{Login: c.Login, Address: c.Address, Action: a, Outcome: Done})
}

func (s *Service) refuseChange(ctx context.Context, c Caller, now time.Time) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return record(ctx, tx, now, Entry{Login: c.Login, Address: c.Address, Action: ActionPassword, Outcome: Denied, Detail: Detail{Reason: "password"}})
	})
	if err != nil {
		return err
	}
	return fault.WithKey(fault.Invalid, "password.wrong", nil)
}

// refuseReuse refuses the present password and the last ones that the user has left.
func (s *Service) refuseReuse(ctx context.Context, u User, old, next string) error {
	reused := fault.WithKey(fault.Invalid, "password.reused", nil)
	if old == next {
		return reused
	}
	former, err := db.All(ctx, s.DB.Reader(), func(sc db.Scanner) (hash string, err error) {
		err = sc(&hash)
		return hash, err
	}, `SELECT password_hash FROM console_former_password WHERE user_id = $1 ORDER BY left_at DESC, id LIMIT $2`, u.ID, credential.FormerPasswords)
	if err != nil {
		return fmt.Errorf("read former passwords: %w", err)
	}
	for _, hash := range former {
		ok, _, err := s.Hasher.Verify(ctx, hash, next)
		if err != nil {
			return fmt.Errorf("check former password: %w", err)
		}
		if ok {
			return reused
		}
	}
	return nil
}

// SecondFactor gives the secret that the caller is to take over into an app, the same
// until the session ends, with its otpauth URL. Only for a caller who has none yet.
func (s *Service) SecondFactor(ctx context.Context, c Caller) (secret, url string, err error) {
	if !c.MustEnrol {
		return "", "", fault.New(fault.Denied, "the account has a second factor")
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		sealed, err := pending(ctx, tx, c.Session)
		if err != nil {
			return err
		}
		if sealed != "" {
			secret, err = s.Seal.Open(sealed, pendingContext(c.Session))
			return err
		}
		if secret, _, err = credential.GenerateTOTP(c.Login); err != nil {
			return err
		}
		if sealed, err = s.Seal.Seal(secret, pendingContext(c.Session)); err != nil {
			return err
		}
		return db.Exec(ctx, tx, "session", `UPDATE console_session SET pending_totp = $2 WHERE id = $1`, c.Session, sealed)
	})
	if err != nil {
		return "", "", fmt.Errorf("second factor: %w", err)
	}
	return secret, credential.TOTPURL("Mizuhiki gateway", c.Login, secret), nil
}

func pending(ctx context.Context, q db.Querier, id SessionID) (string, error) {
	return db.One(ctx, q, "session", func(s db.Scanner) (sealed string, err error) {
		err = s(&sealed)
		return sealed, err
	}, `SELECT pending_totp FROM console_session WHERE id = $1 AND ended_at IS NULL`, id)
}

// EnrolSecondFactor makes the secret of [Service.SecondFactor] the account's, if code is
// one of its codes (kind invalid, code.wrong, otherwise), ends all sessions and gives
// the token of a new one.
func (s *Service) EnrolSecondFactor(ctx context.Context, c Caller, code string) (token string, err error) {
	if !c.MustEnrol {
		return "", fault.New(fault.Denied, "the account has a second factor")
	}
	now := s.Clock()
	secret, _, err := s.SecondFactor(ctx, c)
	if err != nil {
		return "", err
	}
	step, ok, err := credential.MatchTOTP(secret, code, now)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.WithKey(fault.Invalid, "code.wrong", nil)
	}
	sealed, err := s.Seal.Seal(secret, totpContext(c.User))
	if err != nil {
		return "", fmt.Errorf("second factor: %w", err)
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := db.Exec(ctx, tx, "account without a second factor", `UPDATE console_user SET totp_secret = $2, totp_last_step = $3
			WHERE id = $1 AND totp_secret = '' AND must_change = 0`, c.User, sealed, step)
		if err != nil {
			return err
		}
		token, err = renew(ctx, tx, c, ActionSecondFactor, now, now)
		return err
	})
	return token, err
}
