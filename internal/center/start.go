package center

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/center/link"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/portal"
	"mizuhiki.dev/mizuhiki/internal/center/refresh"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// Running is a center that has started.
type Running struct {
	*Base
	PortalAddr net.Addr // of the portal, link and enrolment listeners, with the ports that were taken
	LinkAddr   net.Addr
	EnrollAddr net.Addr
	Hub        *link.Hub
	Flows
	revoker *revoker

	done chan struct{}
	err  error // valid when done is closed
}

// Flows are what the portal works with.
type Flows struct {
	SignIn   *signin.Service
	Register *register.Service
	Disclose *disclose.Service
	Refresh  *refresh.Service
	Manage   *manage.Service
}

// Wait returns when the center has ended: nil after its ctx ended, else why.
func (r *Running) Wait() error {
	<-r.done
	return r.err
}

// Run runs a center until ctx ends.
func Run(ctx context.Context, cfg Config) error {
	r, err := Start(ctx, cfg)
	if err != nil {
		return err
	}
	return r.Wait()
}

// Start starts a center and returns once it listens everywhere. It ends with ctx: no
// new request is taken, running ones end, the log is signed, the database closed.
func Start(ctx context.Context, cfg Config) (*Running, error) {
	base, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r := &Running{Base: base, done: make(chan struct{})}
	ledger := &ledger{db: base.DB, log: base.Audit, clock: base.Clock}
	servers, err := r.listen(ctx, ledger)
	if err != nil {
		return nil, errors.Join(err, base.Close())
	}
	base.Logger.InfoContext(ctx, "center started", logging.KeyReplica, cfg.Replica,
		"portal", r.PortalAddr.String(), "link", r.LinkAddr.String(), "enroll", r.EnrollAddr.String())
	go r.serve(ctx, servers, ledger)
	return r, nil
}

// server is what serves until its ctx ends.
type server interface {
	Serve(context.Context) error
	Close() error
}

// listen makes the flows and opens the listeners that they are behind. If one cannot
// be opened the others are given back.
func (r *Running) listen(ctx context.Context, ledger *ledger) (servers []server, err error) {
	defer func() {
		if err != nil {
			for _, s := range servers {
				err = errors.Join(err, s.Close())
			}
		}
	}()
	ca := r.Authority
	r.Hub, err = link.Listen(ctx, link.Config{
		Addr: r.Config.Link.Listen, Key: "link.listen", TLS: tlsid.LinkConfig(r.Server, r.Clock, ca.Trusted()...),
		Directory: ledger, Signer: r.Signer, Clock: r.Clock, Log: r.Logger,
	})
	if err != nil {
		return servers, err
	}
	servers = append(servers, r.Hub)
	origins, err := r.Config.origins(r.Logger)
	if err != nil {
		return servers, fmt.Errorf("portal: %w", err)
	}
	r.Flows = r.flows(origins)
	r.revoker = newRevoker(r.Base, r.Hub)
	if err := r.revoker.noteOwn(ctx); err != nil {
		return servers, err
	}
	r.Hub.OnConnect = func(ctx context.Context, facility ident.FacilityID) {
		r.revoker.greet(ctx, facility)
		r.renewNewcomer(ctx, ledger, facility)
		r.Refresh.Follow(ctx, facility)
	}

	issuing := enroll.Config{
		Ledger: ledger, Issuer: ca, Seal: r.Seal, Issuing: ca.Cert, Root: ca.Root, AssertionRoot: r.AssertionRoot,
		Link: r.Config.Link.Public, Portal: func() string { return openAt(r.Config.Portal.Public, r.PortalAddr) },
		CRL: r.revoker.published, Clock: r.Clock, Log: r.Logger,
	}
	hosts := r.Config.hosts(r.Server.Leaf)
	newcomers, err := httpserver.Listen(ctx, httpserver.Config{
		Surface: "enroll", Kind: httpserver.Program, Addr: r.Config.Enroll.Listen, Key: "enroll.listen", Hosts: hosts,
		TLS: tlsid.OpenConfig(r.Server, r.Clock), Probes: []string{"GET /healthz"},
		Handler: enroll.New(issuing),
		Log:     r.Logger, Clock: r.Clock,
	})
	if err != nil {
		return servers, err
	}
	servers = append(servers, newcomers)
	people, err := httpserver.Listen(ctx, httpserver.Config{
		Surface: "portal", Kind: httpserver.Browser, Addr: r.Config.Portal.Listen, Key: "portal.listen", Hosts: hosts,
		TLS: tlsid.ServerConfig(r.Server, tlsid.Device, r.Clock, ca.Trusted()...),
		Handler: portal.New(portal.Config{
			SignIn: r.SignIn, Register: r.Register, Disclose: r.Disclose, Refresh: r.Refresh, Manage: r.Manage,
			Enroll:  portal.Enrolment{Address: openAt(r.Config.Enroll.Public, newcomers.Addr()), CAFingerprint: tlsid.Fingerprint(ca.Root)},
			Renewal: enroll.NewRenewal(issuing, ledger), Clock: r.Clock, Log: r.Logger,
		}),
		Log: r.Logger, Clock: r.Clock,
	})
	if err != nil {
		return servers, err
	}
	servers = append(servers, people)
	r.revoker.close = people.CloseClients

	r.PortalAddr, r.LinkAddr, r.EnrollAddr = people.Addr(), r.Hub.Addr(), newcomers.Addr()
	return servers, nil
}

