package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Reactivate takes a dormant account of the caller's facility into use again (休眠解除), for
// another [account.DormantAfter]. One that is not dormant is of kind conflict, key user.awake.
func (s *Service) Reactivate(ctx context.Context, c signin.Caller, id ident.UserID) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if err := reactivate(ctx, tx, u, c.User, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserChange, id, map[string]any{"what": "reactivated"})
	})
}

// Reactivate does the same at the command line: for a facility all of whose managers are
// dormant.
func (s Setup) Reactivate(ctx context.Context, tx *db.Tx, now time.Time, login string) error {
	u, err := (accountdb.Store{}).ByLogin(ctx, tx, login)
	if err != nil {
		return err
	}
	if err := reactivate(ctx, tx, u, setupUser, now); err != nil {
		return err
	}
	_, err = s.Log.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionUserChange, Outcome: audit.Done, UserName: s.By, Owner: u.Facility,
		Detail: map[string]any{"user": u.ID, "what": "reactivated"},
	})
	return err
}

func reactivate(ctx context.Context, tx *db.Tx, u account.User, by ident.UserID, now time.Time) error {
	if !u.Dormant(now) {
		return fault.WithKey(fault.Conflict, "user.awake", nil)
	}
	return accountdb.Store{}.Reactivate(ctx, tx, u.ID, by, now)
}
