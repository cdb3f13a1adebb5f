// Package linkagedb keeps links (紐付け) in the database. A link that has ended stays
// as history; two unique indexes let only one live per patient number and per person
// at a facility.
package linkagedb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Store reads and writes links.
type Store struct{}

const columns = `k.id, k.union_id, k.person_id, k.facility_id, k.patient_id, k.state, k.verified_by, k.differs, k.created_by, k.created_at, k.changed_at, k.ended_at,
	k.verified_name, k.verified_kana, k.verified_birth_date, k.verified_sex`

func scan(s db.Scanner) (l linkage.Link, err error) {
	var differs, birth string
	var created, changed int64
	var ended sql.NullInt64
	as := &l.VerifiedAs
	if err := s(&l.ID, &l.Union, &l.Person, &l.Facility, &l.PatientID, &l.State, &l.VerifiedBy, &differs, &l.CreatedBy, &created, &changed, &ended,
		&as.Name, &as.Kana, &birth, &as.Sex); err != nil {
		return l, err
	}
	l.Differs = splitFields(differs)
	l.CreatedAt, l.ChangedAt, l.EndedAt = db.Time(created), db.Time(changed), db.TimeOf(ended)
	if birth != "" {
		as.BirthDate, err = wareki.ParseISO(birth)
	}
	return l, err
}

// isoOf gives a date as it is stored, and nothing for the zero date.
func isoOf(d wareki.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func splitFields(s string) []wire.Field {
	if s == "" {
		return nil
	}
	var out []wire.Field
	for f := range strings.SplitSeq(s, ",") {
		out = append(out, wire.Field(f))
	}
	return out
}

func joinFields(fields []wire.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = string(f)
	}
	return strings.Join(parts, ",")
}

// Add adds a confirmed link. If the patient number or the person is linked there
// already the error is of kind conflict with the key link.taken or link.exists.
func (st Store) Add(ctx context.Context, tx *db.Tx, l linkage.Link) error {
	if err := st.refuseSecond(ctx, tx, l); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO person_link (id, union_id, person_id, facility_id, patient_id, state, verified_by, differs, created_by, created_at, changed_at,
		verified_name, verified_kana, verified_birth_date, verified_sex)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		l.ID, l.Union, l.Person, l.Facility, l.PatientID, l.State, l.VerifiedBy, joinFields(l.Differs), l.CreatedBy, db.Micros(l.CreatedAt), db.Micros(l.ChangedAt),
		l.VerifiedAs.Name, l.VerifiedAs.Kana, isoOf(l.VerifiedAs.BirthDate), l.VerifiedAs.Sex)
	if db.IsUnique(err) {
		// Somebody was faster on another replica; which of the two indexes it was the
		// engines say differently.
		return fault.WithKey(fault.Conflict, "link.exists", nil)
	}
	if err != nil {
		return fmt.Errorf("add link: %w", err)
	}
	return nil
}

func (st Store) refuseSecond(ctx context.Context, tx *db.Tx, l linkage.Link) error {
	if _, err := st.At(ctx, tx, l.Union, l.Person, l.Facility); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return err
		}
		return fault.WithKey(fault.Conflict, "link.exists", nil)
	}
	taken, err := st.OfPatients(ctx, tx, l.Union, l.Facility, l.PatientID.Spellings())
	if err == nil && len(taken) > 0 {
		return fault.WithKey(fault.Conflict, "link.taken", map[string]any{"id": l.PatientID})
	}
	return err
}

// Link reads one link of a union, an ended one too.
func (Store) Link(ctx context.Context, q db.Querier, union ident.UnionID, id ident.LinkID) (linkage.Link, error) {
	return db.One(ctx, q, "link", scan, `SELECT `+columns+` FROM person_link k WHERE k.union_id = $1 AND k.id = $2`, union, id)
}

// At reads a person's living link to a facility.
func (Store) At(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID, f ident.FacilityID) (linkage.Link, error) {
	return db.One(ctx, q, "link", scan, `SELECT `+columns+` FROM person_link k
		WHERE k.union_id = $1 AND k.facility_id = $2 AND k.person_id = $3 AND k.ended_at IS NULL`, union, f, p)
}

// Ever lists a person's links to a facility, ended ones too.
func (Store) Ever(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID, f ident.FacilityID) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person_link k
		WHERE k.union_id = $1 AND k.facility_id = $2 AND k.person_id = $3 ORDER BY k.created_at, k.id`, union, f, p)
	if err != nil {
		return nil, fmt.Errorf("read links at a facility: %w", err)
	}
	return out, nil
}

// OfPatients lists the living links of any of a facility's patient numbers.
func (Store) OfPatients(ctx context.Context, q db.Querier, union ident.UnionID, f ident.FacilityID, ids []ident.LocalPatientID) ([]linkage.Link, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args, places := []any{union, f}, make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		places[i] = "$" + strconv.Itoa(len(args))
	}
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person_link k
		WHERE k.union_id = $1 AND k.facility_id = $2 AND k.patient_id IN (`+strings.Join(places, ", ")+`) AND k.ended_at IS NULL ORDER BY k.patient_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read links of patient numbers: %w", err)
	}
	return out, nil
}

// Living lists a person's living links, the oldest first.
func (Store) Living(ctx context.Context, q db.Querier, union ident.UnionID, p ident.PersonID) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person_link k
		WHERE k.union_id = $1 AND k.person_id = $2 AND k.ended_at IS NULL ORDER BY k.created_at, k.id`, union, p)
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	return out, nil
}

