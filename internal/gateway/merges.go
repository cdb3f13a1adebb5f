package gateway

import (
	"context"
	"errors"
	"fmt"
	"math"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// restoreMerges makes the index hold every merge of patient ids that was received, also
// when it was made anew: a number whose records belong to another's must not be linked.
func restoreMerges(ctx context.Context, cfg Config, x *index.Index) error {
	list := filing.MergesIn(cfg.Received.Folder)
	known, err := x.Merged(ctx, math.MaxInt32)
	if err != nil {
		return fmt.Errorf("merged patient ids: %w", err)
	}
	listed, err := list.Exists()
	if err != nil {
		return fmt.Errorf("list of merges: %w", err)
	}
	if !listed { // an index of a release that had no list yet
		for i := len(known) - 1; i >= 0; i-- {
			if err := list.Add(filing.Merge{Prior: known[i].Prior, Surviving: known[i].Surviving, At: known[i].At}); err != nil {
				return err
			}
		}
	}
	holds := make(map[ident.LocalPatientID]ident.LocalPatientID, len(known))
	for _, m := range known {
		holds[m.Prior] = m.Surviving
	}
	merges, err := list.Current()
	if err != nil {
		return err
	}
	for _, m := range merges {
		if holds[m.Prior] == m.Surviving {
			continue
		}
		if err := x.Merge(ctx, m.Prior, m.Surviving); err != nil {
			return err
		}
	}
	return nil
}

// ReadMerges lists the merges of patient ids that hold, oldest first, also while the
// gateway runs.
func ReadMerges(cfg Config) ([]filing.Merge, error) {
	return filing.MergesIn(cfg.Received.Folder).Current()
}

// UndoMerge takes back the merge of a patient id, in by's name: it was sent by mistake,
// or the hospital has given the number to somebody new. It lifts no suspension; that
// takes a new link. An id that is not merged is not found.
func UndoMerge(ctx context.Context, cfg Config, prior ident.LocalPatientID, by string) (err error) {
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
	list := filing.MergesIn(cfg.Received.Folder)
	merges, err := list.Current()
	if err != nil {
		return err
	}
	listed := false
	for _, m := range merges {
		listed = listed || m.Prior == prior
	}
	// The list first: from it the index would have the merge again.
	if err := list.Add(filing.Merge{Prior: prior, At: cfg.Clock(), By: by}); err != nil {
		return err
	}
	if err := x.Unmerge(ctx, prior); err != nil && !(listed && fault.Is(err, fault.NotFound)) {
		return err
	}
	return nil
}
