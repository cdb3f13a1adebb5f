// Package link is the center's side of the link (リンク) to the gateways: it takes the
// connections that gateways dial, knows which facility is at the other end by its
// certificate, and calls the gateway over them as an HTTP/2 client.
//
// A gateway opens two connections, so that small calls do not queue behind content:
// one per [wire.Lane]. The newest connection of a lane wins, since a gateway that
// dials again has lost the old one, whatever this side still believes. A gateway
// that is not connected is an error at once, never a wait.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Directory is what the hub asks about gateways.
type Directory interface {
	// Gateway gives the gateway whose certificate has this fingerprint. It is denied or
	// not found if there is none or it has been revoked or its time has passed.
	Gateway(ctx context.Context, certSHA256 string) (directory.Gateway, error)
	// GatewaySeen notes that the gateway was connected at an instant.
	GatewaySeen(ctx context.Context, id ident.GatewayID, at time.Time) error
}

// Config is what a hub needs.
type Config struct {
	Addr      string      // host:port to listen on
	Key       string      // configuration key that holds Addr
	TLS       *tls.Config // see [tlsid.LinkConfig]; its first certificate is the one that assertions are bound to
	Directory Directory
	Signer    *wire.Signer
	Clock     func() time.Time
	Log       *slog.Logger
	Recheck   time.Duration // how often the directory is asked about connected gateways; 0: a second
}

const (
	handshakeTimeout = 5 * time.Second
	helloTimeout     = 5 * time.Second
	seenEvery        = time.Minute
	// maxGreeting bounds connections that have not yet shown who they are.
	maxGreeting = 128
)

// Hub holds the connections of all gateways. It is safe for concurrent use.
type Hub struct {
	// OnConnect, if set before [Hub.Serve], runs whenever a facility's call lane connects,
	// in a goroutine of its own and never twice at a time for one facility. Its ctx ends
	// with the connection.
	OnConnect func(ctx context.Context, facility ident.FacilityID)

	cfg        Config
	listener   net.Listener
	certSHA256 string
	greeting   chan struct{}
	running    sync.WaitGroup

	mu        sync.Mutex
	peers     map[ident.FacilityID]map[wire.Lane]*lane
	following map[ident.FacilityID]chan struct{} // closed when the facility's last OnConnect has ended
}

// Listen opens the hub's listener and does not serve yet: until [Hub.Serve] runs,
// every gateway is silent.
func Listen(ctx context.Context, cfg Config) (*Hub, error) {
	if len(cfg.TLS.Certificates) == 0 || cfg.TLS.Certificates[0].Leaf == nil {
		return nil, errors.New("the link has no server certificate")
	}
	if cfg.Recheck == 0 {
		cfg.Recheck = time.Second
	}
	l, err := httpserver.ListenTCP(ctx, cfg.Addr, cfg.Key)
	if err != nil {
		return nil, err
	}
	return &Hub{
		cfg:        cfg,
		listener:   l,
		certSHA256: tlsid.Fingerprint(cfg.TLS.Certificates[0].Leaf),
		greeting:   make(chan struct{}, maxGreeting),
		peers:      map[ident.FacilityID]map[wire.Lane]*lane{},
		following:  map[ident.FacilityID]chan struct{}{},
	}, nil
}

// Addr is the address that gateways dial.
func (h *Hub) Addr() net.Addr { return h.listener.Addr() }

// Close gives the listener back without having served.
func (h *Hub) Close() error { return h.listener.Close() }

// Serve takes gateways until ctx ends, then closes every connection and returns nil
// once all that ran on them has ended.
func (h *Hub) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { h.listener.Close() })
	defer stop()
	h.running.Go(func() { h.recheck(ctx) })
	err := h.accept(ctx)
	cancel()
	h.running.Wait()
	return err
}

