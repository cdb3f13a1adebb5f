package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ReadKept lists messages that could not be taken in, or were with a remark, newest
// first, also while the gateway runs.
func ReadKept(cfg Config, class kept.Class, limit int) ([]kept.Entry, error) {
	k, err := openKept(cfg)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.List(class, limit)
}

// openKept opens the kept messages beside a gateway that may run. Where nothing was ever
// received it is not found.
func openKept(cfg Config) (*kept.Keeper, error) {
	if _, err := os.Stat(keptDir(cfg)); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "no message was received yet")
	}
	return kept.Open(keptDir(cfg))
}

var decisionActions = map[kept.Decision]account.Action{kept.File: account.ActionKeptFile, kept.Dismiss: account.ActionKeptDismiss}

// DecideKept has a running gateway, or one that is started later, do something with
// messages that were acknowledged and not filed: what d says, in the name of d.By, who sits
// at its machine; to dismiss takes d.Why. If a message is not on that list, it is not found
// and nothing is done with any. One that leaves the list meanwhile is not found either; those
// before it stand.
func DecideKept(ctx context.Context, cfg Config, ids []string, d kept.Decided) (err error) {
	cfg.fill()
	if len(cfg.MLLP) == 0 {
		return fault.New(fault.Invalid, "a gateway without [[mllp]] files no messages")
	}
	switch d.Why = strings.TrimSpace(d.Why); {
	case d.Decision == kept.Dismiss && d.Why == "":
		return fault.New(fault.Invalid, "a message is dismissed with a reason, for the history")
	case !kept.IsWhy(d.Why):
		return fault.New(fault.Invalid, "the reason must be one line of at most %d characters", kept.MaxWhy)
	}
	k, err := openKept(cfg)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := k.Waiting(id); err != nil {
			return err
		}
	}
	store, err := openBeside(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	d.At = cfg.Clock()
	for _, id := range ids {
		d.ID = id
		err := store.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return account.AtMachine(ctx, tx, d.At, d.By, decisionActions[d.Decision], account.Detail{Message: d.ID, Kept: whyOf(d)})
		})
		if err != nil {
			return fmt.Errorf("write history: %w", err)
		}
		if err := k.Decide(d); err != nil {
			return err
		}
	}
	return nil
}

func whyOf(d kept.Decided) *account.Kept {
	if d.Why == "" {
		return nil
	}
	return &account.Kept{Why: d.Why}
}

var outcomeActions = map[filing.Result]account.Action{
	filing.Filed: account.ActionKeptFiled, filing.AlreadyFiled: account.ActionKeptAlready, filing.Refused: account.ActionKeptRefused, filing.Waits: account.ActionKeptWaits,
	filing.Dismissed: account.ActionKeptDismissed, filing.DismissedLate: account.ActionKeptLate, filing.Gone: account.ActionKeptGone,
}

var conditions = map[ssmix2.Flag]account.Condition{
	ssmix2.Current: account.Current, ssmix2.Superseded: account.Superseded, ssmix2.Deleted: account.Deleted,
}

// tellOutcome writes what became of a decision to the history. Told again after a crash, a
// decision that was done is done already, or its message is gone: that is the same row.
func (r *received) tellOutcome(x *index.Index, clock func() time.Time) func(context.Context, filing.Outcome) error {
	return func(ctx context.Context, o filing.Outcome) error {
		row := fmt.Sprintf("%s.%s.%d", o.ID, o.Decision, o.At.UnixMicro())
		if o.Result == filing.Refused || o.Result == filing.Waits { // what comes of it after a crash may be another thing
			row += ".refused"
		}
		d := account.Detail{Message: o.ID}
		patient, order := r.about(o.ID) // of one that is filed the name of its file tells
		d.Patient = patient
		if k := (account.Kept{Order: order, Reason: o.Reason, Cause: o.Cause, As: o.As, Condition: conditions[o.Flag], Before: o.Before, Since: o.Since}); k != (account.Kept{}) {
			d.Kept = &k
		}
		return x.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return account.CarriedOut(ctx, tx, row, clock(), outcomeActions[o.Result], d)
		})
	}
}
