package signin

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ChangePassword replaces the caller's own password and ends their sessions at other
// terminals. Kind invalid: password.wrong for the old one, password.reused for one of
// the last five, and the keys of [credential.CheckPassword]. Wrong old passwords count
// like failed sign-ins and lock like them (kind denied, signin.locked).
func (s *Service) ChangePassword(ctx context.Context, c Caller, old, next string) error {
	now := s.Clock()
	old, next = credential.NormalizePassword(old), credential.NormalizePassword(next)
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return err
	}
	if err := credential.CheckPassword(next, user.Login, user.DisplayName, user.Kana); err != nil {
		return err
	}
	a, err := s.begin(ctx, attempt{action: audit.ActionUserChange, method: account.MethodPassword, login: user.Login, dev: device.Device{ID: c.Device, Facility: c.Facility}}, now)
	switch {
	case err != nil:
		return err
	case a.wait > 0:
		return lockedFor(a.wait)
	case a.reason != "":
		return ended()
	}
	ok, _, err := s.Hasher.Verify(ctx, a.user.PasswordHash, old)
	if err != nil {
		return fmt.Errorf("check password: %w", err)
	}
	if !ok {
		return s.refuseChange(ctx, c, now)
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.accounts.ForgetFailures(ctx, tx, user.Login, c.Device)
	})
	if err != nil {
		return err
	}
	if err := s.refuseReuse(ctx, a.user, old, next); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.SetPassword(ctx, tx, c.User, hash, now); err != nil {
			return err
		}
		if err := s.accounts.EndSessions(ctx, tx, c.User, c.Session, now); err != nil {
			return err
		}
		return s.auditChange(ctx, tx, c, audit.Done, now)
	})
}

func (s *Service) refuseChange(ctx context.Context, c Caller, now time.Time) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.auditChange(ctx, tx, c, audit.Denied, now)
	})
	if err != nil {
		return err
	}
	return fault.WithKey(fault.Invalid, "password.wrong", nil)
}

func (s *Service) auditChange(ctx context.Context, tx *db.Tx, c Caller, o audit.Outcome, now time.Time) error {
	e := audit.Event{Action: audit.ActionUserChange, Outcome: o, Detail: map[string]any{"user": c.User, "what": "own password"}}
	_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// refuseReuse refuses the present password and the last ones that the user has left.
func (s *Service) refuseReuse(ctx context.Context, u account.User, old, next string) error {
	reused := fault.WithKey(fault.Invalid, "password.reused", nil)
	if old == next {
		return reused
	}
	former, err := s.accounts.FormerPasswords(ctx, s.DB.Reader(), u.ID)
	if err != nil {
		return err
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
