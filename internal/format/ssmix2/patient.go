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
		if names := pid.Field(5).Names(); len(names) > 0 {
			d.Name = names[0].Full()
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
	return r.readAllergies("AL1", allergyFields{typ: 2, allergen: 3, severity: 4, reaction: 5, onset: 6})
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
	switch s := clinical.Sex(strings.TrimSpace(pid.Text(8))); s {
	case clinical.Male, clinical.Female, clinical.OtherSex, clinical.UnknownSex:
		return s
	}
	r.remark(clinical.RemarkMissing, pid, 8, "sex is none of M, F, O, U")
	return clinical.UnknownSex
}

// address reads XAD: the whole address in component 8, else from its parts in the
// Japanese order.
func address(f hl7v2.Field) (postcode, text string) {
	a := f.Repetition(1)
	postcode, text = a.Component(5).Text(), a.Component(8).Text()
	if text == "" {
		text = a.Component(4).Text() + a.Component(3).Text() + a.Component(1).Text() + a.Component(2).Text()
	}
	return postcode, text
}

// phone reads the first number of PID-13, else PID-14, of component 12, else 1.
func phone(pid *hl7v2.Segment) string {
	for _, field := range []int{13, 14} {
		for rep := range pid.Field(field).Repetitions() {
			for _, at := range []int{12, 1} {
				if s := rep.Component(at).Text(); s != "" {
					return s
				}
			}
		}
	}
	return ""
}

// allergies reads ADT-61.
func (r *reader) allergies() error {
	if !r.msg.Has("IAM") && r.msg.Header().At(9, 1, 2, 1) == "A08" {
		return r.readAllergies("AL1", allergyFields{typ: 2, allergen: 3, severity: 4, reaction: 5, onset: 6})
	}
	if !r.msg.Has("IAM") && !r.msg.Terminated {
		return r.missing("IAM")
	}
	return r.readAllergies("IAM", allergyFields{typ: 2, allergen: 3, severity: 4, reaction: 5, onset: 11, onsetText: 12, action: 6, status: 17})
}

// allergyFields are the positions in AL1 or IAM, 0 for what a segment lacks.
type allergyFields struct{ typ, allergen, severity, reaction, onset, onsetText, action, status int }

func (r *reader) readAllergies(segment string, at allergyFields) error {
	list := &clinical.AllergyList{}
	for s := range r.msg.Segments(segment) {
		if at.action > 0 && s.At(at.action, 1, 1, 1) == "D" || at.status > 0 && s.At(at.status, 1, 1, 1) == "E" {
			r.warn(s, 0, "withdrawn entry, left out")
			continue
		}
		allergen, err := codedIn(s, at.allergen, "allergen")
		if err != nil {
			return err
		}
		a := clinical.Allergy{
			Type:     coded(s.Field(at.typ).Code()),
			Allergen: allergen,
			Severity: coded(s.Field(at.severity).Code()),
			Reaction: s.Text(at.reaction),
			Onset:    string(r.time(s, at.onset)),
		}
		if a.Onset == "" && at.onsetText > 0 {
			a.Onset = s.Text(at.onsetText)
		}
		if deniesAll(a) {
			list.None = true
			continue
		}
		list.Entries = append(list.Entries, a)
	}
	if list.None && len(list.Entries) > 0 {
		list.None = false
		s := r.msg.First(segment)
		r.remark(clinical.RemarkContradicted, s, 0, "an entry denies allergies beside others that name some; the denial is dropped")
	}
	r.doc.Allergies = list
	return nil
}

// deniesAll reports whether the entry says that there are no allergies at all. One
// that is filed under drugs or food denies no more than those.
func deniesAll(a clinical.Allergy) bool {
	text := strings.NewReplacer(" ", "", "　", "", "・", "", "。", "", "無し", "なし", "ナシ", "なし").Replace(a.Allergen.Label())
	switch strings.ToLower(text) {
	case "アレルギーなし", "アレルギー歴なし", "noknownallergies", "noknownallergy", "nka":
		return true
	case "なし", "無", "特になし", "特記事項なし", "none":
		kind := a.Type.Code
		return kind == "" || kind == "MA"
	}
	return false
}
