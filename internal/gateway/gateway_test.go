package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// center is the other end of a link: a listener that takes what dials.
type center struct {
	listener net.Listener
	lanes    chan *tls.Conn
}

// newGateway gives the configuration of an enrolled gateway and a center for it.
func newGateway(t *testing.T, st *storagetest.Storage) (gateway.Config, *center) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := tlsid.NewRoot("Test root", time.Now())
	check(err)
	caKey, err := tlsid.NewKey()
	check(err)
	issuing, err := root.Certify("Test issuing CA", caKey, time.Now())
	check(err)
	ca, err := tlsid.NewAuthority(root.Cert, issuing, caKey, time.Now)
	check(err)
	serverKey, err := tlsid.NewKey()
	check(err)
	server, err := ca.IssueServer(serverKey.Public(), []string{"127.0.0.1"})
	check(err)

	cfg := gateway.DefaultConfig()
	cfg.Gateway, cfg.Facility = ident.New[ident.GatewayID](), ident.New[ident.FacilityID]()
	cfg.Storage.Roots = []string{st.Root}
	cfg.Logger = slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	cfg.Absolute(filepath.Join(dir, "gateway.toml"))
	check(os.Mkdir(filepath.Join(dir, "identity"), 0o700))
	key, err := tlsid.NewKey()
	check(err)
	csr, err := tlsid.NewCSR(key)
	check(err)
	cert, err := ca.IssueGateway(csr, cfg.Gateway, "9910000001")
	check(err)
	check(tlsid.WriteKey(cfg.Identity.Key, key))
	check(os.WriteFile(cfg.Identity.Cert, tlsid.EncodeCerts(cert, issuing), 0o600))
	check(os.WriteFile(cfg.Identity.Root, tlsid.EncodeCerts(root.Cert), 0o600))
	assertionRoot, _, err := ed25519.GenerateKey(nil)
	check(err)
	pub, err := tlsid.EncodePublicKey(assertionRoot)
	check(err)
	check(os.WriteFile(cfg.Identity.AssertionRoot, pub, 0o600))

	listener, err := tls.Listen("tcp", "127.0.0.1:0", tlsid.LinkConfig(tlsid.Chain(serverKey, server, issuing), time.Now, root.Cert, issuing))
	check(err)
	cfg.Center.Link = listener.Addr().String()
	c := &center{listener: listener, lanes: make(chan *tls.Conn, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.lanes <- conn.(*tls.Conn)
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
		for len(c.lanes) > 0 {
			(<-c.lanes).Close()
		}
	})
	return cfg, c
}

