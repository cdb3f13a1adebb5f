package gateway

import (
	"context"
	"errors"
	"fmt"
	"os"

	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// OpenRelease opens the release matrix of a gateway for whoever sits at its machine,
// also while the gateway runs: it reads the matrix anew for every decision, so what is
// approved takes effect at once. An index that is not there yet is an error, as is one
// of another program. The matrix is to be closed with the function given.
func OpenRelease(ctx context.Context, cfg Config) (*release.Store, func() error, error) {
	cfg.fill()
	if _, err := os.Stat(cfg.Database); err != nil {
		return nil, nil, fmt.Errorf("the gateway has not run yet: %w", err)
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		return nil, nil, fmt.Errorf("database: %w", err)
	}
	if err := migrate.Check(ctx, d, migrate.Gateway); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("database %s: %w", cfg.Database, err), d.Close())
	}
	store, err := release.Open(ctx, d, cfg.Clock, cfg.Release.matrix())
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return store, d.Close, nil
}
