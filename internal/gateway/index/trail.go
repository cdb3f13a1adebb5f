package index

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
)

// Outcome is how a disclosure stands in the hospital's trail.
type Outcome string

const (
	Allowed Outcome = "allowed" // decided; nothing has flowed yet
	Denied  Outcome = "denied"
	Done    Outcome = "done"
	Failed  Outcome = "failed"
)

// TrailRow is one row of the hospital's own record of disclosures (開示記録). Decision is
// the center's id, by which both sides' records are held against each other.
type TrailRow struct {
	At       time.Time
	Decision ident.DecisionID
	Outcome  Outcome
	Viewer   access.Viewer
	Patient  ident.LocalPatientID
	Detail   TrailDetail
}

// Refusal is why one document was withheld. The center is told that it was, not why.
type Refusal string

const (
	RefusedUnknown    Refusal = "unknown"    // no such document of this patient
	RefusedKind       Refusal = "kind"       // of a kind that was denied or not asked for
	RefusedDelay      Refusal = "delay"      // released later
	RefusedUnreadable Refusal = "unreadable" // its file has gone, changed, or cannot be read
	RefusedWritten    Refusal = "written"    // its file was just being written
)

// TrailDetail is what a row explains itself by; never content.
type TrailDetail struct {
	Kinds        []clinical.Kind            `json:"kinds,omitempty"`
	Denied       map[clinical.Kind][]string `json:"denied,omitempty"` // kind → facts that were missing
	Policies     []string                   `json:"policies,omitempty"`
	PolicyHash   string                     `json:"policy_hash,omitempty"`
	CenterPolicy string                     `json:"center_policy,omitempty"` // hash of the text that the center decided by, if another
	Refused      map[ident.ItemID]Refusal   `json:"refused,omitempty"`
	Reason       string                     `json:"reason,omitempty"`
	Documents    int                        `json:"documents,omitempty"`
	File         *int                       `json:"file,omitempty"`  // number of the one file of a document that this is about; nil: whole documents
	Bytes        int64                      `json:"bytes,omitempty"` // of the file
	Millis       int64                      `json:"millis,omitempty"`
}

// AddTrail writes a row. A disclosure whose first row cannot be written must not happen.
func (x *Index) AddTrail(ctx context.Context, tx *db.Tx, r TrailRow) error {
	viewer, err := json.Marshal(r.Viewer)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	detail, err := json.Marshal(r.Detail)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO trail (id, at, decision_id, outcome, viewer, patient_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		ident.New[string](), db.Micros(r.At), r.Decision, r.Outcome, string(viewer), r.Patient, string(detail))
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	return nil
}

// UseAssertion notes that an assertion has been used, in the transaction of what comes of
// it, and until when that must be remembered. One that was used before is denied.
func (x *Index) UseAssertion(ctx context.Context, tx *db.Tx, jti string, until, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM used_assertion WHERE until < $1`, db.Micros(now)); err != nil {
		return fmt.Errorf("used assertions: %w", err)
	}
	err := db.Exec(ctx, tx, "unused assertion", `INSERT INTO used_assertion (jti, until) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING`, jti, db.Micros(until))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Denied, "assertion: used before")
	}
	return err
}

// Trail lists the latest rows, newest first.
func (x *Index) Trail(ctx context.Context, limit int) ([]TrailRow, error) {
	return db.All(ctx, x.db.Reader(), func(s db.Scanner) (r TrailRow, err error) {
		var at int64
		var viewer, detail string
		if err := s(&at, &r.Decision, &r.Outcome, &viewer, &r.Patient, &detail); err != nil {
			return r, err
		}
		r.At = db.Time(at)
		if err := json.Unmarshal([]byte(viewer), &r.Viewer); err != nil {
			return r, fmt.Errorf("trail: %w", err)
		}
		if err := json.Unmarshal([]byte(detail), &r.Detail); err != nil {
			return r, fmt.Errorf("trail: %w", err)
		}
		return r, nil
	}, `SELECT at, decision_id, outcome, viewer, patient_id, detail FROM trail ORDER BY at DESC, id LIMIT $1`, limit)
}

// InTx runs fn in a write transaction of the index: the decision and its row are one.
func (x *Index) InTx(ctx context.Context, fn func(context.Context, *db.Tx) error) error {
	return x.db.InTx(ctx, fn)
}

// Reader reads outside a transaction.
func (x *Index) Reader() db.Querier { return x.db.Reader() }
