package ssmix2

import (
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// observation reads one OBX by itself; standing is false, with a warning, for one that
// its message takes back.
func (r *reader) observation(obx *hl7v2.Segment, o *clinical.LabResult) (standing bool, err error) {
	o.Status = obx.ID(11)
	switch o.Status {
	case "D", "W":
		r.warn(obx, 11, "withdrawn result, left out")
		return false, nil
	case "":
		r.remark(clinical.RemarkMissing, obx, 11, "no result status")
	}
	if o.Test = r.known.name(obx.Field(3)); o.Test == nil {
		return false, obx.Errorf(3, "no test")
	}
	o.Collected = r.time(obx, 14)
	o.ValueType = obx.ID(2)
	o.Unit = r.known.coded(obx.Field(6))
	o.Range = obx.Text(7)
	o.SubID = obx.Text(4)
	if o.Flag = obx.ID(8); len(obx.Field(8).Raw()) > len(o.Flag) {
		r.flags(o, obx)
	}
	r.value(o, obx)
	return true, nil
}

// flags reads OBX-8 where it may have more than one: what is not normal must not be shown
// as such, wherever it stands among them.
func (r *reader) flags(o *clinical.LabResult, obx *hl7v2.Segment) {
	told := 0
	for rep := range obx.Field(8).Repetitions() {
		flag := strings.ToUpper(strings.TrimSpace(rep.Component(1).At(1)))
		if flag == "" {
			continue
		}
		if told++; o.Flag == "" || o.Flag == "N" {
			o.Flag = flag
		}
	}
	if told > 1 {
		r.warn(obx, 8, "more than one flag, the first that is not N is shown")
	}
}

// sourceOf reads what an older message without SPM says of the specimen in OBR-15 (SPS):
// its kind is the first component, in subcomponents, or as some write it the whole field.
func sourceOf(obr *hl7v2.Segment) *clinical.Coded {
	source := obr.Field(15)
	code := source.Repetition(1).Component(1).Code()
	if whole := source.Code(); code.Text == "" && code.System == "" && whole.System != "" {
		code = whole
	}
	if c := coded(code); !c.IsEmpty() {
		return &c
	}
	return nil
}

// observe reads an OBX that goes along with a document of another kind. It is beside
// the point there, so one without its test is left out and does not refuse the file; stands
// is false then.
func (r *reader) observe(obx *hl7v2.Segment) (stands bool) {
	var o clinical.LabResult
	standing, err := r.observation(obx, &o)
	switch {
	case err != nil:
		r.remark(clinical.RemarkLeftOut, obx, 3, "observation without its test, left out")
	case standing:
		r.doc.Observations = append(r.doc.Observations, o)
	}
	return standing && err == nil
}

// value reads OBX-5 by OBX-2. Only coded values are composed; in all others a
// delimiter is a writer's slip, as in 500×10^4, and the value is the whole field.
func (r *reader) value(l *clinical.LabResult, obx *hl7v2.Segment) {
	f := obx.Field(5)
	switch l.ValueType {
	case "NM", "ST", "DT", "TM", "TS":
		l.Value = f.Text()
	case "CWE", "CE", "CNE":
		codes := codedAll(f.Codes())
		if len(codes) == 0 {
			return
		}
		l.Coded = &codes[0]
		if len(codes) > 1 {
			l.Value = joined(codes)
		}
	case "SN":
		// Comparator, number, separator, number: <^0.05, ^1^:^32.
		var all []string
		for rep := range f.Repetitions() {
			value := ""
			for n := 1; n <= 4; n++ {
				value += rep.Component(n).Text()
			}
			all = appendLine(all, value)
		}
		l.Value = strings.Join(all, "、")
	case "TX", "FT":
		var lines []string
		for rep := range f.Repetitions() {
			lines = append(lines, rep.Text())
		}
		l.Value = strings.Join(lines, "\n")
	case "XCN":
		var names []string
		for rep := range f.Repetitions() {
			s := staffIn(rep)
			names = append(names, firstText(s.Name, s.ID))
		}
		l.Value = strings.Join(names, "、")
	case "ED":
		r.embedded(l, obx)
	case "CQ":
		l.Value = quantityText(f)
	case "ZRD":
		var used []string
		for _, m := range materials(f) {
			used = append(used, strings.TrimSpace(m.Material.Label()+" "+m.Amount+" "+m.Unit.Label()))
		}
		l.Value = strings.Join(used, "、")
	default:
		l.Value = f.Text()
		if !f.IsEmpty() {
			r.remark(clinical.RemarkMessageType, obx, 2, "value type is not known, shown as text")
		}
	}
}

// embedded reads a value that is a file (ED): its type is said, its bytes are not shown.
// Words of it (encoding A) are.
func (r *reader) embedded(l *clinical.LabResult, obx *hl7v2.Segment) {
	file := obx.Field(5).Repetition(1)
	if file.Component(4).Text() == "A" {
		l.Value = file.Component(5).Text()
		return
	}
	if obx.Field(5).IsBlank() {
		return
	}
	r.remark(clinical.RemarkLeftOut, obx, 5, "a file inside of the message, not shown")
	l.Value = "（添付ファイル " + strings.TrimSpace(file.Component(2).Text()+" "+file.Component(3).Text()) + "：表示できません）"
}

// joined writes several codes as people read them.
func joined(codes []clinical.Coded) string {
	var labels []string
	for _, c := range codes {
		labels = append(labels, c.Label())
	}
	return strings.Join(labels, "、")
}

// reserveResults makes room for all results at once: growing a slice of them step by
// step would cost as much as reading them. There is one for each OBX, and one for each
// OBR that has none.
func (r *reader) reserveResults() {
	n, without := 0, false
	for s := range r.msg.All() {
		switch s.Name {
		case "OBX":
			n++
			if without {
				n, without = n-1, false
			}
		case "OBR":
			n, without = n+1, true
		}
	}
	r.doc.LabResults = make([]clinical.LabResult, 0, n)
}