// InForce lists the links of a facility that count and whose person consents at an
// instant, in every union: the patients whom its gateway may serve. A patient number
// that is linked in two unions comes twice.
func (Store) InForce(ctx context.Context, q db.Querier, f ident.FacilityID, at time.Time) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+inForce+` ORDER BY k.patient_id, k.union_id`, f, db.Micros(at))
	if err != nil {
		return nil, fmt.Errorf("read linked patients: %w", err)
	}
	return out, nil
}

// InForceOf lists the links among [Store.InForce] of one patient number.
func (Store) InForceOf(ctx context.Context, q db.Querier, f ident.FacilityID, id ident.LocalPatientID, at time.Time) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+inForce+` AND k.patient_id = $3 ORDER BY k.union_id`, f, db.Micros(at), id)
	if err != nil {
		return nil, fmt.Errorf("read linked patient: %w", err)
	}
	return out, nil
}

// Unfetched lists up to limit links among [Store.InForce] whose catalog is not known
// to be complete.
func (Store) Unfetched(ctx context.Context, q db.Querier, f ident.FacilityID, at time.Time, limit int) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+inForce+` AND NOT EXISTS (
		SELECT 1 FROM source_state s WHERE s.facility_id = k.facility_id AND s.patient_id = k.patient_id)
		ORDER BY k.changed_at, k.id LIMIT $3`, f, db.Micros(at), limit)
	if err != nil {
		return nil, fmt.Errorf("read linked patients: %w", err)
	}
	return out, nil
}

// ConfirmedOf lists the confirmed links of a facility's patient number, in every union
// and whether or not the person consents.
func (Store) ConfirmedOf(ctx context.Context, q db.Querier, f ident.FacilityID, id ident.LocalPatientID) ([]linkage.Link, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person_link k
		WHERE k.facility_id = $1 AND k.patient_id = $2 AND k.state = 'confirmed' AND k.ended_at IS NULL ORDER BY k.union_id`, f, id)
	if err != nil {
		return nil, fmt.Errorf("read linked patient: %w", err)
	}
	return out, nil
}

const inForce = ` FROM person_link k
	WHERE k.facility_id = $1 AND k.state = 'confirmed' AND k.ended_at IS NULL AND EXISTS (
		SELECT 1 FROM consent c WHERE c.person_id = k.person_id AND c.union_id = k.union_id
			AND c.effective_from <= $2 AND (c.revoked_at IS NULL OR c.revoked_at > $2))`

// Past is what a link was, and why it is no more.
type Past struct {
	Facility  ident.FacilityID
	PatientID ident.LocalPatientID
	Reason    string // empty while it lives
}

// Past reads what is told of a link, living or ended, in the access log.
func (Store) Past(ctx context.Context, q db.Querier, id ident.LinkID) (Past, error) {
	return db.One(ctx, q, "link", func(s db.Scanner) (p Past, err error) {
		var reason sql.NullString
		err = s(&p.Facility, &p.PatientID, &reason)
		p.Reason = reason.String
		return p, err
	}, `SELECT k.facility_id, k.patient_id, k.end_reason FROM person_link k WHERE k.id = $1`, id)
}

// Suspend takes a confirmed link out of force and notes which fields differ.
func (Store) Suspend(ctx context.Context, tx *db.Tx, id ident.LinkID, differs []wire.Field, now time.Time) error {
	return db.Exec(ctx, tx, "confirmed link", `UPDATE person_link SET state = 'suspended', differs = $1, changed_at = $2
		WHERE id = $3 AND state = 'confirmed' AND ended_at IS NULL`, joinFields(differs), db.Micros(now), id)
}

// Resume puts a suspended link into force again after a new verification, of who as is.
func (Store) Resume(ctx context.Context, tx *db.Tx, id ident.LinkID, by linkage.Verifier, as person.Identity, now time.Time) error {
	return db.Exec(ctx, tx, "suspended link", `UPDATE person_link SET state = 'confirmed', differs = '', verified_by = $1, changed_at = $2,
		verified_name = $3, verified_kana = $4, verified_birth_date = $5, verified_sex = $6
		WHERE id = $7 AND state = 'suspended' AND ended_at IS NULL`, by, db.Micros(now), as.Name, as.Kana, isoOf(as.BirthDate), as.Sex, id)
}

// Agree notes with what the facility of a confirmed link agrees now.
func (Store) Agree(ctx context.Context, tx *db.Tx, id ident.LinkID, as person.Identity) error {
	return db.Exec(ctx, tx, "confirmed link", `UPDATE person_link SET verified_name = $1, verified_kana = $2, verified_birth_date = $3, verified_sex = $4
		WHERE id = $5 AND state = 'confirmed' AND ended_at IS NULL`, as.Name, as.Kana, isoOf(as.BirthDate), as.Sex, id)
}

// End ends a living link. It stays as history, with who ended it and why.
func (Store) End(ctx context.Context, tx *db.Tx, id ident.LinkID, by ident.UserID, reason string, now time.Time) error {
	return db.Exec(ctx, tx, "living link", `UPDATE person_link SET state = 'ended', changed_at = $1, ended_at = $1, ended_by = $2, end_reason = $3
		WHERE id = $4 AND ended_at IS NULL`, db.Micros(now), by, reason, id)
}
