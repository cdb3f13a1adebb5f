// Package linkage ties a person to the patient numbers (診察券番号) of facilities (紐付け).
package linkage

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// State is where a link stands.
type State string

const (
	// Confirmed: patient verification agreed; the link counts.
	Confirmed State = "confirmed"
	// Suspended: the facility's own record no longer agrees; the link does not count until it is verified anew.
	Suspended State = "suspended"
	// Ended: taken back; kept as history.
	Ended State = "ended"
)

// Verifier says who compared the person with the facility's record.
type Verifier string

const (
	ByGateway Verifier = "gateway" // the facility's gateway, against its own storage
	ByStaff   Verifier = "staff"   // a member of the facility, by hand: facilities without a gateway
)

// Link is one tie of a person to a patient number of a facility.
type Link struct {
	ID         ident.LinkID
	Union      ident.UnionID
	Person     ident.PersonID
	Facility   ident.FacilityID
	PatientID  ident.LocalPatientID
	State      State
	VerifiedBy Verifier
	VerifiedAs person.Identity // what the facility's record, or its staff, agreed with last; zero where that is not known
	Differs    []wire.Field    // why it is suspended
	CreatedBy  ident.UserID
	CreatedAt  time.Time
	ChangedAt  time.Time
	EndedAt    time.Time // zero while it lives
}

// ToConfirm reports whether staff have to look at the person again: they compared by hand,
// and what they compared has been corrected since by others.
func (l Link) ToConfirm(now person.Identity) bool {
	return l.VerifiedBy == ByStaff && l.Counts() && l.VerifiedAs != (person.Identity{}) && l.VerifiedAs != now
}

// Lived reports whether the link was there, in force or suspended, at some instant from one
// to another.
func (l Link) Lived(from, to time.Time) bool {
	return !l.CreatedAt.After(to) && (l.EndedAt.IsZero() || !l.EndedAt.Before(from))
}

// Counts reports whether the link opens anything.
func (l Link) Counts() bool { return l.State == Confirmed && l.EndedAt.IsZero() }
