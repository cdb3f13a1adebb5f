package index

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Remarked is a file that is read although something about it is odd.
type Remarked struct {
	Root      string // as configured
	Path      string // below the root
	Patient   ident.LocalPatientID
	Remarks   clinical.Remarks
	FirstSeen time.Time
	LastSeen  time.Time
}

// RemarkCount is on how many files there is a remark of a kind.
type RemarkCount struct {
	Kind  clinical.RemarkKind
	Files int
}

// RemarkTotals is on how many files there are remarks: on whatever kind, and by kind in the
// order of [clinical.RemarkKinds]; kinds of another version of the program come last. A
// file may be counted under several kinds.
type RemarkTotals struct {
	Files int
	Kinds []RemarkCount
}

// RemarkTotals counts the files that have remarks now.
func (x *Index) RemarkTotals(ctx context.Context) (out RemarkTotals, err error) {
	err = x.db.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = remarkTotals(ctx, tx)
		return err
	})
	if err != nil {
		return RemarkTotals{}, fmt.Errorf("count files with remarks: %w", err)
	}
	return out, nil
}

func remarkTotals(ctx context.Context, q db.Querier) (out RemarkTotals, err error) {
	type group struct {
		kinds string
		files int
	}
	scan := func(s db.Scanner) (g group, err error) {
		err = s(&g.kinds, &g.files)
		return g, err
	}
	files := map[clinical.RemarkKind]int{}
	documents, err := db.All(ctx, q, scan, `SELECT kind, CAST(SUM(files) AS BIGINT) FROM record_remark GROUP BY kind`)
	if err != nil {
		return out, err
	}
	for _, g := range documents {
		files[clinical.RemarkKind(g.kinds)] += g.files
	}
	demographics, err := db.All(ctx, q, scan, `SELECT kinds, COUNT(*) FROM demographics_remark GROUP BY kinds`)
	if err != nil {
		return out, err
	}
	for _, g := range demographics {
		files[""] += g.files
		for kind := range strings.FieldsSeq(g.kinds) {
			files[clinical.RemarkKind(kind)] += g.files
		}
	}
	out.Files = files[""]
	delete(files, "")
	known := clinical.RemarkKinds()
	for kind, n := range files {
		out.Kinds = append(out.Kinds, RemarkCount{kind, n})
	}
	place := func(k clinical.RemarkKind) int {
		if i := slices.Index(known, k); i >= 0 {
			return i
		}
		return len(known)
	}
	slices.SortFunc(out.Kinds, func(a, b RemarkCount) int {
		if d := place(a.Kind) - place(b.Kind); d != 0 {
			return d
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
	return out, nil
}

// RemarkQuestion says which files with remarks are asked for. Zero fields but Limit ask
// for all.
type RemarkQuestion struct {
	Kind   clinical.RemarkKind // files that have one of the kind, and no others of their remarks
	Root   string              // one folder of the storage
	Text   string              // part of the path
	Offset int
	Limit  int
}

// AskRemarks lists what is asked for and counts all of it: first demographics, then
// documents, each in the order of patients and paths. At most one patient's record is held
// in memory beside what is listed. With a Text every record that has remarks is read.
func (x *Index) AskRemarks(ctx context.Context, q RemarkQuestion) (rows []Remarked, total int, err error) {
	err = x.db.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		l := remarkList{q: q}
		if err := l.demographics(ctx, tx); err != nil {
			return err
		}
		if err := l.documents(ctx, tx); err != nil {
			return err
		}
		rows, total = l.rows, l.total
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list files with remarks: %w", err)
	}
	return rows, total, nil
}

// remarkList is an answer being put together.
type remarkList struct {
	q     RemarkQuestion
	total int // of what has been looked at
	rows  []Remarked
}

// wanted reports whether some of the next n files are to be listed.
func (l *remarkList) wanted(n int) bool {
	return l.total+n > l.q.Offset && len(l.rows) < l.q.Limit
}

// take counts a file, and lists it if it is one of the page.
func (l *remarkList) take(r Remarked) {
	if l.wanted(1) {
		l.rows = append(l.rows, r)
	}
	l.total++
}

func (l *remarkList) demographics(ctx context.Context, q db.Querier) error {
	conditions, args := []string{"1 = 1"}, []any{}
	add := func(condition string, arg any) {
		args = append(args, arg)
		conditions = append(conditions, fmt.Sprintf(condition, len(args)))
	}
	if l.q.Kind != "" { // REPLACE as in [Question.where]
		add("REPLACE(kinds, $%d, '') <> kinds", " "+string(l.q.Kind)+" ")
	}
	if l.q.Root != "" {
		add("root = $%d", l.q.Root)
	}
	if l.q.Text != "" {
		add("REPLACE(path, $%d, '') <> path", l.q.Text)
	}
	where := strings.Join(conditions, " AND ")
	if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM demographics_remark WHERE `+where, args...).Scan(&l.total); err != nil {
		return err
	}
	var err error
	l.rows, err = db.All(ctx, q, func(s db.Scanner) (r Remarked, err error) {
		var first, last int64
		var remarks Remarks
		err = s(&r.Patient, &r.Root, &r.Path, &remarks, &first, &last)
		r.Remarks, r.FirstSeen, r.LastSeen = remarks.of(l.q.Kind), db.Time(first), db.Time(last)
		return r, err
	}, fmt.Sprintf(`SELECT patient_id, root, path, remarks, first_seen, last_seen FROM demographics_remark WHERE `+where+
		` ORDER BY patient_id LIMIT $%d OFFSET $%d`, len(args)+1, len(args)+2), append(args, l.q.Limit, l.q.Offset)...)
	return err
}

// tally is how many documents of a patient in a root have remarks.
type tally struct {
	patient ident.LocalPatientID
	root    string
	files   int
	seen    int64
}

func (l *remarkList) documents(ctx context.Context, q db.Querier) error {
	where, args := "kind = $1", []any{l.q.Kind}
	if l.q.Root != "" {
		where, args = where+" AND root = $2", append(args, l.q.Root)
	}
	tallies, err := db.All(ctx, q, func(s db.Scanner) (t tally, err error) {
		err = s(&t.patient, &t.root, &t.files, &t.seen)
		return t, err
	}, `SELECT patient_id, root, files, last_seen FROM record_remark WHERE `+where+` ORDER BY patient_id, root`, args...)
	if err != nil {
		return err
	}
	var of ident.LocalPatientID
	var record []row
	for _, t := range tallies {
		if l.q.Text == "" && !l.wanted(t.files) {
			l.total += t.files
			continue
		}
		if of != t.patient {
			if record, _, err = readRecord(ctx, q, t.patient); err != nil {
				return err
			}
			of = t.patient
			slices.SortFunc(record, func(a, b row) int { return strings.Compare(a.Path, b.Path) })
		}
		l.of(t, record)
	}
	return nil
}

// of takes what is asked for of a patient's record in one root.
func (l *remarkList) of(t tally, record []row) {
	for _, r := range record {
		if r.Root != t.root || r.Remarks == "" || !strings.Contains(r.Path, l.q.Text) {
			continue
		}
		if remarks := r.Remarks.of(l.q.Kind); len(remarks) > 0 {
			l.take(Remarked{
				Root: r.Root, Path: r.Path, Patient: t.patient, Remarks: remarks,
				FirstSeen: db.Time(r.remarked), LastSeen: db.Time(t.seen),
			})
		}
	}
}
