package storage

import (
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/synth/master"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// studyRoot begins every Study Instance UID of the region. Nobody was given it.
const studyRoot = "1.2.392.99999.52"

// StudyUID gives the Study Instance UID of the images that came of an order: of one
// hospital, named by its code, and one order number.
func StudyUID(hospital, order string) string {
	return fmt.Sprintf("%s.%s.1%s", studyRoot, hospital, order) // no part of a UID begins with 0
}

// ordered and performed give the data type of an examination by how it is done.
func ordered(x master.Examination) ssmix2.DataType {
	switch x.Modality {
	case "":
		return ssmix2.PhysiologyOrder
	case "ES":
		return ssmix2.EndoscopyOrder
	}
	return ssmix2.ImagingOrder
}

func performed(x master.Examination) ssmix2.DataType {
	if x.Modality == "ES" {
		return ssmix2.EndoscopyDone
	}
	return ssmix2.ImagingDone
}

// part is the number of the part of an order.
func (b *builder) part() string {
	n := len(b.order)
	return "5" + b.order[1:n] // orders of the region never begin with it
}

var routine = hl7v2.CodeValue("R", "ルーチン", "HL70485")

// examinationOrder writes OMG-01, -02 and -03: the order, then its parent with why, and
// the part that says how; an order of physiology has no parts.
func (b *builder) examinationOrder(e story.Entry, x story.Examination, cancel bool) {
	b.pid(false)
	b.located(e, x.Inpatient, x.Where)
	b.orc(control(cancel, "NW"), e, x.Inpatient)
	b.Segment("TQ1").Set(1, "1").Set(7, at(x.From)).Set(9, routine)
	obr := b.Segment("OBR").Set(1, "1").SetText(2, b.order).Set(4, code(x.Order)).Set(16, b.doctor(e))
	if x.Modality == "" {
		obr.SetText(13, x.Reason)
		return
	}
	b.orc(control(cancel, "PA"), e, x.Inpatient)
	b.Segment("TQ1").Set(1, "1").Set(9, routine)
	b.Segment("OBR").Set(1, "1").SetText(2, b.order).Set(4, code(x.Order)).Set(16, b.doctor(e))
	b.Segment("NTE").Set(1, "1").SetText(3, x.Reason)
	b.child(e, x, cancel)
}

// child begins the one part of an order: ORC, TQ1, OBR.
func (b *builder) child(e story.Entry, x story.Examination, cancel bool) *hl7v2.SegmentBuilder {
	b.orc(control(cancel, "CH"), e, x.Inpatient).SetText(2, b.part()).SetText(8, b.order)
	b.Segment("TQ1").Set(1, "1").Set(9, routine)
	return b.Segment("OBR").Set(1, "2").SetText(2, b.part()).Set(4, code(x.Part)).Set(16, b.doctor(e)).SetText(29, b.order)
}

// examinationDone writes OMG-11 and -12: the order with its study, and what was done.
func (b *builder) examinationDone(e story.Entry, x story.Examination, cancel bool) {
	study := func() {
		b.Append("IPC", hl7v2.Text("A"+b.order), "", hl7v2.Text(StudyUID(b.w.h.Code, b.order)), "", hl7v2.CodeValue(x.Modality, "", "DCM"))
	}
	b.pid(false)
	b.located(e, x.Inpatient, x.Where)
	b.orc(control(cancel, "NW"), e, x.Inpatient)
	b.Segment("TQ1").Set(1, "1").Set(9, routine)
	b.Segment("OBR").Set(1, "1").SetText(2, b.order).Set(4, code(x.Order)).Set(7, at(x.From)).Set(8, at(x.To)).
		Set(16, b.doctor(e)).SetText(22, second(e.At)).Set(25, "F")
	b.Segment("NTE").Set(1, "1").SetText(3, x.Reason)
	study()
	b.child(e, x, cancel).Set(7, at(x.From)).Set(25, "F")
	ze1 := b.Segment("ZE1").Set(1, "1").Set(2, "RS").Set(3, code(x.Part)).Set(4, "1").Set(7, b.nurse(x.Nurse))
	if medium, amount, ok := x.Contrast(); ok {
		ze1.Set(8, "DE-02").Set(9, hl7v2.Components(hl7v2.Text(medium.Code), hl7v2.Text(medium.Text), hl7v2.Text(medium.System),
			number(float64(amount)), hl7v2.Subcomponents("ML", "ミリリットル", "MR9P")))
	}
	switch x.Modality {
	case "CR":
		b.exposure("120", "200", "2000", "0.02")
	case "CT":
		b.exposure("120", "350", "", "0.5")
	case "ES":
		b.Segment("OBX").Set(1, "1").Set(2, "XCN").Set(3, hl7v2.CodeValue("DR-02.EM-01", "正従業員の実施医師", "JSHR")).Set(5, b.doctor(e)).Set(11, "F")
	}
	study()
}

// exposure writes ZE2: kV, mA, mm, s.
func (b *builder) exposure(voltage, current, distance, time string) {
	amount := func(v, unit string) hl7v2.Value {
		if v == "" {
			return ""
		}
		return hl7v2.Components(hl7v2.Text(v), hl7v2.Subcomponents(hl7v2.Text(unit), hl7v2.Text(unit), "ISO+"))
	}
	b.Append("ZE2", "1", amount(voltage, "kV"), amount(current, "mA"), amount(distance, "mm"), amount(time, "s"), "1")
}

// electrocardiogram writes OMG-13: the words, then what was measured.
func (b *builder) electrocardiogram(e story.Entry, x story.Examination) {
	b.pid(false)
	b.located(e, x.Inpatient, x.Where)
	b.orc("SC", e, x.Inpatient)
	b.Segment("OBR").Set(1, "1").SetText(2, b.order).Set(4, code(x.Order)).Set(7, at(x.From)).
		SetText(13, x.Reason).Set(16, b.doctor(e)).SetText(22, second(e.At)).Set(25, "F")
	b.Segment("TQ1").Set(1, "1").Set(9, routine)
	for i, words := range x.Electrical.Says {
		b.Segment("OBX").Set(1, number(float64(i+1))).Set(2, "TX").
			Set(3, hl7v2.Components(hl7v2.Subcomponents("9A100", "IMP"), "心電図所見", "JC10")).Set(4, number(float64(i+1))).
			SetText(5, words).Set(11, "F")
	}
	n := len(x.Electrical.Says)
	for _, m := range []struct {
		code, name, unit string
		value            int
	}{
		{"32769", "心拍数", "bpm", x.Electrical.Rate}, {"32770", "PQ時間", "msec", x.Electrical.PQ},
		{"58240", "QRS幅", "msec", x.Electrical.QRS}, {"56008", "QT時間", "msec", x.Electrical.QT}, {"59136", "QTc時間", "msec", x.Electrical.QTc},
	} {
		if m.value == 0 {
			continue
		}
		n++
		b.Segment("OBX").Set(1, number(float64(n))).Set(2, "NM").Set(3, hl7v2.CodeValue(m.code, m.name, "99MFR")).
			Set(4, number(float64(n))).Set(5, number(float64(m.value))).Set(6, hl7v2.Text(m.unit)).Set(11, "F")
	}
}
