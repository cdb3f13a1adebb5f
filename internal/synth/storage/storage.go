// Package storage writes the chart of a synthetic patient as one hospital's files of an
// SS-MIX2 standard storage (標準化ストレージ): HL7 v2.5 messages in ISO-2022-JP under the
// folders and names of the standardized storage specification 1.2, with superseded and
// deleted files as its rules of condition flags leave them behind.
//
// Hospitals write the same thing in different ways, all of them seen in the field;
// [Habits] says how.
package storage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/synth/story"
)

// Habits is how a hospital's system writes.
type Habits struct {
	CharacterSet string // MSH-18
	EndsWithFS   bool   // 0x1C instead of the last CR
	BareID       bool   // PID-3 without type
	LocalSystem  string // 99xxx: local codes beside the standard's; empty: none
	LocalFirst   bool   // the local triplet before the standard's
	YJ           bool   // drugs by YJ code instead of HOT9
	FullWidth    bool   // names of drugs in full-width characters
	SingleInRXE  bool   // an injection of one drug has it in RXE-2, without RXC
	PlainRP      bool   // ORC-4 is the RP number alone
	EndDates     bool   // TQ1-8 is written
	FlagsNormal  bool   // OBX-8 is N where nothing is remarkable
	AllergyInADT bool   // AL1 in the demographics too
	OrderDigits  int    // of order numbers
	Thousands    bool   // white cells counted in thousands
	Widens       int    // by how many steps its reference ranges are wider
	UpTo, From   string // signs of reference ranges with one bound; empty UpTo: 0-x
}

// Staff is a member of the hospital's staff as messages name them.
type Staff struct{ ID, Family, Given string }

// Hospital is who writes.
type Hospital struct {
	Code    string // 10-digit medical institution code
	Name    string
	Habits  Habits
	Doctors map[string][]Staff // by code of the department, at least one each
	Nurses  []Staff            // at least one
}

// Patient is who the person is to the hospital.
type Patient struct {
	ID                           ident.LocalPatientID
	Serial                       int // one of the hospital's, from 1; order numbers contain it
	Family, Given                string
	FamilyKana, GivenKana        string
	Former                       *Former // what was registered first, if another
	BirthDate                    wareki.Date
	Sex                          clinical.Sex
	Postcode, Address, Phone     string
	InsuranceCode, InsuranceName string // JHSD0001
	InsurerNumber                string // obviously no real one
}

// Former is what the hospital had of the patient before somebody told it better.
type Former struct{ Family, FamilyKana, Address string }

// File is one file of a storage.
type File struct {
	Path string // below the root, with slashes
	Body []byte
}

