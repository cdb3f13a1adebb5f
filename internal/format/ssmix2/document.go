package ssmix2

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

var (
	// ErrWrongPatient: a file that says it is another patient's than its folder is.
	ErrWrongPatient = errors.New("belongs to another patient")
	// ErrIdentity: a file of the patient's number that names another person than has it.
	ErrIdentity = errors.New("names another person")
	// ErrUnnamed: a file that does not name the person who has the number, of a time when
	// somebody else had it, or may have had it ([clinical.Holder.Doubted]).
	ErrUnnamed = errors.New("does not name the patient, and the number was or may have been another's")
	// ErrUnknownType: no data type of the specification.
	ErrUnknownType = errors.New("unknown data type")
	// ErrCut: the file ends before its message does.
	ErrCut = hl7v2.ErrCut
	// ErrCancelled: a cancellation in a file that calls itself current.
	ErrCancelled = errors.New("cancellation in a file that is flagged current")
	// ErrEncoding: characters that no character set explains, where they matter.
	ErrEncoding = errors.New("characters that cannot be decoded")
)

// maxWarnings bounds the remarks on one document.
const maxWarnings = 100

// maxRepetitions bounds the repetitions of fields in one message: each costs fifty
// times its bytes when it is read.
const maxRepetitions = 100_000

// maxShared bounds, in bytes of the message, what the entries of one order have in common
// and each of them repeats: a thousand amounts with a thousand instructions are a million.
const maxShared = 4 << 20

// shared refuses an order, or what else has several entries, that they would repeat too
// much of.
func shared(at *hl7v2.Segment, entries int, common ...[]*hl7v2.Segment) error {
	size := 0
	for _, s := range slices.Concat(common...) {
		size += len(s.Raw())
	}
	if entries > 1 && entries*size > maxShared {
		return tooMuch(at)
	}
	return nil
}

func tooMuch(at *hl7v2.Segment) error {
	return at.Errorf(0, "more than %d bytes that the entries of one order have in common", maxShared)
}

// separated is what a text in a list takes besides its own bytes.
const separated = len(`"",`)

// bytesOf gives how long the parts of a coded entry are.
func bytesOf(c *clinical.Coded) int {
	v := c.Value()
	return len(v.Code) + len(v.Text) + len(v.System) + len(v.LocalCode) + len(v.LocalText) + len(v.LocalSystem)
}

// bounded refuses a message that would take far more memory than its size.
func bounded(msg *hl7v2.Message) error {
	size, count := 0, 0
	for s := range msg.All() {
		size += len(s.Raw())
	}
	if size <= maxRepetitions {
		return nil
	}
	for s := range msg.All() {
		if count += strings.Count(s.Raw(), string(msg.Delimiters.Repetition)); count > maxRepetitions {
			return s.Errorf(0, "more than %d repetitions in the message", maxRepetitions)
		}
	}
	return nil
}

// ReadDocument reads the body of the file that name names. The document is whole
// or there is none: an entry that cannot be read refuses its file, because a
// prescription short of one drug looks like a prescription. See the package
// comment for what is refused and what is read with a warning. A file that ends
// exactly behind a complete entry shows no sign of having been cut: who reads files
// while they are written waits until their size rests.
//
// Files flagged superseded or deleted are read like current ones, cancellations
// among them; it is for the caller to ask [Resolve] what holds.
func ReadDocument(name Name, body []byte) (clinical.Document, error) {
	return ReadDocumentOf(name, body, clinical.Holder{})
}

// ReadDocumentOf reads a document as [ReadDocument] does and holds who its PID names
// against the facility's record of the patient: numbers are given to new patients, and
// what was written for the former one stays under them. A document that is another
// person's ([clinical.Comparison.Another]) fails with [ErrIdentity], one that does not name
// the holder of a doubted number with [ErrUnnamed]. Lesser differences are remarked on.
func ReadDocumentOf(name Name, body []byte, of clinical.Holder) (clinical.Document, error) {
	if !name.DataType.Readable() {
		return clinical.Document{}, fault.New(fault.Invalid, "data type %q: %w", name.DataType, ErrUnknownType)
	}
	var doc clinical.Document
	err := hl7v2.Visit(body, func(msg *hl7v2.Message) (err error) {
		doc, err = readMessage(name, msg, of)
		return err
	})
	if err == nil {
		remarkName(name, &doc)
	}
	return doc, err
}

// ReadMessage reads a message that was parsed already, as [ReadDocument] does. It remarks
// nothing on the name, which is no file's.
func ReadMessage(name Name, msg *hl7v2.Message) (clinical.Document, error) {
	return readMessage(name, msg, clinical.Holder{})
}

