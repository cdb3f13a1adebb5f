package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// received is what a gateway has for messages: listeners, journal, and the filer that
// turns them into a storage.
type received struct {
	cfg      Config
	receiver *mllp.Receiver
	filer    *filing.Filer
	kept     *kept.Keeper
}

// storageRoots gives the hospital's storages and those of received messages, which are read
// also when nothing is received any more.
func storageRoots(cfg Config) (standard, extended []string, err error) {
	standard, err = withOwn(cfg, cfg.Storage.Roots, filing.StorageDir(cfg.Received.Folder))
	if err != nil {
		return nil, nil, err
	}
	extended, err = withOwn(cfg, cfg.Storage.Extended, filing.ExtendedDir(cfg.Received.Folder))
	return standard, extended, err
}

func withOwn(cfg Config, roots []string, own string) ([]string, error) {
	if len(cfg.MLLP) > 0 {
		if err := os.MkdirAll(own, 0o700); err != nil {
			return nil, fmt.Errorf("received.folder: %w", err)
		}
	}
	if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
		return roots, nil
	} else if err != nil {
		return nil, fmt.Errorf("received.folder: %w", err)
	}
	return append(slices.Clone(roots), own), nil
}

func keptDir(cfg Config) string { return filepath.Join(cfg.Received.Folder, "kept") }

func openReceived(ctx context.Context, cfg Config, x *index.Index, src *source.Source) (*received, error) {
	r := &received{cfg: cfg}
	var err error
	if r.kept, err = kept.Open(keptDir(cfg)); err != nil {
		return nil, err
	}
	merges, err := newMerging(cfg, x)
	if err != nil {
		return nil, err
	}
	if err := r.kept.Tidy(); err != nil {
		return nil, err
	}
	r.receiver, err = mllp.Open(ctx, mllp.Config{
		Listeners: cfg.MLLP, Dir: cfg.Received.Folder, MinFree: int64(cfg.Received.MinFreeMB) << 20,
		Journal: func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{
				Dir: filepath.Join(cfg.Received.Folder, "journal"), MaxBacklog: int64(cfg.Received.MaxBacklogMB) << 20,
				MinFree: int64(cfg.Received.MinFreeMB) << 20, Log: cfg.Logger,
			}, found)
		},
		Kept: r.kept, Clock: cfg.Clock, Log: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	r.filer, err = filing.Open(filing.Config{
		Dir: cfg.Received.Folder, Journal: r.receiver.Journal(), Kept: r.kept,
		Merge: merges.merge, Soon: src.Soon, Filed: r.receiver.Filed, CarriedOut: r.tellOutcome(x, cfg.Clock), By: account.ByGateway, Clock: cfg.Clock, Log: cfg.Logger,
	})
	if err != nil {
		return nil, errors.Join(err, r.receiver.Close())
	}
	return r, nil
}

// run receives and files until ctx ends.
func (r *received) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts sync.WaitGroup
	errs := make([]error, 2)
	parts.Go(func() {
		defer cancel()
		errs[0] = r.receiver.Run(ctx)
	})
	parts.Go(func() {
		defer cancel()
		errs[1] = r.filer.Run(ctx)
	})
	parts.Go(func() { r.tell(ctx) })
	parts.Wait()
	return errors.Join(errs...)
}

func (r *received) close() error {
	return errors.Join(r.filer.Close(), r.receiver.Close())
}

func (r *received) state() mllp.State {
	st := r.receiver.State()
	if err := r.filer.Trouble(); err != nil {
		st.Trouble, st.Cause = err.Error(), cause.Of(err)
	}
	if err := r.filer.LedgerDamaged(); err != nil {
		st.Ledger = err.Error()
	}
	return st
}

// stateFile is where a running gateway writes how receiving stands, for 'mizuhiki status'.
const stateFile = "state.json"

// tellEvery is how often it is written.
const tellEvery = 2 * time.Second

// StaleState is after how long what stands in it is old: written a few times in vain.
const StaleState = 10 * time.Second

func (r *received) tell(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		if err := r.writeState(); err != nil {
			r.cfg.Logger.ErrorContext(ctx, "write state of receiving", logging.KeyError, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *received) writeState() error {
	data, err := json.Marshal(r.state())
	if err != nil {
		return err
	}
	path := filepath.Join(r.cfg.Received.Folder, stateFile)
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// ReadReceived reads how receiving stood when the gateway last wrote it down, a few
// seconds ago if it runs. Without listeners, or before the first start, it is nil.
func ReadReceived(cfg Config) (*mllp.State, error) {
	if len(cfg.MLLP) == 0 {
		return nil, nil
	}
	path := filepath.Join(cfg.Received.Folder, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of receiving: %w", err)
	}
	var st mllp.State
	if err := json.Unmarshal(data, &st); err != nil {
		return nil, fmt.Errorf("state of receiving: %s: %w", path, err)
	}
	return &st, nil
}

// listed is how many messages the console shows that were not filed, and that were refused.
const listed = 200

// keptEntries lists for the console what could not be taken in: first what nobody else has.
func (r *received) keptEntries() ([]kept.Entry, error) {
	if r == nil {
		return nil, nil
	}
	var out []kept.Entry
	for _, class := range []kept.Class{kept.Accepted, kept.Refused} {
		entries, err := r.kept.List(class, listed)
		if err != nil {
			return nil, err
		}
		out = append(out, entries...)
	}
	return out, nil
}
