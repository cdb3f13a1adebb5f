package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// patient compares PID-3 with the folder. Identifiers of other kinds than PI, the
// facility's own, may stand beside; one of ours must be the folder's, and no other.
func (r *reader) patient() error {
	var pid *hl7v2.Segment
	count := 0
	for s := range r.msg.Segments("PID") {
		if count++; count > 1 {
			return s.Errorf(0, "%w", ErrWrongPatient)
		}
		pid = s
	}
	if count == 0 {
		return r.missing("PID")
	}
	found := false
	for rep := range pid.Field(3).Repetitions() {
		id, kind := strings.TrimSpace(rep.Component(1).Text()), rep.Component(5).Text()
		switch {
		case id == "" || kind != "" && kind != "PI":
		case ident.LocalPatientID(id) == r.name.PatientID:
			found = true
		default:
			return pid.Errorf(3, "%w", ErrWrongPatient)
		}
	}
	if !found {
		return pid.Errorf(3, "no patient id")
	}
	return nil
}

// person holds PID against the record, see [ReadDocumentOf].
func (r *reader) person() error {
	if r.of.Record == nil {
		return nil
	}
	pid, record := r.msg.First("PID"), r.of.Record
	if isOf(pid, record) {
		return nil
	}
	var said clinical.Claim
	if t, err := pid.Field(7).Time(); err == nil {
		said.BirthDate = t.Date()
	}
	said.Sex = clinical.Sex(pid.ID(8))
	for _, n := range pid.Field(5).Names() {
		said.Names = append(said.Names, clinical.PersonName{Family: n.Family, Given: n.Given})
	}
	found := record.Compare(said)
	if by := found.Another(); by != "" {
		field := 5
		if found.BirthDate == clinical.Differs {
			field = 7
		}
		return pid.Errorf(field, "%w: %s", ErrIdentity, by)
	}
	if r.of.Doubted && !found.Confirms() {
		return pid.Errorf(0, "%w", ErrUnnamed)
	}
	r.remarkPerson(pid, found)
	return nil
}

// isOf reports whether PID says byte for byte what the record does, as all but a few do.
func isOf(pid *hl7v2.Segment, record *clinical.Demographics) bool {
	born, family, given := pid.At(7, 1, 1, 1), pid.At(5, 1, 1, 1), pid.At(5, 1, 2, 1)
	return family != "" && len(record.Name) == len(family)+1+len(given) && strings.HasPrefix(record.Name, family) &&
		record.Name[len(family)] == ' ' && strings.HasSuffix(record.Name, given) &&
		len(born) >= len("20060102") && len(record.BirthDate) == len("2006-01-02") &&
		born[:4] == record.BirthDate[:4] && born[4:6] == record.BirthDate[5:7] && born[6:8] == record.BirthDate[8:] &&
		pid.At(8, 1, 1, 1) == string(record.Sex)
}

// remarkPerson remarks on what differs and is borne. A family name that was another before
// a marriage is nothing that anybody should mend.
func (r *reader) remarkPerson(pid *hl7v2.Segment, found clinical.Comparison) {
	if found.BirthDate == clinical.Differs {
		r.remark(clinical.RemarkPerson, pid, 7, "birth date differs from the facility's record")
	}
	if found.Sex == clinical.Differs {
		r.remark(clinical.RemarkPerson, pid, 8, "sex differs from the facility's record")
	}
	switch {
	case found.Given == clinical.Differs && found.Family == clinical.Differs:
		r.remark(clinical.RemarkPerson, pid, 5, "name differs from the facility's record")
	case found.Given == clinical.Differs:
		r.remark(clinical.RemarkPerson, pid, 5, "given name differs from the facility's record")
	case found.Family == clinical.Differs && found.BirthDate != clinical.Agrees:
		r.remark(clinical.RemarkPerson, pid, 5, "family name differs from the facility's record")
	}
}
