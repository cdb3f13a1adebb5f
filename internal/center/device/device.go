// Package device is the ledger of terminals (端末台帳) whose certificates open the portal
// (MHLW guideline 7.0, checklist item 台帳: every terminal by name, place, users and system).
package device

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Method is how a terminal came by its certificate.
type Method string

const (
	ByHelper   Method = "helper"   // its own program made the key, which never left it
	ByPKCS12   Method = "pkcs12"   // the center made the key, for a file that is imported by hand
	ByProfile  Method = "profile"  // the same in an Apple configuration profile
	ByOperator Method = "operator" // made at the center's own keyboard
)

// Methods lists what a facility manager can choose, the best first.
func Methods() []Method { return []Method{ByHelper, ByPKCS12, ByProfile} }

// Reason is why a certificate of a terminal was revoked, by the names that revocation
// lists know (RFC 5280 §5.3.1).
type Reason string

const (
	Unspecified   Reason = "unspecified"
	KeyCompromise Reason = "key_compromise" // the terminal was lost or stolen
	Superseded    Reason = "superseded"     // another terminal or certificate took its place
	Ceased        Reason = "ceased"         // not used any more
)

// Reasons lists what a facility manager can give as a reason.
func Reasons() []Reason { return []Reason{Ceased, KeyCompromise, Superseded} }

// Life of a terminal's certificate as its users meet it (our values).
const (
	// RenewWithin is how long before its end a certificate can be renewed.
	RenewWithin = wire.RenewDeviceWithin
	// WarnWithin is how long before its end people are told.
	WarnWithin = 90 * day

	day = 24 * time.Hour
)

// warnings are the days before the end at which a warning becomes more pressing.
var warnings = []int{7, 15, 30, 60, 90}

// Certificate is one that was issued for a terminal.
type Certificate struct {
	Serial   string // hex
	SHA256   string // hex of the SHA-256 of its DER
	NotAfter time.Time
}

// Device is one terminal of a facility.
type Device struct {
	ID           ident.DeviceID
	Facility     ident.FacilityID
	Name         string
	Place        string
	UserGroup    string // ward or department whose people work at it
	OS           string // as its helper said, as it was entered, or as its browser says
	Method       Method
	RegisteredBy string // user id of the manager, or how an operator is known
	CertSerial   string
	CertSHA256   string // hex of the SHA-256 of the DER certificate
	NotAfter     time.Time
	Next         Certificate // was issued and has not been used yet; zero for none
	CreatedAt    time.Time
	LastSeen     time.Time
	RevokedAt    time.Time // zero while it may come in
}

// Live reports whether the device may come in at an instant.
func (d Device) Live(at time.Time) bool { return d.RevokedAt.IsZero() && at.Before(d.NotAfter) }

// Renewable reports whether the device can be given its next certificate at an instant:
// late in the life of one that still holds. One that has ended is enrolled anew.
func (d Device) Renewable(at time.Time) bool {
	return d.Live(at) && d.NotAfter.Sub(at) <= RenewWithin
}

// DaysLeft is how many days the certificate still holds, begun ones counted: 1 on the
// last, 0 once it has ended.
func (d Device) DaysLeft(at time.Time) int {
	left := d.NotAfter.Sub(at)
	if left <= 0 {
		return 0
	}
	return int((left + day - 1) / day)
}

// Warning is the step of the warning that is due at an instant, in days before the end:
// 90, 60, 30, 15 or 7; 0 for none, also where the device cannot come in any more.
func (d Device) Warning(at time.Time) int {
	if !d.Live(at) {
		return 0
	}
	for _, step := range warnings {
		if d.DaysLeft(at) <= step {
			return step
		}
	}
	return 0
}

// Revocation is a certificate of a terminal that holds no longer.
type Revocation struct {
	Certificate
	Device ident.DeviceID
	At     time.Time
	By     string // user id, or how an operator is known at the keyboard
	Reason Reason
}
