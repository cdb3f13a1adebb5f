package tlsid_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

const host = "center.example"

// serve accepts connections with cfg and sends each one byte after the handshake,
// so that a client learns whether the server took its certificate.
func serve(t *testing.T, cfg *tls.Config) (addr string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(5 * time.Second))
				if conn.(*tls.Conn).Handshake() == nil {
					conn.Write([]byte{1})
				}
			}()
		}
	}()
	return l.Addr().String()
}

// connect reports how the handshake ended for the client, the server's verdict included.
func connect(addr string, cfg *tls.Config) (tls.ConnectionState, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	c := tls.Client(conn, cfg)
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		return tls.ConnectionState{}, err
	}
	return c.ConnectionState(), nil
}

func TestReq_TLS02_clientCertificates(t *testing.T) {
	a, foreign := newAuthority(t), newAuthority(t)
	clock := func() time.Time { return now }
	server := a.server(t, host)
	device, gateway := a.client(t, tlsid.Device), a.client(t, tlsid.Gateway)

	a.now = now.Add(-2 * tlsid.DeviceLife)
	expired := a.client(t, tlsid.Device)
	a.now = now.Add(24 * time.Hour)
	notYet := a.client(t, tlsid.Device)
	a.now = now

	portal := serve(t, tlsid.ServerConfig(server, tlsid.Device, clock, a.Root, a.Cert))
	link := serve(t, tlsid.LinkConfig(server, clock, a.Root, a.Cert))
	enroll := serve(t, tlsid.OpenConfig(server, clock))

	for name, tc := range map[string]struct {
		addr string
		cert tls.Certificate
		alpn string
		tls  uint16
		why  string // the alert, of RFC 8446 section 6.2, that refuses; empty: nothing does
	}{
		"no certificate at the portal":            {addr: portal, why: "certificate required"},
		"no certificate at the link":              {addr: link, alpn: tlsid.ALPNLink, why: "certificate required"},
		"expired":                                 {addr: portal, cert: expired, why: "expired certificate"},
		"not yet valid":                           {addr: portal, cert: notYet, why: "expired certificate"},
		"of another root":                         {addr: portal, cert: foreign.client(t, tlsid.Device), why: "unknown certificate authority"},
		"a gateway at the portal":                 {addr: portal, cert: gateway, why: "bad certificate"},
		"a device at the link":                    {addr: link, cert: device, alpn: tlsid.ALPNLink, why: "bad certificate"},
		"a server's certificate at the portal":    {addr: portal, cert: server, why: "bad certificate"},
		"a server's certificate at the link":      {addr: link, cert: server, alpn: tlsid.ALPNLink, why: "bad certificate"},
		"TLS 1.2 at the portal":                   {addr: portal, cert: device, tls: tls.VersionTLS12, why: "protocol version not supported"},
		"TLS 1.2 at the link":                     {addr: link, cert: gateway, alpn: tlsid.ALPNLink, tls: tls.VersionTLS12, why: "protocol version not supported"},
		"TLS 1.2 at the enrolment host":           {addr: enroll, tls: tls.VersionTLS12, why: "protocol version not supported"},
		"HTTP/1.1 at the link":                    {addr: link, cert: gateway, alpn: "http/1.1", why: "bad certificate"},
		"no protocol at the link":                 {addr: link, cert: gateway, why: "bad certificate"},
		"a device at the portal":                  {addr: portal, cert: device},
		"a gateway at the link":                   {addr: link, cert: gateway, alpn: tlsid.ALPNLink},
		"nobody in particular at enrolment's":     {addr: enroll},
		"a device that sends its leaf alone":      {addr: portal, cert: tlsid.Chain(signer(device), device.Leaf)},
		"a device that also sends somebody's CA ": {addr: portal, cert: tlsid.Chain(signer(device), device.Leaf, foreign.Cert)},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := tlsid.ClientConfig(tc.cert, a.Root, clock)
			cfg.ServerName = host
			if tc.cert.Certificate == nil {
				cfg.Certificates = nil
			} else {
				// A client that behaves would hold back what the server does not ask for.
				cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &tc.cert, nil }
			}
			if tc.alpn != "" {
				cfg.NextProtos = []string{tc.alpn}
			}
			if tc.tls != 0 {
				cfg.MinVersion, cfg.MaxVersion = tc.tls, tc.tls
			}
			state, err := connect(tc.addr, cfg)
			if (err == nil) != (tc.why == "") || err != nil && err.Error() != "remote error: tls: "+tc.why {
				t.Fatalf("connect = %v, want alert %q", err, tc.why)
			}
			if err == nil && state.Version != tls.VersionTLS13 {
				t.Errorf("TLS version = %x, want 1.3", state.Version)
			}
		})
	}
}

func signer(c tls.Certificate) crypto.Signer { return c.PrivateKey.(crypto.Signer) }

func TestReq_TLS01_olderVersionsAreRefused(t *testing.T) {
	a := newAuthority(t)
	clock := func() time.Time { return now }
	server := a.server(t, host)
	for name, cfg := range map[string]*tls.Config{
		"portal":         tlsid.ServerConfig(server, tlsid.Device, clock, a.Root, a.Cert),
		"link":           tlsid.LinkConfig(server, clock, a.Root, a.Cert),
		"enrolment host": tlsid.OpenConfig(server, clock),
	} {
		addr := serve(t, cfg)
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
			if _, err := connect(addr, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}); err == nil {
				t.Errorf("%s: TLS %x connects", name, version)
			}
		}
	}
}

