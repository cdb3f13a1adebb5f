package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// demographics reads ADT-00: PID, and AL1 as the facility's word on allergies.
func (r *reader) demographics() error {
	pid := r.msg.First("PID")
	d := &clinical.Demographics{
		BirthDate: r.birthDate(pid),
		Sex:       r.sex(pid),
		Phone:     phone(pid),
	}
	d.Postcode, d.Address = address(pid.Field(11))
	if n, ok := pid.Field(5).Name(hl7v2.Ideographic); ok {
		d.Name = n.Full()
	}
	if n, ok := pid.Field(5).Name(hl7v2.Phonetic); ok {
		d.Kana = jis.Fullwidth(n.Full())
	}
	if d.Name == "" {
		// A foreigner's name may come in one script only.
		if n, ok := hl7v2.Legal(pid.Field(5).Names()); ok {
			d.Name = n.Full()
		} else {
			return pid.Errorf(5, "no patient name")
		}
	}
	if d.Kana == "" {
		r.remark(clinical.RemarkMissing, pid, 5, "no name in kana")
	}
	r.doc.Demographics = d
	for s := range r.msg.Segments("OBX") {
		r.observe(s)
	}
	return r.readAllergies("AL1", al1Fields)
}

func (r *reader) birthDate(pid *hl7v2.Segment) string {
	t, err := pid.Field(7).Time()
	if err != nil || t.Date() == "" {
		r.remark(clinical.RemarkMissing, pid, 7, "no birth date that is a day")
		return ""
	}
	d := t.Date()
	return d[:4] + "-" + d[4:6] + "-" + d[6:]
}

func (r *reader) sex(pid *hl7v2.Segment) clinical.Sex {
	switch s := clinical.Sex(pid.ID(8)); s {
	case clinical.Male, clinical.Female, clinical.OtherSex, clinical.UnknownSex:
		return s
	}
	r.remark(clinical.RemarkMissing, pid, 8, "sex is none of M, F, O, U")
	return clinical.UnknownSex
}

// address reads XAD: the whole address in component 8, else from its parts in the
// Japanese order, of which some writers say the first once more in the street.
func address(f hl7v2.Field) (postcode, text string) {
	a := f.Repetition(1)
	postcode, text = a.Component(5).Text(), a.Component(8).Text()
	if text != "" {
		return postcode, text
	}
	prefecture, city, street := a.Component(4).Text(), a.Component(3).Text(), a.Component(1).Text()
	if rest, said := strings.CutPrefix(street, prefecture); said && strings.HasPrefix(rest, city) {
		prefecture, city = "", ""
	} else if strings.HasPrefix(street, city) {
		city = ""
	}
	return postcode, prefecture + city + street + a.Component(2).Text()
}

// phone reads the first number of PID-13, else PID-14.
func phone(pid *hl7v2.Segment) string {
	for _, field := range []int{13, 14} {
		for rep := range pid.Field(field).Repetitions() {
			if s := number(rep); s != "" {
				return s
			}
		}
	}
	return ""
}

// number reads XTN: the whole number in component 12, else 1, else from its parts, country,
// area and number, as it is dialled in Japan.
func number(xtn hl7v2.Repetition) string {
	if whole := firstText(xtn.Component(12).Text(), xtn.Component(1).Text()); whole != "" {
		return whole
	}
	country, area, local := strings.TrimPrefix(xtn.Component(5).Text(), "+"), xtn.Component(6).Text(), xtn.Component(7).Text()
	switch {
	case area == "":
		return local
	case country == "" || strings.HasPrefix(area, "0"):
		return area + "-" + local
	case country == "81":
		return "0" + area + "-" + local
	}
	return "+" + country + "-" + area + "-" + local
}

// allergies reads ADT-61.
func (r *reader) allergies() error {
	if al1 := r.msg.First("AL1"); al1 != nil && !r.msg.Has("IAM") {
		// As in older editions. Passed over they would read as "nothing registered".
		if r.msg.Header().At(9, 1, 2, 1) != "A08" {
			r.warn(al1, 0, "in the place of IAM segments, read as the list of allergies")
		}
		return r.readAllergies("AL1", al1Fields)
	}
	if !r.msg.Has("IAM") && !r.msg.Terminated {
		return r.missing("IAM")
	}
	r.stateAllergies()
	return r.readAllergies("IAM", iamFields)
}