// Files gives the files of one patient's chart in the order of their paths. The error
// is internal: a chart that cannot be written in JIS X 0208 is ours to mend.
func (h *Hospital) Files(p *Patient, c story.Chart) ([]File, error) {
	w := &writer{h: h, p: p}
	w.demographics(c)
	w.allergies(c.Allergies)
	w.problems(c.Problems)
	w.attending(c.Attending)
	for _, e := range c.Entries {
		w.entry(e)
	}
	if w.err != nil {
		return nil, w.err
	}
	slices.SortFunc(w.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return w.files, nil
}

// writer collects the files of one patient.
type writer struct {
	h     *Hospital
	p     *Patient
	files []File
	sent  int // messages so far
	err   error
}

// document is a file to be written: all of its name but the flag.
type document struct {
	dataType   ssmix2.DataType
	careDate   wareki.Date // zero for undated types
	order      string
	department string
}

// How long corrections and cancellations come after what they correct.
const (
	correctedAfter = 65 * time.Minute
	cancelledAfter = 11 * time.Minute
)

// put writes one file. What it says comes as a function of the time of sending, which
// is in the message's header as well as in the file's name.
func (w *writer) put(d document, flag ssmix2.Flag, at time.Time, message func(sent time.Time) *hl7v2.Builder) {
	if w.err != nil {
		return
	}
	w.sent++
	at = at.Add(time.Duration(w.sent*137%1000) * time.Millisecond)
	name := ssmix2.Name{
		Key:        ssmix2.Key{PatientID: w.p.ID, DataType: d.dataType, OrderNo: d.order},
		Timestamp:  strings.Replace(at.Format("20060102150405.000"), ".", "", 1),
		Department: d.department,
		Flag:       flag,
	}
	if !d.careDate.IsZero() {
		name.CareDate = d.careDate.Compact()
	}
	path, err := name.Path()
	if err != nil {
		w.err = err
		return
	}
	text := strings.Replace(message(at).Text(), "~ISO IR87", w.h.Habits.CharacterSet, 1)
	body, lost := jis.Encode(text)
	if len(lost) > 0 {
		w.err = fault.New(fault.Internal, "%s: %v", path, lost[0])
		return
	}
	if w.h.Habits.EndsWithFS {
		body[len(body)-1] = 0x1C
	}
	w.files = append(w.files, File{path, body})
}

// entry writes an entry and what there was of it before.
func (w *writer) entry(e story.Entry) {
	d, message := w.compose(e, e.Says)
	switch {
	case e.Cancelled:
		w.put(d, ssmix2.Deleted, e.At, message(false))
		w.put(d, ssmix2.Deleted, e.At.Add(cancelledAfter), message(true))
	case e.Said != nil:
		_, first := w.compose(e, e.Said)
		w.put(d, ssmix2.Superseded, e.At, first(false))
		w.put(d, ssmix2.Current, e.At.Add(correctedAfter), message(false))
	default:
		w.put(d, ssmix2.Current, e.At, message(false))
	}
}

// composer gives the message of an entry, or the one that cancels it.
type composer func(cancel bool) func(sent time.Time) *hl7v2.Builder

// compose says under which name an entry goes and how its message is made.
func (w *writer) compose(e story.Entry, says story.Content) (document, composer) {
	d := document{careDate: wareki.On(e.At), order: ssmix2.NoOrder, department: e.Department.Code}
	if e.Order > 0 {
		d.order = w.orderNo(e.Order)
	}
	var build func(b *builder, cancel bool)
	var kind messageKind
	switch says := says.(type) {
	case story.Reception:
		d.dataType, kind, build = ssmix2.OutpatientReception, receptionMessage, func(b *builder, _ bool) { b.reception(e) }
	case story.Admission:
		d.dataType, kind, build = ssmix2.Admission, admissionMessage, func(b *builder, _ bool) { b.admission(e, says) }
	case story.Transfer:
		d.dataType, kind, build = ssmix2.Transfer, transferMessage, func(b *builder, _ bool) { b.transfer(e, says) }
	case story.Discharge:
		d.dataType, kind, build = ssmix2.Discharge, dischargeMessage, func(b *builder, _ bool) { b.discharge(e, says) }
	case story.Prescription:
		d.dataType, kind, build = ssmix2.PrescriptionOrder, orderMessage, func(b *builder, cancel bool) { b.prescription(e, says, cancel) }
	case story.Dispensing:
		d.dataType, kind, build = ssmix2.PrescriptionDone, performedMessage, func(b *builder, cancel bool) { b.dispensing(e, says, cancel) }
	case story.Injection:
		d.dataType, kind, build = ssmix2.InjectionOrder, orderMessage, func(b *builder, cancel bool) { b.injectionOrder(e, says, cancel) }
		if says.Performed {
			d.careDate = wareki.On(says.From)
			d.dataType, kind, build = ssmix2.InjectionDone, performedMessage, func(b *builder, cancel bool) { b.injectionDone(e, says, cancel) }
		}
	case story.LabOrder:
		d.dataType, kind, build = ssmix2.LabOrder, labOrderMessage, func(b *builder, cancel bool) { b.labOrder(e, says, cancel) }
	case story.LabReport:
		d.careDate = wareki.On(says.Collected)
		d.dataType, kind, build = ssmix2.LabResult, labReportMessage, func(b *builder, cancel bool) { b.labReport(e, says, cancel) }
	case story.Culture:
		d.careDate = wareki.On(says.Collected)
		d.dataType, kind, build = ssmix2.LabResult, labReportMessage, func(b *builder, cancel bool) { b.culture(e, says, cancel) }
	case story.Diet:
		d.dataType, kind, build = ssmix2.DietOrder, dietMessage, func(b *builder, cancel bool) { b.diet(e, says, cancel) }
	case story.Examination:
		d.dataType, kind, build = ordered(says.Examination), examinationOrder, func(b *builder, cancel bool) { b.examinationOrder(e, says, cancel) }
		switch {
		case says.Performed && says.Electrical != nil:
			d.careDate = wareki.On(says.From)
			d.dataType, kind, build = ssmix2.PhysiologyResult, observationMessage, func(b *builder, _ bool) { b.electrocardiogram(e, says) }
		case says.Performed:
			d.careDate = wareki.On(says.From)
			d.dataType, kind, build = performed(says.Examination), examinationDone, func(b *builder, cancel bool) { b.examinationDone(e, says, cancel) }
		}
	}
	return d, func(cancel bool) func(time.Time) *hl7v2.Builder {
		return func(sent time.Time) *hl7v2.Builder {
			b := w.begin(kind.of(cancel), sent)
			b.order = d.order
			build(b, cancel)
			return b.Builder
		}
	}
}
