package auditdb

import (
	"context"
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// condition builds a WHERE clause with numbered parameters.
type condition struct {
	where []string
	args  []any
}

// add adds a condition in which each ? is the argument.
func (c *condition) add(expr string, arg any) {
	c.args = append(c.args, arg)
	c.where = append(c.where, strings.ReplaceAll(expr, "?", fmt.Sprintf("$%d", len(c.args))))
}

// newestFirst is one order over all logs; a replica's own rows keep theirs.
const newestFirst = ` ORDER BY at DESC, replica_id DESC, leaf DESC`

// Find answers a query with all replicas' rows, newest first.
func Find(ctx context.Context, q db.Querier, query audit.Query) ([]audit.Entry, error) {
	c := &condition{args: []any{query.Facility, query.Limit}}
	if err := c.narrow(query); err != nil {
		return nil, err
	}
	and := ""
	if len(c.where) > 0 {
		and = " AND " + strings.Join(c.where, " AND ")
	}
	// Two selections, each in the order of its own index, and not one with OR: a long
	// log must not be sorted for its newest page.
	part := func(where string) string {
		return `SELECT ` + recordColumns + ` FROM (SELECT ` + recordColumns + ` FROM audit_event e WHERE ` + where + and + newestFirst + ` LIMIT $2) part`
	}
	sql := `SELECT ` + prefixed("e.", recordColumns) + `, COALESCE(` + nameThen + `, p.name, ''), COALESCE(p.name, ''), ` + formerNumber + ` FROM (
		` + part(`facility_id = $1`) + ` UNION ALL ` + part(`owner_id = $1 AND facility_id <> $1`) + `) e
		LEFT JOIN person_link l ON l.person_id = e.person_id AND l.facility_id = $1 AND l.ended_at IS NULL
		LEFT JOIN person p ON p.id = l.person_id
		ORDER BY e.at DESC, e.replica_id DESC, e.leaf DESC LIMIT $2`
	entries, err := db.All(ctx, q, scanEntry, sql, c.args...)
	if err != nil {
		return nil, fmt.Errorf("read access log: %w", err)
	}
	return entries, nil
}

// endedSince gives the ended links of a row's person to the facility that lived when the
// row was written.
const endedSince = `FROM person_link k
	WHERE k.person_id = e.person_id AND k.facility_id = $1 AND k.created_at <= e.at AND k.ended_at >= e.at`

// formerNumber is the number under which the person of a row was linked to the facility
// when it was written, where that link lives no more: which of its own patients the facility
// was concerned for. Where no link lives their name at the center is no longer its to know,
// and with a wrong link it never was its patient's.
const formerNumber = `CASE WHEN l.created_at <= e.at THEN '' ELSE COALESCE((SELECT k.patient_id ` + endedSince + `
	ORDER BY k.created_at DESC LIMIT 1), '') END`

// nameThen is what the person of a row was called when it was written, if that has been
// corrected since. What they were called before the facility knew them stays hidden: such a
// row tells what they were called when it came to.
const nameThen = `(SELECT f.name FROM person_former f WHERE f.person_id = l.person_id AND f.changed_at >
	CASE WHEN l.created_at > e.at AND NOT EXISTS (SELECT 1 ` + endedSince + `) THEN l.created_at ELSE e.at END
	ORDER BY f.changed_at, f.id LIMIT 1)`

// formerlyCalled finds former demographics of a linked person, under the alias f, that stood
// while the facility was linked.
const formerlyCalled = `EXISTS (SELECT 1 FROM person_former f WHERE f.person_id = l.person_id
	AND (LOWER(f.name) LIKE ? ESCAPE '\' OR LOWER(f.kana) LIKE ? ESCAPE '\')
	AND EXISTS (SELECT 1 FROM person_link k WHERE k.person_id = f.person_id AND k.facility_id = $1 AND k.created_at <= f.changed_at
		AND (k.ended_at IS NULL OR k.ended_at >= COALESCE((SELECT MAX(g.changed_at) FROM person_former g WHERE g.person_id = f.person_id AND g.changed_at < f.changed_at), 0))))`

// narrow adds what the query asks for beyond the facility.
func (c *condition) narrow(query audit.Query) error {
	if !query.From.IsZero() {
		c.add(`at >= ?`, db.Micros(query.From))
	}
	if !query.To.IsZero() {
		c.add(`at < ?`, db.Micros(query.To))
	}
	if query.User != "" {
		c.add(`user_id = ?`, query.User)
	}
	if query.Person != "" {
		c.add(`person_id = ?`, query.Person)
	}
	if len(query.Actions) > 0 {
		places := make([]string, len(query.Actions))
		for i, a := range query.Actions {
			c.args = append(c.args, a)
			places[i] = fmt.Sprintf("$%d", len(c.args))
		}
		c.where = append(c.where, `action IN (`+strings.Join(places, ", ")+`)`)
	}
	if query.Text != "" {
		c.add(`(LOWER(user_name) LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM person_link l JOIN person p ON p.id = l.person_id
			WHERE l.person_id = e.person_id AND l.facility_id = $1 AND l.ended_at IS NULL
			AND (LOWER(p.name) LIKE ? ESCAPE '\' OR LOWER(p.kana) LIKE ? ESCAPE '\' OR `+formerlyCalled+`)))`, containing(query.Text))
	}
	if query.Before == "" {
		return nil
	}
	at, leaf, replica, err := query.Before.Place()
	if err != nil {
		return err
	}
	c.add(`at <= ?`, at)
	n := len(c.args)
	c.args = append(c.args, replica, leaf)
	c.where = append(c.where, fmt.Sprintf(`(at < $%d OR replica_id < $%d OR replica_id = $%d AND leaf < $%d)`, n, n+1, n+1, n+2))
	return nil
}

// containing gives the LIKE pattern of texts that contain s, in lower case.
func containing(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

func prefixed(prefix, columns string) string {
	return prefix + strings.ReplaceAll(columns, ", ", ", "+prefix)
}

func scanEntry(s db.Scanner) (audit.Entry, error) {
	var r audit.Record
	var name, now string
	var number ident.LocalPatientID
	if err := scanRecord(s, &r, &name, &now, &number); err != nil {
		return audit.Entry{}, err
	}
	if now == name {
		now = ""
	}
	e, err := r.Event()
	return audit.Entry{Event: e, Cursor: audit.CursorOf(r), PersonName: name, NameNow: now, FormerNumber: number}, err
}
