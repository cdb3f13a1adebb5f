// Package auditdb keeps the access log (アクセスログ) in the database: it appends rows as
// leaves of a Merkle log in the transaction of what they record, signs checkpoints,
// verifies all of it, and answers the questions of those who review it.
//
// The hashes are those of RFC 6962 as golang.org/x/mod/sumdb/tlog stores them; a
// checkpoint is a signed note in the form of c2sp.org/tlog-checkpoint.
package auditdb

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Log is the log of one replica of the center: each has its own, so that replicas do
// not queue for one head.
type Log struct{ Replica ident.ReplicaID }

// Append writes one event, at now, in the caller's transaction and gives its leaf
// number. If it fails the transaction must fail: no row, no data.
//
// Two transactions cannot take the same leaf. On SQLite they wait for each other; on
// PostgreSQL the later one fails to serialize and [db.DB.InTx] runs it again.
func (l Log) Append(ctx context.Context, tx *db.Tx, now time.Time, e audit.Event) (leaf int64, err error) {
	if leaf, err = l.size(ctx, tx); err != nil {
		return 0, err
	}
	e.At = now
	rec, err := audit.NewRecord(l.Replica, leaf, e)
	if err != nil {
		return 0, err
	}
	body, err := rec.Body()
	if err != nil {
		return 0, fmt.Errorf("audit event %s: %w", rec.Action, err)
	}
	if err := insert(ctx, tx, rec, body); err != nil {
		return 0, fmt.Errorf("append audit event %s: %w", rec.Action, err)
	}
	hashes, err := tlog.StoredHashes(leaf, body, l.hashes(ctx, tx))
	if err != nil {
		return 0, fmt.Errorf("append audit event %s: %w", rec.Action, err)
	}
	at := tlog.StoredHashIndex(0, leaf)
	for i, h := range hashes {
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_hash (replica_id, position, hash) VALUES ($1, $2, $3)`,
			l.Replica, at+int64(i), h.String())
		if err != nil {
			return 0, fmt.Errorf("append audit event %s: hash: %w", rec.Action, err)
		}
	}
	return leaf, nil
}

// size is the number of leaves, and so the next leaf number.
func (l Log) size(ctx context.Context, q db.Querier) (int64, error) {
	var n int64
	err := q.QueryRowContext(ctx, `SELECT COALESCE(MAX(leaf) + 1, 0) FROM audit_event WHERE replica_id = $1`, l.Replica).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("size of audit log %s: %w", l.Replica, err)
	}
	return n, nil
}

func insert(ctx context.Context, tx *db.Tx, r audit.Record, body []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit_event (`+recordColumns+`, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		r.Replica, r.Leaf, r.ID, r.At, r.Action, r.Outcome, r.User, r.UserName, r.Profession, r.Facility, r.Union, r.Device,
		r.Owner, r.Person, r.Decision, string(r.Detail), string(body))
	return err
}

// hashes reads stored hashes, a handful at each append.
func (l Log) hashes(ctx context.Context, q db.Querier) tlog.HashReader {
	return tlog.HashReaderFunc(func(positions []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, 0, len(positions))
		for _, p := range positions {
			var text string
			err := q.QueryRowContext(ctx, `SELECT hash FROM audit_hash WHERE replica_id = $1 AND position = $2`, l.Replica, p).Scan(&text)
			if err != nil {
				return nil, fmt.Errorf("stored hash %d of audit log %s: %w", p, l.Replica, err)
			}
			h, err := tlog.ParseHash(text)
			if err != nil {
				return nil, fmt.Errorf("stored hash %d of audit log %s: %w", p, l.Replica, err)
			}
			out = append(out, h)
		}
		return out, nil
	})
}
