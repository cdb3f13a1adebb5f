package index

import (
	"context"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Remarks is what is odd about a file that is read and disclosed all the same (指摘): a
// line of kind and detail for each remark, empty for none. It is a text so that entries can
// be compared.
type Remarks string

// maxDetail bounds a detail. It holds place and cause, and what of it is a file's own is
// the name of a segment; a hostile file must not make more of that.
const maxDetail = 200

// RemarksOf gives remarks in the form of the index.
func RemarksOf(list clinical.Remarks) Remarks {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	for _, m := range list {
		detail := strings.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, strings.ToValidUTF8(m.Detail, "?"))
		b.WriteString(string(m.Kind) + "\t" + strings.ToValidUTF8(detail[:min(len(detail), maxDetail)], "") + "\n")
	}
	return Remarks(b.String())
}

// List gives the single remarks.
func (r Remarks) List() (out clinical.Remarks) {
	for line := range strings.Lines(string(r)) {
		kind, detail, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out = append(out, clinical.Remark{Kind: clinical.RemarkKind(kind), Detail: detail})
	}
	return out
}

// of gives the remarks of a kind; of all kinds for none.
func (r Remarks) of(kind clinical.RemarkKind) clinical.Remarks {
	return slices.DeleteFunc(r.List(), func(m clinical.Remark) bool { return kind != "" && m.Kind != kind })
}

// remarkedSince tells since when an entry's file has had remarks: another file of the same
// entry has them since now.
func remarkedSince(was row, e Entry, now time.Time) int64 {
	switch {
	case e.Remarks == "":
		return 0
	case was.Remarks != "" && was.Root == e.Root && was.Path == e.Path:
		return was.remarked
	}
	return db.Micros(now)
}

// remarkDemographics replaces what is remarked on a patient's ADT-00.
func remarkDemographics(ctx context.Context, tx db.Querier, r Reading, now time.Time) error {
	if r.Demographics == nil || r.DemographicsRemarks == "" {
		if _, err := tx.ExecContext(ctx, `DELETE FROM demographics_remark WHERE patient_id = $1`, r.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE patient SET remarked = 0 WHERE patient_id = $1`, r.ID)
		return err
	}
	kinds := " "
	for _, m := range r.DemographicsRemarks.List() {
		kinds += string(m.Kind) + " "
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO demographics_remark (patient_id, root, path, kinds, remarks, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (patient_id) DO UPDATE SET root = excluded.root, path = excluded.path, kinds = excluded.kinds,
			remarks = excluded.remarks, last_seen = excluded.last_seen, first_seen =
			CASE WHEN demographics_remark.root = excluded.root AND demographics_remark.path = excluded.path
				THEN demographics_remark.first_seen ELSE excluded.first_seen END`,
		r.ID, r.DemographicsRoot, r.DemographicsPath, kinds, r.DemographicsRemarks, db.Micros(now))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE patient SET remarked = 1 WHERE patient_id = $1`, r.ID)
	return err
}

// tallied is what remarks are counted by.
type tallied struct {
	root string
	kind clinical.RemarkKind // empty: of whatever kind
}

// countRemarks counts anew on how many of a patient's documents there are remarks. What
// lies in a root that is away was not seen now.
func countRemarks(ctx context.Context, tx db.Querier, r Reading, now time.Time) error {
	files := map[tallied]int{}
	for _, e := range r.Entries {
		if e.Remarks == "" {
			continue
		}
		files[tallied{root: e.Root}]++
		for _, m := range e.Remarks.List() {
			files[tallied{e.Root, m.Kind}]++
		}
	}
	type before struct {
		tallied
		seen int64
	}
	old, err := db.All(ctx, tx, func(s db.Scanner) (b before, err error) {
		err = s(&b.root, &b.kind, &b.seen)
		return b, err
	}, `SELECT root, kind, last_seen FROM record_remark WHERE patient_id = $1`, r.ID)
	if err != nil {
		return err
	}
	seen := map[tallied]int64{}
	for _, b := range old {
		if slices.Contains(r.Away, b.root) {
			seen[b.tallied] = b.seen
		}
		if files[b.tallied] > 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM record_remark WHERE patient_id = $1 AND root = $2 AND kind = $3`, r.ID, b.root, b.kind); err != nil {
			return err
		}
	}
	for at, n := range files {
		last, away := seen[at]
		if !away {
			last = db.Micros(now)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO record_remark (patient_id, root, kind, files, last_seen) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (patient_id, root, kind) DO UPDATE SET files = excluded.files, last_seen = excluded.last_seen`,
			r.ID, at.root, at.kind, n, last)
		if err != nil {
			return err
		}
	}
	return nil
}
