package index

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

type nullTime = sql.NullInt64

// changes appends to the change log within one transaction.
type changes struct {
	x     *Index
	tx    db.Querier
	next  int64 // 0: nothing was logged yet
	first int64 // the first number that was given
}

// number gives n numbers, of which it returns the first.
func (c *changes) number(ctx context.Context, n int) (int64, error) {
	if c.next == 0 {
		last, err := lastSeq(ctx, c.tx)
		if err != nil {
			return 0, err
		}
		// Not simply the next one: where an older copy of the index was put back, numbers
		// that the center has seen already would be given again, to other changes.
		c.next = max(last+1, db.Micros(c.x.clock()))
		c.first = c.next
	}
	seq := c.next
	c.next += int64(n)
	return seq, nil
}

// upserted logs that the rows at the places given are new or different, and gives them
// their numbers. It is one row of the log: what is told stands in the record.
func (c *changes) upserted(ctx context.Context, id ident.LocalPatientID, rows []row, places []int) error {
	if len(places) == 0 {
		return nil
	}
	first, err := c.number(ctx, len(places))
	if err != nil {
		return err
	}
	for i, at := range places {
		rows[at].seq = first + int64(i)
	}
	return c.insert(ctx, first+int64(len(places))-1, first, wire.Change{Op: wire.OpUpsert, PatientID: id}, "")
}

// add logs any other change.
func (c *changes) add(ctx context.Context, change wire.Change) error {
	seq, err := c.number(ctx, 1)
	if err != nil {
		return err
	}
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode change: %w", err)
	}
	return c.insert(ctx, seq, seq, change, string(body))
}

func (c *changes) insert(ctx context.Context, seq, first int64, change wire.Change, body string) error {
	_, err := c.tx.ExecContext(ctx, `
		INSERT INTO change_log (seq, first, patient_id, item_id, op, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		seq, first, change.PatientID, change.ItemID, change.Op, body)
	if err != nil {
		return fmt.Errorf("log change: %w", err)
	}
	return nil
}

// tidy deletes of a patient's part of the log what rows make untrue: that a document was
// deleted which is there again, and numbers under which nothing is to be told any more.
func (c *changes) tidy(ctx context.Context, id ident.LocalPatientID, rows []row) error {
	there := make(map[ident.ItemID]bool, len(rows))
	numbers := make([]int64, 0, len(rows))
	for _, r := range rows {
		there[r.ID] = true
		numbers = append(numbers, r.seq)
	}
	slices.Sort(numbers)
	logged, err := db.All(ctx, c.tx, scanLogged, `SELECT `+loggedColumns+` FROM change_log WHERE patient_id = $1`, id)
	if err != nil {
		return err
	}
	for _, l := range logged {
		switch l.op {
		case wire.OpUpsert:
			if at, _ := slices.BinarySearch(numbers, l.first); at < len(numbers) && numbers[at] <= l.seq {
				continue
			}
		case wire.OpDelete:
			if !there[l.item] {
				continue
			}
		default:
			continue
		}
		if _, err := c.tx.ExecContext(ctx, `DELETE FROM change_log WHERE seq = $1`, l.seq); err != nil {
			return fmt.Errorf("log change: %w", err)
		}
	}
	return nil
}

// close keeps the last number that was given.
func (c *changes) close(ctx context.Context) error {
	if c.next == c.first {
		return nil
	}
	_, err := c.tx.ExecContext(ctx, `
		INSERT INTO setting (name, value) VALUES ('last_seq', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, fmt.Sprint(c.next-1))
	if err != nil {
		return fmt.Errorf("log change: %w", err)
	}
	return nil
}

// logged is one row of the change log.
type logged struct {
	seq, first int64
	patient    ident.LocalPatientID
	item       ident.ItemID
	op         wire.ChangeOp
	body       string
}

const loggedColumns = `seq, first, patient_id, item_id, op, body`

func scanLogged(s db.Scanner) (l logged, err error) {
	err = s(&l.seq, &l.first, &l.patient, &l.item, &l.op, &l.body)
	return l, err
}

// lastSeq is kept apart from the log, whose rows are deleted when a patient is unlinked:
// a number is never given twice. Numbers grow, and have gaps.
func lastSeq(ctx context.Context, q db.Querier) (seq int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(CAST(value AS BIGINT)), 0) FROM setting WHERE name = 'last_seq'`).Scan(&seq)
	return seq, err
}

// logging runs fn in a write transaction with the change log, and wakes those who wait
// for changes once it is committed.
func (x *Index) logging(ctx context.Context, fn func(context.Context, db.Querier, *changes) error) error {
	var log *changes
	err := x.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := &prepared{tx: tx, stmts: map[string]*sql.Stmt{}}
		log = &changes{x: x, tx: q}
		if err := fn(ctx, q, log); err != nil {
			return err
		}
		return log.close(ctx)
	})
	if err == nil && log.next > log.first {
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

// Changes gives up to limit changes after a number, in order; fewer only if there are no
// more. A later change of the same item or patient may be among them: the last word counts.
func (x *Index) Changes(ctx context.Context, after int64, limit int) (out []wire.Change, err error) {
	// Of one snapshot: a record read later than the log would lack what the log promises.
	err = x.db.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		for len(out) < limit {
			next, err := db.All(ctx, tx, scanLogged, `SELECT `+loggedColumns+` FROM change_log WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit-len(out))
			if err != nil || len(next) == 0 {
				return err
			}
			for _, l := range next {
				if len(out) >= limit {
					break
				}
				list, err := x.told(ctx, tx, l, after)
				if err != nil {
					return err
				}
				out = append(out, list[:min(len(list), limit-len(out))]...)
				after = l.seq
			}
		}
		return nil
	})
	return out, err
}

// told gives the changes that a row of the log stands for, from after on.
func (x *Index) told(ctx context.Context, q db.Querier, l logged, after int64) ([]wire.Change, error) {
	if l.op != wire.OpUpsert {
		var c wire.Change
		if err := json.Unmarshal([]byte(l.body), &c); err != nil {
			return nil, fmt.Errorf("decode change: %w", err)
		}
		c.Seq, c.Epoch = l.seq, x.epoch
		return []wire.Change{c}, nil
	}
	rows, _, err := readRecord(ctx, q, l.patient)
	if errors.Is(err, ErrDamaged) {
		// A center that got no further would know nothing new of any patient. Whoever follows
		// the storage tells of this one; linked anew, it is told from the beginning.
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []wire.Change
	for _, r := range rows {
		if r.seq >= l.first && r.seq <= l.seq && r.seq > after {
			out = append(out, wire.Change{Op: wire.OpUpsert, Seq: r.seq, Epoch: x.epoch, PatientID: l.patient, Item: &r.Item})
		}
	}
	slices.SortFunc(out, func(a, b wire.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}
