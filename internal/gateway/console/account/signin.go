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

func totpContext(id UserID) string       { return "console-totp:" + string(id) }
func pendingContext(id SessionID) string { return "console-pending:" + string(id) }

// Attempt is what somebody shows to be let in.
type Attempt struct {
	Login, Password, Code string
	Address               string // of the browser, without port
}

// refused is the answer to every attempt that fails, whatever was wrong: also a lock is
// only told in the log.
func refused() error { return fault.WithKey(fault.Denied, "signin.refused", nil) }

// SignIn opens a session and gives the token that the browser is to keep. An account
// without a second factor gets in by its password alone, to nothing but the pages on
// which both are set (see [Caller.Ready]). Every refusal is of kind denied, key
// signin.refused, in the same time.
func (s *Service) SignIn(ctx context.Context, a Attempt) (token string, err error) {
	now := s.Clock()
	login := credential.NormalizeLogin(a.Login)
	if credential.CheckLogin(login) != nil {
		login = "" // whatever was typed, perhaps a password, is not kept
	}
	a.Login = login
	return s.admit(ctx, a, ActionSignIn, now, func(ctx context.Context, tx *db.Tx, u User) (string, error) {
		return open(ctx, tx, u.ID, now, now, now, now.Add(AbsoluteTimeout))
	})
}

// opener opens the session of somebody who has proved who they are.
type opener func(context.Context, *db.Tx, User) (token string, err error)

// admit takes a proof for an action and opens a session for whoever gave it.
func (s *Service) admit(ctx context.Context, a Attempt, action Action, now time.Time, open opener) (token string, err error) {
	user, reason, err := s.begin(ctx, a.Login, a.Address, action, now)
	if err != nil {
		return "", err
	}
	if reason == reasonLocked {
		return "", refused()
	}
	step, failed, err := s.prove(ctx, user, a, now)
	if err != nil {
		return "", err
	}
	if reason == "" {
		reason = failed
	}
	return s.finish(ctx, user, a, action, reason, step, now, open)
}

const reasonLocked = "locked"

// begin counts the attempt before anything is compared: attempts at the same time could
// otherwise all pass before the first of them is counted. The user is zero if nobody may
// come in by that login, whatever they prove.
func (s *Service) begin(ctx context.Context, login, address string, action Action, now time.Time) (user User, reason string, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		user, reason = User{}, ""
		f, err := failures(ctx, tx, login, address, now)
		if err != nil {
			return err
		}
		found, err := byLogin(ctx, tx, login)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if f.Wait(now) > 0 {
			reason = reasonLocked
			return s.recordRefusal(ctx, tx, now, Entry{Login: found.Login, Address: address, Action: action, Detail: Detail{Reason: reason}})
		}
		switch {
		case found.ID == "":
			reason = "unknown login"
		case !found.ClosedAt.IsZero():
			reason = "account closed"
		case found.MustChange && !now.Before(found.InitialUntil):
			reason = "first password expired"
		default:
			user = found
		}
		return addFailure(ctx, tx, login, address, now)
	})
	return user, reason, err
}

// prove checks both factors, the second also if the first has failed, and both also for
// nobody. It names the factor that failed.
func (s *Service) prove(ctx context.Context, u User, a Attempt, now time.Time) (step int64, failed string, err error) {
	passwordOK, _, err := s.Hasher.Verify(ctx, u.passwordHash, credential.NormalizePassword(a.Password))
	if err != nil {
		return 0, "", fmt.Errorf("check password: %w", err)
	}
	secret := credential.NobodysSecret
	if u.Enrolled {
		if secret, err = s.Seal.Open(u.totpSecret, totpContext(u.ID)); err != nil {
			return 0, "", fmt.Errorf("check one-time code: %w", err)
		}
	}
	step, codeOK, err := credential.MatchTOTP(secret, a.Code, now)
	if err != nil {
		return 0, "", err
	}
	switch {
	case !passwordOK:
		return 0, "password", nil
	case u.Enrolled && !codeOK:
		return 0, "code", nil
	}
	return step, "", nil
}

// finish opens the session or records the refusal; either commits.
func (s *Service) finish(ctx context.Context, u User, a Attempt, action Action, reason string, step int64, now time.Time, open opener) (token string, err error) {
	denied := reason
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		denied = reason
		if denied == "" && u.Enrolled {
			fresh, err := takeStep(ctx, tx, u.ID, step)
			if err != nil {
				return err
			}
			if !fresh {
				denied = "code used before"
			}
		}
		if denied != "" {
			return s.recordRefusal(ctx, tx, now, Entry{Login: u.Login, Address: a.Address, Action: action, Detail: Detail{Reason: denied}})
		}
		if err := forgetFailures(ctx, tx, a.Login, a.Address); err != nil {
			return err
		}
		if token, err = open(ctx, tx, u); err != nil {
			return err
		}
		return record(ctx, tx, now, Entry{Login: u.Login, Address: a.Address, Action: action, Outcome: Done})
	})
	if err != nil {
		return "", err
	}
	if denied != "" {
		return "", refused()
	}
	return token, nil
}

// takeStep spends the code of a time step; false if it or a later one was spent before.
func takeStep(ctx context.Context, tx *db.Tx, id UserID, step int64) (bool, error) {
	err := db.Exec(ctx, tx, "fresh code", `UPDATE console_user SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2`, id, step)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// failuresRead bounds how many failures are read: no threshold is above it.
const failuresRead = 100

func failures(ctx context.Context, q db.Querier, login, address string, now time.Time) (f credential.Failures, err error) {
	since := db.Micros(now.Add(-credential.AccountWindow))
	for _, r := range []struct {
		into  *[]time.Time
		where string
		args  []any
	}{
		{&f.Pair, `login = $3 AND address = $4`, []any{login, address}},
		{&f.Account, `login = $3`, []any{login}},
		{&f.Device, `address = $3`, []any{address}},
	} {
		*r.into, err = db.All(ctx, q, func(s db.Scanner) (time.Time, error) {
			var at int64
			err := s(&at)
			return db.Time(at), err
		}, `SELECT at FROM console_failure WHERE at > $1 AND `+r.where+` ORDER BY at DESC LIMIT $2`, append([]any{since, failuresRead}, r.args...)...)
		if err != nil {
			return f, fmt.Errorf("read failed sign-ins: %w", err)
		}
	}
	return f, nil
}

// addFailure counts an attempt of which the outcome is open or bad, and drops what is too
// old to count, whoever's it is: strangers must not fill the table for good.
func addFailure(ctx context.Context, tx *db.Tx, login, address string, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM console_failure WHERE at <= $1`, db.Micros(now.Add(-credential.AccountWindow))); err != nil {
		return fmt.Errorf("drop old failed sign-ins: %w", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO console_failure (id, login, address, at) VALUES ($1, $2, $3, $4)`,
		ident.New[string](), login, address, db.Micros(now))
	if err != nil {
		return fmt.Errorf("count failed sign-in: %w", err)
	}
	return nil
}

func forgetFailures(ctx context.Context, tx *db.Tx, login, address string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM console_failure WHERE login = $1 AND address = $2`, login, address); err != nil {
		return fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return nil
}
