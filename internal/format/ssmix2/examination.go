package ssmix2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// examinationOrders reads OMG-01, -02 and -03.
func (r *reader) examinationOrders() error { return r.examinations(false) }

// examinationsDone reads OMG-11, -12 and -13.
func (r *reader) examinationsDone() error { return r.examinations(true) }

// examined is one group of a message of examinations with what belongs to it:
// ORC {TQ1} OBR {NTE} {OBX {NTE}} {ZE1 {OBX} {ZE2}} {IPC} {SPM}.
type examined struct {
	orc, obr *hl7v2.Segment // nil if absent
	tq1      []*hl7v2.Segment
	rest     []*hl7v2.Segment // behind the OBR
}

// examinations reads the groups of the message. The order comes first as a whole
// (NW), then again as parent (PA) of its parts (CH) if it has any: parent and whole
// are one examination here, each part another.
func (r *reader) examinations(performed bool) error {
	groups := r.examined()
	if len(groups) == 0 {
		return r.missing("OBR")
	}
	last := groups[len(groups)-1]
	switch {
	case last.obr == nil:
		return last.orc.Errorf(0, "no OBR segment behind it: %w", ErrCut)
	case !r.msg.Terminated && r.typ.message == "OMI" && r.last().Name != "IPC":
		return r.missing("IPC") // performed examinations end with their images
	}
	byOrder := make(map[string]int)
	has := make(map[int]studies) // of those that something was merged into
	standing := 0
	takenBack := false
	for _, g := range groups {
		if g.obr == nil {
			return g.orc.Errorf(0, "no OBR segment behind it: %w", ErrCut)
		}
		if r.name.Flag == Current && cancelled(g.orc) {
			r.warn(g.orc, 1, "cancelled entry, left out")
			takenBack = true
			continue
		}
		if takenBack && g.orc == nil {
			r.warn(g.obr, 0, "examination without an ORC of its own behind a cancelled one, read as standing")
		}
		takenBack = takenBack && g.orc == nil
		standing++
		e, err := r.examination(g, performed)
		if err != nil {
			return err
		}
		if i, known := byOrder[e.Parent]; known && e.Parent != "" && e.At == "" {
			e.At = r.doc.Examinations[i].At // a part is done with the whole
		}
		if e.At == "" && !performed {
			e.At = r.time(g.orc, 9)
		}
		if i, known := byOrder[e.OrderNo]; known && g.orc.ID(1) == "PA" && e.OrderNo != "" {
			if has[i] == nil {
				has[i] = studiesOf(&r.doc.Examinations[i])
			}
			if r.doc.Examinations[i] = merged(r.doc.Examinations[i], e, has[i]); len(r.doc.Examinations[i].Further) > maxStudies {
				return tooManyStudies(g.obr)
			}
			continue
		}
		byOrder[e.OrderNo] = len(r.doc.Examinations)
		r.doc.Examinations = append(r.doc.Examinations, e)
	}
	if standing == 0 {
		return groups[0].orc.Errorf(1, "%w", ErrCancelled)
	}
	return nil
}

// examined splits the message into its groups. An ORC begins one, and so does an OBR
// where the group has one already or where results come without orders.
func (r *reader) examined() []examined {
	var all []examined
	for s := range r.msg.All() {
		n := len(all)
		switch {
		case s.Name == "ORC":
			all = append(all, examined{orc: s})
		case s.Name == "OBR" && (n == 0 || all[n-1].obr != nil):
			all = append(all, examined{obr: s})
		case n == 0:
			r.beforeOrders(s)
		case s.Name == "OBR":
			all[n-1].obr = s
		case s.Name == "TQ1":
			all[n-1].tq1 = append(all[n-1].tq1, s)
		default:
			all[n-1].rest = append(all[n-1].rest, s)
		}
	}
	return all
}

// examination reads one group.
func (r *reader) examination(g examined, performed bool) (clinical.Examination, error) {
	name := nameOf(g.obr.Field(4))
	if name == nil {
		return clinical.Examination{}, g.obr.Errorf(4, "no examination")
	}
	e := clinical.Examination{
		Name:      *name,
		Performed: performed,
		End:       r.time(g.obr, 8),
		Status:    g.obr.ID(25),
		Purpose:   purpose(g.obr),
		Danger:    codedField(g.obr.Field(12)),
		OrderNo:   firstText(g.orc.Key(2), g.obr.Key(2)),
		Parent:    firstText(g.orc.Key(8), g.obr.Key(29)),

		OrderStatus: r.became(g.orc),
	}
	e.Comments = appendLine(e.Comments, reason(g.orc))
	scheduled := r.time(g.obr, 36)
	for _, tq1 := range g.tq1 {
		scheduled = clinical.Time(firstText(string(scheduled), string(r.time(tq1, 7))))
		if e.Priority == (clinical.Coded{}) {
			e.Priority = coded(tq1.Field(9).Code())
		}
		e.Comments = appendLine(e.Comments, r.occasions(tq1))
		e.Comments = appendLine(appendLine(e.Comments, tq1.Text(10)), tq1.Text(11))
	}
	e.At = r.time(g.obr, 7)
	if !performed && e.At == "" {
		e.At = scheduled
	}
	return e, r.examinationParts(&e, g.rest)
}

