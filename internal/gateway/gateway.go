// Package gateway runs beside a hospital's storage (ゲートウェイ): it reads the storage,
// dials the center and answers it. It writes nothing into the storage and opens no port
// but those on which an EHR is to send it messages, and that of its console.
//
// This is the assembly: [Start] puts index, source, release matrix, answers and uplink
// together, for the command, the demo and the tests alike.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/denylist"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/serve"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/gateway/uplink"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// beat is how often an idle change stream says that it lives.
const beat = 10 * time.Second

// Running is a started gateway.
type Running struct {
	cfg       Config
	index     *index.Index
	source    *source.Source
	received  *received // nil: there is no listener
	cancel    context.CancelFunc
	ready     chan struct{}
	firstLink sync.Once
	done      chan struct{}
	err       error // set before done is closed
	connected atomic.Bool
	closers   []func() error

	// For the console and monitoring.
	console  *httpserver.Server // nil: none is configured
	watch    *watch
	identity *enroll.Identity
	denylist *denylist.Store
}

// Status is how a gateway stands, for consoles and tests.
type Status struct {
	Connected bool     // to the center
	Roots     []string // folders of the storages
	Walked    bool     // the storage has been read through once
	Storage   source.State
	Lag       time.Duration // how long ago the storage was last looked through; 0 until it was
	Received  *mllp.State   // nil: there is no listener for messages
	Holdings
}

// Run runs a gateway until ctx ends.
func Run(ctx context.Context, cfg Config) error {
	r, err := Start(ctx, cfg)
	if err != nil {
		return err
	}
	return r.Wait()
}

// Start starts a gateway and returns when it has everything that it needs: identity,
// index with the schema of this program, storage. It stops when ctx ends.
func Start(ctx context.Context, cfg Config) (*Running, error) {
	cfg.fill()
	r := &Running{cfg: cfg, ready: make(chan struct{}), done: make(chan struct{}), watch: newWatch(cfg.Clock)}
	up, err := r.open(ctx)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	ctx, r.cancel = context.WithCancel(ctx)
	go r.run(ctx, up)
	return r, nil
}

// open opens everything and gives the configuration of the uplink.
func (r *Running) open(ctx context.Context) (uplink.Config, error) {
	cfg := r.cfg
	var none uplink.Config
	trusted, err := tlsid.ReadCerts(cfg.Identity.Root)
	if err != nil {
		return none, fmt.Errorf("identity.root: %w", err)
	}
	identity, err := enroll.OpenIdentity(cfg.Identity.Cert, cfg.Identity.Key, trusted[0], cfg.Clock)
	if err != nil {
		return none, fmt.Errorf("identity: %w", err)
	}
	assertionRoot, err := tlsid.ReadPublicKey(cfg.Identity.AssertionRoot)
	if err != nil {
		return none, fmt.Errorf("identity.assertion_root: %w", err)
	}
	d, err := r.database(ctx)
	if err != nil {
		return none, err
	}
	if err := r.holdReceived(ctx); err != nil {
		return none, err
	}
	if r.index, err = index.Open(ctx, d, cfg.Clock); err != nil {
		return none, err
	}
	if err := recallMerges(ctx, cfg, r.index); err != nil {
		return none, err
	}
	matrix, err := release.Open(ctx, d, cfg.Clock, cfg.Release.matrix())
	if err != nil {
		return none, err
	}
	if r.denylist, err = denylist.Open(ctx, d, assertionRoot, cfg.Clock); err != nil {
		return none, err
	}
	roots, extended, err := storageRoots(cfg)
	if err != nil {
		return none, err
	}
	r.source, err = source.Open(ctx, source.Config{
		Roots: roots, Workers: cfg.Storage.Workers, Budget: cfg.Storage.Budget,
		Own:           []string{filing.StorageDir(cfg.Received.Folder), filing.ExtendedDir(cfg.Received.Folder)},
		ExtendedRoots: extended, MaxFile: int64(cfg.Storage.MaxFileMB) << 20,
		Poll: time.Duration(cfg.Storage.PollSeconds) * time.Second, Clock: cfg.Clock, Log: cfg.Logger,
	}, r.index)
	if err != nil {
		return none, err
	}
	r.closers = append(r.closers, r.source.Close)
	warnings, err := source.CheckForms("storage.roots", r.there(cfg.Storage.Roots), "storage.extended_roots", r.there(cfg.Storage.Extended))
	if err != nil {
		return none, err
	}
	for _, w := range warnings {
		cfg.Logger.WarnContext(ctx, w)
	}
	if len(cfg.MLLP) > 0 {
		if r.received, err = openReceived(ctx, cfg, r.index, r.source); err != nil {
			return none, err
		}
		r.closers = append(r.closers, r.received.close)
		for _, l := range r.received.state().Listeners {
			cfg.Logger.InfoContext(ctx, "listening for messages", "listener", l.Name, logging.KeyAddr, l.Address, "security", l.Security)
		}
	}
	r.identity = identity
	if err := r.openConsole(ctx, d); err != nil {
		return none, err
	}
	answers := serve.Config{
		Gateway: cfg.Gateway, Facility: cfg.Facility, Build: build(),
		Index: r.index, Source: r.source, Files: r.source, Release: matrix, Identity: identity,
		Verifier: wire.NewVerifier(assertionRoot, cfg.Gateway, cfg.Facility), Denylist: r.denylist,
		Clock: cfg.Clock, Log: cfg.Logger, Beat: beat,
	}
	return uplink.Config{
		Addr: cfg.Center.Link,
		TLS: func() (*tls.Config, <-chan struct{}) {
			cert, changed := identity.Current()
			return tlsid.ClientConfig(cert, trusted[0], cfg.Clock), changed
		},
		Handler: func(lane wire.Lane) http.Handler { return serve.New(answers, lane) },
		Log:     cfg.Logger, Bind: serve.WithCenterCert,
		Judge: r.denylist.CheckCenter, Judgement: r.denylist.Changed,
		OnState: r.linked, OnTrouble: r.watch.linkTrouble,
	}, nil
}

