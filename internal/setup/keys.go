package setup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/platform/seal"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// fileAssertionRootKey holds the private key of the assertion root, encrypted like
// the root's and to be carried away with it.
const fileAssertionRootKey = "assertion-root.key.age"

// assertionLife is how long a replica's assertion key is certified. It is renewed with
// the assertion root's key, which is offline, so it is long; a stolen one is worth
// nothing without the center's link certificate, to which each assertion is bound.
const assertionLife = 3 * 365 * 24 * time.Hour

// makeKeys makes every key of a new center under cfg's paths, one per purpose, and
// gives the issuing CA. The two offline keys are written encrypted to recipient.
func makeKeys(cfg center.Config, hosts []string, recipient age.Recipient, now time.Time) (*tlsid.Authority, error) {
	for _, dir := range []string{cfg.Keys.Authority, filepath.Dir(cfg.Keys.Seal), filepath.Dir(cfg.TLS.Cert)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	ca, err := makeAuthority(cfg.Keys.Authority, recipient, now)
	if err != nil {
		return nil, err
	}
	if err := makeServer(ca, cfg, hosts); err != nil {
		return nil, err
	}
	if err := makeAssertionKeys(cfg, recipient, now); err != nil {
		return nil, err
	}
	secret, public, err := audit.GenerateKey(cfg.Replica)
	if err != nil {
		return nil, err
	}
	if err := secretfile.Write(cfg.Keys.AuditKey, []byte(secret+"\n")); err != nil {
		return nil, err
	}
	if err := writeOpen(AuditPublicKey(cfg), []byte(public+"\n")); err != nil {
		return nil, err
	}
	return ca, seal.Create(cfg.Keys.Seal)
}

// AuditPublicKey is the file beside the audit key with which others verify the log.
func AuditPublicKey(cfg center.Config) string {
	return strings.TrimSuffix(cfg.Keys.AuditKey, filepath.Ext(cfg.Keys.AuditKey)) + ".pub"
}

func makeAuthority(dir string, recipient age.Recipient, now time.Time) (*tlsid.Authority, error) {
	root, err := tlsid.NewRoot("Mizuhiki root "+now.Format("2006-01-02"), now)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	if err := root.SealKey(&sealed, recipient); err != nil {
		return nil, err
	}
	key, err := tlsid.NewKey()
	if err != nil {
		return nil, err
	}
	issuing, err := root.Certify("Mizuhiki issuing CA "+now.Format("2006-01-02"), key, now)
	if err != nil {
		return nil, err
	}
	for _, write := range []func() error{
		func() error { return writeOpen(filepath.Join(dir, tlsid.FileRootCert), tlsid.EncodeCerts(root.Cert)) },
		func() error { return writeOpen(filepath.Join(dir, tlsid.FileIssuingCert), tlsid.EncodeCerts(issuing)) },
		func() error { return secretfile.Write(filepath.Join(dir, tlsid.FileRootKey), sealed.Bytes()) },
		func() error { return tlsid.WriteKey(filepath.Join(dir, tlsid.FileIssuingKey), key) },
	} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	// The certificates begin at now, so the clock of this one use is now as well.
	return tlsid.NewAuthority(root.Cert, issuing, key, func() time.Time { return now })
}

// makeServer issues the certificate of the center's hosts. The file holds the chain up
// to the root: the enrolment host sends it to gateways that know only its fingerprint.
func makeServer(ca *tlsid.Authority, cfg center.Config, hosts []string) error {
	key, err := tlsid.NewKey()
	if err != nil {
		return err
	}
	cert, err := ca.IssueServer(key.Public(), hosts)
	if err != nil {
		return err
	}
	if err := tlsid.WriteKey(cfg.TLS.Key, key); err != nil {
		return err
	}
	return writeOpen(cfg.TLS.Cert, tlsid.EncodeCerts(cert, ca.Cert, ca.Root))
}

func makeAssertionKeys(cfg center.Config, recipient age.Recipient, now time.Time) error {
	rootPub, root, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make assertion root: %w", err)
	}
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make assertion key: %w", err)
	}
	cert, err := wire.CertifyReplica(root, cfg.Replica, pub, now.Add(-time.Hour), now.Add(assertionLife))
	if err != nil {
		return err
	}
	pem, err := tlsid.EncodePublicKey(rootPub)
	if err != nil {
		return err
	}
	rootPEM, err := tlsid.EncodeKey(root)
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return fmt.Errorf("encrypt assertion root: %w", err)
	}
	if _, err := w.Write(rootPEM); err != nil {
		return fmt.Errorf("encrypt assertion root: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encrypt assertion root: %w", err)
	}
	if err := secretfile.Write(filepath.Join(cfg.Keys.Authority, fileAssertionRootKey), sealed.Bytes()); err != nil {
		return err
	}
	if err := tlsid.WriteKey(cfg.Keys.AssertionKey, key); err != nil {
		return err
	}
	if err := writeOpen(cfg.Keys.AssertionRoot, pem); err != nil {
		return err
	}
	return writeOpen(cfg.Keys.AssertionCert, []byte(cert+"\n"))
}

// writeOpen writes a file that is no secret. It is still nobody else's business on
// this machine: the whole folder is the program's own.
func writeOpen(path string, data []byte) error { return os.WriteFile(path, data, 0o600) }

// keep moves a file aside so that another can take its name.
func keep(path, aside string) error {
	if _, err := os.Stat(aside); err == nil {
		return fmt.Errorf("%s is there already", aside)
	}
	return os.Rename(path, aside)
}
