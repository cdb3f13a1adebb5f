// Package directorydb keeps unions, facilities (参加施設), their gateways and the
// one-time codes of enrolment in the database.
package directorydb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes the directory.
type Store struct{}

// AddUnion adds a union.
func (Store) AddUnion(ctx context.Context, tx *db.Tx, u directory.Union, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO network_union (id, name, created_at) VALUES ($1, $2, $3)`, u.ID, u.Name, db.Micros(now))
	if err != nil {
		return fmt.Errorf("add union: %w", err)
	}
	return nil
}

// Unions lists all unions by name.
func (Store) Unions(ctx context.Context, q db.Querier) ([]directory.Union, error) {
	out, err := db.All(ctx, q, func(s db.Scanner) (u directory.Union, err error) {
		err = s(&u.ID, &u.Name)
		return u, err
	}, `SELECT id, name FROM network_union ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("read unions: %w", err)
	}
	return out, nil
}

// AddFacility adds a facility and its membership of its unions. A code that is taken
// is of kind conflict, key facility.code_taken.
func (Store) AddFacility(ctx context.Context, tx *db.Tx, f directory.Facility) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO facility (id, code, name, kana, mark, kind, disclosing, joined_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		f.ID, f.Code, f.Name, f.Kana, f.Mark, f.Kind, db.Flag(f.Disclosing), db.Micros(f.JoinedAt))
	if db.IsUnique(err) {
		return fault.WithKey(fault.Conflict, "facility.code_taken", map[string]any{"code": f.Code})
	}
	if err != nil {
		return fmt.Errorf("add facility: %w", err)
	}
	for _, u := range f.Unions {
		_, err := tx.ExecContext(ctx, `INSERT INTO facility_union (facility_id, union_id, since) VALUES ($1, $2, $3)`, f.ID, u, db.Micros(f.JoinedAt))
		if err != nil {
			return fmt.Errorf("add facility to union: %w", err)
		}
	}
	return nil
}

const facilityColumns = `f.id, f.code, f.name, f.kana, f.mark, f.kind, f.disclosing, f.joined_at, f.idle_minutes`

func scanFacility(s db.Scanner) (f directory.Facility, err error) {
	var disclosing, joined, idle int64
	err = s(&f.ID, &f.Code, &f.Name, &f.Kana, &f.Mark, &f.Kind, &disclosing, &joined, &idle)
	f.Disclosing, f.JoinedAt, f.Idle = disclosing == 1, db.Time(joined), time.Duration(idle)*time.Minute
	return f, err
}

// Facility reads one facility. One that has left the network is not found.
func (st Store) Facility(ctx context.Context, q db.Querier, id ident.FacilityID) (directory.Facility, error) {
	f, err := db.One(ctx, q, "facility", scanFacility, `SELECT `+facilityColumns+` FROM facility f WHERE f.id = $1 AND f.closed_at IS NULL`, id)
	if err != nil {
		return directory.Facility{}, err
	}
	list := []directory.Facility{f}
	err = st.fillUnions(ctx, q, list, `SELECT facility_id, union_id FROM facility_union WHERE facility_id = $1 ORDER BY since, union_id`, id)
	return list[0], err
}

// SetIdle sets after how long sessions of a facility's users lock themselves, in whole minutes.
func (Store) SetIdle(ctx context.Context, tx *db.Tx, id ident.FacilityID, idle time.Duration) error {
	return db.Exec(ctx, tx, "facility", `UPDATE facility SET idle_minutes = $1 WHERE id = $2`, int64(idle/time.Minute), id)
}

// Facilities lists the facilities of a union in the order of their codes, those that
// have left it out.
func (st Store) Facilities(ctx context.Context, q db.Querier, union ident.UnionID) ([]directory.Facility, error) {
	list, err := db.All(ctx, q, scanFacility, `SELECT `+facilityColumns+` FROM facility f
		JOIN facility_union m ON m.facility_id = f.id WHERE m.union_id = $1 AND f.closed_at IS NULL ORDER BY f.code`, union)
	if err != nil {
		return nil, fmt.Errorf("read facilities: %w", err)
	}
	err = st.fillUnions(ctx, q, list, `SELECT facility_id, union_id FROM facility_union ORDER BY since, union_id`)
	return list, err
}

