// Package disclosedb keeps page views (閲覧) in the database: which decisions a page was
// opened with, until when its parts may be fetched, and that each is fetched once.
package disclosedb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ViewID names one page view. It is of use only in the session that opened it.
type ViewID string

// View is one page as it was opened.
type View struct {
	ID        ViewID
	Session   ident.SessionID
	Person    ident.PersonID
	Page      string
	CreatedAt time.Time
	ExpiresAt time.Time // from then on no part is fetched
	Parts     []Part
}

// Part is what one facility may contribute to a page.
type Part struct {
	Facility ident.FacilityID
	Decision ident.DecisionID
	Kinds    []clinical.Kind // that the decision allowed
}

// Orphan is a decision that allowed content and of which nothing was heard since: the
// program ended between asking the gateway and writing what came of it.
type Orphan struct {
	Decision ident.DecisionID
	At       time.Time
	User     ident.UserID
	Facility ident.FacilityID
	Owner    ident.FacilityID
	Person   ident.PersonID
}

// Store reads and writes page views.
type Store struct{}

// Add adds a view with its parts.
func (Store) Add(ctx context.Context, tx *db.Tx, v View) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO page_view (id, session_id, person_id, page, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		v.ID, v.Session, v.Person, v.Page, db.Micros(v.CreatedAt), db.Micros(v.ExpiresAt))
	if err != nil {
		return fmt.Errorf("add page view: %w", err)
	}
	for _, p := range v.Parts {
		_, err := tx.ExecContext(ctx, `INSERT INTO page_view_part (view_id, facility_id, decision_id, kinds) VALUES ($1, $2, $3, $4)`,
			v.ID, p.Facility, p.Decision, joinKinds(p.Kinds))
		if err != nil {
			return fmt.Errorf("add part of page view: %w", err)
		}
	}
	return nil
}

// View reads a view, without its parts, in the session that opened it; in any other
// it is not found.
func (Store) View(ctx context.Context, q db.Querier, id ViewID, session ident.SessionID) (View, error) {
	return db.One(ctx, q, "page view", func(s db.Scanner) (v View, err error) {
		var created, expires int64
		err = s(&v.ID, &v.Session, &v.Person, &v.Page, &created, &expires)
		v.CreatedAt, v.ExpiresAt = db.Time(created), db.Time(expires)
		return v, err
	}, `SELECT id, session_id, person_id, page, created_at, expires_at FROM page_view WHERE id = $1 AND session_id = $2`, id, session)
}

// Take reads a facility's part and marks it as fetched. A part that was taken before
// is of kind conflict with the key view.taken; a facility without a part is not found.
func (Store) Take(ctx context.Context, tx *db.Tx, id ViewID, f ident.FacilityID, now time.Time) (Part, error) {
	var fetched sql.NullInt64
	p, err := db.One(ctx, tx, "part of page view", func(s db.Scanner) (p Part, err error) {
		var kinds string
		err = s(&p.Facility, &p.Decision, &kinds, &fetched)
		p.Kinds = splitKinds(kinds)
		return p, err
	}, `SELECT facility_id, decision_id, kinds, fetched_at FROM page_view_part WHERE view_id = $1 AND facility_id = $2`, id, f)
	if err != nil {
		return Part{}, err
	}
	if fetched.Valid {
		return Part{}, fault.WithKey(fault.Conflict, "view.taken", nil)
	}
	return p, db.Exec(ctx, tx, "part of page view", `UPDATE page_view_part SET fetched_at = $1
		WHERE view_id = $2 AND facility_id = $3 AND fetched_at IS NULL`, db.Micros(now), id, f)
}

// Orphans lists decisions between two instants that allowed content, were acted upon
// and have no completion, the oldest first. Parts of a page that nobody fetched are
// none: no gateway was asked.
func (Store) Orphans(ctx context.Context, q db.Querier, from, to time.Time) ([]Orphan, error) {
	out, err := db.All(ctx, q, func(s db.Scanner) (o Orphan, err error) {
		var at int64
		err = s(&o.Decision, &at, &o.User, &o.Facility, &o.Owner, &o.Person)
		o.At = db.Time(at)
		return o, err
	}, `SELECT e.decision_id, e.at, e.user_id, e.facility_id, e.owner_id, e.person_id FROM audit_event e
		WHERE e.action = 'disclose' AND e.outcome = 'allowed' AND e.at >= $1 AND e.at < $2
			AND NOT EXISTS (SELECT 1 FROM audit_event d WHERE d.decision_id = e.decision_id AND d.action = 'disclose_done')
			AND NOT EXISTS (SELECT 1 FROM page_view_part p WHERE p.decision_id = e.decision_id AND p.fetched_at IS NULL)
		ORDER BY e.at, e.decision_id`, db.Micros(from), db.Micros(to))
	if err != nil {
		return nil, fmt.Errorf("read decisions without completion: %w", err)
	}
	return out, nil
}

// Prune removes the views that were opened before an instant. What they were for
// stands in the access log.
func (Store) Prune(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM page_view_part WHERE view_id IN (SELECT id FROM page_view WHERE created_at < $1)`, db.Micros(before))
	if err != nil {
		return fmt.Errorf("prune page views: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM page_view WHERE created_at < $1`, db.Micros(before)); err != nil {
		return fmt.Errorf("prune page views: %w", err)
	}
	return nil
}

func joinKinds(kinds []clinical.Kind) string {
	parts := make([]string, len(kinds))
	for i, k := range kinds {
		parts[i] = string(k)
	}
	return strings.Join(parts, ",")
}

func splitKinds(s string) []clinical.Kind {
	if s == "" {
		return nil
	}
	var out []clinical.Kind
	for k := range strings.SplitSeq(s, ",") {
		out = append(out, clinical.Kind(k))
	}
	return out
}
