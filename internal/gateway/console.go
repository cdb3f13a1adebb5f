package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/gateway/console"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/seal"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// openConsole opens the console's listener, if one is configured. It does not serve yet.
func (r *Running) openConsole(ctx context.Context, d *db.DB) error {
	cfg := r.cfg.Console
	if cfg.Listen == "" {
		return nil
	}
	accounts, err := openAccounts(ctx, r.cfg, d)
	if err != nil {
		return err
	}
	var token string
	if cfg.MetricsToken != "" {
		raw, err := secretfile.Read(cfg.MetricsToken)
		if err != nil {
			return fmt.Errorf("console.metrics_token: %w", err)
		}
		if token = strings.TrimSpace(string(raw)); len(token) < 16 {
			return fmt.Errorf("console.metrics_token: %s holds no token of at least 16 characters", cfg.MetricsToken)
		}
	}
	conf, err := r.consoleTLS(ctx)
	if err != nil {
		return err
	}
	var handler http.Handler // made once the port is known
	server, err := httpserver.Listen(ctx, httpserver.Config{
		Surface: "console", Kind: httpserver.Browser, Addr: cfg.Listen, Key: "console.listen", TLS: conf, MaxBody: 64 << 10,
		Probes:  []string{"GET /healthz", "GET /readyz", "GET /metrics"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { handler.ServeHTTP(w, req) }),
		Log:     r.cfg.Logger, Clock: r.cfg.Clock,
	})
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(server.Addr().String())
	if err != nil {
		return errors.Join(err, server.Close())
	}
	served := console.Config{
		Title: cfg.Title, Gateway: r.cfg.Gateway, Accounts: accounts, Index: r.index, Roots: r.roots(),
		Health: r.Health, Events: r.watch.list, Reread: r.source.Soon, Holds: r.source.Holds, Messages: r.received.keptEntries, Receiving: r.received != nil,
		Plain: cfg.PlainHTTP, Port: port, MetricsToken: token, Clock: r.cfg.Clock, Log: r.cfg.Logger,
	}
	if r.received != nil {
		served.Kept, served.Prospects, served.About = r.received.kept, r.received.filer.Prospects, r.received.about
	}
	handler = console.New(served)
	r.console = server
	r.cfg.Logger.InfoContext(ctx, "console opened", logging.KeyAddr, server.Addr().String())
	return nil
}

// ConsoleURL is where the console is served; empty if it is not.
func (r *Running) ConsoleURL() string {
	if r.console == nil {
		return ""
	}
	scheme := "https://"
	if r.cfg.Console.PlainHTTP {
		scheme = "http://"
	}
	return scheme + r.console.Addr().String() + "/"
}

// consoleTLS gives the listener's TLS configuration, nil for plain HTTP on loopback. A
// hospital without a certificate of its own gets a self-signed one, whose fingerprint
// stands in the log so that it can be compared at the first visit.
func (r *Running) consoleTLS(ctx context.Context) (*tls.Config, error) {
	cfg := r.cfg.Console
	if cfg.PlainHTTP {
		return nil, nil
	}
	certFile, keyFile := cfg.Cert, cfg.Key
	if certFile == "" {
		certFile, keyFile = r.cfg.consoleFile("console.crt"), r.cfg.consoleFile("console.key")
		if err := r.selfSigned(certFile, keyFile); err != nil {
			return nil, fmt.Errorf("console certificate: %w", err)
		}
	}
	cert, err := tlsid.ReadIdentity(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("console.cert: %w", err)
	}
	if cfg.Cert == "" {
		r.cfg.Logger.InfoContext(ctx, "console has a self-signed certificate", "sha256", tlsid.Fingerprint(cert.Leaf), "expires", cert.Leaf.NotAfter)
	}
	return tlsid.OpenConfig(cert, r.cfg.Clock), nil
}

// selfSigned makes certificate and key unless there are some that hold for a while.
func (r *Running) selfSigned(certFile, keyFile string) error {
	now := r.cfg.Clock()
	certs, err := tlsid.ReadCerts(certFile)
	if err == nil && certs[0].NotAfter.Sub(now) > tlsid.SelfSignedRenewal {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	host, _, err := net.SplitHostPort(r.cfg.Console.Listen)
	if err != nil {
		return err
	}
	names := []string{"localhost"}
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	if host != "" {
		names = append(names, host)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		return err
	}
	cert, err := tlsid.SelfSigned(key, names, now)
	if err != nil {
		return err
	}
	if err := os.Remove(keyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := tlsid.WriteKey(keyFile, key); err != nil {
		return err
	}
	return os.WriteFile(certFile, tlsid.EncodeCerts(cert), 0o644)
}

// openAccounts opens the console's accounts. The keyset that seals their one-time-code
// secrets is made with the first.
func openAccounts(ctx context.Context, cfg Config, d *db.DB) (*account.Service, error) {
	path := cfg.consoleFile("console.seal.json")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := seal.Create(path); err != nil {
			return nil, fmt.Errorf("console keyset: %w", err)
		}
	}
	box, err := seal.Load(path)
	if err != nil {
		return nil, fmt.Errorf("console keyset: %w", err)
	}
	return account.Open(ctx, account.Config{DB: d, Seal: box, Hasher: credential.NewHasher(credential.DefaultParams()), Clock: cfg.Clock})
}

// OpenAccounts opens the console's accounts for whoever sits at the gateway's machine,
// also while the gateway runs. They are to be closed with the function given.
func OpenAccounts(ctx context.Context, cfg Config) (*account.Service, func() error, error) {
	cfg.fill()
	d, err := openBeside(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	accounts, err := openAccounts(ctx, cfg, d)
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return accounts, d.Close, nil
}