// there gives those of some roots that are not away.
func (r *Running) there(roots []string) []string {
	away := map[string]bool{}
	for _, root := range r.source.State().Roots {
		away[root.Root] = root.Trouble.Said != ""
	}
	return slices.DeleteFunc(cleaned(roots), func(root string) bool { return away[root] })
}

// linked notes whether the center has the gateway. The storage has been walked by then.
func (r *Running) linked(up bool) {
	r.connected.Store(up)
	r.watch.linked(up)
	if up {
		r.cfg.Logger.Info("linked to the center", logging.KeyAddr, r.cfg.Center.Link)
		r.firstLink.Do(func() { close(r.ready) })
		return
	}
	r.cfg.Logger.Warn("the link to the center is down", logging.KeyAddr, r.cfg.Center.Link)
}

// lockFile is what a running gateway holds locked.
func lockFile(database string) string { return database + ".lock" }

// database opens the index's database. A new one is made without being asked: what it
// lacks is read again from the storage and from the ledger of merges. One with another
// program's schema is refused.
func (r *Running) database(ctx context.Context) (*db.DB, error) {
	path := r.cfg.Database
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := r.hold(ctx, "database", path, lockFile(path)); err != nil {
		return nil, err
	}
	fresh, err := private(path)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: path})
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	r.closers = append(r.closers, d.Close)
	if fresh {
		if _, _, err := migrate.Up(ctx, d, migrate.Gateway); err != nil {
			return nil, err
		}
	}
	if err := migrate.Check(ctx, d, migrate.Gateway); err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return d, nil
}

// Migrate brings an existing index to the schema of this program and reports from which
// version to which. A gateway that starts does that only for an index that it makes.
func Migrate(ctx context.Context, cfg Config) (from, to int64, err error) {
	if _, err := os.Stat(cfg.Database); err != nil {
		return 0, 0, fmt.Errorf("database: %w", err)
	}
	d, err := db.Open(ctx, db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		return 0, 0, fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return migrate.Up(ctx, d, migrate.Gateway)
}

// private makes the file of a new database, which only the program's own user may read:
// it holds the names of all patients. It reports whether there is nothing in it yet.
func private(path string) (fresh bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	return info.Size() == 0, nil
}

// run runs storage, receiver and uplink until ctx ends or one of them fails.
func (r *Running) run(ctx context.Context, up uplink.Config) {
	ctx, cancel := context.WithCancel(ctx)
	var parts sync.WaitGroup
	errs := make([]error, 4)
	parts.Go(func() { r.follow(ctx) })
	parts.Go(func() { r.watchDenylist(ctx) })
	if r.console != nil {
		parts.Go(func() {
			defer cancel()
			errs[3] = r.console.Serve(ctx)
		})
	}
	parts.Go(func() {
		defer cancel()
		errs[0] = r.source.Run(ctx)
	})
	parts.Go(func() {
		defer cancel()
		// Not before the storage has been read: a half-read index would have answered
		// that patients are unknown and documents gone.
		select {
		case <-r.source.Walked():
			errs[1] = uplink.Run(ctx, up)
		case <-ctx.Done():
		}
	})
	if r.received != nil {
		parts.Go(func() {
			defer cancel()
			errs[2] = r.received.run(ctx)
		})
	}
	parts.Wait()
	cancel()
	r.err = errors.Join(r.close(), clean(errs[0]), clean(errs[1]), clean(errs[2]), errs[3])
	close(r.done)
}

// clean drops the error of having been told to stop.
func clean(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// close undoes what open did, in reverse.
func (r *Running) close() error {
	var errs []error
	for i := len(r.closers) - 1; i >= 0; i-- {
		errs = append(errs, r.closers[i]())
	}
	return errors.Join(errs...)
}

// Ready is closed when the storage has been read through and the center has linked for
// the first time.
func (r *Running) Ready() <-chan struct{} { return r.ready }

// Done is closed when the gateway has stopped.
func (r *Running) Done() <-chan struct{} { return r.done }

// Stop stops the gateway and waits for it.
func (r *Running) Stop() error {
	r.cancel()
	return r.Wait()
}

// Wait waits until the gateway has stopped and gives the reason, nil if it was told to.
func (r *Running) Wait() error {
	<-r.done
	return r.err
}

// Status tells how the gateway stands.
func (r *Running) Status(ctx context.Context) (st Status, err error) {
	st.Connected, st.Roots, st.Storage = r.connected.Load(), r.cfg.Storage.all(), r.source.State()
	if !st.Storage.Looked.IsZero() {
		st.Lag = r.cfg.Clock().Sub(st.Storage.Looked)
	}
	select {
	case <-r.source.Walked():
		st.Walked = true
	default:
	}
	if r.received != nil {
		received := r.received.state()
		st.Received = &received
	}
	st.Holdings, err = holdings(ctx, r.index)
	return st, err
}

// build names the program's version for the center.
func build() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