// AllFacilities lists the facilities of the network in the order of their codes,
// those that have left it out.
func (st Store) AllFacilities(ctx context.Context, q db.Querier) ([]directory.Facility, error) {
	list, err := db.All(ctx, q, scanFacility, `SELECT `+facilityColumns+` FROM facility f WHERE f.closed_at IS NULL ORDER BY f.code`)
	if err != nil {
		return nil, fmt.Errorf("read facilities: %w", err)
	}
	err = st.fillUnions(ctx, q, list, `SELECT facility_id, union_id FROM facility_union ORDER BY since, union_id`)
	return list, err
}

// FacilityNames gives the names of all facilities, also of those that have left: what
// they did still stands in the log.
func (Store) FacilityNames(ctx context.Context, q db.Querier) (map[ident.FacilityID]string, error) {
	names := map[ident.FacilityID]string{}
	_, err := db.All(ctx, q, func(s db.Scanner) (struct{}, error) {
		var id ident.FacilityID
		var name string
		err := s(&id, &name)
		names[id] = name
		return struct{}{}, err
	}, `SELECT id, name FROM facility`)
	if err != nil {
		return nil, fmt.Errorf("read facility names: %w", err)
	}
	return names, nil
}

func (Store) fillUnions(ctx context.Context, q db.Querier, list []directory.Facility, query string, args ...any) error {
	type member struct {
		facility ident.FacilityID
		union    ident.UnionID
	}
	members, err := db.All(ctx, q, func(s db.Scanner) (m member, err error) {
		err = s(&m.facility, &m.union)
		return m, err
	}, query, args...)
	if err != nil {
		return fmt.Errorf("read unions of facilities: %w", err)
	}
	unions := map[ident.FacilityID][]ident.UnionID{}
	for _, m := range members {
		unions[m.facility] = append(unions[m.facility], m.union)
	}
	for i := range list {
		list[i].Unions = unions[list[i].ID]
	}
	return nil
}

// CloseFacility ends a facility's membership of the network. Its rows stay.
func (Store) CloseFacility(ctx context.Context, tx *db.Tx, id ident.FacilityID, now time.Time) error {
	return db.Exec(ctx, tx, "facility", `UPDATE facility SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL`, db.Micros(now), id)
}

const gatewayColumns = `id, facility_id, cert_sha256, cert_serial, cert_not_after, next_cert_sha256, next_cert_serial, next_cert_not_after, enrolled_at, last_seen, revoked_at, epoch, change_seq, behind_since, left_out`

func scanGateway(s db.Scanner) (g directory.Gateway, err error) {
	var notAfter, next, enrolled int64
	var seen, revoked, behind sql.NullInt64
	err = s(&g.ID, &g.Facility, &g.CertSHA256, &g.CertSerial, &notAfter, &g.Next.SHA256, &g.Next.Serial, &next, &enrolled, &seen, &revoked, &g.Epoch, &g.ChangeSeq, &behind, &g.LeftOut)
	g.NotAfter, g.EnrolledAt, g.LastSeen, g.RevokedAt, g.Behind = db.Time(notAfter), db.Time(enrolled), db.TimeOf(seen), db.TimeOf(revoked), db.TimeOf(behind)
	if g.Next.SHA256 != "" {
		g.Next.NotAfter = db.Time(next)
	}
	return g, err
}

// AddGateway adds an enrolled gateway.
func (Store) AddGateway(ctx context.Context, tx *db.Tx, g directory.Gateway) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO gateway (id, facility_id, cert_sha256, cert_serial, cert_not_after, enrolled_at, epoch, change_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		g.ID, g.Facility, g.CertSHA256, g.CertSerial, db.Micros(g.NotAfter), db.Micros(g.EnrolledAt), g.Epoch, g.ChangeSeq)
	if err != nil {
		return fmt.Errorf("add gateway: %w", err)
	}
	return nil
}

// Gateway reads one gateway, a revoked one too.
func (Store) Gateway(ctx context.Context, q db.Querier, id ident.GatewayID) (directory.Gateway, error) {
	return db.One(ctx, q, "gateway", scanGateway, `SELECT `+gatewayColumns+` FROM gateway WHERE id = $1`, id)
}