func (h *Hub) accept(ctx context.Context) error {
	for {
		conn, err := h.listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept gateways: %w", err)
		}
		if err != nil { // for instance out of file descriptors: it passes
			h.cfg.Log.ErrorContext(ctx, "gateway not accepted", logging.KeyError, err)
			pause(ctx, 100*time.Millisecond)
			continue
		}
		select {
		case h.greeting <- struct{}{}:
		default:
			conn.Close() // strangers crowd the door; a gateway dials again
			continue
		}
		h.running.Go(func() {
			defer func() { <-h.greeting }()
			if err := h.admit(ctx, tls.Server(conn, h.cfg.TLS)); err != nil && ctx.Err() == nil {
				h.cfg.Log.WarnContext(ctx, "gateway refused", logging.KeyAddr, conn.RemoteAddr().String(), logging.KeyError, err)
			}
		})
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// admit finds out who dialled, and makes a lane of the connection. Until then the
// other end is a stranger with a certificate of our CA, at most.
func (h *Hub) admit(ctx context.Context, conn *tls.Conn) error {
	greet, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(greet); err != nil {
		conn.Close()
		return fmt.Errorf("handshake: %w", err)
	}
	cert := tlsid.Fingerprint(conn.ConnectionState().PeerCertificates[0])
	gateway, err := h.cfg.Directory.Gateway(greet, cert)
	if err != nil {
		conn.Close()
		return fmt.Errorf("certificate %.16s…: %w", cert, err)
	}
	l, err := newLane(ctx, conn, gateway)
	if err != nil {
		conn.Close()
		return err
	}
	if err := l.greet(ctx); err != nil {
		l.close(err)
		return fmt.Errorf("gateway %s: %w", gateway.ID, err)
	}
	h.join(l)
	return nil
}

// join makes l its facility's lane and closes the one before it.
func (h *Hub) join(l *lane) {
	facility, ctx := l.gateway.Facility, l.ctx
	h.mu.Lock()
	lanes := h.peers[facility]
	if lanes == nil {
		lanes = map[wire.Lane]*lane{}
		h.peers[facility] = lanes
	}
	old := lanes[l.hello.Lane]
	lanes[l.hello.Lane] = l
	h.mu.Unlock()
	if old != nil {
		old.close(errors.New("the gateway connected anew"))
	}

	log := h.cfg.Log.With(logging.KeyFacility, facility, logging.KeyGateway, l.gateway.ID, logging.KeyLane, l.hello.Lane)
	log.InfoContext(ctx, "gateway connected", "build", l.hello.Build, "version", l.version)
	h.seen(ctx, l)
	h.running.Go(func() {
		<-ctx.Done()
		l.conn.Close()
		h.leave(l)
		log.InfoContext(context.WithoutCancel(ctx), "gateway disconnected", logging.KeyError, context.Cause(ctx))
	})
	if l.hello.Lane == wire.LaneCall && h.OnConnect != nil {
		h.follow(l)
	}
	l.watch()
}

// follow runs OnConnect once the one of the connection before has ended.
func (h *Hub) follow(l *lane) {
	facility, done := l.gateway.Facility, make(chan struct{})
	h.mu.Lock()
	before := h.following[facility]
	h.following[facility] = done
	h.mu.Unlock()
	h.running.Go(func() {
		defer close(done)
		if before != nil {
			<-before
		}
		if l.ctx.Err() == nil {
			h.OnConnect(l.ctx, facility)
		}
	})
}

func (h *Hub) leave(l *lane) {
	h.mu.Lock()
	defer h.mu.Unlock()
	lanes := h.peers[l.gateway.Facility]
	if lanes[l.hello.Lane] != l {
		return // a newer one is there
	}
	delete(lanes, l.hello.Lane)
	if len(lanes) == 0 {
		delete(h.peers, l.gateway.Facility)
	}
}

// recheck asks the directory again and again about the gateways that are connected:
// a connection outlives the handshake that let it in, so a revoked gateway must be
// dropped while it is talking.
func (h *Hub) recheck(ctx context.Context) {
	seen := h.cfg.Clock()
	for {
		pause(ctx, h.cfg.Recheck)
		if ctx.Err() != nil {
			return
		}
		now := h.cfg.Clock()
		note := now.Sub(seen) >= seenEvery
		if note {
			seen = now
		}
		for _, l := range h.lanes() {
			_, err := h.cfg.Directory.Gateway(ctx, l.gateway.CertSHA256)
			switch {
			case fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound):
				l.close(fmt.Errorf("no longer admitted: %w", err))
			case err != nil: // the directory's trouble is not the gateway's
				h.cfg.Log.ErrorContext(ctx, "gateway not rechecked", logging.KeyGateway, l.gateway.ID, logging.KeyError, err)
			case note:
				h.seen(ctx, l)
			}
		}
	}
}

func (h *Hub) seen(ctx context.Context, l *lane) {
	if l.hello.Lane != wire.LaneCall {
		return
	}
	if err := h.cfg.Directory.GatewaySeen(ctx, l.gateway.ID, h.cfg.Clock()); err != nil && ctx.Err() == nil {
		h.cfg.Log.ErrorContext(ctx, "gateway's last seen not noted", logging.KeyGateway, l.gateway.ID, logging.KeyError, err)
	}
}

func (h *Hub) lanes() []*lane {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*lane
	for _, lanes := range h.peers {
		for _, l := range lanes {
			out = append(out, l)
		}
	}
	return out
}

// Connected lists the facilities whose gateways are connected.
func (h *Hub) Connected() []ident.FacilityID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []ident.FacilityID
	for f, lanes := range h.peers {
		if lanes[wire.LaneCall] != nil {
			out = append(out, f)
		}
	}
	return out
}

// KeySilent is the message key of a gateway that is not connected or does not answer
// in time (応答なし).
const KeySilent fault.Key = "gateway.silent"

// lane gives the facility's connection for a lane, or the call lane where the bulk
// lane is not there yet.
func (h *Hub) lane(f ident.FacilityID, want wire.Lane) (*lane, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	lanes := h.peers[f]
	if l := lanes[want]; l != nil {
		return l, nil
	}
	if l := lanes[wire.LaneCall]; l != nil {
		return l, nil
	}
	return nil, &fault.Error{Kind: fault.Unavailable, Key: KeySilent, Op: "gateway of " + string(f) + " is not connected"}
}

// Online reports whether the facility's gateway is connected.
func (h *Hub) Online(f ident.FacilityID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.peers[f][wire.LaneCall] != nil
}
