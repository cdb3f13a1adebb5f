// Package registerdb reads the list of patients (患者一覧) of a facility: a view over
// persons, links, consents and catalog that no single domain could give.
package registerdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Order is the order of a list.
type Order string

const (
	ByKana   Order = "kana"   // by kana name
	ByLatest Order = "latest" // by the date of the latest document that may be seen, the newest first
	ByLinked Order = "linked" // by when the own link was made, the newest first
)

// Text is what was typed to find patients, read in every way that it can be read. A
// patient is found if any of them fits; without any, all are listed.
type Text struct {
	PatientIDs []ident.LocalPatientID // the whole number or its beginning, in each spelling
	BirthDate  wareki.Date
	Name       string // part of a name, in kanji or kana
}

func (t Text) empty() bool { return len(t.PatientIDs) == 0 && t.BirthDate.IsZero() && t.Name == "" }

// Query asks for a page of the list.
type Query struct {
	Union     ident.UnionID
	Facility  ident.FacilityID // whose patients
	Confirmed bool             // leave out suspended own links
	ToConfirm bool             // leave out all but those of [linkage.Link.ToConfirm]
	Text      Text
	Order     Order
	Shown     map[ident.FacilityID][]catalog.Window // what of each owner may be seen of a linked person who consents
	At        time.Time
	Offset    int
	Limit     int
}

// Row is one patient of the list.
type Row struct {
	Person   ident.PersonID
	OwnID    ident.LocalPatientID
	State    linkage.State
	LinkedAt time.Time
	Consent  bool
	Latest   string // YYYYMMDD of the latest document that may be seen, empty for none
}

// Store reads the list.
type Store struct{}

// Count gives how many patients a query finds on all its pages.
func (Store) Count(ctx context.Context, q db.Querier, ask Query) (total int, err error) {
	count := statement{}
	from := count.from(ask)
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) "+from, count.args...).Scan(&total); err != nil {
		return 0, fmt.Errorf("count patients: %w", err)
	}
	return total, nil
}

// List gives a page of the list and how many patients there are on all its pages.
func (st Store) List(ctx context.Context, q db.Querier, ask Query) (rows []Row, total int, err error) {
	if total, err = st.Count(ctx, q, ask); err != nil {
		return nil, 0, err
	}
	var s statement
	rows, err = db.All(ctx, q, scan, s.list(ask), s.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("list patients: %w", err)
	}
	return rows, total, nil
}

func scan(s db.Scanner) (r Row, err error) {
	var linked, consent int64
	err = s(&r.Person, &r.OwnID, &r.State, &linked, &consent, &r.Latest)
	r.LinkedAt, r.Consent = db.Time(linked), consent > 0
	return r, err
}

// statement collects the arguments of a statement that is put together.
type statement struct{ args []any }

// arg adds an argument and gives its placeholder.
func (s *statement) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// list puts the page together: first which patients, then, for those only, the date of
// the latest document; unless that is the order, when it is needed for all.
func (s *statement) list(ask Query) string {
	at := s.arg(db.Micros(ask.At))
	shown := s.shown(ask.Shown)
	inner := `SELECT p.id AS person_id, p.kana_key, p.birth_date, own.patient_id, own.state, own.created_at, (SELECT COUNT(*) FROM consent a
			WHERE a.union_id = p.union_id AND a.person_id = p.id AND a.effective_from <= ` + at + ` AND (a.revoked_at IS NULL OR a.revoked_at > ` + at + `)) AS consents ` + s.from(ask)
	page := " LIMIT " + s.arg(ask.Limit) + " OFFSET " + s.arg(ask.Offset)
	order := " ORDER BY x.kana_key, x.birth_date, x.person_id"
	switch ask.Order {
	case ByLinked:
		order = " ORDER BY x.created_at DESC, x.person_id"
	case ByLatest:
		order = " ORDER BY latest DESC, x.kana_key, x.person_id"
	}
	latest := "''"
	if shown != "" {
		latest = `COALESCE((SELECT MAX(c.care_date) FROM person_link k
			JOIN catalog_item c ON c.facility_id = k.facility_id AND c.patient_id = k.patient_id
			JOIN shown s ON s.facility_id = c.facility_id AND s.kind = c.kind AND c.care_date <= s.until
			WHERE k.union_id = ` + s.arg(ask.Union) + ` AND k.person_id = x.person_id AND k.state = 'confirmed' AND k.ended_at IS NULL
				AND x.consents > 0 AND x.state = 'confirmed'), '')`
	}
	patients := "(" + inner + ") x"
	if ask.Order != ByLatest {
		patients = "(SELECT x.person_id, x.kana_key, x.birth_date, x.patient_id, x.state, x.created_at, x.consents FROM (" + inner + ") x" + order + page + ") x"
		page = ""
	}
	return shown + "SELECT x.person_id, x.patient_id, x.state, x.created_at, x.consents, " + latest + " AS latest FROM " + patients + order + page
}

