package persondb_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

var store persondb.Store

func someone(kana string) person.Person {
	return person.Person{
		ID: ident.New[ident.PersonID](), Union: flowtest.Union, Name: "𠮷田 髙子", Kana: kana, BirthDate: wareki.Date{Year: 1935, Month: 1, Day: 31},
		Sex: clinical.Female, Address: "水引郡結び村1", CreatedBy: "u", CreatedAt: flowtest.Noon,
	}
}

func TestStore_Person(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		want := someone("ヨシダ タカコ")
		w.AddPerson(want)
		got, err := store.Person(t.Context(), d.Reader(), flowtest.Union, want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Person (-want +got):\n%s", diff)
		}
		if _, err := store.Person(t.Context(), d.Reader(), flowtest.OtherUnion, want.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("Person in another union = %v, want not found", err)
		}
	})
}

func TestStore_Twins(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		w.AddPerson(someone("ヨシダ タカコ"))
		for name, tc := range map[string]struct {
			change func(*person.Person)
			want   int
		}{
			"the same":                  {func(*person.Person) {}, 1},
			"kana spelt another way":    {func(p *person.Person) { p.Kana = "よしだたかこ" }, 1},
			"another kanji name":        {func(p *person.Person) { p.Name = "吉田 高子" }, 1},
			"another address":           {func(p *person.Person) { p.Address = "" }, 1},
			"another sex":               {func(p *person.Person) { p.Sex = clinical.UnknownSex }, 0},
			"another day":               {func(p *person.Person) { p.BirthDate = p.BirthDate.AddDays(1) }, 0},
			"another kana name":         {func(p *person.Person) { p.Kana = "ヨシダ タカエ" }, 0},
			"the same in another union": {func(p *person.Person) { p.Union = flowtest.OtherUnion }, 0},
		} {
			p := someone("ヨシダ タカコ")
			tc.change(&p)
			got, err := store.Twins(t.Context(), d.Reader(), p)
			if err != nil || len(got) != tc.want {
				t.Errorf("%s: Twins = %+v, %v, want %d", name, got, err, tc.want)
			}
		}
	})
}

func TestStore_BornOn(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		w := flowtest.New(t, d)
		for _, kana := range []string{"ヨシダ タカコ", "ヨシダ アイ", "ヨシ ハル", "ヤマダ ヨシ"} {
			w.AddPerson(someone(kana))
		}
		birth := someone("").BirthDate
		for begin, want := range map[string][]string{
			"ヨシダ":     {"ヨシダ アイ", "ヨシダ タカコ"},
			"よし":      {"ヨシダ アイ", "ヨシダ タカコ", "ヨシ ハル"},
			"ヨシダタカコ":  {"ヨシダ タカコ"},
			"ヨシダタカコエ": nil,
		} {
			got, err := store.BornOn(t.Context(), d.Reader(), flowtest.Union, birth, begin, 10)
			var names []string
			for _, p := range got {
				names = append(names, p.Kana)
			}
			if diff := cmp.Diff(want, names); err != nil || diff != "" {
				t.Errorf("BornOn(%q): %v (-want +got):\n%s", begin, err, diff)
			}
		}
		if got, err := store.BornOn(t.Context(), d.Reader(), flowtest.Union, birth, "ヨシ", 2); err != nil || len(got) != 2 {
			t.Errorf("BornOn with a limit of 2 = %d persons, %v", len(got), err)
		}
	})
}

// A failed registration leaves neither the person nor what finds them.
func TestStore_Add_isOfTheTransaction(t *testing.T) {
	d := dbtest.SQLite(t, migrate.Center)
	flowtest.New(t, d)
	p := someone("ヨシダ タカコ")
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := store.Add(ctx, tx, p); err != nil {
			return err
		}
		return store.Add(ctx, tx, p)
	})
	if !db.IsUnique(err) {
		t.Fatalf("Add twice = %v, want a broken key", err)
	}
	var n int
	if err := d.Reader().QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM person) + (SELECT COUNT(*) FROM person_bigram)`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows stayed, %v", n, err)
	}
}
