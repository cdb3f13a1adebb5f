package storage

import (
	"fmt"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// messageKind is MSH-9 of a data type, and of its cancellation where that has one of
// its own; orders are cancelled in ORC-1.
type messageKind struct{ does, cancels hl7v2.Value }

var (
	demographicsMessage = messageKind{does: "ADT^A08^ADT_A01"}
	receptionMessage    = messageKind{does: "ADT^A04^ADT_A01"}
	admissionMessage    = messageKind{"ADT^A01^ADT_A01", "ADT^A11^ADT_A09"}
	transferMessage     = messageKind{"ADT^A02^ADT_A02", "ADT^A12^ADT_A09"}
	dischargeMessage    = messageKind{"ADT^A03^ADT_A03", "ADT^A13^ADT_A01"}
	allergyMessage      = messageKind{does: "ADT^A60^ADT_A60"}
	diseaseMessage      = messageKind{does: "PPR^ZD1^PPR_ZD1"}
	orderMessage        = messageKind{does: "RDE^O11^RDE_O11"}
	performedMessage    = messageKind{does: "RAS^O17^RAS_O17"}
	labOrderMessage     = messageKind{does: "OML^O33^OML_O33"}
	labReportMessage    = messageKind{does: "OUL^R22^OUL_R22"}
	attendingMessage    = messageKind{does: "ADT^A54^ADT_A54"}
	dietMessage         = messageKind{does: "OMD^O03^OMD_O03"}
	examinationOrder    = messageKind{does: "OMG^O19^OMG_O19"}
	examinationDone     = messageKind{does: "OMI^Z23^OMI_Z23"}
	observationMessage  = messageKind{does: "ORU^R01^ORU_R01"}
)

func (k messageKind) of(cancel bool) hl7v2.Value {
	if cancel && k.cancels != "" {
		return k.cancels
	}
	return k.does
}

// builder is one message in the making.
type builder struct {
	*hl7v2.Builder
	w     *writer
	order string
	sent  time.Time
}

func (w *writer) begin(kind hl7v2.Value, sent time.Time) *builder {
	return &builder{w: w, sent: sent, Builder: hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: "HIS", SendingFacility: w.h.Code,
		ReceivingApplication: "GW", ReceivingFacility: "SSMIX2",
		Time: second(sent), Type: kind, ControlID: fmt.Sprintf("%s%05d", sent.Format("060102150405"), w.sent%100000),
	})}
}

// orderNo gives the number of the patient's nth order: unique in the hospital.
func (w *writer) orderNo(n int) string {
	return fmt.Sprintf("%0*d", w.h.Habits.OrderDigits, w.p.Serial*10000+n)
}

func second(t time.Time) string       { return t.Format("20060102150405") }
func minute(t time.Time) string       { return t.Format("200601021504") }
func day(d story.Day) string          { return d.Date().Compact() }
func at(t time.Time) hl7v2.Value      { return hl7v2.Text(minute(t)) }
func on(d story.Day) hl7v2.Value      { return hl7v2.Text(day(d)) }
func number(v float64) hl7v2.Value    { return hl7v2.Value(strconv.FormatFloat(v, 'f', -1, 64)) }
func decimal(v float64, d int) string { return strconv.FormatFloat(v, 'f', d, 64) }
func code(c master.Code) hl7v2.Value  { return hl7v2.CodeValue(c.Code, c.Text, c.System) }

// quantity writes CQ: amount^code&text&system.
func quantity(amount float64, unit master.Code) hl7v2.Value {
	return hl7v2.Components(number(amount), hl7v2.Subcomponents(hl7v2.Text(unit.Code), hl7v2.Text(unit.Text), hl7v2.Text(unit.System)))
}

// mixed writes a standard code with the local one beside it, as the hospital does.
func (b *builder) mixed(standard master.Code, local, localText string) hl7v2.Value {
	h := b.w.h.Habits
	std := []hl7v2.Value{hl7v2.Text(standard.Code), hl7v2.Text(standard.Text), hl7v2.Text(standard.System)}
	if h.LocalSystem == "" {
		return hl7v2.Components(std...)
	}
	own := []hl7v2.Value{hl7v2.Text(local), hl7v2.Text(localText), hl7v2.Text(h.LocalSystem)}
	if h.LocalFirst {
		std, own = own, std
	}
	return hl7v2.Components(append(std, own...)...)
}

