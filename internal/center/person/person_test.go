package person_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

var today = wareki.Date{Year: 2026, Month: 11, Day: 25}

func hana() person.Person {
	return person.Person{
		ID: ident.New[ident.PersonID](), Name: "水引 ハナ", Kana: "ミズヒキ ハナ", BirthDate: wareki.Date{Year: 1948, Month: 3, Day: 9}, Sex: clinical.Female, Address: "水引郡結び村1",
	}
}

func TestPerson_Validate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*person.Person)
		want   fault.Key
	}{
		"complete":         {func(*person.Person) {}, ""},
		"born today":       {func(p *person.Person) { p.BirthDate = today }, ""},
		"sex not known":    {func(p *person.Person) { p.Sex = clinical.UnknownSex }, ""},
		"without address":  {func(p *person.Person) { p.Address = "" }, ""},
		"without name":     {func(p *person.Person) { p.Name = "" }, "person.name_missing"},
		"without kana":     {func(p *person.Person) { p.Kana = "" }, "person.kana_invalid"},
		"kanji for kana":   {func(p *person.Person) { p.Kana = "水引" }, "person.kana_invalid"},
		"without birth":    {func(p *person.Person) { p.BirthDate = wareki.Date{} }, "person.birth_missing"},
		"born tomorrow":    {func(p *person.Person) { p.BirthDate = today.AddDays(1) }, "person.birth_future"},
		"without sex":      {func(p *person.Person) { p.Sex = "" }, "person.sex_missing"},
		"sex of no table":  {func(p *person.Person) { p.Sex = "X" }, "person.sex_missing"},
		"nothing whatever": {func(p *person.Person) { *p = person.Person{} }, "person.name_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			p := hana()
			tc.change(&p)
			err := p.Validate(today)
			if key, _, _ := fault.Message(err); key != tc.want || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Validate = %v, want key %q", err, tc.want)
			}
		})
	}
}

func TestPerson_stayOutOfLogs(t *testing.T) {
	var out bytes.Buffer
	p := hana()
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "person", p)
	for _, secret := range []string{"水引", "ミズヒキ", "1948", "結び村", string(p.ID)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log holds %q: %s", secret, out.String())
		}
	}
}
