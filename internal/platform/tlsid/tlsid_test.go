package tlsid_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

const facilityCode = "9910000001"

// authority is one CA of the tests with a clock that they move.
type authority struct {
	*tlsid.Authority
	root tlsid.Root
	now  time.Time
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{now: now}
	root, err := tlsid.NewRoot("Test root", now)
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	cert, err := root.Certify("Test issuing CA", key, now)
	if err != nil {
		t.Fatal(err)
	}
	a.root = root
	a.Authority, err = tlsid.NewAuthority(root.Cert, cert, key, func() time.Time { return a.now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func csrOf(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// client issues a client certificate of a role.
func (a *authority) client(t *testing.T, role tlsid.Role) tls.Certificate {
	t.Helper()
	key := newKey(t)
	var cert *x509.Certificate
	var err error
	if role == tlsid.Gateway {
		cert, err = a.IssueGateway(csrOf(t, key), ident.New[ident.GatewayID](), facilityCode)
	} else {
		cert, err = a.IssueDevice(csrOf(t, key), ident.New[ident.DeviceID](), facilityCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tlsid.Chain(key, cert, a.Cert)
}

func (a *authority) server(t *testing.T, hosts ...string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	cert, err := a.IssueServer(key.Public(), hosts)
	if err != nil {
		t.Fatal(err)
	}
	return tlsid.Chain(key, cert, a.Cert)
}

func TestReq_CERT06_profiles(t *testing.T) {
	a := newAuthority(t)
	gateway, device := ident.New[ident.GatewayID](), ident.New[ident.DeviceID]()
	csr := csrOf(t, newKey(t))
	gatewayCert, err := a.IssueGateway(csr, gateway, facilityCode)
	if err != nil {
		t.Fatal(err)
	}
	deviceCert, err := a.IssueDevice(csr, device, facilityCode)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		cert *x509.Certificate
		want tlsid.Identity
		life time.Duration
	}{
		"gateway": {gatewayCert, tlsid.Identity{Role: tlsid.Gateway, Gateway: gateway, FacilityCode: facilityCode}, tlsid.GatewayLife},
		"device":  {deviceCert, tlsid.Identity{Role: tlsid.Device, Device: device, FacilityCode: facilityCode}, tlsid.DeviceLife},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tlsid.IdentityOf(tc.cert)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
			if want := now.Add(tc.life); !tc.cert.NotAfter.Equal(want) {
				t.Errorf("NotAfter = %v, want %v", tc.cert.NotAfter, want)
			}
			if diff := cmp.Diff([]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, tc.cert.ExtKeyUsage); diff != "" {
				t.Errorf("usages (-want +got):\n%s", diff)
			}
			if tc.cert.IsCA || len(tc.cert.DNSNames)+len(tc.cert.EmailAddresses)+len(tc.cert.IPAddresses) != 0 {
				t.Errorf("certificate says more than it should: CA %v, names %v %v %v", tc.cert.IsCA, tc.cert.DNSNames, tc.cert.EmailAddresses, tc.cert.IPAddresses)
			}
		})
	}
}

// Nothing but the key comes from a request, whatever it asks for.
func TestReq_CERT06_requestSaysNothing(t *testing.T) {
	a := newAuthority(t)
	key := newKey(t)
	hostile, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:         pkix.Name{CommonName: "center\x00.example", Organization: []string{"水引", string(bytes.Repeat([]byte("x"), 900))}},
		DNSNames:        []string{"center.example"},
		EmailAddresses:  []string{"someone@example.com"},
		URIs:            []*url.URL{{Scheme: "mizuhiki", Opaque: "gateway:aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
		ExtraExtensions: []pkix.Extension{{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 0x03, 0x01, 0x01, 0xff}}},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	device := ident.New[ident.DeviceID]()
	cert, err := a.IssueDevice(hostile, device, facilityCode)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := a.IssueDevice(csrOf(t, key), device, facilityCode)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cert.Subject.String(), plain.Subject.String(); got != want {
		t.Errorf("subject = %q, want %q", got, want)
	}
	if got, want := len(cert.Extensions), len(plain.Extensions); got != want || cert.IsCA || len(cert.DNSNames)+len(cert.EmailAddresses) != 0 {
		t.Errorf("the request put something into the certificate: %d extensions, want %d", got, want)
	}
}

func TestReq_CERT02_requestRefused(t *testing.T) {
	a := newAuthority(t)
	request := func(key crypto.Signer) []byte {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forged := request(newKey(t))
	forged[len(forged)-1] ^= 1
	for name, csr := range map[string][]byte{
		"empty":                       nil,
		"not a request":               []byte("hello"),
		"without proof of possession": forged,
		"for P-384":                   request(p384),
		"for RSA":                     request(rsaKey),
		"too long":                    make([]byte, 5000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := a.IssueDevice(csr, ident.New[ident.DeviceID](), facilityCode); !fault.Is(err, fault.Invalid) {
				t.Errorf("IssueDevice = %v, want invalid", err)
			}
		})
	}
}

func TestIssue_neverOutlivesTheIssuingCA(t *testing.T) {
	a := newAuthority(t)
	a.now = now.Add(tlsid.IssuingLife - 24*time.Hour)
	cert, err := a.IssueDevice(csrOf(t, newKey(t)), ident.New[ident.DeviceID](), facilityCode)
	if err != nil {
		t.Fatal(err)
	}
	if cert.NotAfter.After(a.Cert.NotAfter) {
		t.Errorf("leaf until %v, issuing CA until %v", cert.NotAfter, a.Cert.NotAfter)
	}
}

func TestIdentityOf_refuses(t *testing.T) {
	id := ident.New[string]()
	for name, uris := range map[string][]*url.URL{
		"no name":        nil,
		"two names":      {{Scheme: "mizuhiki", Opaque: "device:" + id}, {Scheme: "mizuhiki", Opaque: "gateway:" + id}},
		"another scheme": {{Scheme: "spiffe", Opaque: "device:" + id}},
		"another role":   {{Scheme: "mizuhiki", Opaque: "server:" + id}},
		"no id":          {{Scheme: "mizuhiki", Opaque: "device:"}},
		"a foreign id":   {{Scheme: "mizuhiki", Opaque: "device:../../x"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := tlsid.IdentityOf(&x509.Certificate{URIs: uris}); err == nil {
				t.Errorf("IdentityOf = %+v, want an error", got)
			}
		})
	}
}

func TestRootKey_opensOnlyWithItsPassphrase(t *testing.T) {
	a := newAuthority(t)
	recipient, err := age.NewScryptRecipient("right")
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(10) // the test is not about being slow
	var sealed bytes.Buffer
	if err := a.root.SealKey(&sealed, recipient); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed.Bytes(), []byte("PRIVATE KEY")) {
		t.Fatal("the root key stands in the file in clear")
	}
	open := func(cert *x509.Certificate, passphrase string) (tlsid.Root, error) {
		identity, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		return tlsid.OpenRoot(cert, bytes.NewReader(sealed.Bytes()), identity)
	}
	if _, err := open(a.Root, "wrong"); err == nil {
		t.Error("the root key opened with a wrong passphrase")
	}
	if _, err := open(newAuthority(t).Root, "right"); err == nil {
		t.Error("the root key was taken for another root's")
	}
	root, err := open(a.Root, "right")
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	cert, err := root.Certify("Next issuing CA", key, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlsid.NewAuthority(a.Root, cert, key, time.Now); err != nil {
		t.Errorf("NewAuthority = %v", err)
	}
}

func TestNewAuthority_refusesWhatDoesNotBelongTogether(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	if _, err := tlsid.NewAuthority(other.Root, a.Cert, newKey(t), time.Now); err == nil {
		t.Error("an issuing CA of another root was taken")
	}
	if _, err := tlsid.NewAuthority(a.Root, a.Cert, newKey(t), time.Now); err == nil {
		t.Error("another key was taken")
	}
}

func TestFiles(t *testing.T) {
	a := newAuthority(t)
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "d.crt"), filepath.Join(dir, "d.key")
	id := a.client(t, tlsid.Device)
	key := id.PrivateKey.(crypto.Signer)
	if err := os.WriteFile(certFile, tlsid.EncodeCerts(id.Leaf, a.Cert), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(keyFile, key); err != nil {
		t.Fatal(err)
	}
	got, err := tlsid.ReadIdentity(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(id.Certificate, got.Certificate); diff != "" {
		t.Errorf("chain (-want +got):\n%s", diff)
	}
	if err := tlsid.WriteKey(keyFile, key); !os.IsExist(err) {
		t.Errorf("WriteKey over a key = %v, want that it exists", err)
	}
	other := filepath.Join(dir, "other.key")
	if err := tlsid.WriteKey(other, newKey(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsid.ReadIdentity(certFile, other); err == nil {
		t.Error("a key was taken for another certificate's")
	}
	if err := os.Chmod(keyFile, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsid.ReadIdentity(certFile, keyFile); err == nil {
		t.Error("a key that a group can read was taken")
	}
}

func TestSigningKeyFiles(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	pubFile, keyFile, other := filepath.Join(dir, "a.pub"), filepath.Join(dir, "a.key"), filepath.Join(dir, "b.key")
	data, err := tlsid.EncodePublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pubFile, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(keyFile, key); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(other, newKey(t)); err != nil {
		t.Fatal(err)
	}
	if got, err := tlsid.ReadPublicKey(pubFile); err != nil || !got.Equal(pub) {
		t.Errorf("ReadPublicKey = %v, %v", got, err)
	}
	if got, err := tlsid.ReadSigningKey(keyFile); err != nil || !got.Equal(key) {
		t.Errorf("ReadSigningKey = %v", err)
	}
	if _, err := tlsid.ReadSigningKey(other); err == nil {
		t.Error("a TLS key was taken for a signing key")
	}
	if _, err := tlsid.ReadPublicKey(keyFile); err == nil {
		t.Error("a private key was taken for a public one")
	}
}
