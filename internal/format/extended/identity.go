package extended

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/kana"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Person is who the patient of a folder is to the facility.
type Person struct {
	ID     ident.LocalPatientID
	Record *clinical.Demographics // nil: nothing is known but the ID
}

// claim is whom a file says that it is of. Empty fields say nothing. Of what a file says
// in several places each is a claim of its own: one that names two people is nobody's.
type claim struct {
	ids   []string
	names []named
	birth string // YYYY[MM[DD]]
	sex   clinical.Sex
}

// named is a name in one script; a name that was not parted stands in family.
type named struct{ family, given string }

func (n named) full() string { return strings.TrimSpace(n.family + " " + n.given) }

// nameOf parts a name that stands in one piece at its only space; nothing of one with a
// character that could not be decoded.
func nameOf(text string) named {
	if strings.ContainsRune(text, '\uFFFD') {
		return named{}
	}
	if parts := strings.Fields(text); len(parts) == 2 {
		return named{parts[0], parts[1]}
	}
	return named{family: strings.TrimSpace(text)}
}

// check holds what a file says against the person. It fails with [ssmix2.ErrWrongPatient]
// or [ssmix2.ErrIdentity]; warning tells of what differs and is borne.
func (p Person) check(c claim) (warning string, err error) {
	if len(c.ids) > 0 && !p.has(c.ids) {
		return "", invalid("%w", ssmix2.ErrWrongPatient)
	}
	r := p.Record
	if r == nil {
		return "", nil
	}
	birth := strings.ReplaceAll(r.BirthDate, "-", "")
	if c.birth != "" && birth != "" && !strings.HasPrefix(birth, c.birth) {
		return "", invalid("%w: birth date", ssmix2.ErrIdentity)
	}
	if certain(c.sex) && certain(r.Sex) && c.sex != r.Sex {
		return "", invalid("%w: sex", ssmix2.ErrIdentity)
	}
	return nameAgainst(*r, c.names, len(c.birth) == len("20060102") && c.birth == birth)
}

func (p Person) has(ids []string) bool {
	for _, id := range ids {
		if ident.LocalPatientID(id) == p.ID {
			return true
		}
	}
	return false
}

// inJapanese reports whether a name is in kanji or kana and can be compared with one.
func inJapanese(s string) bool {
	return kana.IsKana(s) || strings.ContainsFunc(s, func(r rune) bool { return r >= '぀' })
}

func certain(s clinical.Sex) bool { return s == clinical.Male || s == clinical.Female }

// nameAgainst compares names. sameBirth says that the birth dates were compared and agree:
// then the given name is enough.
func nameAgainst(r clinical.Demographics, names []named, sameBirth bool) (warning string, err error) {
	compared := false
	for _, n := range names {
		if agree(n.full(), r.Name, r.Kana) {
			return "", nil
		}
		compared = compared || sameScript(n.full(), r)
	}
	if !compared {
		return "", nil
	}
	if sameBirth {
		_, given, _ := strings.Cut(r.Name, " ")
		_, givenKana, _ := strings.Cut(r.Kana, " ")
		for _, n := range names {
			if n.given != "" && agree(n.given, given, givenKana) {
				return "family name differs from the facility's record", nil
			}
		}
	}
	return "", invalid("%w: name", ssmix2.ErrIdentity)
}

// agree compares a name in whatever script with one in kanji and in kana.
func agree(name, kanji, reading string) bool {
	key := kana.NameKey(name)
	return key != "" && key == kana.NameKey(kanji) || kana.Compatible(name, reading)
}

// sameScript reports whether there is something in the same script to compare with:
// nobody tells from letters how a name is written in kanji.
func sameScript(name string, r clinical.Demographics) bool {
	switch {
	case kana.IsKana(name):
		return r.Kana != "" || kana.IsKana(r.Name)
	case inJapanese(name):
		return inJapanese(r.Name) && !kana.IsKana(r.Name)
	}
	return false
}

// insurers are identifiers by which a person is known to an insurer and not to the
// facility (JAHIS and health check documents). Health checks have no other.
var insurers = []string{"1.2.392.100495.20.3.6", "1.2.392.200119.6.1", "1.2.392.200119.6.2"}

// claimOf is what a clinical document's recordTarget says.
func claimOf(p cda.Patient) claim {
	c := claim{birth: p.BirthDate, sex: p.Sex}
ids:
	for _, id := range p.IDs {
		for _, root := range insurers {
			if strings.HasPrefix(id.Root, root) {
				continue ids
			}
		}
		c.ids = append(c.ids, id.Extension)
	}
	for _, n := range p.Names {
		c.names = append(c.names, named{n.Family, n.Given})
	}
	return c
}

// hl7Claim is what a message's PID says. A message of two patients is nobody's.
func hl7Claim(msg *hl7v2.Message) (claim, error) {
	var c claim
	count := 0
	for pid := range msg.Segments("PID") {
		if count++; count > 1 {
			return c, invalid("%w", ssmix2.ErrWrongPatient)
		}
		for rep := range pid.Field(3).Repetitions() {
			id, kind := strings.TrimSpace(rep.Component(1).Text()), rep.Component(5).Text()
			if id != "" && (kind == "" || kind == "PI") {
				c.ids = append(c.ids, id)
			}
		}
		for _, n := range pid.Field(5).Names() {
			c.names = append(c.names, named{family: n.Family, given: n.Given})
		}
		if t, err := pid.Field(7).Time(); err == nil {
			c.birth = t.Date()
		}
		c.sex = clinical.Sex(strings.TrimSpace(pid.Text(8)))
	}
	if count == 0 {
		return c, fmt.Errorf("no PID segment")
	}
	return c, nil
}
