package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/demo"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

type demoCommand struct {
	Dir     string `default:"demo-data" type:"path" help:"Keys, databases and storages; made at the first start, kept afterwards."`
	Listen  string `default:"127.0.0.1:8080" help:"Loopback address of start page and terminals; port 0 takes any free one."`
	Ready   string `type:"path" help:"File that is written once everything answers, for scripts."`
	Persons int    `default:"300" help:"Persons of a new region."`
	Seed    uint64 `default:"1" help:"Seed of a new region: the same seed gives the same region."`
}

func (c demoCommand) Run(ctx context.Context, s streams) error {
	cfg := demo.DefaultConfig()
	cfg.Dir, cfg.Listen, cfg.ReadyFile, cfg.Persons, cfg.Seed = c.Dir, c.Listen, c.Ready, c.Persons, c.Seed
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	logFile := filepath.Join(c.Dir, "demo.log")
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cfg.Log = logging.New(out, logging.Config{Format: logging.Text, Level: slog.LevelInfo})
	cfg.Announce = func(url string) {
		fmt.Fprintf(s.out, "\n  水引 Mizuhiki demo: open  %s\n\n  Everything is synthetic. Data in %s, log in %s. Ctrl-C ends it.\n\n", url, c.Dir, logFile)
	}
	fmt.Fprintln(s.out, "Starting a center and its hospitals …")
	return demo.Run(ctx, cfg)
}
