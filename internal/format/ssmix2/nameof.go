package ssmix2

import (
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// NameOf gives the name under which a storage files a message that was received at a
// time: current, or deleted for a cancellation. A message that no data type has, or
// that does not say whose it is, is an error of kind [fault.Invalid].
func NameOf(msg *hl7v2.Message, received time.Time) (Name, error) {
	n := Name{Flag: Current, Timestamp: strings.ReplaceAll(received.In(jst).Format("20060102150405.000"), ".", "")}
	var err error
	if n.PatientID, err = patientOf(msg); err != nil {
		return Name{}, err
	}
	if n.DataType, err = dataTypeOf(msg); err != nil {
		return Name{}, err
	}
	orc, _ := msg.First("ORC")
	trigger := msg.Header().At(9, 1, 2, 1)
	typ := dataTypes[n.DataType]
	if slices.Contains(typ.cancels, trigger) || orc.At(1, 1, 1, 1) == "CA" {
		n.Flag = Deleted
	}
	n.OrderNo = NoOrder
	if number := orc.At(2, 1, 1, 1); number != "" && typ.message != "ADT" && typ.message != "PPR" {
		n.OrderNo = strings.Repeat("0", max(0, 15-len(number))) + number
	}
	n.Department = orc.At(17, 1, 1, 1)
	if n.DataType.Undated() {
		return n, n.check()
	}
	n.CareDate = received.In(jst).Format("20060102")
	for _, p := range typ.careDate {
		s, ok := msg.First(p.segment)
		if !ok || s.Field(p.field).IsEmpty() {
			continue
		}
		if at, err := s.Field(p.field).Time(); err == nil && len(at.Date()) == 8 {
			n.CareDate = at.Date()
			break
		}
	}
	return n, n.check()
}

var jst = time.FixedZone("JST", 9*60*60)

func patientOf(msg *hl7v2.Message) (ident.LocalPatientID, error) {
	pid, ok := msg.First("PID")
	if !ok {
		return "", msg.Header().Errorf(0, "no PID segment")
	}
	for rep := range pid.Field(3).Repetitions() {
		id, kind := strings.TrimSpace(rep.Component(1).Text()), rep.Component(5).Text()
		if id != "" && (kind == "" || kind == "PI") {
			return ident.LocalPatientID(id), nil
		}
	}
	return "", pid.Errorf(3, "no patient id")
}

func dataTypeOf(msg *hl7v2.Message) (DataType, error) {
	code, trigger := msg.Header().At(9, 1, 1, 1), msg.Header().At(9, 1, 2, 1)
	switch code + "^" + trigger {
	case "RDE^O11":
		if msg.Has("RXC") {
			return InjectionOrder, nil
		}
		return PrescriptionOrder, nil
	case "RAS^O17":
		if msg.Has("RXC") {
			return InjectionDone, nil
		}
		return PrescriptionDone, nil
	}
	for t, typ := range dataTypes {
		if typ.message == code && (slices.Contains(typ.triggers, trigger) || slices.Contains(typ.cancels, trigger)) {
			return t, nil
		}
	}
	return "", msg.Header().Errorf(9, "%w", ErrUnknownType)
}
