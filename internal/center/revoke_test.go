package center_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// within polls until ok holds.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}

// connect opens an HTTP/2 connection to the portal from a terminal and asks once.
func connect(t *testing.T, r *center.Running, terminal tls.Certificate) *http.ClientConn {
	t.Helper()
	cfg := tlsid.ClientConfig(terminal, r.Authority.Root, time.Now)
	cfg.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", r.PortalAddr.String(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpclient.Over(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if got := askOver(t, client, r); got != http.StatusOK {
		t.Fatalf("the sign-in page = %d, want 200", got)
	}
	return client
}

func askOver(t *testing.T, client *http.ClientConn, r *center.Running) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+r.PortalAddr.String()+"/signin", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// The connection of a terminal that is revoked is closed, whatever runs on it; others stay.
func TestReq_CERT04_openConnectionsOfARevokedTerminalAreClosed(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	admin := setup.NewAdmin(r.Base)
	other, err := admin.IssueDevice(t.Context(), res.Facility, "外来2", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lost, kept := connect(t, r, identity(t, res.Device)), connect(t, r, identity(t, other))
	if err := admin.RevokeDevice(t.Context(), res.Device.Device.ID); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "the revoked terminal's connection closed", func() bool { return lost.Err() != nil })
	if got := askOver(t, kept, r); got != http.StatusOK || kept.Err() != nil {
		t.Errorf("another terminal: %d, %v", got, kept.Err())
	}
}

func identity(t *testing.T, d setup.DeviceFiles) tls.Certificate {
	t.Helper()
	cert, err := tlsid.ReadIdentity(d.Cert, d.Key)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// crl fetches a list as anybody can, and checks its signature.
func crl(t *testing.T, r *center.Running, name string, issuer *x509.Certificate) (*x509.RevocationList, []byte) {
	t.Helper()
	client := httpclient.New(&tls.Config{RootCAs: tlsid.Pool(r.Authority.Root)})
	defer client.CloseIdleConnections()
	var body []byte
	within(t, 5*time.Second, name+" published", func() bool {
		res, err := client.Get("https://" + r.EnrollAddr.String() + "/crl/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err = io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == "application/pkix-crl"
	})
	list, err := x509.ParseRevocationList(body)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return list, body
}

func entryOf(l *x509.RevocationList, serial *big.Int) (x509.RevocationListEntry, bool) {
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(serial) == 0 {
			return e, true
		}
	}
	return x509.RevocationListEntry{}, false
}

func TestReq_CERT05_revocationListIsPublished(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	terminal := identity(t, res.Device).Leaf
	before, _ := crl(t, r, "current.crl", r.Authority.Cert)
	if len(before.RevokedCertificateEntries) != 0 || !before.NextUpdate.After(time.Now().Add(6*24*time.Hour)) {
		t.Errorf("the first list has %d entries and is good until %v", len(before.RevokedCertificateEntries), before.NextUpdate)
	}
	if err := setup.NewAdmin(r.Base).RevokeDevice(t.Context(), res.Device.Device.ID); err != nil {
		t.Fatal(err)
	}
	var after *x509.RevocationList
	var der []byte
	within(t, 5*time.Second, "the revoked terminal on the list", func() bool {
		after, der = crl(t, r, "current.crl", r.Authority.Cert)
		_, ok := entryOf(after, terminal.SerialNumber)
		return ok
	})
	if after.Number.Cmp(before.Number) <= 0 {
		t.Errorf("the list after number %v has number %v", before.Number, after.Number)
	}
	if own, _ := crl(t, r, center.CRLFile(r.Authority.Cert), r.Authority.Cert); own.Number.Cmp(after.Number) != 0 {
		t.Error("the list under the issuing CA's own name is another one")
	}
	opensslAgrees(t, der, r.Authority.Cert, r.Authority.Root)
}

// opensslAgrees has another program check a list's signature.
func opensslAgrees(t *testing.T, der []byte, issuing, root *x509.Certificate) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not here: only crypto/x509 has checked the list")
		return
	}
	dir := t.TempDir()
	list, ca := filepath.Join(dir, "list.crl"), filepath.Join(dir, "ca.pem")
	for path, data := range map[string][]byte{
		list: pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), ca: tlsid.EncodeCerts(issuing, root),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(openssl, "crl", "-in", list, "-CAfile", ca, "-noout", "-verify").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "verify OK") {
		t.Errorf("openssl crl -verify: %v\n%s", err, out)
	}
}

// The next issuing CA comes while people work: the terminal that is connected stays so,
// and a center that was started anew takes certificates of either CA and publishes both
// lists.
func TestReq_CERT05_rotationWithoutDowntime(t *testing.T) {
	cfg, res, offline := initialisedWith(t)
	ctx, stop := context.WithCancel(context.Background())
	r, err := center.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	first := r.Authority.Cert
	working := connect(t, r, identity(t, res.Device))
	admin := setup.NewAdmin(r.Base)
	sealed, err := os.ReadFile(filepath.Join(cfg.Keys.Authority, tlsid.FileRootKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.RotateIssuing(t.Context(), sealed, offline); err != nil {
		t.Fatal(err)
	}
	if got := askOver(t, working, r); got != http.StatusOK || working.Err() != nil {
		t.Errorf("the connected terminal after the rotation: %d, %v", got, working.Err())
	}
	stop()
	if err := r.Wait(); err != nil {
		t.Fatal(err)
	}

	r = start(t, cfg)
	if r.Authority.Cert.Equal(first) {
		t.Fatal("the center has not taken the new issuing CA")
	}
	connect(t, r, identity(t, res.Device))
	next, err := setup.NewAdmin(r.Base).IssueDevice(t.Context(), res.Facility, "外来2", "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	connect(t, r, identity(t, next))
	if err := setup.NewAdmin(r.Base).RevokeDevice(t.Context(), res.Device.Device.ID); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Second, "the old CA's terminal on the old CA's list", func() bool {
		list, _ := crl(t, r, center.CRLFile(first), first)
		_, ok := entryOf(list, identity(t, res.Device).Leaf.SerialNumber)
		return ok
	})
	crl(t, r, "current.crl", r.Authority.Cert)
}
