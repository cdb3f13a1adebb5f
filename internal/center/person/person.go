// Package person is the union's index of persons (患者等): the few demographics by
// which a person is found and told apart, and nothing clinical.
package person

import (
	"log/slog"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Person is one person of a union.
type Person struct {
	ID        ident.PersonID
	Union     ident.UnionID
	Name      string // 姓 名, as the registering facility writes it; variants kept
	Kana      string // セイ メイ
	BirthDate wareki.Date
	Sex       clinical.Sex
	Address   string
	CreatedBy ident.UserID
	CreatedAt time.Time
}

// Former is what a person's demographics were before they were corrected.
type Former struct {
	ID        ident.FormerID
	Person    Person // as they were
	ChangedBy ident.UserID
	ChangedAt time.Time
	Reason    string
}

// LogValue keeps demographics out of technical logs.
func (f Former) LogValue() slog.Value { return f.Person.ID.LogValue() }

// LogValue keeps demographics out of technical logs.
func (p Person) LogValue() slog.Value { return p.ID.LogValue() }

// Validate refuses a person who could not be told apart: every field but the
// address is needed, the kana name must be kana, and nobody is born after today.
// The error carries the message key of the first field that fails.
func (p Person) Validate(today wareki.Date) error {
	switch {
	case p.Name == "":
		return fault.WithKey(fault.Invalid, "person.name_missing", nil)
	case p.Kana == "" || !kana.IsKana(p.Kana):
		return fault.WithKey(fault.Invalid, "person.kana_invalid", nil)
	case p.BirthDate == (wareki.Date{}):
		return fault.WithKey(fault.Invalid, "person.birth_missing", nil)
	case p.BirthDate.After(today):
		return fault.WithKey(fault.Invalid, "person.birth_future", nil)
	case p.Sex != clinical.Male && p.Sex != clinical.Female && p.Sex != clinical.OtherSex && p.Sex != clinical.UnknownSex:
		return fault.WithKey(fault.Invalid, "person.sex_missing", nil)
	}
	return nil
}
