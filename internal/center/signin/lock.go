package signin

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Holder gives whose session it is, locked or not. It is only for what a locked session
// allows: to say whose it is, to ask for a passkey ([Service.AskStepUp]), to end it
// ([Service.SignOut]). The caller holds no role. Refusals are those of [Service.Resume].
func (s *Service) Holder(ctx context.Context, dev device.Device, token string) (Caller, error) {
	st, err := s.find(ctx, dev, token, s.Clock())
	if err != nil {
		return Caller{}, err
	}
	c := st.caller(dev)
	c.Roles = nil
	return c, nil
}

// Lock locks the caller's session (画面ロック). It goes on for the caller alone, by [Service.Unlock].
func (s *Service) Lock(ctx context.Context, c Caller) error {
	now := s.Clock()
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.LockSession(ctx, tx, c.Session, now); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionSessionLock, Outcome: audit.Done, Detail: map[string]any{"session": c.Session}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return ended()
	}
	return err
}

// Unlock lets a locked session go on for its user, who proves anew who they are, by both
// factors: under another token and with the same end, like [Service.StepUp], whose
// refusals it has.
func (s *Service) Unlock(ctx context.Context, dev device.Device, token string, p Proof) (next string, err error) {
	holder, err := s.Holder(ctx, dev, token)
	if err != nil {
		return "", err
	}
	next, _, err = s.stepUp(ctx, holder, p, func(ctx context.Context, tx *db.Tx, a attempt, tokenHash string, now time.Time) error {
		if err := s.accounts.UnlockSession(ctx, tx, holder.Session); err != nil {
			return err
		}
		if err := s.accounts.VerifySession(ctx, tx, holder.Session, tokenHash, a.method, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, now, a, a.user, audit.Done, map[string]any{"session": holder.Session, "unlocked": true})
	})
	return next, err
}
