package linkagedb_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/migrations"
)

// Links that were there before the column learn from the history of corrections as whom
// their facility knew the person.
func TestMigration_verifiedAs(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		p := w.Person("水引 ハナ", "ミズヒキ ハナ")
		clerk := w.Caller(flowtest.Clinic, access.Clerk, access.RoleLiaison)
		byHand := func(f ident.FacilityID) ident.LinkID {
			id := w.Link(p.ID, f, "0001").ID
			w.Exec(`UPDATE person_link SET verified_by = 'staff' WHERE id = $1`, id)
			return id
		}
		correct := func(name string) {
			w.Now = w.Now.Add(time.Hour)
			was := p
			p.Name = name
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				return persondb.Store{}.Amend(ctx, tx, p, person.Former{ID: ident.New[ident.FormerID](), Person: was, ChangedBy: clerk.User, ChangedAt: w.Now, Reason: "x"})
			})
			w.Now = w.Now.Add(time.Hour)
		}
		own := byHand(flowtest.Clinic)                   // whose clerk corrects, and agrees by it
		other := byHand(flowtest.OtherClinic)            // asked by nobody
		gateway := w.Link(p.ID, flowtest.Hospital, "77") // compared at each
		correct("綾 ハナ")
		correct("結城 ハナ")
		late := byHand(flowtest.Hospital2)
		for _, column := range []string{"name", "kana", "birth_date", "sex"} {
			w.Exec(`ALTER TABLE person_link DROP COLUMN verified_` + column)
		}
		file, err := migrations.Files.ReadFile("center/00016_link_verified_as.sql")
		if err != nil {
			t.Fatal(err)
		}
		for statement := range strings.SplitSeq(withoutComments(string(file)), ";") {
			if strings.TrimSpace(statement) != "" {
				w.Exec(statement)
			}
		}
		want := map[ident.LinkID]string{own: "結城 ハナ", other: "水引 ハナ", gateway.ID: "結城 ハナ", late: "結城 ハナ"}
		for id, name := range want {
			l, err := store.Link(t.Context(), d.Reader(), flowtest.Union, id)
			wantAs := p.Identity()
			wantAs.Name = name
			if err != nil || l.VerifiedAs != wantAs {
				t.Errorf("link of %s verified as %+v, %v, want %s", l.Facility, l.VerifiedAs, err, name)
			}
		}
	})
}

func withoutComments(sql string) string {
	var out []string
	for line := range strings.SplitSeq(sql, "\n") {
		line, _, _ = strings.Cut(line, "--")
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
