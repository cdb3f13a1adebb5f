package auditdb

import (
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// batch bounds how many rows a verification holds at a time.
const batch = 500

// Verify recomputes every log of the database from its rows and checks every row,
// stored hash and checkpoint. The error is an [*audit.Defect] that names the first
// that does not hold; logs for which there is no key, and keys whose log is not
// there, are defects too. Run it in [db.DB.Snapshot], so that a center may go on
// writing meanwhile.
func Verify(ctx context.Context, tx *db.Tx, keys audit.Keys) ([]audit.Summary, error) {
	replicas, err := db.All(ctx, tx, func(s db.Scanner) (r ident.ReplicaID, err error) {
		err = s(&r)
		return r, err
	}, `SELECT replica_id FROM audit_event UNION SELECT replica_id FROM audit_hash UNION SELECT replica_id FROM audit_checkpoint`)
	if err != nil {
		return nil, fmt.Errorf("verify audit logs: %w", err)
	}
	replicas = append(replicas, keys.Replicas()...)
	slices.Sort(replicas)
	var out []audit.Summary
	for _, r := range slices.Compact(replicas) {
		s, err := verifyLog(ctx, tx, Log{r}, audit.Verify(r, keys))
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
	return out, nil
}

func verifyLog(ctx context.Context, tx *db.Tx, l Log, v *audit.Verification) (audit.Summary, error) {
	if err := l.feedCheckpoints(ctx, tx, v, math.MinInt64, 0); err != nil {
		return audit.Summary{}, err
	}
	for after, more := int64(math.MinInt64), true; more; after = v.Size() - 1 {
		rows, err := l.rows(ctx, tx, after)
		if err != nil {
			return audit.Summary{}, err
		}
		if err := l.feedRows(ctx, tx, v, rows); err != nil {
			return audit.Summary{}, err
		}
		more = len(rows) == batch
	}
	stray, err := db.All(ctx, tx, func(s db.Scanner) (p int64, err error) {
		err = s(&p)
		return p, err
	}, `SELECT position FROM audit_hash WHERE replica_id = $1 AND (position < 0 OR position >= $2) ORDER BY position LIMIT 1`,
		l.Replica, tlog.StoredHashIndex(0, v.Size()))
	if err != nil {
		return audit.Summary{}, fmt.Errorf("verify audit log %s: %w", l.Replica, err)
	}
	if len(stray) > 0 {
		return audit.Summary{}, v.Stray(stray[0])
	}
	if err := l.feedCheckpoints(ctx, tx, v, v.Size(), math.MaxInt64); err != nil {
		return audit.Summary{}, err
	}
	return v.End()
}

// feedRows feeds rows that follow each other, their checkpoints in between. The
// hashes are read for as many rows as there are: a row that claims a far leaf must
// not make the verification read the moon.
func (l Log) feedRows(ctx context.Context, tx *db.Tx, v *audit.Verification, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	first := v.Size()
	end := first + int64(len(rows))
	stored, err := l.storedHashes(ctx, tx, first, end)
	if err != nil {
		return err
	}
	notes, err := l.checkpoints(ctx, tx, first, end)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := v.Row(r.columns, r.body, stored); err != nil {
			return err
		}
		if len(notes) > 0 && notes[0].size == v.Size() {
			if err := v.Checkpoint(notes[0].size, notes[0].signed); err != nil {
				return err
			}
			notes = notes[1:]
		}
	}
	return nil
}

func (l Log) feedCheckpoints(ctx context.Context, tx *db.Tx, v *audit.Verification, above, upTo int64) error {
	notes, err := l.checkpoints(ctx, tx, above, upTo)
	if err != nil {
		return err
	}
	for _, n := range notes {
		if err := v.Checkpoint(n.size, n.signed); err != nil {
			return err
		}
	}
	return nil
}

type row struct {
	columns audit.Record
	body    []byte
}

func (l Log) rows(ctx context.Context, tx *db.Tx, after int64) ([]row, error) {
	rows, err := db.All(ctx, tx, func(s db.Scanner) (row, error) {
		var r row
		var body string
		err := scanRecord(s, &r.columns, &body)
		r.body = []byte(body)
		return r, err
	}, `SELECT `+recordColumns+`, body FROM audit_event WHERE replica_id = $1 AND leaf > $2 ORDER BY leaf LIMIT $3`,
		l.Replica, after, batch)
	if err != nil {
		return nil, fmt.Errorf("verify audit log %s: rows: %w", l.Replica, err)
	}
	return rows, nil
}

func (l Log) storedHashes(ctx context.Context, tx *db.Tx, first, end int64) (map[int64]string, error) {
	stored := map[int64]string{}
	_, err := db.All(ctx, tx, func(s db.Scanner) (struct{}, error) {
		var p int64
		var h string
		err := s(&p, &h)
		stored[p] = h
		return struct{}{}, err
	}, `SELECT position, hash FROM audit_hash WHERE replica_id = $1 AND position >= $2 AND position < $3`,
		l.Replica, tlog.StoredHashIndex(0, first), tlog.StoredHashIndex(0, end))
	if err != nil {
		return nil, fmt.Errorf("verify audit log %s: hashes: %w", l.Replica, err)
	}
	return stored, nil
}

type checkpoint struct {
	size   int64
	signed string
}

func (l Log) checkpoints(ctx context.Context, q db.Querier, above, upTo int64) ([]checkpoint, error) {
	notes, err := db.All(ctx, q, func(s db.Scanner) (c checkpoint, err error) {
		err = s(&c.size, &c.signed)
		return c, err
	}, `SELECT size, note FROM audit_checkpoint WHERE replica_id = $1 AND size > $2 AND size <= $3 ORDER BY size`,
		l.Replica, above, upTo)
	if err != nil {
		return nil, fmt.Errorf("verify audit log %s: checkpoints: %w", l.Replica, err)
	}
	return notes, nil
}

// recordColumns are the columns of audit_event that [scanRecord] reads.
const recordColumns = `replica_id, leaf, id, at, action, outcome, user_id, user_name, profession, facility_id, union_id, device_id, owner_id, person_id, decision_id, detail`

// scanRecord scans recordColumns and whatever follows them.
func scanRecord(s db.Scanner, r *audit.Record, rest ...any) error {
	var detail string
	err := s(append([]any{&r.Replica, &r.Leaf, &r.ID, &r.At, &r.Action, &r.Outcome, &r.User, &r.UserName, &r.Profession,
		&r.Facility, &r.Union, &r.Device, &r.Owner, &r.Person, &r.Decision, &detail}, rest...)...)
	r.Detail = []byte(detail)
	return err
}
