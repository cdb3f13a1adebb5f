package account

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// FreshFor is how long a proof counts as fresh for acts that outlast the session.
const FreshFor = 5 * time.Minute

// KeyStepUp is the key of the refusal of such an act for want of a fresh proof.
const KeyStepUp fault.Key = "stepup.needed"

// NeedFresh refuses a caller whose last proof of who they are is not fresh (再認証): kind
// denied, [KeyStepUp]. Password and code were shown at sign-in or to [Service.StepUp]; a
// new password is proved by the old one alone and makes nothing fresh.
func NeedFresh(c Caller, now time.Time) error {
	// By a clock that was set back, a proof would be fresh until the clock is where it was.
	if age := now.Sub(c.ProvedAt); age < FreshFor && age > -time.Minute {
		return nil
	}
	return fault.WithKey(fault.Denied, KeyStepUp, nil)
}

// StepUp takes password and code of a caller again. The session goes on under another
// token, which is given with the caller as they are from now on, and ends when it would
// have. Refusals are those of [Service.SignIn] and count and lock like them; a session that
// has ended meanwhile is of kind denied, session.ended.
func (s *Service) StepUp(ctx context.Context, c Caller, password, code string) (token string, fresh Caller, err error) {
	now := s.Clock()
	a := Attempt{Login: c.Login, Password: password, Code: code, Address: c.Address}
	token, err = s.admit(ctx, a, ActionStepUp, now, func(ctx context.Context, tx *db.Tx, u User) (string, error) {
		err := db.Exec(ctx, tx, "session", `UPDATE console_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, c.Session, db.Micros(now))
		if fault.Is(err, fault.NotFound) {
			return "", ended()
		}
		if err != nil {
			return "", err
		}
		return open(ctx, tx, u.ID, c.began, now, now, c.until)
	})
	if err != nil {
		return "", Caller{}, err
	}
	fresh, err = s.Resume(ctx, token, false)
	fresh.Address = c.Address
	return token, fresh, err
}
