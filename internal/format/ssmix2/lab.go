package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// labResults reads OML-11: SPM, then OBR and ORC in either order, then OBX.
func (r *reader) labResults() error {
	if err := r.lab(false); err != nil {
		return err
	}
	if len(r.doc.LabResults) == 0 {
		if !r.msg.Terminated {
			return r.missing("OBX")
		}
		obr, _ := r.msg.First("OBR")
		r.warn(obr, 0, "no results")
	}
	return nil
}

// labOrders reads OML-01: a test for each OBX, or the panel where it lists none.
func (r *reader) labOrders() error { return r.lab(true) }

// panel is where a test stands: in which specimen and group of tests.
type panel struct {
	spm, obr  hl7v2.Segment
	cancelled bool // by its ORC
	tests     int
}

// labReader walks through the segments of a laboratory message.
type labReader struct {
	*reader
	ordered          bool // an order, OML-01
	at               panel
	panels, standing int
}

func (r *reader) lab(ordered bool) error {
	l := &labReader{reader: r, ordered: ordered}
	for _, s := range r.msg.All() {
		switch s.Name {
		case "SPM":
			l.end()
			l.at = panel{spm: s, cancelled: l.at.cancelled}
		case "OBR":
			l.end()
			l.at = panel{spm: l.at.spm, obr: s, cancelled: l.at.cancelled}
		case "ORC":
			l.control(s)
		case "OBX":
			if err := l.entry(s); err != nil {
				return err
			}
		case "NTE":
			r.warn(s, 0, "note, not shown")
		}
	}
	l.end()
	if l.panels > 0 && l.standing == 0 {
		orc, _ := r.msg.First("ORC")
		return orc.Errorf(1, "%w", ErrCancelled)
	}
	return nil
}

// control reads an ORC. It stands before its OBRs in an order and in old results,
// behind its OBR in results as SS-MIX2 writes them.
func (l *labReader) control(orc hl7v2.Segment) {
	behind := !l.ordered && l.at.obr.Number > 0 && l.at.tests == 0
	if !behind {
		l.end()
		l.at = panel{spm: l.at.spm}
	}
	if l.at.cancelled = l.name.Flag == Current && cancelled(orc); l.at.cancelled {
		l.warn(orc, 1, "cancelled entry, left out")
	}
}

// end closes a panel. One that was ordered without its tests is a test itself.
func (l *labReader) end() {
	p := l.at
	if p.obr.Number == 0 {
		return
	}
	l.panels++
	if p.cancelled {
		return
	}
	l.standing++
	if l.ordered && p.tests == 0 {
		l.doc.LabResults = append(l.doc.LabResults, clinical.LabResult{
			Test:      coded(p.obr.Field(4).Code()),
			Specimen:  coded(p.spm.Field(4).Code()),
			Collected: l.collected(hl7v2.Segment{}),
			Ordered:   true,
		})
	}
}

func (l *labReader) entry(obx hl7v2.Segment) error {
	l.at.tests++
	status := obx.At(11, 1, 1, 1)
	switch {
	case l.at.cancelled:
		return nil
	case status == "D" || status == "W":
		l.warn(obx, 11, "withdrawn result, left out")
		return nil
	case status == "":
		l.warn(obx, 11, "no result status")
	}
	test, err := codedIn(obx, 3, "test")
	if err != nil {
		return err
	}
	result := clinical.LabResult{
		Test:      test,
		Panel:     coded(l.at.obr.Field(4).Code()),
		Specimen:  coded(l.at.spm.Field(4).Code()),
		Collected: l.collected(obx),
		ValueType: obx.At(2, 1, 1, 1),
		Unit:      coded(obx.Field(6).Code()),
		Range:     obx.Text(7),
		Flag:      obx.At(8, 1, 1, 1),
		Status:    status,
		Ordered:   l.ordered || status == "O",
	}
	l.value(&result, obx)
	l.doc.LabResults = append(l.doc.LabResults, result)
	return nil
}

// collected gives when the specimen was taken: OBX-14, else SPM-17, else OBR-7.
func (l *labReader) collected(obx hl7v2.Segment) clinical.Time {
	if at := l.time(obx, 14); at != "" {
		return at
	}
	if at := l.time(l.at.spm, 17); at != "" {
		return at
	}
	return l.time(l.at.obr, 7)
}

// value reads OBX-5 by OBX-2. Only coded values are composed; in all others a
// delimiter is a writer's slip, as in 500×10^4, and the value is the whole field.
func (r *reader) value(l *clinical.LabResult, obx hl7v2.Segment) {
	f := obx.Field(5)
	switch l.ValueType {
	case "CWE", "CE", "CNE":
		codes := f.Codes()
		if len(codes) > 0 {
			l.Coded = coded(codes[0])
		}
		if len(codes) > 1 {
			r.warn(obx, 5, "more than one coded value, the first is shown")
		}
	case "SN":
		// Not allowed in SS-MIX2, but plain: comparator, number, separator, number.
		for n := 1; n <= 4; n++ {
			l.Value += f.At(1, n, 1)
		}
	case "TX", "FT":
		var lines []string
		for rep := range f.Repetitions() {
			lines = append(lines, rep.Text())
		}
		l.Value = strings.Join(lines, "\n")
	case "NM", "ST", "DT", "TM", "TS":
		l.Value = f.Text()
	default:
		l.Value = f.Text()
		if !f.IsEmpty() {
			r.warn(obx, 2, "value type is none of NM, ST, CWE, shown as text")
		}
	}
}
