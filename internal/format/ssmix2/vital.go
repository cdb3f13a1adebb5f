package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// vitalSigns is how the vital signs of an extended storage are read: no data type of
// the standard storage, a message like those.
var vitalSigns = dataType{
	kind: clinical.KindVital, message: "ORU", triggers: []string{"R30"}, tolerated: []string{"ORU^R01"},
	required: []string{"PID", "OBR"},
}

// IsVitals reports whether a message is vital signs: ORU^R30, or an ORU^R01 that cannot be
// anything else. Its results are all measures of the body or vital signs by JLAC10, at least
// one of them a vital sign, and it names no specimen; nor does a panel, a section (OBR-24)
// or what [NameOf] goes by say that it is a result of a laboratory or of physiology.
func IsVitals(msg *hl7v2.Message) bool {
	msh := msg.Header()
	switch msh.At(9, 1, 1, 1) + "^" + msh.At(9, 1, 2, 1) {
	case "ORU^R30":
		return true
	case "ORU^R01":
	default:
		return false
	}
	if _, err := (classifier{msg}).dataType(); err == nil || msg.Has("SPM") {
		return false
	}
	vital := false
	for s := range msg.All() {
		switch s.Name {
		case "OBX":
			test := coded(s.Field(3).Code())
			if !atTheBedside(test) {
				return false
			}
			vital = vital || !strings.HasPrefix(test.Code, "9N")
		case "OBR":
			if ofSystem(coded(s.Field(4).Code())) != unclear || ofSection(s.ID(24)) != unclear {
				return false
			}
		}
	}
	return vital
}

// ReadVitals reads the vital signs (バイタルサイン, ORU^R30) of a patient, as they lie in
// an extended storage as main_document.hl7. Date is the day of the first measurement,
// OrderNo is ORC-2, Department ORC-17; DataType and Timestamp are for the caller to
// fill from the name of the content folder. It refuses what [ReadDocument] refuses, with
// the same errors: another patient's message, one that was cut, a cancellation, a
// measurement without its test, characters that cannot be decoded.
func ReadVitals(patient ident.LocalPatientID, body []byte) (clinical.Document, error) {
	msg, err := hl7v2.Parse(body)
	if err != nil {
		return clinical.Document{}, err
	}
	r := &reader{name: Name{Key: Key{PatientID: patient, OrderNo: NoOrder}, Flag: Current}, typ: vitalSigns, msg: msg}
	return r.take((*reader).whole, (*reader).messageType, (*reader).patient, (*reader).head, (*reader).required, (*reader).vitals, (*reader).decoded)
}

func (r *reader) vitals() error {
	if err := r.lab(false); err != nil {
		return err
	}
	r.doc.Vitals, r.doc.LabResults = r.doc.LabResults, nil
	orc := r.msg.First("ORC")
	obr := r.msg.First("OBR")
	r.doc.OrderNo = firstText(orc.Key(2), obr.Key(2))
	if !r.msg.Has("OBX") {
		if !r.msg.Terminated {
			return r.missing("OBX")
		}
		r.doc.Vitals = nil
	}
	for _, v := range r.doc.Vitals {
		if t, err := hl7v2.ParseTime(string(v.Collected)); err == nil && t.Date() != "" {
			r.doc.Date = t.Date()
			break
		}
	}
	return nil
}
