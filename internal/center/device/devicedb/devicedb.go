// Package devicedb keeps the ledger of terminals (端末) in the database.
package devicedb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes the ledger.
type Store struct{}

const columns = `id, facility_id, name, place, cert_serial, cert_sha256, cert_not_after, created_at, last_seen, revoked_at`

func scan(s db.Scanner) (d device.Device, err error) {
	var notAfter, created int64
	var seen, revoked sql.NullInt64
	err = s(&d.ID, &d.Facility, &d.Name, &d.Place, &d.CertSerial, &d.CertSHA256, &notAfter, &created, &seen, &revoked)
	d.NotAfter, d.CreatedAt, d.LastSeen, d.RevokedAt = db.Time(notAfter), db.Time(created), db.TimeOf(seen), db.TimeOf(revoked)
	return d, err
}

// Add adds a terminal.
func (Store) Add(ctx context.Context, tx *db.Tx, d device.Device) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO device (id, facility_id, name, place, cert_serial, cert_sha256, cert_not_after, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, d.Facility, d.Name, d.Place, d.CertSerial, d.CertSHA256, db.Micros(d.NotAfter), db.Micros(d.CreatedAt))
	if err != nil {
		return fmt.Errorf("add device: %w", err)
	}
	return nil
}

// Device reads one terminal, a revoked one too.
func (Store) Device(ctx context.Context, q db.Querier, id ident.DeviceID) (device.Device, error) {
	return db.One(ctx, q, "device", scan, `SELECT `+columns+` FROM device WHERE id = $1`, id)
}

// ByCert reads the terminal whose certificate it is, by the hex SHA-256 of its DER, a
// revoked one too.
func (Store) ByCert(ctx context.Context, q db.Querier, certSHA256 string) (device.Device, error) {
	return db.One(ctx, q, "device", scan, `SELECT `+columns+` FROM device WHERE cert_sha256 = $1`, certSHA256)
}

// OfFacility lists a facility's terminals in the order of their names, revoked ones too.
func (Store) OfFacility(ctx context.Context, q db.Querier, f ident.FacilityID) ([]device.Device, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM device WHERE facility_id = $1 ORDER BY name, id`, f)
	if err != nil {
		return nil, fmt.Errorf("read devices: %w", err)
	}
	return out, nil
}

// See notes that a terminal was there.
func (Store) See(ctx context.Context, q db.Querier, id ident.DeviceID, now time.Time) error {
	return db.Exec(ctx, q, "device", `UPDATE device SET last_seen = $1 WHERE id = $2`, db.Micros(now), id)
}

// Revoke shuts a terminal out from the next request on.
func (Store) Revoke(ctx context.Context, tx *db.Tx, id ident.DeviceID, now time.Time) error {
	return db.Exec(ctx, tx, "device", `UPDATE device SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, db.Micros(now), id)
}
