package setup

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// RotateIssuing makes the next issuing CA, certified by the root whose sealed key is
// given. What earlier ones have issued goes on holding. Replicas take the new one at their
// next start, one after the other: those that were not started anew yet know its
// certificates by the root.
func (a *Admin) RotateIssuing(ctx context.Context, sealed []byte, identities ...age.Identity) (*x509.Certificate, error) {
	root, err := tlsid.OpenRoot(a.Authority.Root, bytes.NewReader(sealed), identities...)
	if err != nil {
		return nil, err
	}
	key, err := tlsid.NewKey()
	if err != nil {
		return nil, err
	}
	now := a.Clock()
	cert, err := root.Certify("Mizuhiki issuing CA "+now.Format("2006-01-02"), key, now)
	if err != nil {
		return nil, err
	}
	// The row first: a CA that nobody wrote down must not come into being.
	err = a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := a.revocations.Note(ctx, tx, center.OwnCertificate(wire.DeniedIssuing, cert), now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{"what": "issuing CA", "serial": cert.SerialNumber.Text(16), "cert_sha256": tlsid.Fingerprint(cert)})
	})
	if err != nil {
		return nil, err
	}
	dir := a.Config.Keys.Authority
	// The key before goes on signing the list of what was revoked of its certificates.
	if err := a.Authority.SaveEarlierKey(dir); err != nil {
		return nil, fmt.Errorf("keep the key of the issuing CA: %w", err)
	}
	known := append([]*x509.Certificate{cert, a.Authority.Cert}, a.Authority.Earlier...)
	if err := tlsid.Replace(filepath.Join(dir, tlsid.FileIssuingCert), filepath.Join(dir, tlsid.FileIssuingKey), key, known...); err != nil {
		return nil, fmt.Errorf("replace the issuing CA: %w", err)
	}
	return cert, os.Chmod(filepath.Join(dir, tlsid.FileIssuingCert), 0o644)
}

// Certificates are all that the CA has issued and that are in use or were.
type Certificates struct {
	Issuing    []*x509.Certificate // the one that issues now first
	Gateways   []directory.Gateway
	Devices    []device.Device
	Facilities map[string]directory.Facility // by id
	Own        []revocation.Certificate      // hosts, issuing CAs and keys of the center, since it keeps them
}

// Certificates lists what the CA has issued.
func (a *Admin) Certificates(ctx context.Context) (c Certificates, err error) {
	c.Issuing = append([]*x509.Certificate{a.Authority.Cert}, a.Authority.Earlier...)
	c.Facilities = map[string]directory.Facility{}
	all, err := a.directory.AllFacilities(ctx, a.DB.Reader())
	if err != nil {
		return c, err
	}
	for _, f := range all {
		c.Facilities[string(f.ID)] = f
		devices, err := a.devices.OfFacility(ctx, a.DB.Reader(), f.ID)
		if err != nil {
			return c, err
		}
		c.Devices = append(c.Devices, devices...)
	}
	if c.Own, err = a.revocations.Certificates(ctx, a.DB.Reader()); err != nil {
		return c, err
	}
	c.Gateways, err = a.Gateways(ctx)
	return c, err
}