func TestReq_TLS04_serverPinnedToRoot(t *testing.T) {
	a, foreign := newAuthority(t), newAuthority(t)
	clock := func() time.Time { return now }
	gateway := a.client(t, tlsid.Gateway)
	for name, tc := range map[string]struct {
		server tls.Certificate
		want   bool
	}{
		"its own center":           {a.server(t, host), true},
		"a center of another root": {foreign.server(t, host), false},
		"another host's":           {a.server(t, "elsewhere.example"), false},
		"a gateway's certificate":  {a.client(t, tlsid.Gateway), false},
	} {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, tlsid.OpenConfig(tc.server, clock))
			cfg := tlsid.ClientConfig(gateway, a.Root, clock)
			cfg.ServerName = host
			if _, err := connect(addr, cfg); (err == nil) != tc.want {
				t.Errorf("connect = %v, want success %v", err, tc.want)
			}
		})
	}
}

// A resumed session is judged like a new one. If the role were checked in
// VerifyPeerCertificate, which resumption skips, this test would fail.
func TestReq_TLS03_resumptionIsJudgedAnew(t *testing.T) {
	a := newAuthority(t)
	clock := func() time.Time { return now }
	var refuse atomic.Bool
	cfg := tlsid.ServerConfig(a.server(t, host), tlsid.Device, clock, a.Root, a.Cert)
	ours := cfg.VerifyConnection
	var judged atomic.Int32
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		judged.Add(1)
		if refuse.Load() {
			return errors.New("refused")
		}
		return ours(cs)
	}
	addr := serve(t, cfg)
	client := tlsid.ClientConfig(a.client(t, tlsid.Device), a.Root, clock)
	client.ServerName = host
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)

	if _, err := connect(addr, client); err != nil {
		t.Fatal(err)
	}
	state, err := connect(addr, client)
	if err != nil {
		t.Fatal(err)
	}
	if !state.DidResume {
		t.Fatal("the second connection did not resume: the test would show nothing")
	}
	if got := judged.Load(); got != 2 {
		t.Errorf("connections judged = %d, want 2", got)
	}
	refuse.Store(true)
	if _, err := connect(addr, client); err == nil {
		t.Error("a resumed connection came in though it is refused")
	}
}

// A ticket of the portal opens nothing else, even where both listeners share a certificate.
func TestReq_TLS03_ticketOfAnotherListener(t *testing.T) {
	a := newAuthority(t)
	clock := func() time.Time { return now }
	server := a.server(t, host)
	portal := tlsid.ServerConfig(server, tlsid.Device, clock, a.Root, a.Cert)
	link := tlsid.ServerConfig(server, tlsid.Gateway, clock, a.Root, a.Cert)
	key := [32]byte{1}
	portal.SetSessionTicketKeys([][32]byte{key})
	link.SetSessionTicketKeys([][32]byte{key})

	client := tlsid.ClientConfig(a.client(t, tlsid.Device), a.Root, clock)
	client.ServerName = host
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	if _, err := connect(serve(t, portal), client); err != nil {
		t.Fatal(err)
	}
	if _, err := connect(serve(t, link), client); err == nil {
		t.Error("a device came in at the link with a ticket of the portal")
	}
}

func TestPool_holdsOnlyWhatItIsGiven(t *testing.T) {
	a := newAuthority(t)
	if want := x509.NewCertPool(); !tlsid.Pool().Equal(want) {
		t.Error("an empty pool is not empty")
	}
	if tlsid.Pool(a.Root).Equal(tlsid.Pool(newAuthority(t).Root)) {
		t.Error("pools of two roots are equal")
	}
}

// The first contact knows only a fingerprint, and must not be satisfied with less
// than a server certificate for the host under the very root.
func TestReq_CERT02_firstContactIsPinned(t *testing.T) {
	a, foreign := newAuthority(t), newAuthority(t)
	clock := func() time.Time { return now }
	own, device := a.server(t, host), a.client(t, tlsid.Device)
	withRoot := func(c tls.Certificate, root *x509.Certificate) tls.Certificate {
		c.Certificate = append(c.Certificate[:len(c.Certificate):len(c.Certificate)], root.Raw)
		return c
	}
	for name, tc := range map[string]struct {
		server tls.Certificate
		want   bool
	}{
		"its own center":                         {withRoot(own, a.Root), true},
		"without the root":                       {own, false},
		"another center":                         {withRoot(foreign.server(t, host), foreign.Root), false},
		"another center that sends our root":     {withRoot(foreign.server(t, host), a.Root), false},
		"another host of the network":            {withRoot(a.server(t, "elsewhere.example"), a.Root), false},
		"a terminal of the network":              {withRoot(device, a.Root), false},
		"a center whose certificate has expired": {withRoot(expiredServer(t, a), a.Root), false},
	} {
		t.Run(name, func(t *testing.T) {
			addr := serve(t, tlsid.OpenConfig(tc.server, clock))
			if _, err := connect(addr, tlsid.PinnedConfig(tlsid.Fingerprint(a.Root), host, clock)); (err == nil) != tc.want {
				t.Errorf("connect = %v, want success %v", err, tc.want)
			}
		})
	}
}

func expiredServer(t *testing.T, a *authority) tls.Certificate {
	t.Helper()
	a.now = now.Add(-2 * tlsid.ServerLife)
	defer func() { a.now = now }()
	return a.server(t, host)
}
