package tlsid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"time"
)

// NewKey makes a private key of the only kind that the network uses: ECDSA P-256.
func NewKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// Root is the offline root. It is in memory while it certifies an issuing CA and
// nowhere else: its key is kept encrypted, away from every server (see [Root.SealKey]).
type Root struct {
	Cert *x509.Certificate
	key  crypto.Signer
}

// NewRoot makes a root of the given name, valid from now for [RootLife].
func NewRoot(name string, now time.Time) (Root, error) {
	key, err := NewKey()
	if err != nil {
		return Root{}, fmt.Errorf("make root key: %w", err)
	}
	cert, err := create(&x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(RootLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLen:            1,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, key.Public(), key)
	if err != nil {
		return Root{}, fmt.Errorf("make root certificate: %w", err)
	}
	return Root{Cert: cert, key: key}, nil
}

// Certify makes an issuing CA for key, valid from now for [IssuingLife]. It can
// issue leaves only.
func (r Root) Certify(name string, key crypto.Signer, now time.Time) (*x509.Certificate, error) {
	cert, err := create(&x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(IssuingLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, r.Cert, key.Public(), r.key)
	if err != nil {
		return nil, fmt.Errorf("certify issuing CA: %w", err)
	}
	return cert, nil
}

// Authority issues leaves. Its key may be any P-256 signer, so it can live in a
// hardware module.
type Authority struct {
	Root *x509.Certificate
	Cert *x509.Certificate
	// Earlier are the issuing CAs before this one, whose certificates still hold.
	Earlier []*x509.Certificate

	key         crypto.Signer
	earlierKeys map[string]crypto.Signer // by the certificate's fingerprint; for CRLs
	clock       func() time.Time
}

// NewAuthority checks that root certified cert and that key is its key.
func NewAuthority(root, cert *x509.Certificate, key crypto.Signer, clock func() time.Time) (*Authority, error) {
	if err := cert.CheckSignatureFrom(root); err != nil {
		return nil, fmt.Errorf("issuing CA %q is not certified by root %q: %w", cert.Subject.CommonName, root.Subject.CommonName, err)
	}
	if !KeyOf(cert, key) {
		return nil, fmt.Errorf("the key is not that of issuing CA %q", cert.Subject.CommonName)
	}
	return &Authority{Root: root, Cert: cert, key: key, clock: clock}, nil
}

// Trusted gives the certificates by which a server knows those that were issued here, now
// and by the issuing CAs before.
func (a *Authority) Trusted() []*x509.Certificate {
	return append([]*x509.Certificate{a.Root, a.Cert}, a.Earlier...)
}

// create signs template, under itself if parent is nil, and gives it parsed. The
// serial number is random (RFC 5280 §4.1.2.2).
func create(template, parent *x509.Certificate, pub crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
