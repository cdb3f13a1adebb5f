package auditdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Checkpoint signs the head of the log as it stands in the transaction and gives its
// size. A head that has been signed already is left alone.
func (l Log) Checkpoint(ctx context.Context, tx *db.Tx, now time.Time, signer note.Signer) (size int64, err error) {
	if size, err = l.size(ctx, tx); err != nil {
		return 0, err
	}
	have, err := l.checkpoints(ctx, tx, size-1, size)
	if err != nil || len(have) > 0 {
		return size, err
	}
	root := (&audit.Chain{}).Root()
	if size > 0 {
		if root, err = tlog.TreeHash(size, l.hashes(ctx, tx)); err != nil {
			return 0, fmt.Errorf("checkpoint of audit log %s: %w", l.Replica, err)
		}
	}
	signed, err := audit.Checkpoint{Replica: l.Replica, Size: size, Root: root}.Sign(signer)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_checkpoint (replica_id, size, note, at) VALUES ($1, $2, $3, $4)`,
		l.Replica, size, signed, db.Micros(now))
	if err != nil {
		return 0, fmt.Errorf("checkpoint of audit log %s: %w", l.Replica, err)
	}
	return size, nil
}

// checkpointEvery is how long rows stay without a signature at most, while the center runs.
const checkpointEvery = time.Minute

// Checkpointer signs the log's head when it starts (so that there is a signature
// before the first row), every minute, and when it stops.
type Checkpointer struct {
	DB     *db.DB
	Log    Log
	Signer note.Signer
	Clock  func() time.Time
	Logger *slog.Logger
}

// Run works until ctx is done. It fails if the first or the last signature fails;
// in between it logs and tries again, since the rows are safe meanwhile.
func (c Checkpointer) Run(ctx context.Context) error {
	// Whoever stops at once must not find the first signature half done and failed.
	if err := c.sign(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := c.sign(ctx); err != nil && !errors.Is(err, context.Canceled) {
				c.Logger.ErrorContext(ctx, "audit checkpoint failed", "error", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return c.sign(last)
		}
	}
}

func (c Checkpointer) sign(ctx context.Context) error {
	return c.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := c.Log.Checkpoint(ctx, tx, c.Clock(), c.Signer)
		return err
	})
}