// allergyFields are the positions in AL1 or IAM, 0 for what a segment lacks.
type allergyFields struct {
	typ, allergen, severity, reaction, onset, onsetText, action, status int
	why, sensitivity, group, reported                                   int
}

var (
	al1Fields = allergyFields{typ: 2, allergen: 3, severity: 4, reaction: 5, onset: 6}
	iamFields = allergyFields{
		typ: 2, allergen: 3, severity: 4, reaction: 5, onset: 11, onsetText: 12, action: 6, status: 17,
		why: 8, sensitivity: 9, group: 10, reported: 13,
	}
)

func (r *reader) readAllergies(segment string, at allergyFields) error {
	list := &clinical.AllergyList{}
	for s := range r.msg.Segments(segment) {
		if at.action > 0 && s.ID(at.action) == "D" || at.status > 0 && s.ID(at.status) == "E" {
			r.warn(s, 0, "withdrawn entry, left out")
			continue
		}
		named, err := r.named(s, at)
		if err != nil {
			return err
		}
		for _, a := range named {
			if _, all := a.Denies(); all {
				list.None = true
				continue
			}
			list.Entries = append(list.Entries, a)
		}
	}
	if list.None && len(list.Entries) > 0 {
		list.None = false
		s := r.msg.First(segment)
		r.remark(clinical.RemarkContradicted, s, 0, "an entry denies allergies beside others that name some; the denial is dropped")
	}
	r.doc.Allergies = list
	return nil
}

// named reads one entry for each allergen that a segment names. By its table it names
// one, but a second must not be lost.
func (r *reader) named(s *hl7v2.Segment, at allergyFields) ([]clinical.Allergy, error) {
	a, err := r.allergy(s, at)
	if err != nil {
		return nil, err
	}
	all := []clinical.Allergy{a}
	codes := codedAll(s.Field(at.allergen).Codes())
	if err := shared(s, len(codes), []*hl7v2.Segment{s}); err != nil {
		return nil, err
	}
	for _, more := range codes {
		if more != all[0].Allergen && !more.IsEmpty() {
			a.Allergen = more
			all = append(all, a)
		}
	}
	return all, nil
}

// allergy reads the first entry of a segment.
func (r *reader) allergy(s *hl7v2.Segment, at allergyFields) (clinical.Allergy, error) {
	allergen, err := codedIn(s, at.allergen, "allergen")
	if err != nil {
		return clinical.Allergy{}, err
	}
	a := clinical.Allergy{
		Type:     coded(s.Field(at.typ).Code()),
		Allergen: allergen,
		Severity: coded(s.Field(at.severity).Code()),
		Reaction: texts(s.Field(at.reaction), "、"),
		Onset:    string(r.time(s, at.onset)),
	}
	if at == al1Fields {
		return a, nil
	}
	if a.Onset == "" {
		a.Onset = s.Text(at.onsetText)
	}
	a.Status, a.Sensitivity, a.Group = coded(s.Field(at.status).Code()), coded(s.Field(at.sensitivity).Code()), coded(s.Field(at.group).Code())
	a.Reported, a.Comment = r.time(s, at.reported), s.Text(at.why)
	return a, nil
}

// stateAllergies reads the AL1 of a message that is about something else. Whatever they
// say, nothing follows from it for the patient's list, which is the facility's own.
func (r *reader) stateAllergies() {
	for s := range r.msg.Segments("AL1") {
		r.stateAllergy(s)
	}
}

// stateAllergy reads one of them. It is beside the point, as what [reader.observe] reads.
func (r *reader) stateAllergy(al1 *hl7v2.Segment) {
	named, err := r.named(al1, al1Fields)
	if err != nil {
		r.warn(al1, al1Fields.allergen, "allergy without its allergen, left out")
		return
	}
	r.doc.StatedAllergies = append(r.doc.StatedAllergies, named...)
}
