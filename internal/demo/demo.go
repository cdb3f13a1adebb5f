// Package demo runs a whole region in one process: a center, gateways that dial it over
// mutual TLS and read SS-MIX2 storages on disk, and for people with any browser a
// terminal per facility and a page to start from.
//
// It starts the very functions that production starts, on loopback, with keys and
// databases in a folder of its own. What is only here is what a region has outside of
// the program: PCs with certificates, people with passwords, hospitals with records.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// Config says what region to run.
type Config struct {
	Dir       string // keys, databases and storages; made at the first start, kept afterwards
	Listen    string // host:port of start page and terminals
	ReadyFile string // written once everything answers; empty: none
	Persons   int    // of a new region
	Linked    int    // how many of them are registered and linked; 0: as many as the region plans
	Seed      uint64 // of a new region
	Log       *slog.Logger
	Clock     func() time.Time // of center and gateways; nil: the machine's
	// Announce is told once what to open; nil: nobody is.
	Announce func(url string)
}

// DefaultConfig is what `mizuhiki demo` runs.
func DefaultConfig() Config {
	return Config{Dir: "demo-data", Listen: "127.0.0.1:8080", Persons: 300, Seed: 1}
}

// readyWithin bounds how long everything may take to answer.
const readyWithin = 60 * time.Second

// Running is a started region.
type Running struct {
	Center *center.Running
	ctx    context.Context // ends with the region
	cancel context.CancelFunc
	cfg    Config
	lock   *flock.Flock
	state  state
	front  *httpserver.Server
	page   *startPage

	gateways []*hospital
	done     chan struct{}
	err      error
}

// Run runs a region until ctx ends.
func Run(ctx context.Context, cfg Config) error {
	r, err := Start(ctx, cfg)
	if err != nil {
		return err
	}
	if cfg.Announce != nil {
		cfg.Announce(r.URL())
	}
	return r.Wait()
}

// Start starts a region and returns when everything answers: center, every gateway with
// its storage read, terminals, start page. A folder without a region gets a new one.
func Start(ctx context.Context, cfg Config) (r *Running, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	r = &Running{cfg: cfg, lock: flock.New(filepath.Join(cfg.Dir, "lock")), done: make(chan struct{})}
	got, err := r.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("demo folder: %w", err)
	}
	if !got {
		return nil, fmt.Errorf("a demo runs on %s already", cfg.Dir)
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	if err := r.start(); err != nil {
		r.cancel()
		if r.front != nil {
			err = errors.Join(err, r.front.Close())
		}
		return nil, errors.Join(err, r.stopped())
	}
	go func() {
		defer close(r.done)
		err := r.front.Serve(r.ctx)
		r.cancel()
		r.err = errors.Join(err, r.stopped())
	}()
	return r, nil
}

func (r *Running) start() error {
	ctx, cancel := context.WithTimeout(r.ctx, readyWithin)
	defer cancel()
	plan, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	if err := r.openFront(ctx); err != nil {
		return err
	}
	if err := r.startCenter(); err != nil {
		return err
	}
	if err := r.startGateways(ctx); err != nil {
		return err
	}
	if plan != nil {
		if err := r.addConsoleAccounts(ctx); err != nil {
			return err
		}
		if err := releaseNotes(ctx, r.gateways[0]); err != nil {
			return err
		}
		if err := r.populate(ctx, plan); err != nil {
			return err
		}
		if err := r.state.write(r.cfg.Dir); err != nil {
			return err
		}
	}
	if err := r.openTerminals(); err != nil {
		return err
	}
	if r.cfg.ReadyFile != "" {
		return r.writeReady(ctx)
	}
	return nil
}

func (r *Running) startCenter() error {
	cfg, err := center.LoadConfig(filepath.Join(r.cfg.Dir, "center", "center.toml"))
	if err != nil {
		return err
	}
	cfg.Logger, cfg.Clock = r.cfg.Log, r.cfg.Clock
	for i := range r.state.Facilities { // a terminal is a proxy with a name of its own
		cfg.Portal.PasskeyOrigins = append(cfg.Portal.PasskeyOrigins, "http://"+r.terminalHost(i))
	}
	r.Center, err = center.Start(r.ctx, cfg)
	return err
}

// openFront opens the one listener for start page and terminals. Nothing is served yet;
// the center has to know the terminals' names.
func (r *Running) openFront(ctx context.Context) error {
	hosts := []string{r.cfg.Listen, "localhost", "127.0.0.1", "::1"}
	for i := range r.state.Facilities {
		hosts = append(hosts, terminalName(i))
	}
	front, err := httpserver.Listen(ctx, httpserver.Config{
		Surface: "terminal", Kind: httpserver.Program, Addr: r.cfg.Listen, Key: "--listen", Hosts: hosts,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.page.ServeHTTP(w, req) }),
		Log:     r.cfg.Log, Clock: time.Now,
	})
	if err != nil {
		return err
	}
	r.front = front
	return nil
}

// terminalHost is the name, with port, under which browsers see a facility's terminal.
func (r *Running) terminalHost(i int) string {
	_, port, _ := net.SplitHostPort(r.front.Addr().String())
	return net.JoinHostPort(terminalName(i), port)
}

func terminalName(i int) string { return fmt.Sprintf("f%d.localhost", i+1) }

// openTerminals makes the start page and the terminals.
func (r *Running) openTerminals() error {
	r.page = &startPage{region: r, hosts: map[string]*terminal{}, log: r.cfg.Log}
	root, err := tlsid.ReadCerts(r.caFile())
	if err != nil {
		return err
	}
	for i, f := range r.state.Facilities {
		cert, err := tlsid.ReadIdentity(f.DeviceCert, f.DeviceKey)
		if err != nil {
			return err
		}
		transport := httpclient.NewTransport(tlsid.ClientConfig(cert, root[0], time.Now))
		t := newTerminal(r.terminalHost(i), r.portalURL(), transport, r.cfg.Log)
		r.page.terminal = append(r.page.terminal, t)
		r.page.hosts[t.host] = t
	}
	return nil
}

// URL is the page to open.
func (r *Running) URL() string {
	_, port, _ := net.SplitHostPort(r.front.Addr().String())
	return "http://localhost:" + port + "/"
}

// TerminalURL is the terminal of a facility.
func (r *Running) TerminalURL(id ident.FacilityID) string {
	for i, f := range r.state.Facilities {
		if f.ID == id {
			return "http://" + r.page.terminal[i].host
		}
	}
	return ""
}

func (r *Running) portalURL() *url.URL {
	_, port, _ := net.SplitHostPort(r.Center.PortalAddr.String())
	return &url.URL{Scheme: "https", Host: "localhost:" + port}
}

func (r *Running) caFile() string {
	return filepath.Join(r.Center.Config.Keys.Authority, "root.crt")
}

// Stop stops the region and waits for it.
func (r *Running) Stop() error {
	r.cancel()
	return r.Wait()
}

// Wait waits until the region has stopped: nil if it was told to.
func (r *Running) Wait() error {
	<-r.done
	return r.err
}

// stopped waits for everything that was started and gives the folder back.
func (r *Running) stopped() error {
	var errs []error
	for _, g := range r.gateways {
		errs = append(errs, g.stop())
	}
	if r.Center != nil {
		errs = append(errs, r.Center.Wait())
	}
	return errors.Join(append(errs, r.lock.Unlock())...)
}