// shown gives the windows as a table, and nothing if there are none.
func (s *statement) shown(windows map[ident.FacilityID][]catalog.Window) string {
	var rows []string
	for f, list := range windows {
		for _, w := range list {
			rows = append(rows, "("+s.arg(string(f))+", "+s.arg(string(w.Kind))+", "+s.arg(w.Until)+")")
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return "WITH shown (facility_id, kind, until) AS (VALUES " + strings.Join(rows, ", ") + ") "
}

// from gives the patients of the facility that the text fits.
func (s *statement) from(ask Query) string {
	out := `FROM person_link own JOIN person p ON p.id = own.person_id
		WHERE own.union_id = ` + s.arg(ask.Union) + ` AND own.facility_id = ` + s.arg(ask.Facility) + ` AND own.ended_at IS NULL`
	if ask.Confirmed {
		out += " AND own.state = 'confirmed'"
	}
	if ask.ToConfirm {
		out += ` AND own.state = 'confirmed' AND own.verified_by = 'staff' AND own.verified_kana <> ''
			AND (own.verified_name <> p.name OR own.verified_kana <> p.kana OR own.verified_birth_date <> p.birth_date OR own.verified_sex <> p.sex)`
	}
	if ask.Text.empty() {
		return out
	}
	var ways []string
	for _, id := range ask.Text.PatientIDs {
		ways = append(ways, "own.patient_id >= "+s.arg(string(id))+" AND own.patient_id < "+s.arg(string(id)+last))
	}
	if b := ask.Text.BirthDate; !b.IsZero() {
		ways = append(ways, "p.birth_date = "+s.arg(b.String()))
	}
	if name := s.name(ask.Text.Name); name != "" {
		ways = append(ways, name)
	}
	if len(ways) == 0 {
		return out + " AND 1 = 0" // something was typed that no name or number can hold
	}
	return out + " AND (" + strings.Join(ways, " OR ") + ")"
}

// name finds part of a name: by the pairs of its characters, which are indexed, and
// then by looking, since pairs may stand apart. One character is the beginning of a name.
func (s *statement) name(text string) string {
	key, column := kana.NameKey(text), "p.name_key"
	if kana.IsKana(text) {
		key, column = kana.Key(text), "p.kana_key"
	}
	if key == "" {
		return ""
	}
	grams := kana.Bigrams(key)
	if len(grams) > 1 {
		grams = grams[1:] // the first ties the text to the beginning of the name
	}
	var all []string
	for _, g := range grams {
		all = append(all, "EXISTS (SELECT 1 FROM person_bigram b WHERE b.gram = "+s.arg(g)+" AND b.person_id = p.id)")
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(key) + "%"
	all = append(all, column+" LIKE "+s.arg(pattern)+` ESCAPE '\'`)
	return strings.Join(all, " AND ")
}

// last sorts behind every character in byte order.
const last = "\U0010FFFF"
