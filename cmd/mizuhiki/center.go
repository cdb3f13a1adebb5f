package main

import (
	"context"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/center"
)

type centerCommand struct {
	Config string `required:"" type:"path" help:"The center's configuration, center.toml."`
}

func (c centerCommand) Run(ctx context.Context) error {
	cfg, err := center.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	return center.Run(ctx, cfg)
}

type migrateCommand struct {
	Config string `required:"" type:"path" help:"The center's configuration, center.toml."`
}

func (c migrateCommand) Run(ctx context.Context, s streams) error {
	cfg, err := center.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	from, to, err := center.Migrate(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "schema version %d -> %d\n", from, to)
	return err
}
