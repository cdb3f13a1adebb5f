package center_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// A revoked terminal gets nothing: over a new connection, over one that resumes what it
// had agreed on before, and over the HTTP/2 connection that it kept open.
func TestReq_TLS03_revokedTerminalHoweverItComes(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	terminal, err := tlsid.ReadIdentity(res.Device.Cert, res.Device.Key)
	if err != nil {
		t.Fatal(err)
	}
	resuming := tlsid.ClientConfig(terminal, r.Authority.Root, time.Now)
	resuming.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	once := func(cfg *tls.Config) (status int, resumed bool, err error) {
		client := httpclient.New(cfg)
		defer client.CloseIdleConnections()
		res, err := client.Get("https://" + r.PortalAddr.String() + "/signin")
		if err != nil {
			return 0, false, err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return res.StatusCode, res.TLS.DidResume, err
	}
	open := connect(t, r, terminal) // HTTP/2, and not dialled anew when it is closed
	for range 2 {
		if status, _, err := once(resuming); err != nil || status != http.StatusOK {
			t.Fatalf("before: %d, %v, want 200", status, err)
		}
	}
	if _, resumed, err := once(resuming); err != nil || !resumed {
		t.Fatalf("resumed = %v, %v: the test would show nothing", resumed, err)
	}

	if err := setup.NewAdmin(r.Base).RevokeDevice(t.Context(), res.Device.Device.ID); err != nil {
		t.Fatal(err)
	}
	refused := func(name string, status int, err error) {
		t.Helper()
		if err == nil && status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404 or no connection", name, status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+r.PortalAddr.String()+"/signin", nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := open.RoundTrip(req); err == nil {
		answer.Body.Close()
		refused("open HTTP/2 connection", answer.StatusCode, nil)
	}
	status, _, err := once(resuming)
	refused("resumed", status, err)
	status, _, err = once(tlsid.ClientConfig(terminal, r.Authority.Root, time.Now))
	refused("new connection", status, err)
}
