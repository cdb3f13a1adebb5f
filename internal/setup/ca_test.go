package setup_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

func TestReq_CERT05_nextIssuingCA(t *testing.T) {
	o, offline := options(t)
	res := initialise(t, o)
	a := open(t, res)
	before, err := a.IssueDevice(t.Context(), res.Facility, "前からの端末", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(a.Config.Keys.Authority, tlsid.FileRootKey))
	if err != nil {
		t.Fatal(err)
	}

	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	was := a.Authority.Cert
	if _, err := a.RotateIssuing(t.Context(), sealed, stranger); err == nil {
		t.Error("somebody else's identity opened the root's key")
	}
	if b := open(t, res); !b.Authority.Cert.Equal(was) {
		t.Error("a refused rotation has changed the issuing CA")
	}

	cert, err := a.RotateIssuing(t.Context(), sealed, offline)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, res)
	if !b.Authority.Cert.Equal(cert) || len(b.Authority.Earlier) != 1 || !b.Authority.Earlier[0].Equal(was) {
		t.Fatalf("issuing CA %q, earlier %d, want the new one and the one before", b.Authority.Cert.Subject.CommonName, len(b.Authority.Earlier))
	}
	after, err := b.IssueDevice(t.Context(), res.Facility, "新しい端末", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file  string
		known []*x509.Certificate
	}{
		"the old terminal at a center that has the new CA":   {before.Cert, b.Authority.Trusted()},
		"the new terminal there":                             {after.Cert, b.Authority.Trusted()},
		"the new terminal at a replica not yet started anew": {after.Cert, a.Authority.Trusted()},
	} {
		chain, err := tlsid.ReadCerts(tc.file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = chain[0].Verify(x509.VerifyOptions{
			Roots: tlsid.Pool(tc.known...), Intermediates: tlsid.Pool(chain[1:]...), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.RotateIssuing(t.Context(), bytes.Clone(sealed), offline); err != nil {
		t.Errorf("a second rotation: %v", err)
	}
	c, err := open(t, res).Certificates(t.Context())
	if err != nil || len(c.Issuing) != 3 || len(c.Devices) < 2 {
		t.Errorf("certificates: %d issuing, %d terminals, %v", len(c.Issuing), len(c.Devices), err)
	}
}
