// Package persondb keeps the index of persons (患者等) in the database and finds them
// again: by comparison keys of their names, which internal/format/kana makes, and by
// pairs of neighbouring characters of these keys, the same on every engine.
package persondb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Store reads and writes persons.
type Store struct{}

// columns are those of a person under the alias p.
const columns = `p.id, p.union_id, p.name, p.kana, p.birth_date, p.sex, p.address, p.created_by, p.created_at`

// dest gives where the columns go, and what is to be done once they are there.
func dest(p *person.Person) (to []any, finish func() error) {
	var birth string
	var created int64
	to = []any{&p.ID, &p.Union, &p.Name, &p.Kana, &birth, &p.Sex, &p.Address, &p.CreatedBy, &created}
	return to, func() (err error) {
		p.CreatedAt = db.Time(created)
		p.BirthDate, err = wareki.ParseISO(birth)
		return err
	}
}

func scan(s db.Scanner) (p person.Person, err error) {
	to, finish := dest(&p)
	if err := s(to...); err != nil {
		return p, err
	}
	return p, finish()
}

// Add adds a person, who must be valid, with what finds them again.
func (Store) Add(ctx context.Context, tx *db.Tx, p person.Person) error {
	nameKey, kanaKey := kana.NameKey(p.Name), kana.Key(p.Kana)
	_, err := tx.ExecContext(ctx, `INSERT INTO person (id, union_id, name, kana, name_key, kana_key, birth_date, sex, address, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Union, p.Name, p.Kana, nameKey, kanaKey, p.BirthDate.String(), p.Sex, p.Address, p.CreatedBy, db.Micros(p.CreatedAt))
	if err != nil {
		return fmt.Errorf("add person: %w", err)
	}
	return findable(ctx, tx, p.ID, nameKey, kanaKey)
}

// findable adds what finds a person by parts of their names.
func findable(ctx context.Context, tx *db.Tx, id ident.PersonID, keys ...string) error {
	for _, key := range keys {
		for _, gram := range kana.Bigrams(key) {
			_, err := tx.ExecContext(ctx, `INSERT INTO person_bigram (gram, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, gram, id)
			if err != nil {
				return fmt.Errorf("name index: %w", err)
			}
		}
	}
	return nil
}

