package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Reasons lists every reason, in the order in which they are explained to people.
func Reasons() []Reason {
	return []Reason{ReasonForbidden, ReasonDevice, ReasonNotRegular, ReasonTooLarge, ReasonAboveBound, ReasonName, ReasonPlace, ReasonUnknownType,
		ReasonEmpty, ReasonNotMessage, ReasonEncoding, ReasonCut, ReasonContent, ReasonCancelled, ReasonDeleted, ReasonRival, ReasonNoCurrent, ReasonWrongPatient, ReasonIdentity}
}

// Quarantined reports whether files of the reason are held back (隔離) because they name
// another person than the one in whose folder they lie, and not for being unreadable.
func (r Reason) Quarantined() bool { return r == ReasonWrongPatient || r == ReasonIdentity }

// Question says which unreadable files are asked for. Zero fields ask for all.
type Question struct {
	Quarantined bool   // those held back; otherwise those that cannot be read
	Reason      Reason // one of those
	Root        string // one folder of the storage
	Text        string // part of the path
	Offset      int
	Limit       int // 0: all
}

// where gives the condition with its arguments.
func (q Question) where() (string, []any) {
	var conditions []string
	var args []any
	add := func(condition string, arg any) {
		args = append(args, arg)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	var held []string
	for _, r := range Reasons() {
		if r.Quarantined() {
			args = append(args, r)
			held = append(held, fmt.Sprintf("$%d", len(args)))
		}
	}
	not := "NOT "
	if q.Quarantined {
		not = ""
	}
	conditions = append(conditions, "reason "+not+"IN ("+strings.Join(held, ", ")+")")
	if q.Reason != "" {
		add("reason = $%d", q.Reason)
	}
	if q.Root != "" {
		add("root = $%d", q.Root)
	}
	if q.Text != "" {
		// Not LIKE: an underscore is in the name of every file of the storage. Nor a
		// function that only one engine has.
		add("REPLACE(path, $%d, '') <> path", q.Text)
	}
	return strings.Join(conditions, " AND "), args
}

// Ask lists what is asked for in the order of paths, and counts all of it.
func (x *Index) Ask(ctx context.Context, q Question) (rows []Unreadable, total int, err error) {
	where, args := q.where()
	if err := x.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM unreadable WHERE `+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count unreadable files: %w", err)
	}
	limit := q.Limit
	if limit == 0 {
		limit = total
	}
	rows, err = db.All(ctx, x.db.Reader(), scanUnreadable, fmt.Sprintf(`SELECT `+unreadableColumns+` FROM unreadable WHERE `+where+
		` ORDER BY root, path LIMIT $%d OFFSET $%d`, len(args)+1, len(args)+2), append(args, limit, q.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list unreadable files: %w", err)
	}
	return rows, total, nil
}

// ReasonCount is how many files there are of a reason.
type ReasonCount struct {
	Reason Reason
	Files  int
}

// UnreadableReasons counts what cannot be read or is held back, by reason, in the order
// of [Reasons]; reasons of another version of the program come last.
func (x *Index) UnreadableReasons(ctx context.Context) ([]ReasonCount, error) {
	counts, err := db.All(ctx, x.db.Reader(), func(s db.Scanner) (c ReasonCount, err error) {
		err = s(&c.Reason, &c.Files)
		return c, err
	}, `SELECT reason, COUNT(*) FROM unreadable GROUP BY reason ORDER BY reason`)
	if err != nil {
		return nil, fmt.Errorf("count unreadable files: %w", err)
	}
	place := func(r Reason) int {
		if i := slices.Index(Reasons(), r); i >= 0 {
			return i
		}
		return len(Reasons())
	}
	slices.SortStableFunc(counts, func(a, b ReasonCount) int { return place(a.Reason) - place(b.Reason) })
	return counts, nil
}

// PatientsOfUnreadable lists the patients in whose folders of a root (empty: any) lie
// files that cannot be read or are held back.
func (x *Index) PatientsOfUnreadable(ctx context.Context, root string, quarantined bool) ([]ident.LocalPatientID, error) {
	where, args := Question{Root: root, Quarantined: quarantined}.where()
	return db.All(ctx, x.db.Reader(), scanPatientID, `SELECT DISTINCT patient_id FROM unreadable WHERE patient_id <> '' AND `+where+` ORDER BY patient_id`, args...)
}

// Suspension is a link whose record at the hospital disagrees by now (連携停止). It says in
// which fields, and no value: who must mend it looks into the hospital's own system.
type Suspension struct {
	Patient  ident.LocalPatientID
	LinkedAt time.Time
	ReadAt   time.Time // zero: not yet
	Differs  []wire.Field
}

// Suspensions lists the suspended links.
func (x *Index) Suspensions(ctx context.Context) ([]Suspension, error) {
	return db.All(ctx, x.db.Reader(), func(sc db.Scanner) (s Suspension, err error) {
		var at int64
		var read nullTime
		var differs string
		err = sc(&s.Patient, &at, &read, &differs)
		s.LinkedAt, s.ReadAt, s.Differs = db.Time(at), db.TimeOf(read), splitFields(differs)
		return s, err
	}, `SELECT patient_id, linked_at, read_at, differs FROM linked WHERE differs <> '' ORDER BY patient_id`)
}

// Day counts the disclosures of one day by outcome.
type Day struct {
	Begins               time.Time
	Done, Denied, Failed int
}

// Disclosures counts the disclosures of each of the days, which are given by their
// beginnings in ascending order; the last one is still going on.
func (x *Index) Disclosures(ctx context.Context, days []time.Time) ([]Day, error) {
	out := make([]Day, 0, len(days))
	for i, from := range days {
		until := x.clock().Add(time.Hour)
		if i+1 < len(days) {
			until = days[i+1]
		}
		d := Day{Begins: from}
		err := x.db.Reader().QueryRowContext(ctx, `SELECT
			COUNT(CASE WHEN outcome = $3 THEN 1 END), COUNT(CASE WHEN outcome = $4 THEN 1 END), COUNT(CASE WHEN outcome = $5 THEN 1 END)
			FROM trail WHERE at >= $1 AND at < $2`, db.Micros(from), db.Micros(until), Done, Denied, Failed).Scan(&d.Done, &d.Denied, &d.Failed)
		if err != nil {
			return nil, fmt.Errorf("count disclosures: %w", err)
		}
		out = append(out, d)
	}
	return out, nil
}
