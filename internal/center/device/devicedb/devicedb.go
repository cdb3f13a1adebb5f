// Package devicedb keeps the ledger of terminals (端末) in the database.
package devicedb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes the ledger.
type Store struct{}

const columns = `id, facility_id, name, place, user_group, os, method, registered_by, cert_serial, cert_sha256, cert_not_after,
	next_cert_serial, next_cert_sha256, next_cert_not_after, created_at, last_seen, revoked_at`

func scan(s db.Scanner) (d device.Device, err error) {
	var notAfter, next, created int64
	var seen, revoked sql.NullInt64
	err = s(&d.ID, &d.Facility, &d.Name, &d.Place, &d.UserGroup, &d.OS, &d.Method, &d.RegisteredBy, &d.CertSerial, &d.CertSHA256, &notAfter,
		&d.Next.Serial, &d.Next.SHA256, &next, &created, &seen, &revoked)
	d.NotAfter, d.CreatedAt, d.LastSeen, d.RevokedAt = db.Time(notAfter), db.Time(created), db.TimeOf(seen), db.TimeOf(revoked)
	if next != 0 {
		d.Next.NotAfter = db.Time(next)
	}
	return d, err
}

// Add adds a terminal.
func (Store) Add(ctx context.Context, tx *db.Tx, d device.Device) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO device (id, facility_id, name, place, user_group, os, method, registered_by, cert_serial, cert_sha256, cert_not_after, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		d.ID, d.Facility, d.Name, d.Place, d.UserGroup, d.OS, d.Method, d.RegisteredBy, d.CertSerial, d.CertSHA256, db.Micros(d.NotAfter), db.Micros(d.CreatedAt))
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
// revoked one too. A certificate that was issued as a terminal's next one is its, too;
// see [Store.TakeNextCert].
func (Store) ByCert(ctx context.Context, q db.Querier, certSHA256 string) (device.Device, error) {
	if certSHA256 == "" { // of nobody, though most terminals have no next one
		return device.Device{}, fault.New(fault.NotFound, "device of no certificate")
	}
	return db.One(ctx, q, "device", scan, `SELECT `+columns+` FROM device WHERE cert_sha256 = $1 OR next_cert_sha256 = $1`, certSHA256)
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

// NoteSystem enters a terminal's operating system where none stands.
func (Store) NoteSystem(ctx context.Context, tx *db.Tx, id ident.DeviceID, os string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE device SET os = $1 WHERE id = $2 AND os = ''`, os, id); err != nil {
		return fmt.Errorf("note system of device: %w", err)
	}
	return nil
}

// SetNextCert files the certificate that a live terminal will come with, and the system
// that it runs by now, if that is known. One that was issued before and never used is
// revoked: only the last may come.
func (st Store) SetNextCert(ctx context.Context, tx *db.Tx, d device.Device, next device.Certificate, os, by string, now time.Time) error {
	if d.Next.SHA256 != "" {
		if err := st.addRevocation(ctx, tx, device.Revocation{Certificate: d.Next, Device: d.ID, At: now, By: by, Reason: device.Superseded}); err != nil {
			return err
		}
	}
	if os == "" {
		os = d.OS
	}
	return db.Exec(ctx, tx, "device", `UPDATE device SET next_cert_serial = $1, next_cert_sha256 = $2, next_cert_not_after = $3, os = $4
		WHERE id = $5 AND revoked_at IS NULL`, next.Serial, next.SHA256, db.Micros(next.NotAfter), os, d.ID)
}

// TakeNextCert makes the next certificate, with which the terminal has come, its only
// one, and revokes the one before. Not found: it was taken a moment ago.
func (st Store) TakeNextCert(ctx context.Context, tx *db.Tx, d device.Device, now time.Time) error {
	err := db.Exec(ctx, tx, "device", `UPDATE device SET cert_serial = next_cert_serial, cert_sha256 = next_cert_sha256, cert_not_after = next_cert_not_after,
		next_cert_serial = '', next_cert_sha256 = '', next_cert_not_after = 0
		WHERE id = $1 AND next_cert_sha256 = $2 AND revoked_at IS NULL`, d.ID, d.Next.SHA256)
	if err != nil {
		return err
	}
	return st.addRevocation(ctx, tx, device.Revocation{
		Certificate: device.Certificate{Serial: d.CertSerial, SHA256: d.CertSHA256, NotAfter: d.NotAfter},
		Device:      d.ID, At: now, By: string(d.ID), Reason: device.Superseded,
	})
}

// Revoke shuts a terminal out from the next request on, with all certificates that it
// has. Not found: it was shut out before.
func (st Store) Revoke(ctx context.Context, tx *db.Tx, d device.Device, by string, reason device.Reason, now time.Time) error {
	err := db.Exec(ctx, tx, "device", `UPDATE device SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, db.Micros(now), d.ID)
	if err != nil {
		return err
	}
	certs := []device.Certificate{{Serial: d.CertSerial, SHA256: d.CertSHA256, NotAfter: d.NotAfter}}
	if d.Next.SHA256 != "" {
		certs = append(certs, d.Next)
	}
	for _, c := range certs {
		if err := st.addRevocation(ctx, tx, device.Revocation{Certificate: c, Device: d.ID, At: now, By: by, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}

func (Store) addRevocation(ctx context.Context, tx *db.Tx, r device.Revocation) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO device_revocation (cert_sha256, device_id, cert_serial, cert_not_after, revoked_at, revoked_by, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.SHA256, r.Device, r.Serial, db.Micros(r.NotAfter), db.Micros(r.At), r.By, r.Reason)
	if err != nil {
		return fmt.Errorf("add revocation: %w", err)
	}
	return nil
}

// Revocations lists the revoked certificates that would hold beyond an instant, ordered
// by fingerprint.
func (Store) Revocations(ctx context.Context, q db.Querier, beyond time.Time) ([]device.Revocation, error) {
	out, err := db.All(ctx, q, func(s db.Scanner) (r device.Revocation, err error) {
		var notAfter, at int64
		err = s(&r.SHA256, &r.Device, &r.Serial, &notAfter, &at, &r.By, &r.Reason)
		r.NotAfter, r.At = db.Time(notAfter), db.Time(at)
		return r, err
	}, `SELECT cert_sha256, device_id, cert_serial, cert_not_after, revoked_at, revoked_by, reason
		FROM device_revocation WHERE cert_not_after > $1 ORDER BY cert_sha256`, db.Micros(beyond))
	if err != nil {
		return nil, fmt.Errorf("read revoked terminals: %w", err)
	}
	return out, nil
}
