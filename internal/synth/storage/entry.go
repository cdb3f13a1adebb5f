package storage

import (
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

func itoa(n int) string { return strconv.Itoa(n) }

// entry writes one entry: its current file, before it the superseded one of an entry
// that was corrected, or both files of one that was taken back.
func (w *patientWriter) entry(e story.Entry) {
	const later = 25 * time.Minute
	switch {
	case e.Cancelled:
		w.content(e, e.Says, e.At, ssmix2.Deleted, false)
		w.content(e, e.Says, e.At.Add(later), ssmix2.Deleted, true)
	case e.Said != nil:
		w.content(e, e.Said, e.At, ssmix2.Superseded, false)
		w.content(e, e.Says, e.At.Add(later), ssmix2.Current, false)
	default:
		w.content(e, e.Says, e.At, ssmix2.Current, false)
	}
}

// content writes a content at a time; cancels makes it the message that takes it back.
func (w *patientWriter) content(e story.Entry, c story.Content, at time.Time, flag ssmix2.Flag, cancels bool) {
	f := file{date: date(e.At), order: noOrder, department: e.Department.Code, at: at, flag: flag}
	control := hl7v2.Value("NW")
	if cancels {
		control = "CA"
	}
	switch c := c.(type) {
	case story.Reception:
		f.typ, f.event = ssmix2.OutpatientReception, "ADT^A04^ADT_A01"
		f.body = func(b *hl7v2.Builder) { w.visit(b, e, visit{class: "O", admitted: e.At}) }
	case story.Admission:
		f.typ, f.event = ssmix2.Admission, "ADT^A01^ADT_A01"
		if cancels {
			f.event = "ADT^A11^ADT_A09"
		}
		f.body = func(b *hl7v2.Builder) { w.visit(b, e, visit{class: "I", where: &c.Where, admitted: e.At}) }
	case story.Transfer:
		f.typ, f.event = ssmix2.Transfer, "ADT^A02^ADT_A02"
		f.body = func(b *hl7v2.Builder) {
			w.visit(b, e, visit{class: "I", where: &c.To, before: &c.From, admitted: c.Admitted, occurred: e.At})
		}
	case story.Discharge:
		f.typ, f.event = ssmix2.Discharge, "ADT^A03^ADT_A03"
		f.body = func(b *hl7v2.Builder) {
			w.visit(b, e, visit{class: "I", where: &c.Where, admitted: c.Admitted, left: e.At, outcome: c.Outcome})
		}
	case story.Prescription:
		f.typ, f.event, f.order = ssmix2.PrescriptionOrder, "RDE^O11^RDE_O11", orderNo(e.At, e.Order)
		f.body = func(b *hl7v2.Builder) { w.prescription(b, e, c, f.order, control) }
	case story.Dispensing:
		f.typ, f.event, f.order = ssmix2.PrescriptionDone, "RAS^O17^RAS_O17", orderNo(e.At, e.Order)
		f.body = func(b *hl7v2.Builder) { w.dispensing(b, e, c, f.order, control) }
	case story.Injection:
		f.typ, f.event, f.order = ssmix2.InjectionOrder, "RDE^O11^RDE_O11", orderNo(e.At, e.Order)
		f.body = func(b *hl7v2.Builder) { w.injection(b, e, c, f.order, control) }
		if c.Performed {
			f.typ, f.event, f.date = ssmix2.InjectionDone, "RAS^O17^RAS_O17", date(c.From)
			f.body = func(b *hl7v2.Builder) { w.injected(b, e, c, f.order, control) }
		}
	case story.LabOrder:
		f.typ, f.event, f.order = ssmix2.LabOrder, "OML^O33^OML_O33", orderNo(e.At, e.Order)
		f.body = func(b *hl7v2.Builder) { w.labOrder(b, e, c, f.order, control) }
	case story.LabReport:
		f.typ, f.event, f.order, f.date = ssmix2.LabResult, "OUL^R22^OUL_R22", orderNo(e.At, e.Order), date(c.Collected)
		f.body = func(b *hl7v2.Builder) { w.labReport(b, e, c, f.order, cancels) }
	default:
		return
	}
	w.write(f)
}

// visit is what PV1 says.
type visit struct {
	class          hl7v2.Value
	where, before  *story.Location
	admitted, left time.Time
	occurred       time.Time // EVN-6
	outcome        string
}

func (w *patientWriter) visit(b *hl7v2.Builder, e story.Entry, v visit) {
	evn := b.Segment("EVN").SetText(2, stamp(e.At))
	if !v.occurred.IsZero() {
		evn.SetText(6, minute(v.occurred))
	}
	w.pid(b)
	pv1 := b.Segment("PV1").Set(1, "0001").Set(2, v.class).Set(7, w.doctor(e)).SetText(10, e.Department.Code)
	if v.where == nil {
		pv1.Set(3, hl7v2.Components(hl7v2.Text(e.Department.Code), "", "", "", "", "C"))
	} else {
		pv1.Set(3, bed(*v.where)).Set(17, w.doctor(e))
	}
	if v.before != nil {
		pv1.Set(6, bed(*v.before))
	}
	pv1.SetText(36, v.outcome).SetText(44, minute(v.admitted))
	if !v.left.IsZero() {
		pv1.SetText(45, minute(v.left))
	}
}

func bed(l story.Location) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(l.Ward), hl7v2.Text(l.Room), hl7v2.Text(l.Bed), "", "", "N")
}

// doctor writes XCN with the representation in component 15.
func (w *patientWriter) doctor(e story.Entry) hl7v2.Value {
	n := 0
	for _, c := range e.Department.Code {
		n = n*10 + int(c-'0')
	}
	return person(w.habits.Doctors[(n*3+e.Doctor)%len(w.habits.Doctors)])
}

func person(d Doctor) hl7v2.Value {
	return hl7v2.Components(hl7v2.Text(d.ID), hl7v2.Text(d.Family), hl7v2.Text(d.Given), "", "", "", "", "", "", "L", "", "", "", "", "I")
}

// pv1 says in orders whether the patient lies in the hospital.
func (w *patientWriter) pv1(b *hl7v2.Builder, e story.Entry, inpatient bool, where story.Location) {
	class, place := hl7v2.Value("O"), hl7v2.Components(hl7v2.Text(e.Department.Code), "", "", "", "", "C")
	if inpatient {
		class = "I"
		if where != (story.Location{}) {
			place = bed(where)
		}
	}
	b.Segment("PV1").Set(1, "0001").Set(2, class).Set(3, place).Set(7, w.doctor(e)).SetText(10, e.Department.Code)
}

// orc begins an order.
func (w *patientWriter) orc(b *hl7v2.Builder, e story.Entry, order, group string, control hl7v2.Value, inpatient bool) *hl7v2.SegmentBuilder {
	kind := hl7v2.CodeValue("O", "外来患者オーダ", "HL70482")
	if inpatient {
		kind = hl7v2.CodeValue("I", "入院患者オーダ", "HL70482")
	}
	return b.Segment("ORC").Set(1, control).SetText(2, order).SetText(4, group).SetText(9, stamp(e.At)).
		Set(12, w.doctor(e)).Set(17, hl7v2.CodeValue(e.Department.Code, e.Department.Name, "HL70069")).
		SetText(21, w.habits.Hospital).Set(29, kind)
}
