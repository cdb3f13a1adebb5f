package gateway

import (
	"context"
	"errors"

	"mizuhiki.dev/mizuhiki/internal/gateway/release"
)

// OpenRelease opens the release matrix of a gateway for whoever sits at its machine,
// also while the gateway runs: it reads the matrix anew for every decision, so what is
// approved takes effect at once. An index that is not there yet is an error, as is one
// of another program. The matrix is to be closed with the function given.
func OpenRelease(ctx context.Context, cfg Config) (*release.Store, func() error, error) {
	cfg.fill()
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	store, err := release.Open(ctx, d, cfg.Clock, cfg.Release.matrix())
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return store, d.Close, nil
}
