// Package migrate brings a database to the schema of this program and refuses to
// serve on any other. Servers never migrate by themselves: `mizuhiki migrate` does.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/migrations"
)

// Set names one of the two sets of migrations.
type Set string

const (
	Center  Set = "center"
	Gateway Set = "gateway"
)

// table keeps the version; it differs by set, so that a gateway's database given to
// a center is told apart from an empty one.
func (s Set) table() string { return "schema_version_" + string(s) }

func (s Set) other() Set {
	if s == Center {
		return Gateway
	}
	return Center
}

func provider(d *db.DB, set Set) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if d.Engine() == db.Postgres {
		dialect = goose.DialectPostgres
	}
	store, err := database.NewStore(dialect, set.table())
	if err != nil {
		return nil, fmt.Errorf("migrate %s: %w", set, err)
	}
	files, err := fs.Sub(migrations.Files, string(set))
	if err != nil {
		return nil, fmt.Errorf("migrate %s: %w", set, err)
	}
	// With a store of our own goose wants no dialect beside it.
	p, err := goose.NewProvider("", d.Writer(), files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrate %s: %w", set, err)
	}
	return p, nil
}

// Up applies what is missing and reports from which version to which.
func Up(ctx context.Context, d *db.DB, set Set) (from, to int64, err error) {
	if err := refuseOther(ctx, d, set); err != nil {
		return 0, 0, err
	}
	p, err := provider(d, set)
	if err != nil {
		return 0, 0, err
	}
	if from, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("migrate %s: %w", set, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return from, 0, fmt.Errorf("migrate %s: %w", set, err)
	}
	if to, err = p.GetDBVersion(ctx); err != nil {
		return from, 0, fmt.Errorf("migrate %s: %w", set, err)
	}
	return from, to, nil
}

// ErrSchema is wrapped by every refusal of [Check].
var ErrSchema = errors.New("the database's schema is not this program's")

// Check refuses a database that is empty, older or newer than this program, or of
// the other set, and says which. It changes nothing.
func Check(ctx context.Context, d *db.DB, set Set) error {
	if err := refuseOther(ctx, d, set); err != nil {
		return err
	}
	have, ok := version(ctx, d, set)
	want, err := newest(set)
	if err != nil {
		return err
	}
	switch {
	case !ok:
		return fmt.Errorf("%w: it has no %s schema yet; run `mizuhiki migrate`", ErrSchema, set)
	case have < want:
		return fmt.Errorf("%w: it is at version %d, this program needs %d; run `mizuhiki migrate`", ErrSchema, have, want)
	case have > want:
		return fmt.Errorf("%w: it is at version %d, this program knows only %d; a newer program has migrated it", ErrSchema, have, want)
	}
	return nil
}

func refuseOther(ctx context.Context, d *db.DB, set Set) error {
	if _, ok := version(ctx, d, set.other()); ok {
		return fmt.Errorf("%w: it is a %s's, not a %s's", ErrSchema, set.other(), set)
	}
	return nil
}

// version reads the set's version table; ok is false if there is none.
func version(ctx context.Context, d *db.DB, set Set) (v int64, ok bool) {
	err := d.Reader().QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+set.table()).Scan(&v)
	return v, err == nil
}

func newest(set Set) (int64, error) {
	entries, err := fs.ReadDir(migrations.Files, string(set))
	if err != nil {
		return 0, fmt.Errorf("migrate %s: %w", set, err)
	}
	var top int64
	for _, e := range entries {
		n, err := goose.NumericComponent(e.Name())
		if err != nil {
			return 0, fmt.Errorf("migrate %s: %w", set, err)
		}
		top = max(top, n)
	}
	return top, nil
}
