// Package release keeps what the hospital releases (公開範囲), mastered here and nowhere
// else. Anybody who speaks for the facility manager may narrow it at once; what widens
// it waits until somebody at the hospital approves it on this machine.
package release

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Store keeps the matrix in the gateway's database.
type Store struct {
	db    *db.DB
	clock func() time.Time
}

// byConfiguration stands in the history for nobody in particular.
const byConfiguration = "configuration"

// Open opens the store; a new one begins with the given matrix.
func Open(ctx context.Context, d *db.DB, clock func() time.Time, first access.Matrix) (*Store, error) {
	if err := first.Validate(); err != nil {
		return nil, err
	}
	s := &Store{db: d, clock: clock}
	err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, _, err := current(ctx, tx)
		if fault.Is(err, fault.NotFound) {
			return s.put(ctx, tx, 1, first, byConfiguration)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open release matrix: %w", err)
	}
	return s, nil
}

// Current gives the matrix in force, read through q: a decision reads it in its own
// transaction.
func Current(ctx context.Context, q db.Querier) (access.Matrix, error) {
	_, m, err := current(ctx, q)
	return m, err
}

func current(ctx context.Context, q db.Querier) (version int64, m access.Matrix, err error) {
	type row struct {
		version int64
		body    string
	}
	r, err := db.One(ctx, q, "release matrix", func(s db.Scanner) (r row, err error) {
		err = s(&r.version, &r.body)
		return r, err
	},
		`SELECT version, matrix FROM release_matrix ORDER BY version DESC LIMIT 1`)
	if err != nil {
		return 0, nil, err
	}
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		return 0, nil, fmt.Errorf("release matrix: %w", err)
	}
	return r.version, m, nil
}

func (s *Store) put(ctx context.Context, tx *db.Tx, version int64, m access.Matrix, by string) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("release matrix: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO release_matrix (version, matrix, changed_by, changed_at) VALUES ($1, $2, $3, $4)`,
		version, string(body), by, db.Micros(s.clock()))
	return err
}

// State gives the matrix with its version and what waits for approval.
func (s *Store) State(ctx context.Context) (st wire.ReleaseState, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err = state(ctx, tx)
		return err
	})
	return st, err
}

func state(ctx context.Context, q db.Querier) (st wire.ReleaseState, err error) {
	if st.Version, st.Matrix, err = current(ctx, q); err != nil {
		return st, err
	}
	st.Pending, err = db.All(ctx, q, scanPending, `
		SELECT id, change, proposed_by, proposed_at FROM release_pending WHERE decision = '' ORDER BY proposed_at, id`)
	return st, err
}

func scanPending(s db.Scanner) (p wire.PendingChange, err error) {
	var change string
	if err := s(&p.ID, &change, &p.ProposedBy, &p.ProposedAt); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(change), &p.Change); err != nil {
		return p, fmt.Errorf("pending change: %w", err)
	}
	return p, nil
}

// Propose takes a new matrix. Cells that narrow act at once; cells that widen become
// pending; either replaces what was pending for the same cell. A proposal made on
// another version than the one in force is a conflict with key release.stale. There must
// be a matrix, be it empty: one that was lost on the way would withhold everything.
func (s *Store) Propose(ctx context.Context, p wire.Proposal) (st wire.ReleaseState, err error) {
	if p.Matrix == nil {
		return st, fault.New(fault.Invalid, "proposal without a matrix")
	}
	if err := p.Matrix.Validate(); err != nil {
		return st, fault.New(fault.Invalid, "%w", err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		version, m, err := current(ctx, tx)
		if err != nil {
			return err
		}
		if version != p.BaseVersion {
			return fault.WithKey(fault.Conflict, "release.stale", nil)
		}
		next, narrowed := m.Clone(), false
		for _, c := range m.Diff(p.Matrix) {
			if err := s.replacePending(ctx, tx, c, p.By); err != nil {
				return err
			}
			if c.Widens() {
				if err := s.addPending(ctx, tx, c, p.By); err != nil {
					return err
				}
				continue
			}
			next.Set(c.Kind, c.Audience, c.To)
			narrowed = true
		}
		if narrowed {
			if err := s.put(ctx, tx, version+1, next, p.By); err != nil {
				return err
			}
		}
		st, err = state(ctx, tx)
		return err
	})
	return st, err
}

