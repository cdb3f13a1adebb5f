// Package db opens the one database of a program: SQLite (modernc.org/sqlite),
// embedded, or PostgreSQL (pgx) for several replicas. Stores write plain SQL in the
// subset that both share, with $1 parameters, and run unchanged on either.
//
// SQLite has one writer connection that begins every transaction as IMMEDIATE
// (deferred read-then-write transactions fail under load) and a pool of readers;
// WAL, synchronous=FULL, foreign keys on. PostgreSQL runs write transactions as
// SERIALIZABLE. A serialization failure or a lost race is retried, so the function
// given to [DB.InTx] may run more than once and must not act on the outside.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Engine names a database engine.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open.
type Config struct {
	Engine Engine
	Path   string // SQLite: the file
	DSN    string // PostgreSQL: connection string
}

// Querier is what stores read and write through: a [Tx] or the readers of a [DB].
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a transaction. Only [DB.InTx] and [DB.Snapshot] make one, so a store method
// that takes a *Tx and not a [Querier] says that it must not run outside of one.
type Tx struct{ *sql.Tx }

// DB is an open database.
type DB struct {
	engine Engine
	write  *sql.DB
	read   *sql.DB
}

// Open opens the database and checks that it answers.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	switch cfg.Engine {
	case SQLite:
		return openSQLite(ctx, cfg.Path)
	case Postgres:
		return openPostgres(ctx, cfg.DSN)
	}
	return nil, fmt.Errorf("database engine %q is neither %q nor %q", cfg.Engine, SQLite, Postgres)
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" {
		return nil, errors.New("SQLite database without a path")
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-8000)",
	}}
	dsn := func(extra string) string {
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode() + extra
	}
	w, err := sql.Open("sqlite", dsn("&_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	w.SetMaxOpenConns(1)
	if err := w.PingContext(ctx); err != nil {
		w.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	r, err := sql.Open("sqlite", dsn("&_pragma=query_only(1)"))
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	r.SetMaxOpenConns(4)
	return &DB{engine: SQLite, write: w, read: r}, nil
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	p, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	p.SetMaxOpenConns(16)
	p.SetMaxIdleConns(8)
	p.SetConnMaxLifetime(time.Hour)
	if err := p.PingContext(ctx); err != nil {
		p.Close()
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := demandByteOrder(ctx, p); err != nil {
		p.Close()
		return nil, err
	}
	return &DB{engine: Postgres, write: p, read: p}, nil
}

// demandByteOrder refuses a database that compares text by a language's rules:
// prefix searches and keyset paging rely on byte order, as SQLite has it.
func demandByteOrder(ctx context.Context, p *sql.DB) error {
	var collation string
	err := p.QueryRowContext(ctx, `SELECT datcollate FROM pg_database WHERE datname = current_database()`).Scan(&collation)
	if err != nil {
		return fmt.Errorf("open PostgreSQL: read collation: %w", err)
	}
	switch collation {
	case "C", "POSIX", "C.UTF-8", "C.utf8":
		return nil
	}
	return fmt.Errorf("the PostgreSQL database sorts by %q; create it with LC_COLLATE 'C.UTF-8'", collation)
}

// Engine tells which engine runs.
func (d *DB) Engine() Engine { return d.engine }

// Writer gives the pool that migrations run on; stores use [DB.InTx].
func (d *DB) Writer() *sql.DB { return d.write }

// Reader reads outside a transaction: each statement sees its own snapshot.
func (d *DB) Reader() Querier { return d.read }

// Close closes every connection.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// maxTries bounds how often a write transaction is begun anew after a lost race.
const maxTries = 10

// InTx runs fn in a write transaction and commits if it returns nil. On a
// serialization failure fn runs again, up to ten times.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	opts := &sql.TxOptions{}
	if d.engine == Postgres {
		opts.Isolation = sql.LevelSerializable
	}
	for try := 1; ; try++ {
		err := run(ctx, d.write, opts, fn)
		if err == nil || try == maxTries || !lostRace(err) {
			return withCause(err)
		}
		pause := time.Duration(try) * time.Duration(1+rand.IntN(10)) * time.Millisecond
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// Snapshot runs fn on one consistent snapshot, read-only.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: d.engine == Postgres}
	if d.engine == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return run(ctx, d.read, opts, fn)
}

func run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(context.Context, *Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := fn(ctx, &Tx{tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// lostRace reports whether beginning anew can help: a serialization failure, a
// deadlock, a busy database.
func lostRace(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// IsUnique reports whether err says that a row breaks a unique or primary key.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) &&
		(lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
