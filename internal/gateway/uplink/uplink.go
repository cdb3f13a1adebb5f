// Package uplink is the gateway's side of the link (リンク) to the center: it dials the
// center over mutual TLS, one connection per lane, and serves HTTP/2 on what it has
// dialled. So a hospital opens no port, and everything else in the gateway is an
// ordinary http.Handler.
//
// A connection that ends is dialled again, after a pause that grows from 0.2 to 10
// seconds and is blurred, so that the gateways of a region do not all knock at once
// when their center comes back.
package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Config is what an uplink needs.
type Config struct {
	Addr      string                                        // host:port of the center's link listener
	TLS       func() (*tls.Config, <-chan struct{})         // see [tlsid.ClientConfig]; the channel is closed when there is another
	Handler   func(lane wire.Lane) http.Handler             // what the center is answered with, per lane
	Log       *slog.Logger                                  //
	OnState   func(connected bool)                          // optional; called when the call lane comes and goes
	OnTrouble func(error)                                   // optional; called when a lane could not be dialled or has ended
	Judge     func(tls.ConnectionState) error               // refuses a center, at the handshake and whenever what is known has changed
	Judgement func() <-chan struct{}                        // closed when what [Config.Judge] knows changes
	Bind      func(context.Context, string) context.Context // puts the fingerprint of the center's certificate into the contexts of requests
}

const (
	dialTimeout = 5 * time.Second
	firstPause  = 200 * time.Millisecond
	longPause   = 10 * time.Second
	// steady is how long a connection must have lasted for its end to be an accident
	// and not a refusal: only then is the next dialled without growing pauses.
	steady = 5 * time.Second
)

// Run keeps both lanes connected until ctx ends, and returns ctx's error once
// everything that it started has ended.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Bind == nil {
		return errors.New("uplink: without Bind no assertion could be checked against the link")
	}
	if cfg.Judge == nil || cfg.Judgement == nil {
		return errors.New("uplink: without Judge and Judgement a revoked center would be served")
	}
	var lanes sync.WaitGroup
	for _, lane := range []wire.Lane{wire.LaneCall, wire.LaneBulk} {
		u := &uplink{cfg: cfg, lane: lane, log: cfg.Log.With(logging.KeyLane, lane, logging.KeyAddr, cfg.Addr)}
		lanes.Go(func() { u.keep(ctx) })
	}
	lanes.Wait()
	return ctx.Err()
}

// uplink is one lane.
type uplink struct {
	cfg  Config
	lane wire.Lane
	log  *slog.Logger
}

// keep dials, serves and dials again.
func (u *uplink) keep(ctx context.Context) {
	pause := firstPause
	for {
		begin := time.Now()
		err := u.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begin) >= steady {
			pause = firstPause
		}
		if errors.Is(err, errRenewed) {
			u.log.InfoContext(ctx, "linking anew", logging.KeyError, err)
			continue
		}
		if u.cfg.OnTrouble != nil {
			u.cfg.OnTrouble(err)
		}
		u.log.WarnContext(ctx, "no link to the center", logging.KeyError, err, "again_in_ms", pause.Milliseconds())
		wait := time.NewTimer(blur(pause))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		pause = min(2*pause, longPause)
	}
}

// blur gives a pause between half of d and d.
func blur(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// once serves one connection until it ends.
func (u *uplink) once(ctx context.Context) error {
	cfg, changed := u.cfg.TLS()
	conn, err := u.dial(ctx, cfg.Clone())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		pause := time.NewTimer(parting) // the center is still to hear that it was taken
		defer pause.Stop()
		select {
		case <-pause.C:
			cancel(errRenewed)
		case <-ctx.Done():
		}
	}()
	go u.rejudge(ctx, conn.ConnectionState(), cancel)
	center := tlsid.Fingerprint(conn.ConnectionState().PeerCertificates[0])
	state := &state{tell: u.cfg.OnState}
	if u.lane != wire.LaneCall || u.cfg.OnState == nil {
		state.tell = func(bool) {}
	}
	defer state.down()
	handler := u.cfg.Handler(u.lane)
	err = httpserver.ServeLink(u.cfg.Bind(ctx, center), conn, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		state.up()
		handler.ServeHTTP(w, r)
	}), u.log)
	switch {
	case errors.Is(context.Cause(ctx), errRenewed):
		return errRenewed
	case errors.Is(context.Cause(ctx), errShutOut):
		return context.Cause(ctx)
	case err == nil:
		err = errClosed
	}
	return err
}

// rejudge ends a connection when the center at its other end turns out to be refused.
func (u *uplink) rejudge(ctx context.Context, center tls.ConnectionState, end context.CancelCauseFunc) {
	for {
		changed := u.cfg.Judgement()
		if err := u.cfg.Judge(center); err != nil {
			end(fmt.Errorf("%w: %w", errShutOut, err))
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// errShutOut ends a connection to a center that has been refused since.
var errShutOut = cause.New(cause.Revoked, "the center is refused")

var errClosed = cause.New(cause.Closed, "the center closed the link")

// errRenewed ends a connection because there is another certificate to link with.
var errRenewed = errors.New("the gateway's certificate was renewed")

// parting is how long a connection goes on after the certificate was renewed over it.
const parting = 500 * time.Millisecond

func (u *uplink) dial(ctx context.Context, cfg *tls.Config) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	cfg.NextProtos = []string{tlsid.ALPNLink}
	cfg.VerifyConnection = func(cs tls.ConnectionState) error { return cause.Or(cause.Revoked, u.cfg.Judge(cs)) }
	conn, err := (&tls.Dialer{NetDialer: &net.Dialer{}, Config: cfg}).DialContext(ctx, "tcp", u.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("dial the center: %w", cause.Or(cause.TLS, err)) // all that has no nearer one is of the handshake
	}
	return conn.(*tls.Conn), nil // what a tls.Dialer gives
}

// state tells when a lane is up: with the first request, since in TLS 1.3 a dialler
// believes itself connected before the other side has judged its certificate.
type state struct {
	mu   sync.Mutex
	isUp bool
	tell func(bool)
}

func (s *state) up() { s.set(true) }

func (s *state) down() { s.set(false) }

func (s *state) set(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isUp != up {
		s.isUp = up
		s.tell(up)
	}
}
