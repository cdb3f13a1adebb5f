package main

import (
	"context"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
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
	Config  string `type:"path" required:"" xor:"config" help:"A center's configuration, center.toml."`
	Gateway string `type:"path" required:"" xor:"config" help:"A gateway's configuration, gateway.toml, instead. The gateway must not run."`
}

func (c migrateCommand) Run(ctx context.Context, s streams) error {
	from, to, err := c.migrate(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "schema version %d -> %d\n", from, to)
	return err
}

func (c migrateCommand) migrate(ctx context.Context) (from, to int64, err error) {
	if c.Config != "" {
		cfg, err := center.LoadConfig(c.Config)
		if err != nil {
			return 0, 0, err
		}
		return center.Migrate(ctx, cfg)
	}
	cfg, err := gateway.LoadConfig(c.Gateway)
	if err != nil {
		return 0, 0, err
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		return 0, 0, err
	}
	defer d.Close()
	return migrate.Up(ctx, d, migrate.Gateway)
}
