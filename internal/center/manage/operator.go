package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// NetworkRecovery is a request as an operator sees it.
type NetworkRecovery struct {
	account.Recovery
	Facility directory.Facility // of the person concerned
	Refused  error              // why this operator may not approve it; nil: they may
}

// operator acts on recoveries of any facility in the name of an operator (運営管理者) who has
// just proved who they are: where a facility has no second manager, or none who can come in.
type operator struct {
	log  auditdb.Log
	user account.User
	row  func(audit.Event) audit.Event // says in the log who it was
}

// list gives what waits, the oldest first.
func (o operator) list(ctx context.Context, q db.Querier, now time.Time) ([]NetworkRecovery, error) {
	pending, err := accountdb.Store{}.PendingRecoveries(ctx, q, "", now)
	if err != nil {
		return nil, err
	}
	var out []NetworkRecovery
	for _, r := range pending {
		u, err := accountdb.Store{}.User(ctx, q, r.User)
		if err != nil {
			return nil, err
		}
		staff, err := accountdb.Store{}.OfFacility(ctx, q, u.Facility)
		if err != nil {
			return nil, err
		}
		f, err := directorydb.Store{}.Facility(ctx, q, u.Facility)
		if fault.Is(err, fault.NotFound) {
			continue // it has left, and nobody of it comes in any more
		}
		if err != nil {
			return nil, err
		}
		out = append(out, NetworkRecovery{r, f, r.RefuseApproval(o.user, u, staff, now)})
	}
	return out, nil
}

// ask asks for the recovery of the account with a login. Errors are those of
// [Service.AskRecovery]; kind invalid, key recovery.login, for a login that nobody has.
func (o operator) ask(ctx context.Context, tx *db.Tx, login string, reason account.RecoveryReason, now time.Time) (account.Recovery, error) {
	store := accountdb.Store{}
	u, err := store.ByLogin(ctx, tx, credential.NormalizeLogin(login))
	if fault.Is(err, fault.NotFound) {
		return account.Recovery{}, fault.WithKey(fault.Invalid, "recovery.login", nil)
	}
	if err != nil {
		return account.Recovery{}, err
	}
	id, err := askRecovery(ctx, tx, u, o.user.ID, reason, now)
	if err != nil {
		return account.Recovery{}, err
	}
	if err := o.file(ctx, tx, audit.ActionRecoveryAsk, u, now, map[string]any{"recovery": id, "reason": reason}); err != nil {
		return account.Recovery{}, err
	}
	return store.Recovery(ctx, tx, id)
}

// read reads a request with its account. Unknown ones are not found.
func (o operator) read(ctx context.Context, q db.Querier, id ident.RecoveryID) (account.Recovery, account.User, error) {
	r, err := accountdb.Store{}.Recovery(ctx, q, id)
	if err != nil {
		return account.Recovery{}, account.User{}, err
	}
	u, err := accountdb.Store{}.User(ctx, q, r.User)
	return r, u, err
}

// approve is [Service.ApproveRecovery].
func (o operator) approve(ctx context.Context, d *db.DB, id ident.RecoveryID, now time.Time) (created Created, err error) {
	err = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, u, err := o.read(ctx, tx, id)
		if err != nil {
			return err
		}
		var passkeys int64
		if created, passkeys, err = approve(ctx, tx, r, u, o.user, now); err != nil {
			return err
		}
		return o.file(ctx, tx, audit.ActionRecoveryGive, u, now, map[string]any{"recovery": id, "asked_by": r.AskedBy, "passkeys_removed": passkeys})
	})
	if err == nil {
		return created, nil
	}
	if key, _, _ := fault.Message(err); fault.Is(err, fault.Conflict) {
		filed := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, u, err := o.read(ctx, tx, id)
			if err != nil {
				return err
			}
			e := audit.Event{Action: audit.ActionRecoveryGive, Outcome: audit.Denied, Owner: u.Facility, Detail: map[string]any{"user": u.ID, "recovery": id, "reason": key}}
			_, err = o.log.Append(ctx, tx, now, o.row(e))
			return err
		})
		if filed != nil {
			return Created{}, filed
		}
	}
	return Created{}, err
}

// withdraw takes back what an operator has asked. Kind conflict: recovery.over, and
// recovery.by_other for what a facility's manager asked.
func (o operator) withdraw(ctx context.Context, tx *db.Tx, id ident.RecoveryID, now time.Time) error {
	r, u, err := o.read(ctx, tx, id)
	if err != nil {
		return err
	}
	asker, err := accountdb.Store{}.User(ctx, tx, r.AskedBy)
	if err != nil {
		return err
	}
	if !asker.Holds(access.RoleOperator) {
		return fault.WithKey(fault.Conflict, "recovery.by_other", nil)
	}
	if err := (accountdb.Store{}).EndRecovery(ctx, tx, id, account.RecoveryWithdrawn, o.user.ID, now); err != nil {
		return err
	}
	return o.file(ctx, tx, audit.ActionRecoveryDrop, u, now, map[string]any{"recovery": id})
}

