// Package revocationdb reads from the database what was revoked (失効) and keeps the
// center's own certificates and the editions of the lists.
package revocationdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Store reads and writes revocations.
type Store struct{}

// Revoked lists all that was revoked and would hold beyond an instant, ordered by
// fingerprint within its kind. Of a gateway both certificates are on it.
func (st Store) Revoked(ctx context.Context, q db.Querier, beyond time.Time) ([]revocation.Entry, error) {
	devices, err := db.All(ctx, q, entryOf(wire.DeniedDevice), `SELECT cert_sha256, cert_serial, id, cert_not_after, revoked_at, ''
		FROM device WHERE revoked_at IS NOT NULL AND cert_not_after > $1 ORDER BY cert_sha256`, db.Micros(beyond))
	if err != nil {
		return nil, fmt.Errorf("read revoked terminals: %w", err)
	}
	out := devices
	for _, query := range []string{
		`SELECT cert_sha256, cert_serial, '', cert_not_after, revoked_at, revoke_reason
			FROM gateway WHERE revoked_at IS NOT NULL AND cert_not_after > $1 ORDER BY cert_sha256`,
		`SELECT next_cert_sha256, next_cert_serial, '', next_cert_not_after, revoked_at, revoke_reason
			FROM gateway WHERE revoked_at IS NOT NULL AND next_cert_sha256 <> '' AND next_cert_not_after > $1 ORDER BY next_cert_sha256`,
	} {
		gateways, err := db.All(ctx, q, entryOf(wire.DeniedGateway), query, db.Micros(beyond))
		if err != nil {
			return nil, fmt.Errorf("read revoked gateways: %w", err)
		}
		out = append(out, gateways...)
	}
	own, err := db.All(ctx, q, scanCertificate, `SELECT `+certificateColumns+` FROM center_certificate
		WHERE revoked_at IS NOT NULL AND not_after > $1 ORDER BY sha256`, db.Micros(beyond))
	if err != nil {
		return nil, fmt.Errorf("read revoked certificates of the center: %w", err)
	}
	for _, c := range own {
		out = append(out, c.Entry)
	}
	return out, nil
}

func entryOf(kind wire.DeniedKind) func(db.Scanner) (revocation.Entry, error) {
	return func(s db.Scanner) (e revocation.Entry, err error) {
		var device string
		var notAfter, revoked int64
		err = s(&e.SHA256, &e.Serial, &device, &notAfter, &revoked, &e.Reason)
		e.Kind, e.Device, e.NotAfter, e.RevokedAt = kind, ident.DeviceID(device), db.Time(notAfter), db.Time(revoked)
		return e, err
	}
}

const certificateColumns = `sha256, kind, serial, name, device_id, not_after, noted_at, revoked_at, revoked_by, reason`

func scanCertificate(s db.Scanner) (c revocation.Certificate, err error) {
	var notAfter, noted int64
	var revoked sql.NullInt64
	err = s(&c.SHA256, &c.Kind, &c.Serial, &c.Name, &c.Device, &notAfter, &noted, &revoked, &c.By, &c.Reason)
	c.NotAfter, c.Noted, c.RevokedAt = db.Time(notAfter), db.Time(noted), db.TimeOf(revoked)
	return c, err
}

// Note enters a certificate if it is not there yet, and says whether it was not.
func (Store) Note(ctx context.Context, tx *db.Tx, c revocation.Certificate, now time.Time) (added bool, err error) {
	err = db.Exec(ctx, tx, "certificate", `INSERT INTO center_certificate (sha256, kind, serial, name, device_id, not_after, noted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sha256) DO NOTHING`,
		c.SHA256, c.Kind, c.Serial, c.Name, c.Device, db.Micros(c.NotAfter), db.Micros(now))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Revoke revokes a certificate that was noted. One that is not there or was revoked
// before is not found.
func (Store) Revoke(ctx context.Context, tx *db.Tx, sha256 string, by string, reason revocation.Reason, now time.Time) error {
	return db.Exec(ctx, tx, "certificate", `UPDATE center_certificate SET revoked_at = $1, revoked_by = $2, reason = $3
		WHERE sha256 = $4 AND revoked_at IS NULL`, db.Micros(now), by, reason, sha256)
}

// Certificates lists what was noted, in that order, revoked ones too.
func (Store) Certificates(ctx context.Context, q db.Querier) ([]revocation.Certificate, error) {
	out, err := db.All(ctx, q, scanCertificate, `SELECT `+certificateColumns+` FROM center_certificate ORDER BY noted_at, sha256`)
	if err != nil {
		return nil, fmt.Errorf("read certificates of the center: %w", err)
	}
	return out, nil
}

// List reads the newest edition of a list; one that was never made is the zero edition.
func (Store) List(ctx context.Context, q db.Querier, name string) (revocation.List, error) {
	l, err := db.One(ctx, q, "list", func(s db.Scanner) (l revocation.List, err error) {
		var made int64
		var body string
		if err := s(&l.Name, &l.Number, &made, &l.Digest, &body); err != nil {
			return l, err
		}
		l.MadeAt = db.Time(made)
		l.Body, err = base64.StdEncoding.DecodeString(body)
		return l, err
	}, `SELECT name, number, made_at, digest, body FROM revocation_list WHERE name = $1`, name)
	if fault.Is(err, fault.NotFound) {
		return revocation.List{Name: name}, nil
	}
	return l, err
}

// PutList keeps an edition in place of the one before, which had a lesser number.
func (Store) PutList(ctx context.Context, tx *db.Tx, l revocation.List) error {
	return db.Exec(ctx, tx, "list", `INSERT INTO revocation_list (name, number, made_at, digest, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET number = excluded.number, made_at = excluded.made_at, digest = excluded.digest, body = excluded.body
		WHERE revocation_list.number < excluded.number`,
		l.Name, l.Number, db.Micros(l.MadeAt), l.Digest, base64.StdEncoding.EncodeToString(l.Body))
}
