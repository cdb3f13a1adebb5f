package gateway_test

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver/probetest"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// A gateway opens no port by itself. One that has a console opens that one port, where
// nothing older than TLS 1.3 is spoken.
func TestReq_TLS05_gatewayPortProbe(t *testing.T) {
	cfg, _ := newGateway(t, storagetest.New(t))
	before := probetest.Listening(t) // the center's here
	opened := func() (ports []int) {
		for port := range probetest.Listening(t) {
			if !before[port] {
				ports = append(ports, port)
			}
		}
		return ports
	}
	r := start(t, cfg)
	if got := opened(); len(got) != 0 {
		t.Errorf("a gateway without a console listens on %v", got)
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}

	cfg.Console.Listen = "127.0.0.1:0"
	r = start(t, cfg)
	console, err := url.Parse(r.ConsoleURL())
	if err != nil {
		t.Fatal(err)
	}
	if got := opened(); len(got) != 1 || strconv.Itoa(got[0]) != console.Port() {
		t.Errorf("listens on %v, want port %s alone", got, console.Port())
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if answer := probetest.InClear(t, console.Host, method); answer != "" && answer != probetest.RefusedInClear {
			t.Errorf("the console answers %s in the clear: %q", method, answer)
		}
	}
	certs, err := tlsid.ReadCerts(filepath.Join(filepath.Dir(cfg.Database), "console.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := tls.Dial("tcp", console.Host, &tls.Config{RootCAs: tlsid.Pool(certs[0]), MaxVersion: tls.VersionTLS12}); err == nil {
		conn.Close()
		t.Error("the console speaks TLS 1.2")
	}
	client := httpclient.New(&tls.Config{RootCAs: tlsid.Pool(certs[0])})
	defer client.CloseIdleConnections()
	res, err := client.Get(r.ConsoleURL() + "signin")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("status %d, Strict-Transport-Security %q", res.StatusCode, res.Header.Get("Strict-Transport-Security"))
	}
}
