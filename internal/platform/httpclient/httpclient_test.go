package httpclient_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
)

func TestNew_followsNoRedirect(t *testing.T) {
	s := httptest.NewTLSServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer s.Close()
	client := httpclient.New(&tls.Config{RootCAs: pool(s.Certificate())})
	defer client.CloseIdleConnections()
	res, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusFound {
		t.Errorf("status = %d, want 302 as it came", res.StatusCode)
	}
}

func TestNew_trustsOnlyWhatItIsGiven(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	client := httpclient.New(&tls.Config{RootCAs: x509.NewCertPool()})
	if res, err := client.Get(s.URL); err == nil {
		res.Body.Close()
		t.Error("a server of an unknown root was trusted")
	}
}

// Over HTTP/1.1 a link would carry one request at a time without anybody noticing.
func TestOver_needsHTTP2(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	raw, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{RootCAs: pool(s.Certificate()), ServerName: "example.com", NextProtos: []string{"http/1.1"}})
	defer conn.Close()
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	if _, err := httpclient.Over(t.Context(), conn); err == nil || !strings.Contains(err.Error(), "HTTP/2") {
		t.Errorf("Over = %v, want a refusal that names HTTP/2", err)
	}
}

func pool(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}
