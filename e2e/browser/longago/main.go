// Package longago is a command that makes all roles of a center's accounts as if they had been
// granted eight days earlier, for browser tests that cannot wait as long.
//
//	go run ./e2e/browser/longago PATH/center.db
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
		fmt.Fprintln(os.Stderr, "longago:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: longago PATH/center.db")
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: os.Args[1]})
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Writer().ExecContext(ctx, `UPDATE user_role SET granted_at = granted_at - $1`, (8 * 24 * time.Hour).Microseconds())
	return err
}
