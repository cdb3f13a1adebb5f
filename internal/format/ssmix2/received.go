package ssmix2

import (
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// japan is the zone of time stamps in names.
var japan = time.FixedZone("JST", 9*60*60)

// NameOf gives the name under which a message that came without one, over a wire,
// belongs in a standard storage:
//
//	patient        PID-3 of the only PID, the identifier of kind PI or of none
//	data type      MSH-9; orders of drugs and examinations by what they order, see below
//	care date      the field that the specification names for the data type; of what is new MSH-7 or EVN-2 where it is empty
//	order number   ORC-2, else OBR-2; [NoOrder] for types without orders
//	time stamp     MSH-7 if it has seconds, else received
//	department     ORC-17, else PV1-10; none for ADT-00 and ADT-61
//	flag           [Deleted] for a cancellation (trigger event, or ORC-1 of all orders), else [Current]
//
// One trigger event stands for several data types: RDE and RAS for prescriptions and
// injections, OMG and OMI for radiology, endoscopy and physiology. What tells them
// apart are the codes: of the usage, the categories, the form and the route; of the
// examination's system, the section and the modality; in ORU^R01, if the panel is the
// facility's own, of its results and its specimen, see [classifier.measured]. In the older SS-MIX, OMP stands
// for orders and what was done, ADT^A08 for demographics and diseases: see
// [classifier.performed] and [classifier.diseases]. Nothing is taken by default:
// what cannot be told is an error of kind [fault.Invalid] that names the field.
// A message of several orders has no name; [ByOrder] gives those that have.
// A message of a type that no storage has wraps [ErrUnknownType]; ORU^R30 is one, see
// [IsVitals]. That a message has a name does not mean that it can be read.
func NameOf(msg *hl7v2.Message, received time.Time) (Name, error) {
	if err := bounded(msg); err != nil {
		return Name{}, err
	}
	c := classifier{msg}
	typ, err := c.dataType()
	if err != nil {
		return Name{}, err
	}
	n := Name{Key: Key{DataType: typ, OrderNo: NoOrder}, Flag: Current}
	if n.PatientID, err = PatientOf(msg); err != nil {
		return Name{}, err
	}
	if n.CareDate, err = c.careDate(typ); err != nil {
		return Name{}, err
	}
	if typ.hasOrders() {
		if n.OrderNo, err = c.orderNo(); err != nil {
			return Name{}, err
		}
	}
	if c.cancels(typ) {
		n.Flag = Deleted
	}
	n.Timestamp = c.sent(received)
	if typ != PatientDemographics && typ != AllergyInformation {
		n.Department = c.department()
	}
	if err := n.check(); err != nil {
		return Name{}, msg.Header().Errorf(0, "no name for the message: %w", err)
	}
	return n, nil
}

// hasOrders reports whether entries of the type have order numbers.
func (t DataType) hasOrders() bool { return strings.HasPrefix(string(t), "OM") }

// classifier tells from a message what file it would be.
type classifier struct{ msg *hl7v2.Message }

// dataType finds the data type. ADT events have one each; A01 of an outpatient is a
// reception that its writer did not name so.
func (c classifier) dataType() (DataType, error) {
	msh := c.msg.Header()
	code, trigger := msh.At(9, 1, 1, 1), msh.At(9, 1, 2, 1)
	switch code + "^" + trigger {
	case "ADT^A01":
		if pv1 := c.msg.First("PV1"); pv1.ID(2) == "O" {
			return OutpatientReception, nil
		}
	case "ADT^A08":
		if c.diseases() {
			return DiseaseList, nil
		}
	case "RDE^O11":
		return c.drugs(PrescriptionOrder, InjectionOrder)
	case "OMP^O09":
		done, err := c.performed()
		if err != nil {
			return "", err
		}
		if done {
			return c.drugs(PrescriptionDone, InjectionDone)
		}
		return c.drugs(PrescriptionOrder, InjectionOrder)
	case "RAS^O17":
		return c.drugs(PrescriptionDone, InjectionDone)
	case "OMG^O19":
		return c.examination(map[subject]DataType{imaging: ImagingOrder, endoscopy: EndoscopyOrder, physiology: PhysiologyOrder})
	case "OMI^Z23":
		return c.examination(map[subject]DataType{imaging: ImagingDone, endoscopy: EndoscopyDone})
	case "ORU^R01":
		return c.examination(map[subject]DataType{physiology: PhysiologyResult, laboratory: LabResult})
	case "OML^O33":
		return c.laboratory(), nil
	}
	for t, d := range dataTypes {
		if d.message == code && trigger != "" && (slices.Contains(d.triggers, trigger) || slices.Contains(d.cancels, trigger)) {
			return t, nil
		}
	}
	if code == "" {
		return "", msh.Errorf(9, "no message type")
	}
	return "", msh.Errorf(9, "message type has no place in a standard storage: %w", ErrUnknownType)
}

// ofDemographics are the segments of an ADT^A08 that a list of diseases has no place for.
var ofDemographics = []string{"NK1", "DB1", "OBX", "AL1", "IN1"}

// diseases reports whether an ADT^A08 is a list of diseases, as in the older SS-MIX: it
// has DG1, which today's demographics may have as well, but nothing else of theirs, and
// does not call itself SS-MIX2 (MSH-21), where the message is no list of diseases.
func (c classifier) diseases() bool {
	return c.msg.Has("DG1") && !strings.HasPrefix(c.msg.Header().At(21, 1, 1, 1), "SS-MIX2") &&
		!slices.ContainsFunc(ofDemographics, c.msg.Has)
}

// performed reports whether an OMP^O09, which in the older SS-MIX is both, says what was
// done instead of what is ordered: by RXA, or by ORC-1 RE (the performed service follows,
// HL7 table 0119) or ORC-5 CM (completed, table 0038) of all orders that it does not cancel.
func (c classifier) performed() (bool, error) {
	if c.msg.Has("RXA") {
		return true, nil
	}
	var done, open *hl7v2.Segment
	for s := range c.msg.Segments("ORC") {
		switch {
		case s.ID(1) == "RE" || s.ID(5) == "CM":
			done = s
		case !cancelled(s):
			open = s
		}
	}
	if done != nil && open != nil {
		return false, open.Errorf(5, "some orders of the message were performed and others not")
	}
	return done != nil, nil
}

// laboratory tells results that come as OML^O33, as in the older SS-MIX, from orders:
// in an order what is asked for has status O or none, and no value.
func (c classifier) laboratory() DataType {
	inPanel := false
	for s := range c.msg.All() {
		switch status := s.ID(11); {
		case s.Name == "OBR":
			inPanel = true
		case s.Name == "SPM":
			inPanel = false
		case s.Name == "OBX" && inPanel && !s.Field(5).IsBlank() && status != "" && status != "O":
			return LabResult
		}
	}
	return LabOrder
}

// PatientOf gives the one patient of a message: the identifier of kind PI or of none in
// the only PID. None, or more than one, is an error of kind [fault.Invalid].
func PatientOf(msg *hl7v2.Message) (found ident.LocalPatientID, err error) {
	pid := msg.First("PID")
	if pid == nil {
		return "", msg.Header().Errorf(0, "no PID segment")
	}
	for other := range msg.Segments("PID") {
		if other.Number != pid.Number {
			return "", other.Errorf(0, "a second PID segment: the message is of more than one patient")
		}
	}
	for rep := range pid.Field(3).Repetitions() {
		id, kind := ident.LocalPatientID(strings.TrimSpace(rep.Component(1).Text())), rep.Component(5).Text()
		switch {
		case id == "" || kind != "" && kind != "PI" || id == found:
		case found != "":
			return "", pid.Errorf(3, "more than one patient id")
		default:
			found = id
		}
	}
	if found == "" {
		return "", pid.Errorf(3, "no patient id")
	}
	return found, nil
}

// careDate reads the field of the specification. Where a result lacks the time of its
// specimen, that of the observation is taken, as the laboratory itself files it, else that of
// the analysis or the report, which is all that some analysers say; where what was done comes
// without RXA, as it did in the older SS-MIX, when it was to begin. A new order that does not
// say when it was entered (ORC-9 is optional) was entered when its message was made, a
// movement without its own time when it was recorded. What changes or takes back says with
// these fields where it belongs: nothing stands in for them.
func (c classifier) careDate(typ DataType) (string, error) {
	d := dataTypes[typ]
	if d.undated {
		return "", nil
	}
	places := d.careDate
	switch {
	case places[0] == place{"ORC", 9} && c.allNew():
		places = []place{{"ORC", 9}, {"MSH", 7}}
	case places[0] == place{"EVN", 6} && !c.cancels(typ):
		places = append(slices.Clone(places), place{"EVN", 2})
	case typ == LabResult:
		places = append(slices.Clone(places), place{"OBR", 7}, place{"OBX", 14}, place{"OBX", 19}, place{"OBR", 22})
	case c.msg.Header().At(9, 1, 1, 1) == "OMP" && (typ == PrescriptionDone || typ == InjectionDone):
		places = append(slices.Clone(places), place{"TQ1", 7}, place{"ORC", 9})
	}
	for _, p := range places {
		for s := range c.msg.Segments(p.segment) {
			if s.Field(p.field).IsBlank() {
				continue
			}
			at, err := s.Field(p.field).Time()
			if err != nil || at.Date() == "" {
				return "", s.Errorf(p.field, "care date is no day")
			}
			return at.Date(), nil
		}
	}
	s := c.msg.First(places[0].segment)
	if s == nil {
		return "", c.msg.Header().Errorf(0, "no %s segment, which has the care date", places[0].segment)
	}
	return "", s.Errorf(places[0].field, "no care date")
}

// allNew reports whether a message places new orders and does nothing else.
func (c classifier) allNew() bool {
	found := false
	for s := range c.msg.Segments("ORC") {
		if id := s.ID(1); id != "NW" && id != "PA" && id != "CH" || cancelled(s) || DiscontinuesOrder(s) || HoldsOrder(s) || ReplacesOrder(s) {
			return false
		}
		found = true
	}
	return found
}

// orderNo reads the one order that the message is of. Parts of an order (CH) have
// numbers of their own.
func (c classifier) orderNo() (string, error) {
	found := ""
	for s := range c.msg.Segments("ORC") {
		number := s.Key(2)
		switch {
		case s.ID(1) == "CH" || number == "" || number == found:
		case found != "":
			return "", s.Errorf(2, "orders of more than one number")
		default:
			found = number
		}
	}
	if found != "" {
		return found, nil
	}
	orc, obr := c.msg.First("ORC"), c.msg.First("OBR")
	if number := obr.Key(2); number != "" {
		return number, nil
	}
	switch {
	case orc != nil:
		return "", orc.Errorf(2, "no order number")
	case obr != nil:
		return "", obr.Errorf(2, "no order number")
	}
	return "", c.msg.Header().Errorf(0, "no ORC segment, which has the order number")
}

// cancels reports whether the message takes the entry back.
func (c classifier) cancels(typ DataType) bool {
	if slices.Contains(dataTypes[typ].cancels, c.msg.Header().At(9, 1, 2, 1)) {
		return true
	}
	any := false
	for s := range c.msg.Segments("ORC") {
		if !cancelled(s) {
			return false
		}
		any = true
	}
	return any && typ.hasOrders()
}

// sent gives the time stamp of a name. MSH-7 without seconds would be the same for
// one message and its correction.
func (c classifier) sent(received time.Time) string {
	at := received
	if t, err := c.msg.Header().Field(7).Time(); err == nil && t.Precision >= hl7v2.PrecisionSecond {
		at, _ = t.Instant()
	}
	return strings.ReplaceAll(at.In(japan).Format("20060102150405.000"), ".", "")
}

// department gives the department if its code can stand in a name.
func (c classifier) department() string {
	for _, p := range []place{{"ORC", 17}, {"PV1", 10}} {
		s := c.msg.First(p.segment)
		code := s.Key(p.field)
		if code != "" && code != absent && !strings.ContainsFunc(code, func(r rune) bool { return unfit(r) || r == '_' }) {
			return code
		}
	}
	return ""
}
