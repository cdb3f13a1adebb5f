package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Whoever differs in one field as by a slip is offered, named by that field, and cannot be
// passed over in registering.
func TestReq_nearMatchesAreOffered(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, database *db.DB) {
		d := newDesk(t, database)
		d.registered()
		date := func(year, month, day int) wareki.Date {
			b, err := wareki.ParseISO(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		for name, tc := range map[string]struct {
			change func(*person.Person)
			want   wire.Field // empty: nobody
		}{
			"the day":                  {func(p *person.Person) { p.BirthDate = date(1948, 3, 19) }, wire.FieldBirthDate},
			"the year":                 {func(p *person.Person) { p.BirthDate = date(1943, 3, 9) }, wire.FieldBirthDate},
			"day and month swapped":    {func(p *person.Person) { p.BirthDate = date(1948, 9, 3) }, wire.FieldBirthDate},
			"the sex":                  {func(p *person.Person) { p.Sex = clinical.Male }, wire.FieldSex},
			"a voicing mark":           {func(p *person.Person) { p.Kana = "ミスヒキ ハナ" }, wire.FieldKana},
			"a long vowel":             {func(p *person.Person) { p.Kana = "ミイズヒキ ハナ" }, wire.FieldKana},
			"family and given swapped": {func(p *person.Person) { p.Kana = "ハナ ミズヒキ" }, wire.FieldKana},
			"two fields":               {func(p *person.Person) { p.Sex, p.BirthDate = clinical.Male, date(1948, 3, 19) }, ""},
			"the family name alone":    {func(p *person.Person) { p.Kana, p.BirthDate = "ミズヒキ", date(1948, 3, 19) }, ""},
			"another birth date":       {func(p *person.Person) { p.BirthDate = date(1951, 4, 12) }, ""},
		} {
			t.Run(name, func(t *testing.T) {
				p := hana()
				tc.change(&p)
				got, err := d.s.Find(t.Context(), d.clerk, register.FindQuery{Kana: p.Kana, BirthDate: p.BirthDate, Sex: p.Sex})
				if err != nil || (len(got) == 1) != (tc.want != "") {
					t.Fatalf("Find = %+v, %v, want the field %q", got, err, tc.want)
				}
				if tc.want == "" {
					return
				}
				if got[0].Differs != tc.want || got[0].OwnID != "0000123" {
					t.Errorf("Find = %+v, want the field %q", got[0], tc.want)
				}
				_, err = d.s.Register(t.Context(), d.clerk, register.Registration{New: p, OwnID: "9", StaffVerified: true, Consent: written(d.Now)})
				wantFault(t, "Register", err, fault.Conflict, "person.near")
			})
		}
	})
}

// However many nearly agree, a search gives few, and files how many.
func TestReq_nearMatchesDoNotOpenTheIndex(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	for day := 1; day <= 12; day++ {
		p := hana()
		p.ID, p.Union, p.CreatedBy, p.CreatedAt = ident.New[ident.PersonID](), d.clerk.Union, "setup", d.Now
		p.BirthDate.Day = day + 9
		d.AddPerson(p)
	}
	got, err := d.s.Find(t.Context(), d.clerk, register.FindQuery{Kana: "ミズヒキ ハナ", BirthDate: hana().BirthDate, Sex: clinical.Female})
	if err != nil || len(got) != 5 {
		t.Errorf("Find = %d persons, %v, want 5", len(got), err)
	}
	rows := d.Events(audit.ActionSearchPerson)
	if last := rows[len(rows)-1]; last.Detail["near"] != float64(5) || last.Detail["rows"] != float64(0) {
		t.Errorf("detail of the search: %v", last.Detail)
	}
}

// No question about persons alike reads the whole index.
func TestNear_goesByTheIndexes(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t, migrate.Center))
	births := person.NearBirths(hana().BirthDate, wareki.On(d.Now))
	for name, where := range map[string]string{
		"born on a day": `p.birth_date = '1948-03-09' AND p.kana_key >= '' AND p.kana_key < 'ン'`,
		"namesakes":     `p.kana_key = 'ミズヒキハナ' AND p.birth_date IN ('` + births[0].String() + `', '` + births[1].String() + `')`,
	} {
		rows, err := d.DB.Reader().QueryContext(t.Context(), `EXPLAIN QUERY PLAN SELECT p.id FROM person p WHERE p.union_id = 'u' AND `+where)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(plan, func(s string) bool {
			return strings.Contains(s, "USING INDEX person_") || strings.Contains(s, "USING COVERING INDEX person_")
		}) {
			t.Errorf("%s: %q", name, plan)
		}
	}
}