// hello takes both lanes and asks each who it is.
func (c *center) hello(t *testing.T) map[wire.Lane]wire.Hello {
	t.Helper()
	got := map[wire.Lane]wire.Hello{}
	for range 2 {
		var conn *tls.Conn
		select {
		case conn = <-c.lanes:
		case <-time.After(10 * time.Second):
			t.Fatal("the gateway did not dial")
		}
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		client, err := httpclient.Over(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://gateway.invalid"+wire.PathHello, bytes.NewReader([]byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var h wire.Hello
		if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		got[h.Lane] = h
	}
	return got
}

func TestStart_isReadyOnceWalkedAndLinked(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics("0000012345", storagetest.Hanako, "20240601090000000")
	cfg, c := newGateway(t, st)
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	var call *tls.Conn
	select {
	case call = <-c.lanes:
	case <-time.After(10 * time.Second):
		t.Fatal("the gateway did not dial")
	}
	select {
	case <-r.Ready():
		t.Error("ready before the center said a word")
	default:
	}
	c.lanes <- call
	got := c.hello(t)
	for _, lane := range []wire.Lane{wire.LaneCall, wire.LaneBulk} {
		if h := got[lane]; h.Gateway != cfg.Gateway || h.Facility != cfg.Facility || h.MaxVersion != wire.Version {
			t.Errorf("hello of %s = %+v", lane, h)
		}
	}
	select {
	case <-r.Ready():
	case <-time.After(5 * time.Second):
		t.Fatal("not ready after the center has linked")
	}
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !status.Connected || !status.Walked || status.Patients != 1 || status.Storage.Trouble.Said != "" || status.Lag > time.Minute {
		t.Errorf("status = %+v", status)
	}
	if h, err := gateway.ReadHoldings(t.Context(), cfg); err != nil || h.Patients != 1 || h.UnreadableTotal != 0 {
		t.Errorf("holdings read beside the running gateway = %+v, %v", h, err)
	}
	if runs, err := gateway.Runs(cfg); err != nil || !runs {
		t.Errorf("Runs = %v, %v, want true", runs, err)
	}
	never := cfg
	never.Database = filepath.Join(t.TempDir(), "gateway.db")
	if _, err := gateway.ReadHoldings(t.Context(), never); err == nil || !strings.Contains(err.Error(), never.Database) {
		t.Errorf("holdings of a gateway that never ran: %v, want an error that names the file", err)
	}
	if info, err := os.Stat(cfg.Database); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the index's file: %v, %v, want 0600", info.Mode(), err)
	}

	// A second gateway on the same index would take the first one's changes.
	if _, err := gateway.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), cfg.Database) {
		t.Errorf("a second gateway on the index: %v, want an error that names it", err)
	}
	if err := r.Stop(); err != nil {
		t.Errorf("Stop = %v", err)
	}
	if err := r.Wait(); err != nil {
		t.Errorf("Wait = %v", err)
	}
	for name, stopped := range map[string]gateway.Config{"stopped": cfg, "never started": never} {
		if runs, err := gateway.Runs(stopped); err != nil || runs {
			t.Errorf("Runs of one that is %s = %v, %v", name, runs, err)
		}
	}
}

// Run ends with its context and leaves nothing running; it can be started again on what
// it has left.
func TestRun_endsWithItsContext(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics("0000012345", storagetest.Hanako, "20240601090000000")
	cfg, c := newGateway(t, st)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- gateway.Run(ctx, cfg) }()
		c.hello(t)
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run = %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("Run did not end")
		}
	}
}

func TestStart_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, cfg *gateway.Config)
		want  string
	}{
		"a missing storage folder": {func(t *testing.T, cfg *gateway.Config) {
			cfg.Storage.Roots = []string{filepath.Join(t.TempDir(), "not-there")}
		}, "not-there"},
		"an extended storage for the standard one": {func(t *testing.T, cfg *gateway.Config) {
			ext := storagetest.New(t)
			ext.Object(storagetest.ObjectName("0000012345", "20240601", storagetest.DischargeSummary, "1", "20240601120000000"), map[string][]byte{"a.pdf": storagetest.PDF})
			cfg.Storage.Roots = []string{ext.Root}
		}, "storage.roots: "},
		"a key of another certificate": {func(t *testing.T, cfg *gateway.Config) {
			key, err := tlsid.NewKey()
			if err != nil {
				t.Fatal(err)
			}
			cfg.Identity.Key = filepath.Join(t.TempDir(), "other.key")
			if err := tlsid.WriteKey(cfg.Identity.Key, key); err != nil {
				t.Fatal(err)
			}
		}, "other.key"},
		"an assertion root that is none": {func(t *testing.T, cfg *gateway.Config) {
			cfg.Identity.AssertionRoot = cfg.Identity.Cert
		}, "assertion_root"},
		"a center's database": {func(t *testing.T, cfg *gateway.Config) {
			cfg.Database = filepath.Join(t.TempDir(), "center.db")
			d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: cfg.Database})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if _, _, err := migrate.Up(t.Context(), d, migrate.Center); err != nil {
				t.Fatal(err)
			}
		}, "center"},
	} {
		t.Run(name, func(t *testing.T) {
			st := storagetest.New(t)
			cfg, _ := newGateway(t, st)
			tc.spoil(t, &cfg)
			if _, err := gateway.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Start = %v, want an error that names %s", err, tc.want)
			}
		})
	}
}
