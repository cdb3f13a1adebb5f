package wire

import "mizuhiki.dev/mizuhiki/internal/ident"

// PathEnrollGateway is where a gateway enrols, on the center's enrolment host:
// EnrollRequest → EnrollAnswer. It is the one path that the gateway calls and the
// center serves.
const PathEnrollGateway = "/enroll/gateway"

// Renewal asks, over a link that still holds, for the gateway's next certificate. The
// key is new and has not left the gateway.
type Renewal struct {
	CSR []byte `json:"csr"` // PKCS #10, DER; only its key is taken
}

// Renewed gives the gateway its next certificate.
type Renewed struct {
	Chain string `json:"chain"` // PEM: the gateway's certificate and the issuing CA's
}

// EnrollRequest asks for a gateway's certificate.
type EnrollRequest struct {
	Code string `json:"code"` // one-time, given out by the center's operator
	CSR  []byte `json:"csr"`  // PKCS #10, DER; only its key is taken
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