func readMessage(name Name, msg *hl7v2.Message, of clinical.Holder) (clinical.Document, error) {
	typ, ok := dataTypes[name.DataType]
	if !ok {
		return clinical.Document{}, fault.New(fault.Invalid, "data type %q: %w", name.DataType, ErrUnknownType)
	}
	if msg.Len() == 0 {
		return clinical.Document{}, invalid("message without segments")
	}
	r := &reader{name: name, typ: typ, msg: msg, of: of}
	return r.take((*reader).whole, (*reader).messageType, (*reader).patient, (*reader).person, (*reader).head, (*reader).required, (*reader).careDate, (*reader).read, (*reader).decoded)
}

// take takes the steps of reading, until one fails.
func (r *reader) take(steps ...func(*reader) error) (clinical.Document, error) {
	r.known = memos.Get().(*memo).under(r.msg.Delimiters)
	defer memos.Put(r.known)
	for _, step := range steps {
		if err := step(r); err != nil {
			return clinical.Document{}, err
		}
	}
	return r.doc, nil
}

// reader reads one message.
type reader struct {
	name Name
	typ  dataType
	msg  *hl7v2.Message
	doc  clinical.Document
	of   clinical.Holder
	code string // MSH-9.1
	// notes are those on the last of doc.Injections that were given.
	notes map[string]bool
	// lastTime is a time that was read last and is one: the results of a specimen
	// repeat it.
	lastTime string
	trials   map[string]bool // those of doc.Trials
	known    *memo
}

func (r *reader) read() error { return r.typ.read(r) }

// decoded refuses a message with holes in it: a drug whose name lacks characters is
// another drug, and what could not be decoded may have been a delimiter. In PID a hole is
// borne, since many names are written with characters of the hospital's own, but not in
// the kana name, by which the patient is verified.
func (r *reader) decoded() error {
	for _, w := range r.msg.Warnings {
		if strings.Contains(w, ": "+string(jis.Undecodable)+": ") && !strings.Contains(w, "(PID)") {
			return invalid("%w: %s", ErrEncoding, w)
		}
	}
	if d := r.doc.Demographics; d != nil && strings.ContainsRune(d.Kana, '\uFFFD') {
		return r.msg.First("PID").Errorf(5, "%w: kana name", ErrEncoding)
	}
	return nil
}

// warn remarks on a field, 0 for the whole segment. Never on its value: warnings
// are read by people who may not read the record.
func (r *reader) warn(s *hl7v2.Segment, field int, format string, args ...any) {
	r.remark("", s, field, format, args...)
}

// remark warns of what hospital IT can mend.
func (r *reader) remark(kind clinical.RemarkKind, s *hl7v2.Segment, field int, format string, args ...any) {
	room := len(r.doc.Warnings) < maxWarnings
	if !room && (kind == "" || r.doc.Remarks.Has(kind)) {
		return
	}
	text := s.Place(field) + ": " + fmt.Sprintf(format, args...)
	r.doc.Remarks.Add(kind, text)
	if room {
		r.doc.Warnings = append(r.doc.Warnings, text)
	}
}

func (r *reader) last() *hl7v2.Segment {
	return r.msg.Segment(r.msg.Len())
}

// endings are the last required field of the segments that messages end with, or
// the last that changes the meaning of those before: without PRB-13 a suspected
// disease is a certain one.
var endings = map[string]int{
	"MSH": 12, "EVN": 2, "PID": 8, "OBX": 11, "AL1": 3, "IAM": 6, "IN1": 2, "PRB": 16, "ZPR": 2,
	"ORC": 2, "RXE": 5, "RXO": 1, "RXR": 1, "RXC": 4, "RXA": 6, "SPM": 4, "OBR": 4,
	"DG1": 3, "ODS": 3, "ODT": 1, "IPC": 5, "ZE1": 3,
}

// codedEndings are the fields of such segments that are coded entries: where one is the
// last that is written, half a code is another code, so its code system must have begun.
// Half of a unit (M of ML) is another unit.
var codedEndings = map[string][]int{
	"OBR": {4}, "RXR": {1, 2, 3, 4}, "RXC": {2, 4, 6}, "ODS": {3}, "ODT": {1}, "ZE1": {3}, "DG1": {3}, "SPM": {4, 8},
}

// numericEndings are those that are numbers with their unit in the field behind: half of a
// number is another number.
var numericEndings = map[string][]int{"RXC": {3, 5}}

// whole refuses a message that was cut. HL7 has no end mark; but a last segment
// that nothing terminates must at least have the fields it cannot do without.
func (r *reader) whole() error {
	if err := bounded(r.msg); err != nil {
		return err
	}
	end := r.last()
	switch field, known := endings[end.Name]; {
	case r.msg.OpenEnd:
		return end.Errorf(0, "%w inside a character", ErrCut)
	case r.msg.Terminated:
		return nil
	case r.msg.OpenName:
		return end.Errorf(0, "%w inside the name of the segment behind it", ErrCut)
	case known && end.Field(field).IsEmpty():
		return end.Errorf(0, "%w before field %d", ErrCut, field)
	}
	switch last := end.Len(); {
	case slices.Contains(codedEndings[end.Name], last) && !end.Field(last).IsEmpty() && !lastIsWhole(end.Field(last)),
		slices.Contains(numericEndings[end.Name], last):
		return end.Errorf(0, "%w inside field %d", ErrCut, last)
	}
	return nil
}

