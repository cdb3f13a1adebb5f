package tlsid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
)

const (
	pemCertificate = "CERTIFICATE"
	pemPrivateKey  = "PRIVATE KEY"
)

// EncodeCerts gives certificates as PEM, in order.
func EncodeCerts(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: c.Raw})...)
	}
	return out
}

// ParseCerts reads PEM with at least one certificate and nothing else.
func ParseCerts(data []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		if block.Type != pemCertificate {
			return nil, fmt.Errorf("PEM block %q where a certificate is needed", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out, data = append(out, cert), rest
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return out, nil
}

// EncodeKey gives a private key as PEM (PKCS #8).
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der}), nil
}

// ParseKey reads a private key from PEM (PKCS #8).
func ParseKey(data []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemPrivateKey {
		return nil, errors.New("no private key in PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("private key of type %T does not sign", key)
	}
	return signer, nil
}

// WriteKey writes a private key into a new file, see [secretfile.Write].
func WriteKey(path string, key crypto.Signer) error {
	data, err := EncodeKey(key)
	if err != nil {
		return err
	}
	return secretfile.Write(path, data)
}

// ReadKey reads a private key file, see [secretfile.Read].
func ReadKey(path string) (crypto.Signer, error) {
	data, err := secretfile.Read(path)
	if err != nil {
		return nil, err
	}
	key, err := ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// ReadCerts reads a PEM file of certificates.
func ReadCerts(path string) ([]*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	certs, err := ParseCerts(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return certs, nil
}

// ReadIdentity reads a certificate chain and its key for use in TLS.
func ReadIdentity(certFile, keyFile string) (tls.Certificate, error) {
	chain, err := ReadCerts(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := ReadKey(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	if !KeyOf(chain[0], key) {
		return tls.Certificate{}, fmt.Errorf("%s is not the key of %s", keyFile, certFile)
	}
	return Chain(key, chain...), nil
}

// KeyOf reports whether key is the certificate's.
func KeyOf(cert *x509.Certificate, key crypto.Signer) bool {
	pub, ok := key.Public().(*ecdsa.PublicKey)
	return ok && pub.Equal(cert.PublicKey)
}

// Chain joins a key with its certificate and those above it.
func Chain(key crypto.Signer, certs ...*x509.Certificate) tls.Certificate {
	out := tls.Certificate{PrivateKey: key, Leaf: certs[0]}
	for _, c := range certs {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out
}

// SealKey writes the root's key encrypted with age to the recipients. The file is
// to be carried away from the server.
func (r Root) SealKey(w io.Writer, recipients ...age.Recipient) error {
	data, err := EncodeKey(r.key)
	if err != nil {
		return err
	}
	enc, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt root key: %w", err)
	}
	if _, err := enc.Write(data); err != nil {
		return fmt.Errorf("encrypt root key: %w", err)
	}
	return enc.Close()
}

// OpenRoot is the inverse of [Root.SealKey]: it brings a root back to certify the
// next issuing CA.
func OpenRoot(cert *x509.Certificate, sealed io.Reader, identities ...age.Identity) (Root, error) {
	plain, err := age.Decrypt(sealed, identities...)
	if err != nil {
		return Root{}, fmt.Errorf("decrypt root key: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(plain, maxCSR))
	if err != nil {
		return Root{}, fmt.Errorf("decrypt root key: %w", err)
	}
	key, err := ParseKey(data)
	if err != nil {
		return Root{}, fmt.Errorf("root key: %w", err)
	}
	if !KeyOf(cert, key) {
		return Root{}, fmt.Errorf("the key is not that of root %q", cert.Subject.CommonName)
	}
	return Root{Cert: cert, key: key}, nil
}

// Files of an authority's folder.
const (
	FileRootCert    = "root.crt"
	FileRootKey     = "root.key.age" // to be carried away
	FileIssuingCert = "issuing.crt"
	FileIssuingKey  = "issuing.key"
)

// LoadAuthority reads the issuing CA from a folder as `mizuhiki init` lays it out. Behind
// the certificate of the issuing CA may stand those of earlier ones.
func LoadAuthority(dir string, clock func() time.Time) (*Authority, error) {
	if err := Settle(filepath.Join(dir, FileIssuingCert), filepath.Join(dir, FileIssuingKey)); err != nil {
		return nil, err
	}
	roots, err := ReadCerts(filepath.Join(dir, FileRootCert))
	if err != nil {
		return nil, err
	}
	issuing, err := ReadCerts(filepath.Join(dir, FileIssuingCert))
	if err != nil {
		return nil, err
	}
	key, err := ReadKey(filepath.Join(dir, FileIssuingKey))
	if err != nil {
		return nil, err
	}
	a, err := NewAuthority(roots[0], issuing[0], key, clock)
	if err != nil {
		return nil, err
	}
	for _, cert := range issuing[1:] {
		if err := cert.CheckSignatureFrom(a.Root); err != nil {
			return nil, fmt.Errorf("%s: earlier issuing CA %q is not certified by the root: %w", FileIssuingCert, cert.Subject.CommonName, err)
		}
		if clock().Before(cert.NotAfter) {
			a.Earlier = append(a.Earlier, cert)
		}
	}
	if err := a.readEarlierKeys(dir); err != nil {
		return nil, err
	}
	return a, nil
}

// next is what the files of a key and its certificates are named by until they take the
// place of those before.
const next = ".next"

// Replace puts a key and its certificates in the place of those before. Two files cannot
// be replaced at once: they are brought to disk beside, and what is broken off then is
// finished by [Settle].
func Replace(certFile, keyFile string, key crypto.Signer, certs ...*x509.Certificate) error {
	if err := removeAll(keyFile+next, certFile+next); err != nil {
		return err
	}
	if err := WriteKey(keyFile+next, key); err != nil {
		return err
	}
	if err := secretfile.Write(certFile+next, EncodeCerts(certs...)); err != nil {
		return err
	}
	if err := Settle(certFile, keyFile); err != nil {
		return err
	}
	if now, err := ReadIdentity(certFile, keyFile); err != nil || !now.Leaf.Equal(certs[0]) {
		return errors.Join(fmt.Errorf("%s was not replaced", certFile), err)
	}
	return nil
}

// Settle finishes a replacement that was broken off, or forgets it if it had not come to
// the point where both files were whole. The key goes first: certificates without their
// key are then the sign of what remains to be done.
func Settle(certFile, keyFile string) error {
	if _, err := ReadIdentity(certFile+next, keyFile+next); err == nil {
		if err := rename(keyFile+next, keyFile); err != nil {
			return err
		}
	}
	if _, err := ReadIdentity(certFile+next, keyFile); err == nil {
		if err := rename(certFile+next, certFile); err != nil {
			return err
		}
	}
	return removeAll(keyFile+next, certFile+next)
}

// rename renames and brings the folder to disk: without that the two renames might come
// there in the other order.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return disk.SyncDir(filepath.Dir(to))
}

func removeAll(names ...string) error {
	var errs []error
	for _, name := range names {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

const pemPublicKey = "PUBLIC KEY"

// EncodePublicKey gives an Ed25519 public key as PEM (RFC 8410): how gateways keep
// the root of assertions that they pin.
func EncodePublicKey(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: der}), nil
}

// ReadPublicKey reads a file made with [EncodePublicKey].
func ReadPublicKey(path string) (ed25519.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemPublicKey {
		return nil, fmt.Errorf("%s: no public key in PEM", path)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pub, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: key of type %T where Ed25519 is needed", path, key)
	}
	return pub, nil
}

// ReadSigningKey reads an Ed25519 private key file.
func ReadSigningKey(path string) (ed25519.PrivateKey, error) {
	key, err := ReadKey(path)
	if err != nil {
		return nil, err
	}
	signing, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: key of type %T where Ed25519 is needed", path, key)
	}
	return signing, nil
}