// occasions says how much, when, how often and how long an examination is to be done.
func (r *reader) occasions(tq1 *hl7v2.Segment) string {
	said := appendLine(nil, joined(codedAll(tq1.Field(3).RepeatPatterns())))
	q := tq1.Field(2).Quantity()
	if unit := coded(q.Unit); q.Amount != "" && (q.Amount != "1" || !unit.IsEmpty()) {
		said = append(said, "数量 "+q.Amount+unit.Label())
	}
	said = append(appendLine(said, texts(tq1.Field(4), "、")), spacing(tq1)...)
	switch lasts := r.duration(tq1); {
	case lasts.days > 0:
		said = append(said, "期間 "+strconv.Itoa(lasts.days)+"日")
	case lasts.times > 0:
		said = append(said, strconv.Itoa(lasts.times)+"回")
	case !lasts.isZero():
		said = append(said, "期間 "+lasts.words())
	}
	if n := r.count(tq1, 14); n > 0 {
		said = append(said, "計"+strconv.Itoa(n)+"回")
	}
	if to := dayWords(r.time(tq1, 8)); to != "" {
		said = append(said, to+"まで")
	}
	return strings.Join(said, " ")
}

// purpose is what an examination is for: what is known of the patient (OBR-13) and the
// reasons (OBR-31).
func purpose(obr *hl7v2.Segment) string {
	said := appendLine(appendLine(nil, obr.Text(13)), joined(codedAll(obr.Field(31).Codes())))
	return strings.Join(slices.Compact(said), "、")
}

// examinationParts reads what stands behind the OBR. A NTE is about what stands
// before it; an OBX behind a ZE1 is that procedure's.
func (r *reader) examinationParts(e *clinical.Examination, rest []*hl7v2.Segment) error {
	comments := &e.Comments
	studies := make(studies)
	for _, s := range rest {
		var doing *clinical.Procedure
		if n := len(e.Items); n > 0 {
			doing = &e.Items[n-1]
		}
		switch s.Name {
		case "OBX":
			var finding clinical.LabResult
			standing, err := r.observation(s, &finding)
			if err != nil {
				return err
			}
			if !standing {
				comments = new([]string) // a note on what was withdrawn goes with it
				continue
			}
			comments = addFinding(e, doing, finding, s)
		case "NTE":
			*comments = appendLine(*comments, s.Text(3))
		case "ZE1":
			p, err := r.procedure(s)
			if err != nil {
				return err
			}
			e.Items = append(e.Items, p)
			comments = &e.Items[len(e.Items)-1].Comments
		case "ZE2":
			if doing == nil {
				r.remark(clinical.RemarkLeftOut, s, 0, "exposure without a procedure before it, not shown")
				continue
			}
			doing.Exposures = append(doing.Exposures, exposure(s))
		case "IPC":
			if e.Protocol == (clinical.Coded{}) {
				e.Protocol = coded(s.Field(6).Code())
			}
			if study := study(s); studies.add(e, study) && len(e.Further) > maxStudies {
				return tooManyStudies(s)
			}
		case "SPM":
			e.Specimen = append(e.Specimen, codedField(s.Field(4)))
			e.SpecimenSites = append(e.SpecimenSites, codedAll(s.Field(8).Codes())...)
		}
	}
	return nil
}

// addFinding adds an observation to the procedure or the examination that it is of and
// gives the place for notes on it. A material that a procedure used is none.
func addFinding(e *clinical.Examination, doing *clinical.Procedure, finding clinical.LabResult, obx *hl7v2.Segment) *[]string {
	if doing != nil && finding.ValueType == "ZRD" {
		doing.Materials = append(doing.Materials, materials(obx.Field(5))...)
		return &doing.Comments
	}
	list := &e.Findings
	if doing != nil {
		list = &doing.Findings
	}
	*list = append(*list, finding)
	return &(*list)[len(*list)-1].Comments
}

// maxStudies bounds the studies of one examination.
const maxStudies = 1000

func tooManyStudies(at *hl7v2.Segment) error {
	return at.Errorf(0, "more than %d studies of one examination", maxStudies)
}

