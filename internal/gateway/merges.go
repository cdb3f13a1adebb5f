package gateway

import (
	"context"
	"errors"
	"fmt"
	"math"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// mergeInto notes a merge in the index, where it acts, and in the ledger, which outlives
// the index. The filer drops the message only when both have it.
func mergeInto(cfg Config, x *index.Index) func(ctx context.Context, prior, surviving ident.LocalPatientID) error {
	return func(ctx context.Context, prior, surviving ident.LocalPatientID) error {
		if err := x.Merge(ctx, prior, surviving); err != nil {
			return err
		}
		return ledger.Append(cfg.Received.Folder, ledger.Event{At: cfg.Clock(), Op: ledger.Merge, Prior: prior, Surviving: surviving})
	}
}

// recallMerges makes index and ledger of merges agree, before anybody may link: an index
// that was made anew or put back from a copy has forgotten merges, and one that is older
// than the ledger has some that the ledger lacks. Where the two contradict each other
// the merge holds, since a number that is refused too much harms nobody.
func recallMerges(ctx context.Context, cfg Config, x *index.Index) error {
	events, err := ledger.Read(cfg.Received.Folder)
	if err != nil {
		return err
	}
	have, err := x.Merged(ctx, math.MaxInt32)
	if err != nil {
		return fmt.Errorf("merged patient ids: %w", err)
	}
	standing := ledger.Sum(events)
	into := make(map[ident.LocalPatientID]ident.LocalPatientID, len(have))
	var untold []ledger.Event
	for i := len(have) - 1; i >= 0; i-- { // the latest come first
		m := have[i]
		into[m.Prior] = m.Surviving
		if !standing.Told[m.Prior] {
			untold = append(untold, ledger.Event{At: m.At, Op: ledger.Merge, Prior: m.Prior, Surviving: m.Surviving})
		}
	}
	var forgotten []index.Merged
	for _, e := range standing.Merged {
		if into[e.Prior] != e.Surviving {
			forgotten = append(forgotten, index.Merged{Prior: e.Prior, Surviving: e.Surviving, At: e.At})
		}
	}
	if len(forgotten) > 0 {
		cfg.Logger.WarnContext(ctx, "merges of patient numbers were missing in the index and are taken from the ledger", "merges", len(forgotten))
		if err := x.Remerge(ctx, forgotten); err != nil {
			return err
		}
	}
	return ledger.Append(cfg.Received.Folder, untold...)
}

// Unmerge takes a merge of patient numbers back that was sent by mistake, or gives a
// number free that the hospital uses again, in the name of whoever sits at the gateway's
// machine; also while the gateway runs. It lifts no suspension: that takes a new link.
// A number that is not merged is not found.
func Unmerge(ctx context.Context, cfg Config, prior ident.LocalPatientID, by string) (err error) {
	cfg.fill()
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	x, err := index.Open(ctx, d, cfg.Clock)
	if err != nil {
		return err
	}
	err = x.Unmerge(ctx, prior, func(ctx context.Context, tx *db.Tx) error {
		return account.AtMachine(ctx, tx, cfg.Clock(), by, account.ActionUnmerge, account.Detail{Patient: prior})
	})
	if err != nil {
		return err
	}
	return ledger.Append(cfg.Received.Folder, ledger.Event{At: cfg.Clock(), Op: ledger.Unmerge, Prior: prior, By: by})
}

// ReadMerged lists merged patient numbers, the latest first, at most limit; also while
// the gateway runs.
func ReadMerged(ctx context.Context, cfg Config, limit int) (list []index.Merged, err error) {
	cfg.fill()
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	x, err := index.Open(ctx, d, cfg.Clock)
	if err != nil {
		return nil, err
	}
	return x.Merged(ctx, limit)
}