func (o operator) file(ctx context.Context, tx *db.Tx, a audit.Action, u account.User, now time.Time, detail map[string]any) error {
	detail["user"] = u.ID
	_, err := o.log.Append(ctx, tx, now, o.row(audit.Event{Action: a, Outcome: audit.Done, Owner: u.Facility, Detail: detail}))
	return err
}

// operator gives the caller as an operator. Kind denied for anybody else.
func (s *Service) operator(ctx context.Context, c signin.Caller) (operator, error) {
	if !c.Has(access.RoleOperator) {
		return operator{}, fault.New(fault.Denied, "user %s is not an operator", c.User)
	}
	u, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	return operator{s.Log, u, func(e audit.Event) audit.Event { return e.By(c.Viewer) }}, err
}

// freshOperator is for what outlasts a session.
func (s *Service) freshOperator(ctx context.Context, c signin.Caller) (operator, error) {
	o, err := s.operator(ctx, c)
	if err != nil {
		return operator{}, err
	}
	return o, signin.NeedFresh(c, s.Clock())
}

// NetworkRecoveries lists what waits for a second person at any facility, for an operator.
func (s *Service) NetworkRecoveries(ctx context.Context, c signin.Caller) (out []NetworkRecovery, err error) {
	o, err := s.operator(ctx, c)
	if err != nil {
		return nil, err
	}
	err = s.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = o.list(ctx, tx, s.Clock())
		return err
	})
	return out, err
}

// AskNetworkRecovery asks as an operator for the recovery of the account with a login: for a
// facility all of whose managers are locked out. Errors: see [Service.AskRecovery], and kind
// invalid, key recovery.login.
func (s *Service) AskNetworkRecovery(ctx context.Context, c signin.Caller, login string, reason account.RecoveryReason) error {
	o, err := s.freshOperator(ctx, c)
	if err != nil {
		return err
	}
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := o.ask(ctx, tx, login, reason, now)
		return err
	})
}

// ApproveNetworkRecovery is [Service.ApproveRecovery] for an operator.
func (s *Service) ApproveNetworkRecovery(ctx context.Context, c signin.Caller, id ident.RecoveryID) (Created, error) {
	o, err := s.freshOperator(ctx, c)
	if err != nil {
		return Created{}, err
	}
	created, err := o.approve(ctx, s.DB, id, s.Clock())
	return created, s.foundOr(ctx, c, err)
}

// WithdrawNetworkRecovery takes back what an operator has asked.
func (s *Service) WithdrawNetworkRecovery(ctx context.Context, c signin.Caller, id ident.RecoveryID) error {
	o, err := s.freshOperator(ctx, c)
	if err != nil {
		return err
	}
	now := s.Clock()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return o.withdraw(ctx, tx, id, now) })
	return s.foundOr(ctx, c, err)
}

// foundOr files the probe of an id that nothing has.
func (s *Service) foundOr(ctx context.Context, c signin.Caller, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if filed := s.probe(ctx, c, foreign{what: "recovery"}); filed != nil {
		return filed
	}
	return err
}

// operator gives who has proved at the command line to be an operator, see
// [signin.Service.ProveOperator].
func (s Setup) operator(u account.User) operator {
	return operator{s.Log, u, func(e audit.Event) audit.Event {
		e.User, e.UserName, e.Profession, e.Facility = u.ID, u.DisplayName, u.Profession, u.Facility
		e.Detail["at"] = s.By
		return e
	}}
}

// Recoveries lists at the command line what waits at any facility.
func (s Setup) Recoveries(ctx context.Context, q db.Querier, now time.Time) ([]NetworkRecovery, error) {
	return s.operator(account.User{}).list(ctx, q, now)
}

// AskRecovery asks at the command line for the recovery of the account with a login.
func (s Setup) AskRecovery(ctx context.Context, tx *db.Tx, now time.Time, by account.User, login string, reason account.RecoveryReason) (account.Recovery, error) {
	return s.operator(by).ask(ctx, tx, login, reason, now)
}

// ApproveRecovery approves at the command line what somebody else asked.
func (s Setup) ApproveRecovery(ctx context.Context, d *db.DB, now time.Time, by account.User, id ident.RecoveryID) (Created, error) {
	return s.operator(by).approve(ctx, d, id, now)
}

// WithdrawRecovery takes back at the command line what an operator has asked.
func (s Setup) WithdrawRecovery(ctx context.Context, tx *db.Tx, now time.Time, by account.User, id ident.RecoveryID) error {
	return s.operator(by).withdraw(ctx, tx, id, now)
}
