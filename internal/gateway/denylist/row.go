package denylist

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// awaitedSetting names the instant at which this gateway began to wait for a list.
const awaitedSetting = "denylist_awaited"

func awaited(ctx context.Context, tx *db.Tx, now time.Time) (time.Time, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
		awaitedSetting, now.UTC().Format(time.RFC3339))
	if err != nil {
		return time.Time{}, err
	}
	var value string
	if err := tx.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, awaitedSetting).Scan(&value); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, value)
}

func readEntries(ctx context.Context, tx *db.Tx) ([]entry, error) {
	return db.All(ctx, tx, func(s db.Scanner) (e entry, err error) {
		var ends, revoked int64
		err = s(&e.SHA256, &e.Kind, &e.Serial, &e.Device, &ends, &revoked, &e.Reason, &e.signer)
		e.Ends, e.Revoked = db.Time(ends).Unix(), db.Time(revoked).Unix()
		return e, err
	}, `SELECT sha256, kind, serial, device_id, ends, revoked_at, reason, signer FROM denied_certificate`)
}

func readSigners(ctx context.Context, tx *db.Tx) ([]signer, error) {
	return db.All(ctx, tx, func(s db.Scanner) (l signer, err error) {
		var issued int64
		err = s(&l.key, &l.replica, &l.seq, &issued)
		l.issued = db.Time(issued)
		return l, err
	}, `SELECT key_sha256, replica_id, seq, issued_at FROM denylist_signer`)
}

func addEntries(ctx context.Context, tx *db.Tx, added []entry, now time.Time) error {
	for _, e := range added {
		_, err := tx.ExecContext(ctx, `INSERT INTO denied_certificate (sha256, kind, serial, device_id, ends, revoked_at, reason, signer, taken_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sha256) DO NOTHING`,
			e.SHA256, e.Kind, e.Serial, e.Device, db.Micros(time.Unix(e.Ends, 0)), db.Micros(time.Unix(e.Revoked, 0)), e.Reason, e.signer, db.Micros(now))
		if err != nil {
			return fmt.Errorf("add entry: %w", err)
		}
	}
	return nil
}

func putSigner(ctx context.Context, tx *db.Tx, l signer, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO denylist_signer (key_sha256, replica_id, seq, issued_at, taken_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key_sha256) DO UPDATE SET replica_id = excluded.replica_id, seq = excluded.seq, issued_at = excluded.issued_at, taken_at = excluded.taken_at`,
		l.key, l.replica, l.seq, db.Micros(l.issued), db.Micros(now))
	if err != nil {
		return fmt.Errorf("note list: %w", err)
	}
	return nil
}
