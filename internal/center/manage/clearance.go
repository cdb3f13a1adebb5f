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

// Cleared is what is recorded of a person before their account works.
type Cleared struct {
	Trained string // the day of the training as typed, see [account.ParseTrained]; empty: none yet
	Paper   bool   // the pledge was signed on paper and taken in; else it is given at the first sign-in
}

// createdDetail is what the log says of a new account.
func createdDetail(u account.User) map[string]any {
	detail := map[string]any{"user": u.ID, "roles": u.Roles, "profession": u.Profession}
	if u.Trained() {
		detail["trained_on"] = u.TrainedOn
	}
	if u.Pledged() {
		detail["pledge"] = u.PledgeVersion
	}
	return detail
}

// of gives the clearance that by records.
func (r Cleared) of(by ident.UserID, now time.Time) (c account.Clearance, err error) {
	if r.Trained != "" {
		if c.TrainedOn, err = account.ParseTrained(r.Trained, now); err != nil {
			return c, err
		}
		c.TrainedBy = by
	}
	if r.Paper {
		c.PledgeVersion, c.PledgeBy, c.PledgedAt = account.PledgePaper, by, now
	}
	return c, nil
}

// RecordClearance records a training and a pledge on paper of a user of the caller's
// facility. Nobody records their own (kind conflict, user.self): it is somebody else's
// word that the network relies on. Kind invalid with the keys of [account.ParseTrained],
// and user.trained_missing if neither is stated.
func (s *Service) RecordClearance(ctx context.Context, c signin.Caller, id ident.UserID, r Cleared) error {
	return s.change(ctx, c, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := s.own(ctx, tx, c, id); err != nil {
			return err
		}
		if id == c.User {
			return fault.WithKey(fault.Conflict, "user.self", nil)
		}
		detail, err := record(ctx, tx, id, c.User, r, now)
		if err != nil {
			return err
		}
		return s.auditUser(ctx, tx, c, now, audit.ActionUserChange, id, detail)
	})
}

// record writes a clearance and gives what the log says of it.
func record(ctx context.Context, tx *db.Tx, id, by ident.UserID, r Cleared, now time.Time) (map[string]any, error) {
	cleared, err := r.of(by, now)
	if err != nil {
		return nil, err
	}
	detail := map[string]any{"what": "clearance"}
	if !cleared.Trained() && !cleared.Pledged() {
		return nil, fault.WithKey(fault.Invalid, "user.trained_missing", nil)
	}
	if cleared.Trained() {
		detail["trained_on"] = cleared.TrainedOn
		if err := (accountdb.Store{}).SetTraining(ctx, tx, id, cleared.TrainedOn, by); err != nil {
			return nil, err
		}
	}
	if cleared.Pledged() {
		detail["pledge"] = cleared.PledgeVersion
		if err := (accountdb.Store{}).SetPledge(ctx, tx, id, cleared.PledgeVersion, by, now); err != nil {
			return nil, err
		}
	}
	return detail, nil
}

// RecordClearance records a training and a pledge on paper at the command line, where
// the operator does it for a facility's first manager.
func (s Setup) RecordClearance(ctx context.Context, tx *db.Tx, now time.Time, login string, r Cleared) error {
	u, err := (accountdb.Store{}).ByLogin(ctx, tx, login)
	if err != nil {
		return err
	}
	if !u.Open() {
		return fault.WithKey(fault.Conflict, "user.closed", nil)
	}
	detail, err := record(ctx, tx, u.ID, setupUser, r, now)
	if err != nil {
		return err
	}
	detail["user"] = u.ID
	_, err = s.Log.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionUserChange, Outcome: audit.Done, UserName: s.By, Owner: u.Facility, Detail: detail,
	})
	return err
}

// setupUser stands for whoever is at the server's command line.
const setupUser ident.UserID = "setup"
