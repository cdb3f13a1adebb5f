package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

type nullTime = sql.NullInt64

// changes appends to the change log within one transaction.
type changes struct {
	x     *Index
	tx    *db.Tx
	next  int64
	added bool
}

func (c *changes) add(ctx context.Context, change wire.Change) error {
	if c.next == 0 {
		last, err := lastSeq(ctx, c.tx)
		if err != nil {
			return err
		}
		// Not simply the next one: where an older copy of the index was put back, numbers
		// that the center has seen already would be given again, to other changes.
		c.next = max(last+1, db.Micros(c.x.clock()))
	}
	change.Seq, change.Epoch = c.next, c.x.epoch
	item := change.ItemID
	if change.Item != nil {
		item = change.Item.ID
	}
	if item != "" {
		if _, err := c.tx.ExecContext(ctx, `DELETE FROM change_log WHERE item_id = $1`, item); err != nil {
			return fmt.Errorf("log change: %w", err)
		}
	}
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode change: %w", err)
	}
	if _, err := c.tx.ExecContext(ctx, `
		INSERT INTO change_log (seq, patient_id, item_id, op, body) VALUES ($1, $2, $3, $4, $5)`,
		c.next, change.PatientID, item, change.Op, string(body)); err != nil {
		return fmt.Errorf("log change: %w", err)
	}
	if _, err := c.tx.ExecContext(ctx, `
		INSERT INTO setting (name, value) VALUES ('last_seq', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, fmt.Sprint(c.next)); err != nil {
		return fmt.Errorf("log change: %w", err)
	}
	c.next++
	c.added = true
	return nil
}

// lastSeq is kept apart from the log, whose rows are deleted when a patient is unlinked:
// a number is never given twice. Numbers grow, and have gaps.
func lastSeq(ctx context.Context, q db.Querier) (seq int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(CAST(value AS BIGINT)), 0) FROM setting WHERE name = 'last_seq'`).Scan(&seq)
	return seq, err
}

// logging runs fn in a write transaction with the change log, and wakes those who wait
// for changes once it is committed.
func (x *Index) logging(ctx context.Context, fn func(context.Context, *db.Tx, *changes) error) error {
	var log *changes
	err := x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		log = &changes{x: x, tx: tx}
		return fn(ctx, tx, log)
	})
	if err == nil && log.added {
		x.mu.Lock()
		close(x.changed)
		x.changed = make(chan struct{})
		x.mu.Unlock()
	}
	return err
}

// Seq is the number of the last change.
func (x *Index) Seq(ctx context.Context) (int64, error) { return lastSeq(ctx, x.db.Reader()) }

// Changed gives a channel that is closed at the next change. Take it before reading,
// so that no change falls between.
func (x *Index) Changed() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.changed
}

// Changes gives up to limit changes after a number, in order. A later change of the
// same item or patient may be among them: the last word counts.
func (x *Index) Changes(ctx context.Context, after int64, limit int) ([]wire.Change, error) {
	return db.All(ctx, x.db.Reader(), func(s db.Scanner) (c wire.Change, err error) {
		var body string
		if err := s(&body); err != nil {
			return c, err
		}
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			return c, fmt.Errorf("decode change: %w", err)
		}
		return c, nil
	}, `SELECT body FROM change_log WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}
