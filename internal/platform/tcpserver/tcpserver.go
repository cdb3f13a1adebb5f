// Package tcpserver is the one maker of servers that speak something else than HTTP, so
// that who may connect, how many at a time and how long a handshake may take are set in
// one place and hold everywhere.
package tcpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

const (
	handshakeTimeout = 10 * time.Second
	// drainTimeout is how long connections may take to end once they have been told to.
	drainTimeout = 5 * time.Second
	// acceptPause is waited when the system has no file descriptors left.
	acceptPause = 100 * time.Millisecond
)

// Config describes one server.
type Config struct {
	Surface  string         // for the log
	Addr     string         // host:port; port 0 takes any free one
	Key      string         // configuration key that holds Addr, for the error when it cannot be opened
	TLS      *tls.Config    // nil: plain
	Allow    []netip.Prefix // addresses that may connect; empty: all
	MaxConns int            // at the same time; further ones are closed at once
	// Handler serves a connection, after the handshake, and returns when it is done with
	// it. When ctx ends, reading from the connection fails; what is under way should be
	// answered within a few seconds.
	Handler func(ctx context.Context, conn net.Conn)
	Clock   func() time.Time
	Log     *slog.Logger
}

// Server is an open listener.
type Server struct {
	cfg      Config
	listener net.Listener

	mu    sync.Mutex
	conns map[net.Conn]*state

	address, tls, full tally.Tally // of the connections that were refused
}

// state is how far a connection has come.
type state struct {
	spoke   bool // it has begun a handshake
	version bool // and has a version of TLS that is spoken here
	served  bool
}

// Stats counts connections.
type Stats struct {
	Open    int
	Address tally.State // refused: not on the list
	TLS     tally.State // refused: no certificate, another authority, another version
	Full    tally.State // refused: more than may be open
}

// Listen opens a listener, and does not serve yet.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	l, err := httpserver.ListenTCP(ctx, cfg.Addr, cfg.Key)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, listener: l, conns: map[net.Conn]*state{}}
	if cfg.TLS != nil {
		s.cfg.TLS = cfg.TLS.Clone()
		s.cfg.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			c := s.conns[hello.Conn]
			c.spoke = true
			c.version = slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool { return v >= s.cfg.TLS.MinVersion && v <= tls.VersionTLS13 })
			return nil, nil
		}
	}
	return s, nil
}

// Addr is the address that is listened on, with the port that was taken.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close closes a listener that is not served.
func (s *Server) Close() error { return s.listener.Close() }

// Stats counts connections since the start.
func (s *Server) Stats() Stats {
	st := Stats{Address: s.address.State(), TLS: s.tls.State(), Full: s.full.State()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if c.served {
			st.Open++
		}
	}
	return st
}

// RefusedTLS counts a connection that a handler refuses, since the other end begins TLS
// where there is none.
func (s *Server) RefusedTLS(conn net.Conn, err error) {
	s.tls.Add(tally.AddressOf(conn.RemoteAddr()), s.cfg.Clock(), cause.From(err))
}

// Serve serves until ctx ends, lets connections finish what is under way and cuts off
// the rest. It gives nil after an orderly end.
func (s *Server) Serve(ctx context.Context) error {
	var serving sync.WaitGroup
	stop := context.AfterFunc(ctx, func() {
		s.listener.Close()
		s.each(func(c net.Conn) { c.SetReadDeadline(time.Unix(1, 0)) })
	})
	defer stop()
	var err error
	for {
		var conn net.Conn
		conn, err = s.listener.Accept()
		if ctx.Err() != nil {
			if conn != nil {
				conn.Close()
			}
			err = nil
			break
		}
		if errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil {
			s.cfg.Log.WarnContext(ctx, "accept", logging.KeySurface, s.cfg.Surface, logging.KeyError, err)
			time.Sleep(acceptPause)
			continue
		}
		if s.admit(conn) {
			serving.Go(func() { s.serve(ctx, conn) })
		} else {
			conn.Close()
		}
	}
	cut := time.AfterFunc(drainTimeout, func() { s.each(func(c net.Conn) { c.Close() }) })
	defer cut.Stop()
	serving.Wait()
	if err != nil {
		return fmt.Errorf("serve %s: %w", s.cfg.Surface, err)
	}
	return nil
}

func (s *Server) each(do func(net.Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		do(c)
	}
}

// admit decides by address and number, before anything is read.
func (s *Server) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.allowed(conn.RemoteAddr()):
		s.address.Add(tally.AddressOf(conn.RemoteAddr()), s.cfg.Clock(), cause.Trouble{})
		s.cfg.Log.Warn("connection refused: address is not allowed", logging.KeySurface, s.cfg.Surface, logging.KeyAddr, conn.RemoteAddr().String())
		return false
	case len(s.conns) >= s.cfg.MaxConns:
		s.full.Add(tally.AddressOf(conn.RemoteAddr()), s.cfg.Clock(), cause.Trouble{})
		return false
	}
	s.conns[conn] = &state{}
	return true
}

func (s *Server) allowed(addr net.Addr) bool {
	if len(s.cfg.Allow) == 0 {
		return true
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(s.cfg.Allow, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func (s *Server) serve(ctx context.Context, raw net.Conn) {
	defer func() {
		raw.Close()
		s.mu.Lock()
		delete(s.conns, raw)
		s.mu.Unlock()
	}()
	conn := raw
	if s.cfg.TLS != nil {
		secure := tls.Server(raw, s.cfg.TLS)
		hctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
		err := secure.HandshakeContext(hctx)
		cancel()
		if err != nil {
			s.failed(ctx, raw, err)
			return
		}
		s.tls.Mended(tally.AddressOf(raw.RemoteAddr()))
		conn = secure
	}
	s.mu.Lock()
	s.conns[raw].served = true
	s.mu.Unlock()
	s.cfg.Handler(ctx, conn)
	if secure, ok := conn.(*tls.Conn); ok {
		secure.Close() // says goodbye; that raw is closed as well is what counts
	}
}

// failed tells of a handshake that came to nothing. Monitoring that only looks whether the
// port is open goes without a word: that is no sender that was refused.
func (s *Server) failed(ctx context.Context, raw net.Conn, err error) {
	s.mu.Lock()
	c := *s.conns[raw]
	s.mu.Unlock()
	if ctx.Err() != nil || !c.spoke && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		return
	}
	s.RefusedTLS(raw, c.cause(err))
	s.cfg.Log.WarnContext(ctx, "connection refused: TLS", logging.KeySurface, s.cfg.Surface, logging.KeyAddr, raw.RemoteAddr().String(), logging.KeyError, err)
}

// noCertificate is what crypto/tls says, of no type of its own, when the other end shows none.
const noCertificate = "didn't provide a certificate"

// cause gives the error of a handshake its cause, where its type does not tell.
func (c state) cause(err error) error {
	switch {
	case c.spoke && !c.version:
		return cause.Or(cause.Version, err)
	case strings.Contains(err.Error(), noCertificate): // the test shakes hands without one
		return cause.Or(cause.NoCertificate, err)
	}
	return cause.Or(cause.TLS, err)
}