// openAt is the address of a host as people are told it: the configured one, with the port
// that was taken where none was chosen.
func openAt(public string, addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return public
	}
	u, err := url.Parse(public)
	switch {
	case err != nil || u.Host == "":
		return "https://" + net.JoinHostPort("localhost", port)
	case u.Port() == "0":
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u.String()
}

// flows makes the flows over the one database, log and hub.
func (r *Running) flows(origins passkey.Origins) Flows {
	hasher := credential.NewHasher(credential.DefaultParams())
	return Flows{
		SignIn:   signin.New(signin.Config{DB: r.DB, Log: r.Audit, Seal: r.Seal, Hasher: hasher, Origins: origins, Clock: r.Clock}),
		Register: register.New(register.Config{DB: r.DB, Audit: r.Audit, Gateways: r.Hub, Clock: r.Clock, Log: r.Logger}),
		Disclose: disclose.New(disclose.Config{DB: r.DB, Audit: r.Audit, Gateways: r.Hub, Clock: r.Clock, Log: r.Logger}),
		Refresh:  refresh.New(refresh.Config{DB: r.DB, Audit: r.Audit, Gateways: r.Hub, Clock: r.Clock, Log: r.Logger}),
		Manage:   manage.New(manage.Config{DB: r.DB, Log: r.Audit, Seal: r.Seal, Gateways: r.Hub, Clock: r.Clock}),
	}
}

// serve runs everything until ctx ends or a part fails, which ends the others. The log
// is signed last of all, when no row can come any more.
func (r *Running) serve(ctx context.Context, servers []server, ledger *ledger) {
	defer close(r.done)
	signing, stopSigning := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSigning()
	signed := make(chan error, 1)
	go func() {
		signed <- auditdb.Checkpointer{DB: r.DB, Log: r.Audit, Signer: r.AuditSigner, Clock: r.Clock, Logger: r.Logger}.Run(signing)
	}()
	parts, ctx := errgroup.WithContext(ctx)
	for _, s := range servers {
		parts.Go(func() error { return s.Serve(ctx) })
	}
	parts.Go(func() error {
		select {
		case err := <-signed: // a center that cannot sign its log does not serve
			signed <- nil
			return fmt.Errorf("sign the access log: %w", err)
		case <-ctx.Done():
			return nil
		}
	})
	parts.Go(func() error {
		r.sweep(ctx)
		return nil
	})
	parts.Go(func() error {
		r.revoker.run(ctx)
		return nil
	})
	parts.Go(func() error {
		r.watchExpiry(ctx, ledger)
		return nil
	})
	parts.Go(func() error {
		r.renewGateways(ctx, ledger)
		return nil
	})
	err := parts.Wait()
	stopSigning()
	r.err = errors.Join(err, <-signed, r.Base.Close())
	if r.err == nil {
		r.Logger.Info("center stopped", logging.KeyReplica, r.Config.Replica)
	}
}

// sweepEvery is how often disclosures without a completion are looked for.
const sweepEvery = 10 * time.Minute

// sweep looks after what requests leave behind.
func (r *Running) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := r.Disclose.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.Logger.ErrorContext(ctx, "disclosures not swept", logging.KeyError, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