// GatewayByCert reads the gateway whose certificate it is, or whose next, a revoked one too.
func (Store) GatewayByCert(ctx context.Context, q db.Querier, certSHA256 string) (directory.Gateway, error) {
	return db.One(ctx, q, "gateway", scanGateway, `SELECT `+gatewayColumns+` FROM gateway WHERE cert_sha256 = $1 OR next_cert_sha256 = $1 AND next_cert_sha256 <> ''`, certSHA256)
}

// GatewayOf reads a facility's gateway: the one enrolled last that is not revoked.
func (Store) GatewayOf(ctx context.Context, q db.Querier, f ident.FacilityID) (directory.Gateway, error) {
	return db.One(ctx, q, "gateway", scanGateway, `SELECT `+gatewayColumns+` FROM gateway
		WHERE facility_id = $1 AND revoked_at IS NULL ORDER BY enrolled_at DESC, id LIMIT 1`, f)
}

// Gateways lists all gateways in the order of enrolment, revoked ones too.
func (Store) Gateways(ctx context.Context, q db.Querier) ([]directory.Gateway, error) {
	out, err := db.All(ctx, q, scanGateway, `SELECT `+gatewayColumns+` FROM gateway ORDER BY enrolled_at, id`)
	if err != nil {
		return nil, fmt.Errorf("read gateways: %w", err)
	}
	return out, nil
}

// SeeGateway notes that a gateway was there.
func (Store) SeeGateway(ctx context.Context, q db.Querier, id ident.GatewayID, now time.Time) error {
	return db.Exec(ctx, q, "gateway", `UPDATE gateway SET last_seen = $1 WHERE id = $2`, db.Micros(now), id)
}

// SetGatewayChanges notes up to where a gateway's change stream has been taken in.
func (Store) SetGatewayChanges(ctx context.Context, tx *db.Tx, id ident.GatewayID, epoch string, seq int64) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET epoch = $1, change_seq = $2 WHERE id = $3`, epoch, seq, id)
}

// SetGatewayBehind notes since when a gateway cannot take in all of its storage; zero: it can.
func (Store) SetGatewayBehind(ctx context.Context, tx *db.Tx, id ident.GatewayID, since time.Time) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET behind_since = $1 WHERE id = $2`, db.NullMicros(since), id)
}

// CountLeftOut notes that an item of the facility's gateways could not be placed in the catalog.
func (Store) CountLeftOut(ctx context.Context, tx *db.Tx, f ident.FacilityID) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET left_out = left_out + 1 WHERE facility_id = $1 AND revoked_at IS NULL`, f)
}

// ForgetLeftOut begins to count anew, as the catalog does.
func (Store) ForgetLeftOut(ctx context.Context, tx *db.Tx, f ident.FacilityID) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET left_out = 0 WHERE facility_id = $1 AND revoked_at IS NULL`, f)
}

// SetNextCert notes a certificate that was issued to a gateway and takes the place of an
// earlier one with which it never came. A revoked gateway is not found.
func (Store) SetNextCert(ctx context.Context, tx *db.Tx, id ident.GatewayID, next directory.NextCert) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET next_cert_sha256 = $1, next_cert_serial = $2, next_cert_not_after = $3 WHERE id = $4 AND revoked_at IS NULL`,
		next.SHA256, next.Serial, db.Micros(next.NotAfter), id)
}

// TakeNextCert makes a gateway's next certificate its only one: it has come with it. If
// it is not the next one any more, nothing is found.
func (Store) TakeNextCert(ctx context.Context, tx *db.Tx, id ident.GatewayID, certSHA256 string) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET cert_sha256 = next_cert_sha256, cert_serial = next_cert_serial, cert_not_after = next_cert_not_after,
		next_cert_sha256 = '', next_cert_serial = '', next_cert_not_after = 0 WHERE id = $1 AND next_cert_sha256 = $2`, id, certSHA256)
}

// RevokeGateway shuts a gateway out from the next connection and request on; by names who
// did it, as the log does.
func (Store) RevokeGateway(ctx context.Context, tx *db.Tx, id ident.GatewayID, by string, reason revocation.Reason, now time.Time) error {
	return db.Exec(ctx, tx, "gateway", `UPDATE gateway SET revoked_at = $1, revoked_by = $2, revoke_reason = $3 WHERE id = $4 AND revoked_at IS NULL`,
		db.Micros(now), by, reason, id)
}
