package person

import (
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// Identity is by what a person is told apart at patient verification (患者照合).
type Identity struct {
	Name      string
	Kana      string
	BirthDate wareki.Date
	Sex       clinical.Sex
}

// Identity gives by what p is told apart.
func (p Person) Identity() Identity {
	return Identity{Name: p.Name, Kana: p.Kana, BirthDate: p.BirthDate, Sex: p.Sex}
}

// Another reports whether nothing of what gateways compare is the same: by all that is
// known the two are different persons.
func (i Identity) Another(o Identity) bool {
	return kana.Key(i.Kana) != kana.Key(o.Kana) && i.BirthDate != o.BirthDate && i.Sex != o.Sex
}
