package signin

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Proof is what somebody who is signed in shows again: a passkey, or password and code.
type Proof struct {
	Passkey  []byte // the browser's answer to [Service.AskStepUp]; nil for password and code
	Password string
	Code     string // one-time code
}

// AskStepUp gives a challenge for [Service.StepUp] by one of the caller's passkeys, as
// options for the browser; see [Service.AskPasskey]. Kind invalid, key passkey.none, if
// the caller has none for this address.
func (s *Service) AskStepUp(ctx context.Context, c Caller, origin string) (options []byte, err error) {
	all, err := s.passkeys.OfUser(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(all, func(k passkey.Passkey) bool { return k.RPID != s.Origins.RPID(origin) })
	if len(own) == 0 {
		return nil, fault.WithKey(fault.Invalid, "passkey.none", nil)
	}
	challenge := passkey.Challenge{Purpose: passkey.StepUp, Origin: origin, Device: c.Device, Session: c.Session}
	return s.ask(ctx, challenge, func() (string, []byte, error) { return s.Origins.Ask(origin, own) })
}

// StepUp takes a caller's proof that they still are who signed in, which then is fresh
// for [FreshFor]. The session goes on under another token, which is given together with
// the caller as they are from now on: whoever holds the former one has nothing. When
// the session ends does not change. Refusals are those of [Service.SignIn] and count and
// lock like them; a session that has ended meanwhile is of kind denied, session.ended.
func (s *Service) StepUp(ctx context.Context, c Caller, p Proof) (token string, fresh Caller, err error) {
	return s.stepUp(ctx, c, p, s.renew(c))
}

// stepUp takes a proof and lets open go on with it.
func (s *Service) stepUp(ctx context.Context, c Caller, p Proof, open opener) (token string, fresh Caller, err error) {
	now := s.Clock()
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return "", Caller{}, err
	}
	a := attempt{
		action: audit.ActionStepUp, method: account.MethodPassword,
		login: user.Login, dev: device.Device{ID: c.Device, Facility: c.Facility},
	}
	if p.Passkey != nil {
		a.method = account.MethodPasskey
		token, err = s.stepUpPasskey(ctx, c, a, p.Passkey, now, open)
	} else {
		token, err = s.stepUpPassword(ctx, a, p, now, open)
	}
	if fault.Is(err, fault.NotFound) {
		return "", Caller{}, s.lost(ctx, c)
	}
	if err != nil {
		return "", Caller{}, err
	}
	c.VerifiedAt, c.Method = now, a.method
	return token, c, nil
}

func (s *Service) stepUpPassword(ctx context.Context, a attempt, p Proof, now time.Time, open opener) (token string, err error) {
	if a, err = s.begin(ctx, a, now); err != nil {
		return "", err
	}
	if a.wait > 0 {
		return "", lockedFor(a.wait)
	}
	shown, err := s.prove(ctx, a.user, p.Password, p.Code, now)
	if err != nil {
		return "", err
	}
	return s.finish(ctx, a, shown, now, open)
}

func (s *Service) stepUpPasskey(ctx context.Context, c Caller, a attempt, answer []byte, now time.Time, open opener) (token string, err error) {
	tried, err := s.read(ctx, answer, challenged{passkey.StepUp, c.Device, c.Session}, now)
	if err != nil {
		return "", err
	}
	if tried.refused == "" && tried.owner.ID != c.User {
		tried.refused = passkey.RefusedPasskey
	}
	return s.finishPasskey(ctx, a, tried, now, open)
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

// lost says what became of a session that is not found in use any more: locked a moment
// ago, which its user can undo, or ended.
func (s *Service) lost(ctx context.Context, c Caller) error {
	_, err := s.accounts.Session(ctx, s.DB.Writer(), c.Session)
	if fault.Is(err, fault.NotFound) {
		return ended()
	}
	if err != nil {
		return err
	}
	return fault.WithKey(fault.Denied, KeyLocked, nil)
}