// study reads IPC.
func study(ipc *hl7v2.Segment) clinical.Study {
	return clinical.Study{
		Modality:  coded(ipc.Field(5).Code()),
		Accession: ipc.Key(1),
		StudyUID:  ipc.Key(3),
	}
}

// studies are those that an examination has. The same may stand behind the order and each
// of its parts.
type studies map[clinical.Study]bool

// studiesOf gives those that were read.
func studiesOf(e *clinical.Examination) studies {
	all := studies{{Modality: e.Modality, Accession: e.Accession, StudyUID: e.StudyUID}: true}
	for _, one := range e.Further {
		all[one] = true
	}
	return all
}

// add adds a study to an examination and reports whether it did not have it.
func (all studies) add(e *clinical.Examination, one clinical.Study) bool {
	if one == (clinical.Study{}) || all[one] {
		return false
	}
	all[one] = true
	if (clinical.Study{Modality: e.Modality, Accession: e.Accession, StudyUID: e.StudyUID}) == (clinical.Study{}) {
		e.Modality, e.Accession, e.StudyUID = one.Modality, one.Accession, one.StudyUID
	} else {
		e.Further = append(e.Further, one)
	}
	return true
}

// merged adds to an order what its repetition as a parent says besides.
func merged(whole, parent clinical.Examination, known studies) clinical.Examination {
	known.add(&whole, clinical.Study{Modality: parent.Modality, Accession: parent.Accession, StudyUID: parent.StudyUID})
	for _, one := range parent.Further {
		known.add(&whole, one)
	}
	whole.Items = append(whole.Items, parent.Items...)
	whole.Findings = append(whole.Findings, parent.Findings...)
	whole.Comments = append(whole.Comments, parent.Comments...)
	whole.Specimen = append(whole.Specimen, parent.Specimen...)
	whole.SpecimenSites = append(whole.SpecimenSites, parent.SpecimenSites...)
	whole.At = clinical.Time(firstText(string(whole.At), string(parent.At)))
	whole.End = clinical.Time(firstText(string(whole.End), string(parent.End)))
	whole.Status = firstText(whole.Status, parent.Status)
	whole.Purpose = firstText(whole.Purpose, parent.Purpose)
	whole.Priority = cmp.Or(whole.Priority, parent.Priority)
	whole.Danger = cmp.Or(whole.Danger, parent.Danger)
	whole.Protocol = cmp.Or(whole.Protocol, parent.Protocol)
	whole.OrderStatus = cmp.Or(whole.OrderStatus, parent.OrderStatus)
	return whole
}

// procedure reads ZE1.
func (r *reader) procedure(ze1 *hl7v2.Segment) (clinical.Procedure, error) {
	what, err := r.onlyCodedIn(ze1, 3, "procedure")
	if err != nil {
		return clinical.Procedure{}, err
	}
	p := clinical.Procedure{
		Procedure: what,
		Count:     ze1.Text(4),
		Planned:   ze1.ID(2) != "RS",
		StaffRole: ze1.Text(6),
		Materials: materials(ze1.Field(9)),
		Comments:  appendLine(nil, ze1.Text(11)),

		MaterialKind: ze1.Text(8),
	}
	for rep := range ze1.Field(7).Repetitions() {
		if s := staffIn(rep); s != (clinical.Staff{}) {
			p.Staff = append(p.Staff, s)
		}
	}
	return p, nil
}

// materials reads ZRD: code^text^system^amount^unit&text&system.
func materials(f hl7v2.Field) []clinical.Material {
	var out []clinical.Material
	for rep := range f.Repetitions() {
		at := func(n int) string { return rep.Component(n).Text() }
		m := clinical.Material{
			Material: coded(hl7v2.Code{Code: at(1), Text: at(2), System: at(3)}),
			Amount:   at(4),
			Unit:     coded(rep.Component(5).Code()),
		}
		if m != (clinical.Material{}) {
			out = append(out, m)
		}
	}
	return out
}

// exposure reads ZE2.
func exposure(ze2 *hl7v2.Segment) clinical.Exposure {
	return clinical.Exposure{
		Voltage:  quantityText(ze2.Field(2)),
		Current:  quantityText(ze2.Field(3)),
		Distance: quantityText(ze2.Field(4)),
		Time:     quantityText(ze2.Field(5)),
		Count:    ze2.Text(6),
		Comment:  ze2.Text(7),
	}
}

// quantityText writes CQ as people do: 120 kV.
func quantityText(f hl7v2.Field) string {
	q := f.Quantity()
	unit := coded(q.Unit)
	return strings.TrimSpace(q.Amount + " " + firstText(unit.Text, unit.Code, unit.LocalText, unit.LocalCode))
}
