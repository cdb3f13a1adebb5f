package disclose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Guard runs what a person asked for in a transaction with its audit rows, and keeps
// the row of a refusal although the refused transaction is rolled back. The flows
// about patients share it.
type Guard struct {
	DB    *db.DB
	Audit auditdb.Log
	Clock func() time.Time
}

// refusal is an error that leaves a row in the access log.
type refusal struct {
	event audit.Event
	err   error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// Refuse gives err, to be returned from a function under [Guard.InTx], with the row
// that it leaves in the access log.
func Refuse(e audit.Event, err error) error { return &refusal{e, err} }

// InTx runs fn in a write transaction at one instant. If fn ends with a [Refuse] the
// transaction is rolled back and the refusal's row written in one of its own; whoever
// asked may have gone away meanwhile, the row is written all the same.
func (g Guard) InTx(ctx context.Context, fn func(ctx context.Context, tx *db.Tx, now time.Time) error) error {
	now := g.Clock()
	err := g.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return fn(ctx, tx, now) })
	return g.record(ctx, err)
}

// Refused writes the row of a refusal that was found outside a transaction, and gives
// back the error without it. Other errors pass.
func (g Guard) Refused(ctx context.Context, err error) error { return g.record(ctx, err) }

func (g Guard) record(ctx context.Context, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	if werr := g.Append(ctx, r.event); werr != nil {
		return fmt.Errorf("%w (refusing: %w)", werr, r.err)
	}
	return r.err
}

// Append writes one row in a transaction of its own, also if ctx has been cancelled.
func (g Guard) Append(ctx context.Context, e audit.Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	now := g.Clock()
	return g.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := g.Audit.Append(ctx, tx, now, e)
		return err
	})
}

// Demand refuses a caller whose session was not opened with two factors on a live
// device, or who holds none of the roles; no roles means any. The refusal is recorded
// as an attempt at the action.
func Demand(c signin.Caller, action audit.Action, roles ...access.Role) error {
	var missing []string
	if !c.TwoFactor {
		missing = append(missing, "two_factor")
	}
	if !c.DeviceLive {
		missing = append(missing, "device_live")
	}
	if !c.Ready() {
		missing = append(missing, "first_use")
	}
	if len(roles) > 0 && !slices.ContainsFunc(roles, c.Has) {
		missing = append(missing, "role")
	}
	if len(missing) == 0 {
		return nil
	}
	e := audit.Event{Action: action, Outcome: audit.Denied, Detail: map[string]any{"missing": missing}}
	return Refuse(e.By(c.Viewer), fault.New(fault.Denied, "%s refused to user %s: missing %v", action, c.User, missing))
}

// Foreign refuses an id that is not the caller's to see: not found for the caller,
// foreign_id in the access log. What says what kind of id it was.
func Foreign(c signin.Caller, what string, p ident.PersonID) error {
	e := audit.Event{Action: audit.ActionProbe, Outcome: audit.Denied, Person: p, Detail: map[string]any{"what": what}}
	return Refuse(e.By(c.Viewer), fault.New(fault.NotFound, "no such %s", what))
}

// OwnLink reads the caller's facility's living link to a person: the evidence that it
// treats them. Without one the person is [Foreign].
func OwnLink(ctx context.Context, q db.Querier, c signin.Caller, p ident.PersonID) (linkage.Link, error) {
	own, err := linkagedb.Store{}.At(ctx, q, c.Union, p, c.Facility)
	if fault.Is(err, fault.NotFound) {
		return linkage.Link{}, Foreign(c, "person", p)
	}
	return own, err
}
