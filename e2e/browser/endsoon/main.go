// Package endsoon is a command that lets the certificates of a center's terminals end in so many days as far as
// the ledger says, for browser tests that cannot wait for most of a year.
//
//	go run ./e2e/browser/endsoon PATH/center.db DAYS
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "endsoon:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: endsoon PATH/center.db DAYS")
	}
	days, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: os.Args[1]})
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Writer().ExecContext(ctx, `UPDATE device SET cert_not_after = $1`, db.Micros(time.Now().AddDate(0, 0, days)))
	return err
}
