package manage

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/passkey/passkeydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Recoveries lists what waits for a second person at the caller's facility, the oldest first.
func (s *Service) Recoveries(ctx context.Context, c signin.Caller) ([]account.Recovery, error) {
	if err := needManager(c); err != nil {
		return nil, err
	}
	return s.accounts.PendingRecoveries(ctx, s.DB.Reader(), c.Facility, s.Clock())
}

// AskRecovery asks that the lost authenticator of a user of the caller's facility be
// recovered, which a second person approves ([Service.ApproveRecovery]). Nothing changes
// until then. Kind invalid recovery.reason; kind conflict user.self, user.dormant,
// recovery.unequipped (a setup code is enough), recovery.pending.
func (s *Service) AskRecovery(ctx context.Context, c signin.Caller, id ident.UserID, reason account.RecoveryReason) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		r, err := askRecovery(ctx, tx, u, c.User, reason, now)
		if err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionRecoveryAsk, id, map[string]any{"recovery": r, "reason": reason})
	})
}

func askRecovery(ctx context.Context, tx *db.Tx, u account.User, by ident.UserID, reason account.RecoveryReason, now time.Time) (ident.RecoveryID, error) {
	conflict := func(key fault.Key) (ident.RecoveryID, error) { return "", fault.WithKey(fault.Conflict, key, nil) }
	switch {
	case !slices.Contains(account.RecoveryReasons(), reason):
		return "", fault.WithKey(fault.Invalid, "recovery.reason", nil)
	case !u.Open():
		return conflict("user.closed")
	case u.ID == by:
		return conflict("user.self")
	case u.Dormant(now):
		return conflict("user.dormant")
	case !u.Equipped:
		return conflict("recovery.unequipped")
	}
	r := account.Recovery{
		ID: ident.New[ident.RecoveryID](), User: u.ID, Reason: reason, AskedBy: by, AskedAt: now, ExpiresAt: now.Add(account.RecoveryLife),
	}
	return r.ID, accountdb.Store{}.AddRecovery(ctx, tx, r)
}

// WithdrawRecovery takes a request at the caller's facility back, whoever asked. Kind
// conflict recovery.over.
func (s *Service) WithdrawRecovery(ctx context.Context, c signin.Caller, id ident.RecoveryID) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		r, _, err := s.ownRecovery(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if err := s.accounts.EndRecovery(ctx, tx, id, account.RecoveryWithdrawn, c.User, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionRecoveryDrop, r.User, map[string]any{"recovery": id})
	})
}

// ApproveRecovery approves what somebody else asked: password, one-time codes and passkeys
// of the account end with all its sessions, a lock is lifted, and the setup code that is
// given is to be handed over in person. Refusals are those of
// [account.Recovery.RefuseApproval], and are filed.
func (s *Service) ApproveRecovery(ctx context.Context, c signin.Caller, id ident.RecoveryID) (created Created, err error) {
	var r account.Recovery
	err = s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var u account.User
		if r, u, err = s.ownRecovery(ctx, tx, c, id); err != nil {
			return err
		}
		by, err := s.accounts.User(ctx, tx, c.User)
		if err != nil {
			return err
		}
		var passkeys int64
		if created, passkeys, err = approve(ctx, tx, r, u, by, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionRecoveryGive, u.ID, map[string]any{
			"recovery": id, "asked_by": r.AskedBy, "passkeys_removed": passkeys,
		})
	})
	if err == nil {
		return created, nil
	}
	if key, _, _ := fault.Message(err); fault.Is(err, fault.Conflict) && r.ID != "" {
		now := s.Clock()
		filed := s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			e := audit.Event{Action: audit.ActionRecoveryGive, Outcome: audit.Denied, Owner: c.Facility, Detail: map[string]any{
				"user": r.User, "recovery": id, "reason": key,
			}}
			_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
			return err
		})
		if filed != nil {
			return Created{}, filed
		}
	}
	return Created{}, err
}

// ownRecovery reads a request about an account of the caller's facility.
func (s *Service) ownRecovery(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.RecoveryID) (account.Recovery, account.User, error) {
	r, err := s.accounts.Recovery(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return account.Recovery{}, account.User{}, foreign{what: "recovery"}
	}
	if err != nil {
		return account.Recovery{}, account.User{}, err
	}
	u, err := s.own(ctx, tx, c, r.User)
	return r, u, err
}

// approve carries a recovery out in the name of whoever may approve it.
func approve(ctx context.Context, tx *db.Tx, r account.Recovery, u, by account.User, now time.Time) (created Created, passkeys int64, err error) {
	store := accountdb.Store{}
	staff, err := store.OfFacility(ctx, tx, u.Facility)
	if err != nil {
		return Created{}, 0, err
	}
	if err := r.RefuseApproval(by, u, staff, now); err != nil {
		return Created{}, 0, err
	}
	if err := store.EndRecovery(ctx, tx, r.ID, account.RecoveryApproved, by.ID, now); err != nil {
		return Created{}, 0, err
	}
	if err := store.DropPassword(ctx, tx, u.ID, now); err != nil && !fault.Is(err, fault.NotFound) {
		return Created{}, 0, err // not found: there were passkeys alone
	}
	if passkeys, err = (passkeydb.Store{}).EndAll(ctx, tx, u.ID, by.ID, now); err != nil {
		return Created{}, 0, err
	}
	if err := store.ForgetFailures(ctx, tx, u.Login, ""); err != nil {
		return Created{}, 0, err
	}
	u.PasswordHash, u.TOTPSecret, u.Equipped = "", "", false
	created, err = giveCode(ctx, tx, u, by.ID, now) // ends the sessions
	return created, passkeys, err
}
