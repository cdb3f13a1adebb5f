package link_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/link"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/uplink"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// ledger is a directory in memory.
type ledger struct {
	mu       sync.Mutex
	gateways map[string]directory.Gateway
	seen     map[ident.GatewayID]int
}

func (d *ledger) Gateway(_ context.Context, certSHA256 string) (directory.Gateway, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, ok := d.gateways[certSHA256]
	if !ok {
		return g, fault.New(fault.NotFound, "no such gateway")
	}
	if !g.RevokedAt.IsZero() {
		return g, fault.New(fault.Denied, "revoked")
	}
	return g, nil
}

func (d *ledger) GatewaySeen(_ context.Context, id ident.GatewayID, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[id]++
	return nil
}

func (d *ledger) revoke(g *gateway) {
	d.mu.Lock()
	defer d.mu.Unlock()
	entry := d.gateways[g.fingerprint]
	entry.RevokedAt = time.Now()
	d.gateways[g.fingerprint] = entry
}

// world is a center's hub with a CA; gateways of the test dial it.
type world struct {
	*link.Hub
	ca        *tlsid.Authority
	ledger    *ledger
	assertion ed25519.PublicKey // root that gateways pin
	stop      func()            // stops the hub and waits
}

func newWorld(t *testing.T, onConnect func(context.Context, ident.FacilityID)) *world {
	t.Helper()
	return newWorldOf(t, newCA(t), &ledger{gateways: map[string]directory.Gateway{}, seen: map[ident.GatewayID]int{}}, onConnect)
}

// newWorldOf starts a hub on what an earlier one has left.
func newWorldOf(t *testing.T, ca *tlsid.Authority, d *ledger, onConnect func(context.Context, ident.FacilityID)) *world {
	t.Helper()
	w := &world{ca: ca, ledger: d}
	var signer *wire.Signer
	w.assertion, signer = newSigner(t)
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := w.ca.IssueServer(key.Public(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	w.Hub, err = link.Listen(t.Context(), link.Config{
		Addr: "127.0.0.1:0", Key: "link.listen",
		TLS:       tlsid.LinkConfig(tlsid.Chain(key, cert, w.ca.Cert), time.Now, w.ca.Root, w.ca.Cert),
		Directory: w.ledger, Signer: signer, Clock: time.Now, Log: quiet, Recheck: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.OnConnect = onConnect
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func newCA(t *testing.T) *tlsid.Authority {
	t.Helper()
	root, err := tlsid.NewRoot("Test root", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := root.Certify("Test issuing CA", key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ca, err := tlsid.NewAuthority(root.Cert, cert, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func newSigner(t *testing.T) (ed25519.PublicKey, *wire.Signer) {
	t.Helper()
	rootPub, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := wire.CertifyReplica(root, "r1", pub, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := wire.NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	return rootPub, signer
}

// gateway is a hospital's end with handlers of the test's own.
type gateway struct {
	id          ident.GatewayID
	facility    ident.FacilityID
	fingerprint string
	cert        tls.Certificate
	ca          *tlsid.Authority
	addr        string // what it dials
	hello       func(wire.Hello) wire.Hello
	mux         *http.ServeMux
	states      chan bool
	stop        func() // disconnects and waits
}

// enrol makes a gateway that the directory knows.
func (w *world) enrol(t *testing.T) *gateway {
	t.Helper()
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{
		id: ident.New[ident.GatewayID](), facility: ident.New[ident.FacilityID](),
		ca: w.ca, addr: w.Addr().String(), mux: http.NewServeMux(), states: make(chan bool, 16),
		hello: func(h wire.Hello) wire.Hello { return h },
	}
	cert, err := w.ca.IssueGateway(csr, g.id, "9910000001")
	if err != nil {
		t.Fatal(err)
	}
	g.cert, g.fingerprint = tlsid.Chain(key, cert, w.ca.Cert), tlsid.Fingerprint(cert)
	w.ledger.mu.Lock()
	w.ledger.gateways[g.fingerprint] = directory.Gateway{ID: g.id, Facility: g.facility, CertSHA256: g.fingerprint}
	w.ledger.mu.Unlock()
	return g
}

type centerCert struct{}

// run keeps the gateway connected until the test ends or stop is called.
func (g *gateway) run(t *testing.T) {
	t.Helper()
	cfg := uplink.Config{
		Addr: g.addr,
		TLS:  func() (*tls.Config, <-chan struct{}) { return tlsid.ClientConfig(g.cert, g.ca.Root, time.Now), nil },
		Handler: func(lane wire.Lane) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/", g.mux)
			mux.HandleFunc("POST "+wire.PathHello, func(w http.ResponseWriter, r *http.Request) {
				answer(w, g.hello(wire.Hello{MinVersion: 1, MaxVersion: wire.Version, Gateway: g.id, Facility: g.facility, Lane: lane, Build: "test"}))
			})
			return mux
		},
		Log:     quiet,
		OnState: func(up bool) { g.states <- up },
		Judge:   func(tls.ConnectionState) error { return nil }, Judgement: func() <-chan struct{} { return nil },
		Bind: func(ctx context.Context, sum string) context.Context {
			return context.WithValue(ctx, centerCert{}, sum)
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- uplink.Run(ctx, cfg) }()
	g.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("uplink.Run = %v, want canceled", err)
		}
	})
	t.Cleanup(g.stop)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

// within polls until ok holds.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}

func (w *world) online(t *testing.T, g *gateway) {
	t.Helper()
	within(t, 10*time.Second, "gateway online", func() bool { return w.Online(g.facility) })
}

func (w *world) offline(t *testing.T, g *gateway) {
	t.Helper()
	within(t, 10*time.Second, "gateway offline", func() bool { return !w.Online(g.facility) })
}
