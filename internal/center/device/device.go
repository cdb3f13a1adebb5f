// Package device is the ledger of terminals (端末) whose certificates open the portal.
package device

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Device is one terminal of a facility.
type Device struct {
	ID         ident.DeviceID
	Facility   ident.FacilityID
	Name       string
	Place      string
	CertSerial string
	CertSHA256 string // hex of the SHA-256 of the DER certificate
	NotAfter   time.Time
	CreatedAt  time.Time
	LastSeen   time.Time
	RevokedAt  time.Time // zero while it may come in
}

// Live reports whether the device may come in at an instant.
func (d Device) Live(at time.Time) bool { return d.RevokedAt.IsZero() && at.Before(d.NotAfter) }
