package setup

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// DeviceFiles is a terminal's certificate as files, in the two forms that browsers
// and tools take.
type DeviceFiles struct {
	Device      device.Device
	Cert        string // PEM: the certificate and the issuing CA's
	Key         string // PEM
	P12         string // PKCS #12 with all of it
	P12Password string // shown once, kept nowhere
}

// makeDevice makes a terminal's key and certificate here. Where the terminal can make
// its own key that is better; a file is what every browser can import.
func makeDevice(ca *tlsid.Authority, f directory.Facility, name, place, dir string) (DeviceFiles, error) {
	id := ident.New[ident.DeviceID]()
	key, err := tlsid.NewKey()
	if err != nil {
		return DeviceFiles{}, err
	}
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		return DeviceFiles{}, err
	}
	cert, err := ca.IssueDevice(csr, id, f.Code)
	if err != nil {
		return DeviceFiles{}, err
	}
	// 128 random bits: what PKCS #12 does to a password would protect nothing shorter.
	password := rand.Text()
	p12, err := pkcs12.Modern2023.Encode(key, cert, []*x509.Certificate{ca.Cert, ca.Root}, password)
	if err != nil {
		return DeviceFiles{}, fmt.Errorf("encode PKCS #12: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return DeviceFiles{}, err
	}
	base := filepath.Join(dir, string(id))
	out := DeviceFiles{
		Device: device.Device{
			ID: id, Facility: f.ID, Name: name, Place: place, Method: device.ByOperator, CertSerial: cert.SerialNumber.Text(16),
			CertSHA256: tlsid.Fingerprint(cert), NotAfter: cert.NotAfter,
		},
		Cert: base + ".crt", Key: base + ".key", P12: base + ".p12", P12Password: password,
	}
	if err := tlsid.WriteKey(out.Key, key); err != nil {
		return DeviceFiles{}, err
	}
	if err := secretfile.Write(out.P12, p12); err != nil {
		return DeviceFiles{}, err
	}
	return out, writeOpen(out.Cert, tlsid.EncodeCerts(cert, ca.Cert))
}
