package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Locked gives the accounts of the caller's facility that let nobody in after failed
// sign-ins, and until when.
func (s *Service) Locked(ctx context.Context, c signin.Caller) (map[ident.UserID]time.Time, error) {
	if err := needManager(c); err != nil {
		return nil, err
	}
	return s.accounts.Locked(ctx, s.DB.Reader(), c.Facility, s.Clock())
}

// Unlock forgets the failed sign-ins of a user of the caller's facility (ロック解除), whose
// credentials stay as they are. Nobody lifts their own: kind conflict, key user.self.
func (s *Service) Unlock(ctx context.Context, c signin.Caller, id ident.UserID) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if id == c.User {
			return fault.WithKey(fault.Conflict, "user.self", nil)
		}
		if err := s.accounts.ForgetFailures(ctx, tx, u.Login, ""); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserChange, id, map[string]any{"what": "unlocked"})
	})
}
