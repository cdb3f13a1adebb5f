package tlsid

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"time"
)

// CRLContentType is what a certificate revocation list is served as (RFC 5280 §4.2.1.13).
const CRLContentType = "application/pkix-crl"

// CRL makes the certificate revocation list (DER, RFC 5280 §5) of one issuing CA, the one
// now or an earlier one. Certificates that end before their issuing CA need no list
// beyond it. An issuing CA whose key is not here any more gives [ErrNoKey].
func (a *Authority) CRL(issuer *x509.Certificate, revoked []x509.RevocationListEntry, number int64, now, next time.Time) ([]byte, error) {
	key := a.keyFor(issuer)
	if key == nil {
		return nil, fmt.Errorf("CRL of %q: %w", issuer.Subject.CommonName, ErrNoKey)
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(number), ThisUpdate: now, NextUpdate: next, RevokedCertificateEntries: revoked,
	}, issuer, key)
	if err != nil {
		return nil, fmt.Errorf("CRL of %q: %w", issuer.Subject.CommonName, err)
	}
	return der, nil
}

// ErrNoKey is of an issuing CA whose certificates still hold and whose key is gone.
var ErrNoKey = errors.New("the key of the issuing CA is not here")

func (a *Authority) keyFor(issuer *x509.Certificate) crypto.Signer {
	if issuer.Equal(a.Cert) {
		return a.key
	}
	return a.earlierKeys[Fingerprint(issuer)]
}

// EarlierKey is the name of the file that keeps the key of an issuing CA when the next
// has taken its place: it signs revocation lists, and nothing else, until its end.
func EarlierKey(issuer *x509.Certificate) string {
	return "issuing-" + Fingerprint(issuer)[:16] + ".key"
}

// readEarlierKeys reads those keys of earlier issuing CAs that are there.
func (a *Authority) readEarlierKeys(dir string) error {
	a.earlierKeys = map[string]crypto.Signer{}
	for _, cert := range a.Earlier {
		path := filepath.Join(dir, EarlierKey(cert))
		key, err := ReadKey(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !KeyOf(cert, key):
			return fmt.Errorf("%s is not the key of issuing CA %q", path, cert.Subject.CommonName)
		default:
			a.earlierKeys[Fingerprint(cert)] = key
		}
	}
	return nil
}

// SaveEarlierKey keeps the key of the issuing CA that is about to be replaced, in the
// folder of the authority.
func (a *Authority) SaveEarlierKey(dir string) error {
	path := filepath.Join(dir, EarlierKey(a.Cert))
	if key, err := ReadKey(path); err == nil && KeyOf(a.Cert, key) {
		return nil // a rotation before this one was broken off
	}
	return WriteKey(path, a.key)
}
