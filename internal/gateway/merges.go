package gateway

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// merging notes merges in the index, where they act, and in the ledger, which outlives
// the index. The filer drops a message only when both have it.
type merging struct {
	dir   string // of the ledger
	index *index.Index
	acted map[mergeKey]bool // what the ledger has
}

// mergeKey is a merge as one message told it. The journal gives a message again after a
// stop; by then somebody may have taken the merge back, or verified the link anew.
type mergeKey struct {
	received         int64 // microseconds, as the journal keeps it
	prior, surviving ident.LocalPatientID
}

func newMerging(cfg Config, x *index.Index) (*merging, error) {
	events, err := ledger.Read(cfg.Received.Folder)
	if err != nil {
		return nil, err
	}
	m := &merging{dir: cfg.Received.Folder, index: x, acted: map[mergeKey]bool{}}
	for _, e := range events {
		if e.Op == ledger.Merge {
			m.acted[mergeKey{e.At.UnixMicro(), e.Prior, e.Surviving}] = true
		}
	}
	return m, nil
}

// merge is called by one goroutine, the filer's.
func (m *merging) merge(ctx context.Context, received time.Time, prior, surviving ident.LocalPatientID) error {
	key := mergeKey{received.UnixMicro(), prior, surviving}
	if m.acted[key] {
		return nil
	}
	if err := m.index.Merge(ctx, prior, surviving); err != nil {
		return err
	}
	err := ledger.Append(m.dir, ledger.Event{At: received.UTC(), Op: ledger.Merge, Prior: prior, Surviving: surviving})
	if err != nil {
		return err
	}
	m.acted[key] = true
	return nil
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
	return unmerge(ctx, cfg, x, prior, by)
}

func unmerge(ctx context.Context, cfg Config, x *index.Index, prior ident.LocalPatientID, by string) error {
	err := x.Unmerge(ctx, prior, func(ctx context.Context, tx *db.Tx) error {
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
