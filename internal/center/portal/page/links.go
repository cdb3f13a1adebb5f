package page

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Links is the page on which a liaison clerk ties the patient to facilities and keeps consent.
//
// Forms, all under /patients/{person}: POST candidates with facility; link with
// facility and patient_id; unlink with link, reason, and own ("1") for the own link;
// correct with link, patient_id, reason and staff_verified ("1") for the own link's number;
// demographics with name, kana, birth_date, sex, address, reason, staff_verified ("1") and confirm_distinct ("1");
// demographics/confirm with name, kana, birth_date (ISO) and sex as the page showed them, and staff_verified ("1");
// consent with basis, signer, consent_date, note; revoke with reason. Progress: GET fetch?facility=F as an event
// stream of {"percent": n} in JSON: events without a name on the way, then one named
// "done" with "unreadable" as well, or one named "failed" with {"message": text}.
type Links struct {
	Patient
	Own       LinkRow   // the reader's own facility
	Rows      []LinkRow // disclosing facilities, the own one left out
	Ledger    []consent.Record
	Consent   ConsentForm
	Correct   CorrectForm
	InForce   bool // a consent is in force
	Errors    Errors
	Amend     AmendForm
	Former    []person.Former // what the demographics were, the latest first
	Corrected *Corrected      // nil: nothing waits for the reader's facility
}

func (Links) view() string { return "links" }

// Frame is the patient's frame with the linked facilities that the rows tell of.
func (l Links) Frame() Patient {
	p := l.Patient
	if p.Sources == nil {
		for _, r := range l.Rows {
			if r.Linked() {
				p.Sources = append(p.Sources, Source{Facility: r.Facility, State: SourceFetched})
			}
		}
	}
	return p
}

// Row finds the row of a facility, to be filled further; nil if the page has none.
func (l *Links) Row(f ident.FacilityID) *LinkRow {
	if l.Own.Facility.ID == f {
		return &l.Own
	}
	for i := range l.Rows {
		if l.Rows[i].Facility.ID == f {
			return &l.Rows[i]
		}
	}
	return nil
}

// LinkRow is one facility and how the patient is linked to it.
type LinkRow struct {
	Facility   Facility
	Link       ident.LinkID // empty: no living link
	PatientID  ident.LocalPatientID
	State      linkage.State
	VerifiedBy linkage.Verifier
	Differs    []wire.Field // suspended: in which fields the facility's record differs now
	Online     bool         // its gateway is connected
	FetchedAt  time.Time    // zero: never
	Unreadable int

	Typed      string      // a patient number that was refused, kept for mending
	Refused    *Message    // why it was
	Candidates *Candidates // nil: not asked
}

// Linked reports whether the link counts.
func (r LinkRow) Linked() bool { return r.Link != "" && r.State == linkage.Confirmed }

// Suspended reports whether the link waits for a new verification.
func (r LinkRow) Suspended() bool { return r.Link != "" && r.State == linkage.Suspended }

// Asks reports whether the row has a form to link the patient: with a number to be typed,
// or with the suspended link's own number to be compared anew.
func (r LinkRow) Asks() bool { return r.Link == "" || r.Suspended() && r.Facility.Disclosing }

// Fresh reports whether the patient was linked and nothing fetched yet: the page starts the fetch by itself.
func (r LinkRow) Fresh() bool { return r.Linked() && r.Online && r.FetchedAt.IsZero() }

// Candidates is what a gateway proposed, see [wire.Candidates].
type Candidates wire.Candidates

// ConsentForm is a consent as it was typed.
type ConsentForm struct {
	Basis, Signer, ConsentDate, Note string
}

// CorrectForm is a correction of the own number that was refused, kept for mending. The
// page opens it again; that staff have verified the number is to be said again.
type CorrectForm struct {
	PatientID, Reason string
	Refused           *Message // nil: none was
}

// Corrected is a correction by others since the reader's facility compared by hand.
type Corrected struct {
	Was, Is person.Identity
	Refused *Message // why it was not confirmed; nil: it was not tried
}

// AmendForm is a correction of the demographics as it was typed. The page opens it again
// where it was refused; what staff have verified is to be said again.
type AmendForm struct {
	Name, Kana, BirthDate, Sex, Address, Reason string
	Errors                                      Errors // by field; not empty: it was refused
	Alike                                       bool   // refused because of somebody alike: the page asks whether they are the same
}

// Amending is the form as the page shows it: as it was typed, else as the person is.
func (l Links) Amending() AmendForm {
	if l.Amend.Errors != nil {
		return l.Amend
	}
	p := l.Person
	return AmendForm{Name: p.Name, Kana: p.Kana, BirthDate: isoDay(p.BirthDate.String()), Sex: string(p.Sex), Address: p.Address}
}

// Sexes lists the choices of the sex.
func (Links) Sexes() []clinical.Sex { return Registration{}.Sexes() }

// Bases lists the choices of how consent was given.
func (Links) Bases() []consent.Basis { return consent.Bases() }