// Amend puts new demographics in the place of former ones, which stay as history. Where
// the person is no longer what they were before, the error is of kind not found.
func (Store) Amend(ctx context.Context, tx *db.Tx, p person.Person, f person.Former) error {
	nameKey, kanaKey := kana.NameKey(p.Name), kana.Key(p.Kana)
	o := f.Person
	err := db.Exec(ctx, tx, "person as they were", `UPDATE person SET name = $1, kana = $2, name_key = $3, kana_key = $4, birth_date = $5, sex = $6, address = $7
		WHERE id = $8 AND name = $9 AND kana = $10 AND birth_date = $11 AND sex = $12 AND address = $13`,
		p.Name, p.Kana, nameKey, kanaKey, p.BirthDate.String(), p.Sex, p.Address, p.ID, o.Name, o.Kana, o.BirthDate.String(), o.Sex, o.Address)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM person_bigram WHERE person_id = $1`, p.ID); err != nil {
		return fmt.Errorf("amend person: name index: %w", err)
	}
	if err := findable(ctx, tx, p.ID, nameKey, kanaKey); err != nil {
		return fmt.Errorf("amend person: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO person_former (id, person_id, name, kana, birth_date, sex, address, changed_by, changed_at, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		f.ID, p.ID, o.Name, o.Kana, o.BirthDate.String(), o.Sex, o.Address, f.ChangedBy, db.Micros(f.ChangedAt), f.Reason)
	if err != nil {
		return fmt.Errorf("amend person: history: %w", err)
	}
	return nil
}

// Former lists what a person's demographics were, the latest first.
func (Store) Former(ctx context.Context, q db.Querier, id ident.PersonID) ([]person.Former, error) {
	out, err := db.All(ctx, q, scanFormer, `SELECT `+formerColumns+` FROM person_former f WHERE f.person_id = $1 ORDER BY f.changed_at DESC, f.id`, id)
	if err != nil {
		return nil, fmt.Errorf("read former demographics: %w", err)
	}
	return out, nil
}

// OneFormer reads what demographics were before one correction.
func (Store) OneFormer(ctx context.Context, q db.Querier, id ident.FormerID) (person.Former, error) {
	return db.One(ctx, q, "former demographics", scanFormer, `SELECT `+formerColumns+` FROM person_former f WHERE f.id = $1`, id)
}

const formerColumns = `f.id, f.person_id, f.name, f.kana, f.birth_date, f.sex, f.address, f.changed_by, f.changed_at, f.reason`

func scanFormer(s db.Scanner) (f person.Former, err error) {
	var birth string
	var at int64
	p := &f.Person
	if err := s(&f.ID, &p.ID, &p.Name, &p.Kana, &birth, &p.Sex, &p.Address, &f.ChangedBy, &at, &f.Reason); err != nil {
		return f, err
	}
	f.ChangedAt = db.Time(at)
	p.BirthDate, err = wareki.ParseISO(birth)
	return f, err
}

// Person reads one person of a union; a person of another union is not found.
func (Store) Person(ctx context.Context, q db.Querier, union ident.UnionID, id ident.PersonID) (person.Person, error) {
	return db.One(ctx, q, "person", scan, `SELECT `+columns+` FROM person p WHERE p.union_id = $1 AND p.id = $2`, union, id)
}

// Twins lists the persons of p's union whom a form could not tell from p: same kana
// name by its key, birth date and sex.
func (Store) Twins(ctx context.Context, q db.Querier, p person.Person) ([]person.Person, error) {
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person p
		WHERE p.union_id = $1 AND p.birth_date = $2 AND p.kana_key = $3 AND p.sex = $4 AND p.id <> $5 ORDER BY p.created_at, p.id`,
		p.Union, p.BirthDate.String(), kana.Key(p.Kana), p.Sex, p.ID)
	if err != nil {
		return nil, fmt.Errorf("read persons alike: %w", err)
	}
	return out, nil
}

// BornOn lists the persons of a union who were born on a day and whose kana name, by
// its key, begins with what was given; at most limit, by name.
func (Store) BornOn(ctx context.Context, q db.Querier, union ident.UnionID, birth wareki.Date, kanaBegin string, limit int) ([]person.Person, error) {
	from := kana.Key(kanaBegin)
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person p
		WHERE p.union_id = $1 AND p.birth_date = $2 AND p.kana_key >= $3 AND p.kana_key < $4 ORDER BY p.kana_key, p.id LIMIT $5`,
		union, birth.String(), from, from+last, limit)
	if err != nil {
		return nil, fmt.Errorf("find persons: %w", err)
	}
	return out, nil
}

// Namesakes lists the persons of a union who have a kana name, by its key, and were born on
// one of some days; at most limit, by birth date.
func (Store) Namesakes(ctx context.Context, q db.Querier, union ident.UnionID, name string, births []wareki.Date, limit int) ([]person.Person, error) {
	if len(births) == 0 {
		return nil, nil
	}
	args, places := []any{union, kana.Key(name), limit}, make([]string, len(births))
	for i, b := range births {
		args = append(args, b.String())
		places[i] = "$" + strconv.Itoa(len(args))
	}
	out, err := db.All(ctx, q, scan, `SELECT `+columns+` FROM person p
		WHERE p.union_id = $1 AND p.kana_key = $2 AND p.birth_date IN (`+strings.Join(places, ", ")+`) ORDER BY p.birth_date, p.id LIMIT $3`, args...)
	if err != nil {
		return nil, fmt.Errorf("find namesakes: %w", err)
	}
	return out, nil
}

// last sorts behind every character of a key or a patient number in byte order.
const last = "\U0010FFFF"
