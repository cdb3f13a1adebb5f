// Package leftopen is a command that makes all sessions of a center as if nobody had proved who they are for
// six minutes: a screen left open (離席), for browser tests that cannot wait as long.
//
//	go run ./e2e/browser/leftopen PATH/center.db
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "leftopen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: leftopen PATH/center.db")
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: os.Args[1]})
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Writer().ExecContext(ctx, `UPDATE session SET verified_at = verified_at - $1`, (6 * time.Minute).Microseconds())
	return err
}
