package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gofrs/flock"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// openBeside opens a gateway's index for whoever sits at its machine, also while the
// gateway runs. An index that is not there yet is an error, as is one of another program.
func openBeside(ctx context.Context, cfg Config) (*db.DB, error) {
	if _, err := os.Stat(cfg.Database); err != nil {
		return nil, fmt.Errorf("the gateway has not run yet: %w", err)
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := migrate.Check(ctx, d, migrate.Gateway); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", cfg.Database, err), d.Close())
	}
	return d, nil
}

// Runs reports whether a gateway runs on this index now.
func Runs(cfg Config) (bool, error) {
	path := lockFile(cfg.Database)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil {
		return false, fmt.Errorf("database: %w", err)
	}
	return !free, lock.Close()
}

// MaxUnreadable is how many unreadable files are listed at once.
const MaxUnreadable = 1000

// Holdings is what a gateway's index holds.
type Holdings struct {
	Patients   int // whose demographics are known
	Linked     int
	Documents  int                // of linked patients
	Unreadable []index.Unreadable // by path, the first [MaxUnreadable] of UnreadableTotal
	// UnreadableTotal counts all of them.
	UnreadableTotal int
	Suspended       int // links whose record disagrees by now
	Remarked        int // files that are read although something about them is odd
	Unseen          int // messages that were filed with a remark, and that somebody has to look at
}

// ReadHoldings reads what a gateway's index holds, also while the gateway runs.
func ReadHoldings(ctx context.Context, cfg Config) (h Holdings, err error) {
	cfg.fill()
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	x, err := index.Open(ctx, d, cfg.Clock)
	if err != nil {
		return h, err
	}
	if h, err = holdings(ctx, x); err != nil {
		return h, err
	}
	k, err := openKept(cfg)
	if fault.Is(err, fault.NotFound) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	h.Unseen, _, err = unseen(ctx, x.Reader(), k)
	return h, err
}

func holdings(ctx context.Context, x *index.Index) (h Holdings, err error) {
	if h.Patients, err = x.PatientCount(ctx); err != nil {
		return h, err
	}
	if h.Linked, h.Suspended, err = x.LinkedCount(ctx); err != nil {
		return h, err
	}
	if h.Documents, err = x.DocumentCount(ctx); err != nil {
		return h, err
	}
	if h.UnreadableTotal, err = x.UnreadableTotal(ctx); err != nil {
		return h, err
	}
	if h.Unreadable, err = x.Unreadable(ctx, MaxUnreadable); err != nil {
		return h, err
	}
	remarks, err := x.RemarkTotals(ctx)
	h.Remarked = remarks.Files
	return h, err
}
