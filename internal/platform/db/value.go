package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// Micros gives an instant as it stands in the database: UTC microseconds. The zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// NullMicros is [Micros] with NULL for the zero time.
func NullMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: Micros(t), Valid: !t.IsZero()}
}

// Time is the inverse of [Micros]: UTC, and the zero time for 0.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// TimeOf is the inverse of [NullMicros].
func TimeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return Time(n.Int64)
}

// Flag gives a bool as it stands in the database.
func Flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Scanner is the Scan method of a row or of rows.
type Scanner func(dest ...any) error

// All runs a query and gives one value per row.
func All[T any](ctx context.Context, q Querier, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// One runs a query for one row. Without a row the error is of kind not found and names what.
func One[T any](ctx context.Context, q Querier, what string, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	v, err := scan(q.QueryRowContext(ctx, query, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		var zero T
		return zero, fault.New(fault.NotFound, "no such %s", what)
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w", what, err)
	}
	return v, nil
}

// Exec runs a statement and demands that it touches exactly one row; otherwise the
// error is of kind not found and names what.
func Exec(ctx context.Context, q Querier, what, query string, args ...any) error {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	if n != 1 {
		return fault.New(fault.NotFound, "no such %s", what)
	}
	return nil
}
