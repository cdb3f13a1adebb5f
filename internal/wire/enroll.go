package wire

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Paths of the center's enrolment host, which are called by those who have no
// certificate yet.
const (
	PathEnrollGateway = "/enroll/gateway" // EnrollRequest → EnrollAnswer
	PathEnrollDevice  = "/enroll/device"  // EnrollRequest → DeviceAnswer
)

// PathTerminal is the path of the portal that a terminal's own program calls, over TLS
// with the certificate that it has: GET tells how that certificate stands (→ Standing),
// POST asks for the next one (RenewRequest → DeviceAnswer).
const PathTerminal = "/terminal"

// RenewDeviceWithin is how long before its end a terminal's certificate can be renewed:
// from day 270 of 365.
const RenewDeviceWithin = 95 * 24 * time.Hour

// Standing is how a terminal's certificate stands at the center.
type Standing struct {
	Device   ident.DeviceID `json:"device"`
	NotAfter int64          `json:"not_after"` // UTC microseconds
}

// RenewRequest asks for a terminal's next certificate. The key is new and has not left
// the terminal.
type RenewRequest struct {
	CSR []byte `json:"csr"`          // PKCS #10, DER; only its key is taken
	OS  string `json:"os,omitempty"` // the operating system by now, for the ledger
}

// Renewal asks, over a link that still holds, for the gateway's next certificate. The
// key is new and has not left the gateway.
type Renewal struct {
	CSR []byte `json:"csr"` // PKCS #10, DER; only its key is taken
}

// Renewed gives the gateway its next certificate.
type Renewed struct {
	Chain string `json:"chain"` // PEM: the gateway's certificate and the issuing CA's
}

// EnrollRequest asks for a gateway's or a terminal's certificate.
type EnrollRequest struct {
	Code string `json:"code"`         // one-time, given out by the center's operator or the facility manager
	CSR  []byte `json:"csr"`          // PKCS #10, DER; only its key is taken
	OS   string `json:"os,omitempty"` // a terminal's operating system, for the ledger
}

// EnrollAnswer is what a gateway needs to link.
type EnrollAnswer struct {
	Gateway       ident.GatewayID  `json:"gateway"`
	Facility      ident.FacilityID `json:"facility"`
	FacilityName  string           `json:"facility_name"`
	Chain         string           `json:"chain"`          // PEM: the gateway's certificate and the issuing CA's
	Root          string           `json:"root"`           // PEM: the root to pin
	AssertionRoot []byte           `json:"assertion_root"` // Ed25519 public key that certifies replicas' assertion keys
	Link          string           `json:"link"`           // host:port to dial
}

// DeviceAnswer is what a terminal needs to open the portal.
type DeviceAnswer struct {
	Device       ident.DeviceID   `json:"device"`
	Name         string           `json:"name"` // by which people know the terminal
	Facility     ident.FacilityID `json:"facility"`
	FacilityName string           `json:"facility_name"`
	Chain        string           `json:"chain"`     // PEM: the terminal's certificate and the issuing CA's
	Root         string           `json:"root"`      // PEM: the root to trust for the portal
	Portal       string           `json:"portal"`    // https:// address to open
	NotAfter     int64            `json:"not_after"` // UTC microseconds
}
