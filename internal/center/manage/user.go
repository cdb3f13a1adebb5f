package manage

import (
	"context"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Users lists the accounts of the caller's facility, the closed ones last. Password
// hashes and sealed secrets are left out.
func (s *Service) Users(ctx context.Context, c signin.Caller) ([]account.User, error) {
	if err := needManager(c); err != nil {
		return nil, err
	}
	users, err := s.accounts.OfFacility(ctx, s.DB.Reader(), c.Facility)
	for i := range users {
		users[i] = withoutSecrets(users[i])
	}
	return users, err
}

// ReviewUsers is [Service.Users] for a review sheet that leaves the program, which is recorded.
func (s *Service) ReviewUsers(ctx context.Context, c signin.Caller) ([]account.User, error) {
	users, err := s.Users(ctx, c)
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	return users, s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		e := audit.Event{Action: audit.ActionUserReview, Outcome: audit.Done, Owner: c.Facility, Detail: map[string]any{"accounts": len(users)}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
}

func withoutSecrets(u account.User) account.User {
	u.PasswordHash, u.TOTPSecret, u.TOTPLastStep = "", "", 0
	return u
}

// CreateUser makes an account at the caller's facility and gives the setup code with which
// its person comes to make a credential of their own; no manager ever knows one. Kind invalid
// with the keys of [NewUser.Validate] and [account.ParseTrained], kind conflict with
// user.login_taken, kind denied if the operator's role is asked for.
func (s *Service) CreateUser(ctx context.Context, c signin.Caller, n NewUser) (created Created, err error) {
	if err := s.needFreshManager(c); err != nil {
		return Created{}, err
	}
	if err := refuseOperator(n.Roles); err != nil {
		return Created{}, err
	}
	u, err := n.user()
	if err != nil {
		return Created{}, err
	}
	if u.Clearance, err = n.Cleared.of(c.User, s.Clock()); err != nil {
		return Created{}, err
	}
	u.Facility, u.CreatedBy = c.Facility, c.User
	err = s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) (err error) {
		u.CreatedAt = now
		if err := s.accounts.Add(ctx, tx, u); err != nil {
			return err
		}
		if created, err = giveCode(ctx, tx, u, c.User, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserCreate, u.ID, createdDetail(u))
	})
	if err != nil {
		return Created{}, err
	}
	return created, nil
}

// refuseOperator keeps the network's own role out of the facilities' hands.
func refuseOperator(roles []access.Role) error {
	if slices.Contains(roles, access.RoleOperator) {
		return fault.WithKey(fault.Denied, "user.operator_role", nil)
	}
	return nil
}

func (s *Service) auditUser(ctx context.Context, tx *db.Tx, c signin.Caller, now time.Time, a audit.Action, target ident.UserID, detail map[string]any) error {
	detail["user"] = target
	e := audit.Event{Action: a, Outcome: audit.Done, Owner: c.Facility, Detail: detail}
	_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
	return err
}

// own reads an open account of the caller's facility. A closed one is of kind
// conflict, key user.closed; an operator's is not the manager's to change.
func (s *Service) own(ctx context.Context, tx *db.Tx, c signin.Caller, id ident.UserID) (account.User, error) {
	u, err := s.accounts.User(ctx, tx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return u, foreign{what: "user"}
	case err != nil:
		return u, err
	case u.Facility != c.Facility:
		return u, foreign{what: "user", owner: u.Facility}
	case !u.Open():
		return u, fault.WithKey(fault.Conflict, "user.closed", nil)
	}
	return u, refuseOperator(u.Roles)
}

// SetRoles makes a user of the caller's facility hold exactly the roles, from the
// user's next request on. A facility keeps at least one manager: kind conflict, key
// user.last_manager.
func (s *Service) SetRoles(ctx context.Context, c signin.Caller, id ident.UserID, roles []access.Role) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if err := refuseOperator(roles); err != nil {
			return err
		}
		if err := checkRoles(u.Profession, roles); err != nil {
			return err
		}
		if u.Holds(access.RoleManager) && !slices.Contains(roles, access.RoleManager) {
			if err := s.keepManager(ctx, tx, u); err != nil {
				return err
			}
		}
		if err := s.accounts.SetRoles(ctx, tx, id, roles, c.User, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserChange, id, map[string]any{"what": "roles", "from": u.Roles, "to": roles})
	})
}

// keepManager refuses to take its last manager from a facility.
func (s *Service) keepManager(ctx context.Context, tx *db.Tx, leaving account.User) error {
	users, err := s.accounts.OfFacility(ctx, tx, leaving.Facility)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.ID != leaving.ID && u.Open() && !u.Dormant(s.Clock()) && u.Holds(access.RoleManager) {
			return nil
		}
	}
	return fault.WithKey(fault.Conflict, "user.last_manager", nil)
}

// CloseUser closes an account of the caller's facility for good; its sessions end and
// its login is never given again. Nobody closes their own: kind conflict, key user.self.
func (s *Service) CloseUser(ctx context.Context, c signin.Caller, id ident.UserID) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		u, err := s.own(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if id == c.User {
			return fault.WithKey(fault.Conflict, "user.self", nil)
		}
		if u.Holds(access.RoleManager) {
			if err := s.keepManager(ctx, tx, u); err != nil {
				return err
			}
		}
		if err := s.accounts.Close(ctx, tx, id, now); err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserClose, id, map[string]any{})
	})
}
