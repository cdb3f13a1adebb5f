package extended

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/cda"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Person is who the patient of a folder is to the facility.
type Person struct {
	ID     ident.LocalPatientID
	Record *clinical.Demographics // nil: nothing is known but the ID
	// Doubted is that of [clinical.Holder].
	Doubted bool
}

// claim is whom a file says that it is of. Of what a file says in several places each is a
// claim of its own: one that names two people is nobody's.
type claim struct {
	ids []string
	clinical.Claim
}

// check holds what a file says against the person. It fails with [ssmix2.ErrWrongPatient]
// or [ssmix2.ErrIdentity]; warning tells of what differs and is borne, and named that the
// file names the person.
//
// It is stricter than with the messages of a standard storage: those are written by the
// system that gave the number and are corrected there, these by whatever filed them.
func (p Person) check(c claim) (warning string, named bool, err error) {
	if len(c.ids) > 0 && !p.has(c.ids) {
		return "", false, invalid("%w", ssmix2.ErrWrongPatient)
	}
	if p.Record == nil {
		return "", false, nil
	}
	found := p.Record.Compare(c.Claim)
	named = found.Confirms()
	switch {
	case found.BirthDate == clinical.Differs:
		return "", false, invalid("%w: birth date", ssmix2.ErrIdentity)
	case found.Sex == clinical.Differs:
		return "", false, invalid("%w: sex", ssmix2.ErrIdentity)
	case found.Name != clinical.Differs:
		return "", named, nil
	case found.BirthDate != clinical.Agrees || found.Given != clinical.Agrees: // then the given name is enough
		return "", false, invalid("%w: name", ssmix2.ErrIdentity)
	case found.Family == clinical.Agrees:
		return "name is spelled otherwise than in the facility's record", named, nil
	}
	return "family name differs from the facility's record", named, nil
}

func (p Person) has(ids []string) bool {
	for _, id := range ids {
		if ident.LocalPatientID(id) == p.ID {
			return true
		}
	}
	return false
}

// insurers are identifiers by which a person is known to an insurer and not to the
// facility (JAHIS and health check documents). Health checks have no other.
var insurers = []string{"1.2.392.100495.20.3.6", "1.2.392.200119.6.1", "1.2.392.200119.6.2"}

// claimOf is what a clinical document's recordTarget says.
func claimOf(p cda.Patient) claim {
	c := claim{Claim: clinical.Claim{BirthDate: p.BirthDate, Sex: p.Sex}}
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
		c.Names = append(c.Names, clinical.PersonName{Family: n.Family, Given: n.Given})
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
			c.Names = append(c.Names, clinical.PersonName{Family: n.Family, Given: n.Given})
		}
		if t, err := pid.Field(7).Time(); err == nil {
			c.BirthDate = t.Date()
		}
		c.Sex = clinical.Sex(strings.TrimSpace(pid.Text(8)))
	}
	if count == 0 {
		return c, fmt.Errorf("no PID segment")
	}
	return c, nil
}