// lastIsWhole reports whether the last coded entry of a field has come to its system.
func lastIsWhole(f hl7v2.Field) bool {
	whole := false
	for rep := range f.Repetitions() {
		whole = rep.Component(3).Raw() != ""
	}
	return whole
}

func (r *reader) messageType() error {
	msh := r.msg.Header()
	code, trigger := msh.At(9, 1, 1, 1), msh.At(9, 1, 2, 1)
	r.code = code
	wanted := func() string { return strings.Join(r.typ.triggers, " or ") }
	switch {
	case code == "":
		return msh.Errorf(9, "no message type: %w", ErrCut)
	case len(r.typ.tolerated) > 0 && slices.Contains(r.typ.tolerated, code+"^"+trigger):
		if code == r.typ.message {
			r.remark(clinical.RemarkMessageType, msh, 9, "trigger event is not %s, read as the data type says", wanted())
		} else {
			r.remark(clinical.RemarkMessageType, msh, 9, "message is no %s, as in older editions, read as the data type says", r.typ.message)
		}
	case code != r.typ.message:
		return msh.Errorf(9, "message is no %s, which the data type wants", r.typ.message)
	case slices.Contains(r.typ.triggers, trigger):
	case trigger != "" && slices.Contains(r.typ.cancels, trigger):
		if r.name.Flag == Current {
			return msh.Errorf(9, "%w", ErrCancelled)
		}
	default:
		return msh.Errorf(9, "trigger event is not %s, which the data type wants", wanted())
	}
	return nil
}

func (r *reader) missing(name string) error {
	return r.last().Errorf(0, "no %s segment: %w", name, ErrCut)
}

func (r *reader) required() error {
	for _, name := range r.typ.required {
		if !r.msg.Has(name) {
			return r.missing(name)
		}
	}
	return nil
}

// head fills in what name and message say of every document.
func (r *reader) head() error {
	n := r.name
	warnings := append(slices.Clone(r.msg.Warnings), r.doc.Warnings...)
	r.doc = clinical.Document{
		Kind:        r.typ.kind,
		PatientID:   n.PatientID,
		DataType:    string(n.DataType),
		Date:        n.CareDate,
		OrderNo:     n.OrderNo,
		Timestamp:   n.Timestamp,
		Department:  n.Department,
		MessageType: r.msg.Type(),
		Warnings:    warnings[:min(len(warnings), maxWarnings)],
		Remarks:     append(bent(r.msg), r.doc.Remarks...),
	}
	orc := r.msg.First("ORC")
	if r.doc.Requester = staff(orc.Field(12)); r.doc.Requester == nil {
		r.doc.Requester = staff(r.msg.First("OBR").Field(16)) // results may come without their order
	}
	if r.doc.Department == "" {
		r.doc.Department = orc.Key(17)
	}
	if r.doc.Department == "" && n.DataType.hasOrders() {
		r.doc.Department = r.msg.First("PV1").Key(10)
	}
	if orc == nil {
		return nil
	}
	if number := orc.Key(2); number != "" && n.OrderNo != NoOrder && !r.typ.undated && number != n.OrderNo {
		if orc.Key(3) == n.OrderNo {
			r.remark(clinical.RemarkOrderNumber, orc, 2, "order number differs from that of the file name, which has the one of field 3")
		} else {
			r.remark(clinical.RemarkOrderNumber, orc, 2, "order number differs from that of the file name")
		}
	}
	r.department(orc)
	return nil
}

// careDate compares the folder's date with the message's. The folder decides: it
// is by the folder that the hospital itself finds the entry.
func (r *reader) careDate() error {
	if r.typ.undated != (r.name.CareDate == "") {
		r.remark(clinical.RemarkCareDate, r.msg.Header(), 0, "file name has a care date where the data type has none, or none where it has one")
		return nil
	}
	for _, p := range r.typ.careDate {
		s := r.msg.First(p.segment)
		if s.Field(p.field).IsBlank() {
			continue
		}
		if at, err := s.Field(p.field).Time(); err != nil || at.Date() != r.name.CareDate {
			r.remark(clinical.RemarkCareDate, s, p.field, "care date differs from that of the folder")
		}
		return nil
	}
	for _, p := range r.typ.careDate[:min(1, len(r.typ.careDate))] {
		s := r.msg.First(p.segment)
		if end := r.last(); !r.msg.Terminated && end.Name == p.segment {
			return end.Errorf(0, "%w before field %d", ErrCut, p.field)
		}
		if s == nil {
			s = r.msg.Header()
			r.remark(clinical.RemarkCareDate, s, 0, "no %s segment, which has the care date", p.segment)
			return nil
		}
		r.remark(clinical.RemarkCareDate, s, p.field, "no care date")
	}
	return nil
}