func (s *Store) addPending(ctx context.Context, tx *db.Tx, c access.Change, by string) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("pending change: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO release_pending (id, change, kind, audience, proposed_by, proposed_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		ident.New[string](), string(body), c.Kind, c.Audience, by, db.Micros(s.clock()))
	return err
}

// replacePending withdraws what waits for the cell of a newer proposal.
func (s *Store) replacePending(ctx context.Context, tx *db.Tx, c access.Change, by string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE release_pending SET decision = 'replaced', decided_by = $1, decided_at = $2
		WHERE decision = '' AND kind = $3 AND audience = $4`, by, db.Micros(s.clock()), c.Kind, c.Audience)
	return err
}

func (s *Store) decide(ctx context.Context, tx *db.Tx, id, decision, by string) error {
	return db.Exec(ctx, tx, "pending change "+id, `
		UPDATE release_pending SET decision = $1, decided_by = $2, decided_at = $3
		WHERE decision = '' AND id = $4`, decision, by, db.Micros(s.clock()), id)
}

// Approve puts a pending widening in force, for somebody at the hospital. One that is
// no longer pending is not found.
func (s *Store) Approve(ctx context.Context, id, by string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := pending(ctx, tx, id)
		if err != nil {
			return err
		}
		version, m, err := current(ctx, tx)
		if err != nil {
			return err
		}
		m.Set(p.Kind, p.Audience, p.To)
		if err := s.put(ctx, tx, version+1, m, by); err != nil {
			return err
		}
		return s.decide(ctx, tx, id, "approved", by)
	})
}

// Reject withdraws a pending widening. One that is no longer pending is not found.
func (s *Store) Reject(ctx context.Context, id, by string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.decide(ctx, tx, id, "rejected", by)
	})
}

func pending(ctx context.Context, tx *db.Tx, id string) (wire.PendingChange, error) {
	return db.One(ctx, tx, "pending change "+id, scanPending,
		`SELECT id, change, proposed_by, proposed_at FROM release_pending WHERE id = $1 AND decision = ''`, id)
}

// Version is one matrix of the past or the one in force.
type Version struct {
	Version int64
	Matrix  access.Matrix
	By      string
	At      time.Time
}

// History lists the latest versions of the matrix, the one in force first.
func (s *Store) History(ctx context.Context, limit int) ([]Version, error) {
	return db.All(ctx, s.db.Reader(), func(scan db.Scanner) (v Version, err error) {
		var body string
		var at int64
		if err := scan(&v.Version, &body, &v.By, &at); err != nil {
			return v, err
		}
		v.At = db.Time(at)
		if err := json.Unmarshal([]byte(body), &v.Matrix); err != nil {
			return v, fmt.Errorf("release matrix: %w", err)
		}
		return v, nil
	}, `SELECT version, matrix, changed_by, changed_at FROM release_matrix ORDER BY version DESC LIMIT $1`, limit)
}

// Default is what a gateway releases until the hospital says otherwise: its own staff
// sees everything, and so do emergencies, physicians, nurses and pharmacists of the
// network but for the notes of physicians and nurses, which were written for the own
// staff; care staff sees visits, prescriptions and allergies.
func Default() access.Matrix {
	m := access.Matrix{}
	care := map[clinical.Kind]bool{
		clinical.KindEncounter: true, clinical.KindPrescription: true, clinical.KindAllergy: true,
	}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			notes := k == clinical.KindPhysicianNote || k == clinical.KindNursingNote
			m.Set(k, a, access.Cell{Allowed: a == access.AudienceOwn || !notes && (a != access.AudienceCare || care[k])})
		}
	}
	return m
}
