package signin

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Proof is what somebody who is signed in shows again: both, as at sign-in.
type Proof struct {
	Password string
	Code     string // one-time code
}

// StepUp takes a caller's proof that they still are who signed in, which then is fresh
// for [FreshFor]. The session goes on under another token, which is given together with
// the caller as they are from now on: whoever holds the former one has nothing. When
// the session ends does not change. Refusals are those of [Service.SignIn] and count and
// lock like them; a session that has ended meanwhile is of kind denied, session.ended.
func (s *Service) StepUp(ctx context.Context, c Caller, p Proof) (token string, fresh Caller, err error) {
	now := s.Clock()
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return "", Caller{}, err
	}
	a := attempt{
		action: audit.ActionStepUp, method: account.MethodPassword,
		login: user.Login, dev: device.Device{ID: c.Device, Facility: c.Facility},
	}
	if a, err = s.begin(ctx, a, now); err != nil {
		return "", Caller{}, err
	}
	if a.wait > 0 {
		return "", Caller{}, lockedFor(a.wait)
	}
	shown, err := s.prove(ctx, a.user, p.Password, p.Code, now)
	if err != nil {
		return "", Caller{}, err
	}
	token, err = s.finish(ctx, a, shown, now, s.renew(c))
	if fault.Is(err, fault.NotFound) { // ended meanwhile
		return "", Caller{}, ended()
	}
	if err != nil {
		return "", Caller{}, err
	}
	c.VerifiedAt = now
	return token, c, nil
}

// renew lets the caller's own session go on.
func (s *Service) renew(c Caller) opener {
	return func(ctx context.Context, tx *db.Tx, a attempt, tokenHash string, now time.Time) error {
		if err := s.accounts.VerifySession(ctx, tx, c.Session, tokenHash, a.method, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, now, a, a.user, audit.Done, map[string]any{"session": c.Session})
	}
}
