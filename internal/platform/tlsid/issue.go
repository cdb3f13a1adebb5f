package tlsid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// maxCSR bounds a request in bytes; one with a P-256 key has about 300.
const maxCSR = 4096

// NewCSR makes a request for key (RFC 2986, DER). It names nobody: the authority
// takes nothing but the key from it.
func NewCSR(key crypto.Signer) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
}

// keyOf gives the key of a request whose sender has proved to hold it. Whatever
// else the request asks for (names, usages, extensions) is left unread, so nothing
// of it can reach a certificate.
func keyOf(csr []byte) (*ecdsa.PublicKey, error) {
	if len(csr) > maxCSR {
		return nil, fault.New(fault.Invalid, "certificate request of %d bytes", len(csr))
	}
	req, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return nil, fault.New(fault.Invalid, "certificate request: %w", err)
	}
	pub, ok := req.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, fault.New(fault.Invalid, "certificate request for a key that is not ECDSA P-256")
	}
	if err := req.CheckSignature(); err != nil {
		return nil, fault.New(fault.Invalid, "certificate request without proof of possession: %w", err)
	}
	return pub, nil
}

// IssueServer issues a certificate for hosts of the center, names or addresses.
func (a *Authority) IssueServer(pub crypto.PublicKey, hosts []string) (*x509.Certificate, error) {
	if len(hosts) == 0 {
		return nil, fault.New(fault.Invalid, "server certificate without a host")
	}
	t := a.leaf(ServerLife, x509.ExtKeyUsageServerAuth)
	t.Subject = pkix.Name{CommonName: hosts[0]}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return a.sign(t, pub)
}

// IssueGateway issues the certificate with which a gateway links, for the key of a
// request (DER). A request that does not hold is of kind invalid.
func (a *Authority) IssueGateway(csr []byte, id ident.GatewayID, facilityCode string) (*x509.Certificate, error) {
	return a.issueClient(csr, Gateway, string(id), facilityCode, GatewayLife)
}

// IssueDevice issues the certificate with which a terminal opens the portal, for
// the key of a request (DER). A request that does not hold is of kind invalid.
func (a *Authority) IssueDevice(csr []byte, id ident.DeviceID, facilityCode string) (*x509.Certificate, error) {
	return a.issueClient(csr, Device, string(id), facilityCode, DeviceLife)
}

func (a *Authority) issueClient(csr []byte, role Role, id, facilityCode string, life time.Duration) (*x509.Certificate, error) {
	pub, err := keyOf(csr)
	if err != nil {
		return nil, err
	}
	if !ident.Valid(id) {
		return nil, fault.New(fault.Invalid, "certificate for %s %q, which is not an id", role, id)
	}
	t := a.leaf(life, x509.ExtKeyUsageClientAuth)
	t.Subject = pkix.Name{CommonName: id, Organization: []string{facilityCode}}
	t.URIs = append(t.URIs, uriName(role, id))
	return a.sign(t, pub)
}

// leaf is what all profiles share. No leaf outlives the issuing CA: clients would
// take it for valid and servers refuse it.
func (a *Authority) leaf(life time.Duration, usage x509.ExtKeyUsage) *x509.Certificate {
	now := a.clock()
	end := now.Add(life)
	if end.After(a.Cert.NotAfter) {
		end = a.Cert.NotAfter
	}
	return &x509.Certificate{
		NotBefore:             now.Add(-backdate),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{usage},
	}
}

func (a *Authority) sign(t *x509.Certificate, pub crypto.PublicKey) (*x509.Certificate, error) {
	cert, err := create(t, a.Cert, pub, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return cert, nil
}

// Life of a self-signed certificate: what browsers bear of a server's; and how long before
// its end another is made.
const (
	SelfSignedLife    = 825 * 24 * time.Hour
	SelfSignedRenewal = 60 * 24 * time.Hour
)

// SelfSigned makes a server's certificate that no CA stands behind, for names and
// addresses inside one house: whoever visits compares its fingerprint once.
func SelfSigned(key crypto.Signer, hosts []string, now time.Time) (*x509.Certificate, error) {
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: hosts[0]},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(SelfSignedLife),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	cert, err := create(t, nil, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make self-signed certificate: %w", err)
	}
	return cert, nil
}