func staff(s Staff) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(s.ID), hl7v2.Text(s.Family), hl7v2.Text(s.Given),
		"", "", "", "", "", "", "L", "", "", "", "", "I")
}

func (b *builder) doctor(e story.Entry) hl7v2.Value {
	all := b.w.h.Doctors[e.Department.Code]
	return staff(all[e.Doctor%len(all)])
}

func (b *builder) nurse(n int) hl7v2.Value {
	return staff(b.w.h.Nurses[n%len(b.w.h.Nurses)])
}

// name writes one representation of a name (XPN).
func name(family, given, representation string) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(family), hl7v2.Text(given), "", "", "", "", "L", hl7v2.Text(representation))
}

// pid writes who the patient is, or was if asked.
func (b *builder) pid(former bool) {
	p := b.w.p
	id := hl7v2.Components(hl7v2.Text(string(p.ID)), "", "", "", "PI")
	if b.w.h.Habits.BareID {
		id = hl7v2.Text(string(p.ID))
	}
	family, familyKana, home := p.Family, p.FamilyKana, p.Address
	if former && p.Former != nil {
		family, familyKana, home = p.Former.Family, p.Former.FamilyKana, p.Former.Address
	}
	b.Segment("PID").Set(1, "0001").Set(3, id).
		Set(5, hl7v2.Repetitions(name(family, p.Given, "I"), name(familyKana, p.GivenKana, "P"))).
		SetText(7, p.BirthDate.Compact()).SetText(8, string(p.Sex)).
		Set(11, hl7v2.Components("", "", "", "", hl7v2.Text(p.Postcode), "JPN", "H", hl7v2.Text(home))).
		Set(13, hl7v2.Components("", "PRN", "PH", "", "", "", "", "", "", "", "", hl7v2.Text(p.Phone)))
}

func (b *builder) evn(occurred time.Time) *hl7v2.SegmentBuilder {
	s := b.Segment("EVN").SetText(2, second(b.sent))
	if !occurred.IsZero() {
		s.SetText(6, second(occurred))
	}
	return s
}

// outpatient begins PV1 of somebody who comes to a department.
func (b *builder) outpatient(e story.Entry) *hl7v2.SegmentBuilder {
	return b.Segment("PV1").Set(1, "0001").Set(2, "O").
		Set(3, hl7v2.Components(hl7v2.Text(e.Department.Code), "", "", "", "", "C")).
		Set(7, b.doctor(e)).SetText(10, e.Department.Code)
}

// inpatient begins PV1 of somebody who lies somewhere.
func (b *builder) inpatient(e story.Entry, l story.Location) *hl7v2.SegmentBuilder {
	return b.Segment("PV1").Set(1, "0001").Set(2, "I").Set(3, location(l)).
		Set(7, b.doctor(e)).SetText(10, e.Department.Code)
}

// located writes PV1 of an order; the bed of an inpatient need not be known.
func (b *builder) located(e story.Entry, inpatient bool, l story.Location) {
	if inpatient {
		b.inpatient(e, l)
		return
	}
	b.outpatient(e)
}

func location(l story.Location) hl7v2.Value {
	if l.Ward == "" {
		return ""
	}
	return hl7v2.Components(hl7v2.Text(l.Ward), hl7v2.Text(l.Room), hl7v2.Text(l.Bed), "", "", "N")
}

// orc begins the ORC of an order.
func (b *builder) orc(control hl7v2.Value, e story.Entry, inpatient bool) *hl7v2.SegmentBuilder {
	kind := hl7v2.CodeValue("O", "外来患者オーダ", "HL70482")
	if inpatient {
		kind = hl7v2.CodeValue("I", "入院患者オーダ", "HL70482")
	}
	return b.Segment("ORC").Set(1, control).SetText(2, b.order).
		SetText(9, second(e.At)).Set(12, b.doctor(e)).
		Set(17, department(e.Department)).
		SetText(21, b.w.h.Name).Set(29, kind)
}

func department(d master.Department) hl7v2.Value {
	return hl7v2.CodeValue(d.Code, d.Name, "HL70069")
}

// control is ORC-1: a new order or one taken back.
func control(cancel bool, otherwise hl7v2.Value) hl7v2.Value {
	if cancel {
		return "CA"
	}
	return otherwise
}
