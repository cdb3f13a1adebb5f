package httpserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// An answer that is under way to a client whose connections are closed breaks off, and
// its handler hears of it; other clients' go on.
func TestReq_CERT04_closeClientsCutsAnswersUnderWay(t *testing.T) {
	root, err := tlsid.NewRoot("root", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	issuing, err := root.Certify("issuing", key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ca, err := tlsid.NewAuthority(root.Cert, issuing, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	host, err := ca.IssueServer(key.Public(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 2)
	server, err := httpserver.Listen(t.Context(), httpserver.Config{
		Surface: "test", Kind: httpserver.Program, Addr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler), Clock: time.Now,
		TLS: tlsid.ServerConfig(tlsid.Chain(key, host, issuing), tlsid.Device, time.Now, root.Cert, issuing),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begun")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			ended <- tlsid.Fingerprint(r.TLS.PeerCertificates[0])
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	read := func() (*x509.Certificate, io.ReadCloser) {
		cert, err := ca.IssueDevice(csr, ident.New[ident.DeviceID](), "9910000001")
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: tlsid.ClientConfig(tls.Certificate{
				Certificate: [][]byte{cert.Raw, issuing.Raw}, PrivateKey: key, Leaf: cert,
			}, root.Cert, time.Now), ForceAttemptHTTP2: true,
		}}
		res, err := client.Get("https://" + server.Addr().String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, len("begun"))); err != nil || res.ProtoMajor != 2 {
			t.Fatalf("the answer begins with %v over HTTP/%d", err, res.ProtoMajor)
		}
		return cert, res.Body
	}
	lost, cut := read()
	_, whole := read()
	if n := server.CloseClients(func(c *x509.Certificate) bool { return c.Equal(lost) }); n != 1 {
		t.Errorf("%d connections closed, want 1", n)
	}
	if _, err := io.ReadAll(cut); err == nil {
		t.Error("the answer that was cut looks whole")
	}
	if got := <-ended; got != tlsid.Fingerprint(lost) {
		t.Error("the handler of another client has ended")
	}
	select {
	case <-ended:
		t.Error("another client's answer has ended as well")
	default:
	}
	whole.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
