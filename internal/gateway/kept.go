package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
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
// messages that were acknowledged and not filed, in the name of whoever sits at its
// machine. If a message is not on that list, it is not found and nothing is done with any.
// One that leaves the list meanwhile is not found either; those before it stand.
func DecideKept(ctx context.Context, cfg Config, ids []string, decision kept.Decision, by string) (err error) {
	cfg.fill()
	if len(cfg.MLLP) == 0 {
		return fault.New(fault.Invalid, "a gateway without [[mllp]] files no messages")
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
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for _, id := range ids {
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return account.AtMachine(ctx, tx, cfg.Clock(), by, decisionActions[decision], account.Detail{Message: id})
		})
		if err != nil {
			return fmt.Errorf("write history: %w", err)
		}
		if err := k.Decide(kept.Decided{ID: id, Decision: decision}); err != nil {
			return err
		}
	}
	return nil
}
