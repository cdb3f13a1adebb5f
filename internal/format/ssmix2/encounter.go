package ssmix2

import (
	"cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

var events = map[DataType]clinical.EncounterEvent{
	AttendingChange:     clinical.EventAttending,
	OutpatientReception: clinical.EventReception,
	PlannedAdmission:    clinical.EventPlanned,
	Admission:           clinical.EventAdmission,
	Leave:               clinical.EventLeave,
	ReturnFromLeave:     clinical.EventReturn,
	PlannedTransfer:     clinical.EventPlanned,
	Transfer:            clinical.EventTransfer,
	PlannedDischarge:    clinical.EventPlanned,
	Discharge:           clinical.EventDischarge,
}

// encounter reads the ADT types of reception, admission, transfer, discharge and of
// another attending doctor.
func (r *reader) encounter() error {
	pv1 := r.msg.First("PV1")
	pv2 := r.msg.First("PV2")
	evn := r.msg.First("EVN")
	at := pv1.Field(3).Location()
	disposition := coded(pv1.Field(36).Code()) // a code alone by its table; some write what it means
	e := &clinical.Encounter{
		Event:       events[r.name.DataType],
		Class:       pv1.ID(2),
		Department:  pv1.Key(10),
		Attending:   staff(pv1.Field(7)),
		Start:       r.time(pv1, 44),
		End:         r.time(pv1, 45),
		Disposition: disposition.Label(),
		Admitting:   staff(pv1.Field(17)),
		Urgency:     coded(pv1.Field(4).Code()),
		Reason:      codedField(pv2.Field(3)),
	}
	if at.Type == "C" || at.Type == "" && e.Class == "O" {
		if e.Department == "" {
			e.Department = at.Ward // of a clinic the location is its department
		}
	} else {
		e.Ward, e.Room, e.Bed = at.Ward, at.Room, at.Bed
	}
	for s := range r.msg.Segments("DG1") {
		disease := coded(s.Field(3).Code())
		if r.deletedDiagnosis(s) {
			continue
		}
		if disease.IsEmpty() {
			disease.Text = s.Text(4)
		}
		if !disease.IsEmpty() {
			e.Diagnoses = append(e.Diagnoses, disease)
		}
	}
	for s := range r.msg.Segments("OBX") {
		r.observe(s)
	}
	r.stateAllergies()
	prior := pv1.Field(6).Location()
	if e.Event == clinical.EventTransfer || r.name.DataType == PlannedTransfer {
		e.PriorWard, e.PriorRoom, e.PriorBed = prior.Ward, prior.Room, prior.Bed
	}
	switch e.Event {
	case clinical.EventAttending:
		// Since when the doctor of PV1-7 attends; the admission says nothing of it.
		e.Start, e.End = r.time(evn, 6), ""
		if e.Start == "" {
			e.Start = r.time(evn, 2)
		}
	case clinical.EventLeave, clinical.EventReturn, clinical.EventTransfer:
		// PV1-44 is here the admission's; what happened now stands in EVN-6.
		e.Start, e.End = r.time(evn, 6), ""
		if e.Event == clinical.EventLeave {
			e.End = r.time(pv2, 47)
		}
	case clinical.EventPlanned:
		r.planned(e, pv2)
	}
	r.doc.Encounter = e
	return nil
}

// planned reads when what is planned is to be: PV2, as the care dates say. PV1-44 is the
// admission, which is long past when a transfer is planned.
func (r *reader) planned(e *clinical.Encounter, pv2 *hl7v2.Segment) {
	switch r.name.DataType {
	case PlannedAdmission:
		e.Start, e.End = cmp.Or(r.time(pv2, 8), e.Start), cmp.Or(r.time(pv2, 9), e.End)
	case PlannedTransfer:
		e.Start, e.End = r.time(pv2, 8), ""
	case PlannedDischarge:
		e.End = cmp.Or(r.time(pv2, 9), e.End)
	}
}
