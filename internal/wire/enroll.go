package wire

import "mizuhiki.dev/mizuhiki/internal/ident"

// Paths of the center's enrolment host, which are called by those who have no
// certificate yet.
const (
	PathEnrollGateway = "/enroll/gateway" // EnrollRequest → EnrollAnswer
	PathEnrollDevice  = "/enroll/device"  // EnrollRequest → DeviceAnswer
)

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
