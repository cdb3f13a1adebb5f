// Package httpserver is the one maker of HTTP servers, so that limits, timeouts and
// security headers are set in one place and hold everywhere: a limit that is only
// documented is a limit that somebody forgot.
//
// Every request gets a reference that people can quote, a body limit and, by
// default, an answer that no cache keeps. Servers for browsers also send the content
// security policy and refuse requests that another site may have caused.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// Kind is who calls a server.
type Kind string

const (
	Browser Kind = "browser" // people: security headers, cross-origin refusals
	Program Kind = "program" // other programs
)

// Limits of every server.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second // counted anew at every flush of a stream
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10
	defaultMaxBody    = 1 << 20
	drainTimeout      = 5 * time.Second
)

// Config describes one server.
type Config struct {
	Surface string      // for the log: portal, enroll, terminal
	Kind    Kind        //
	Addr    string      // host:port; port 0 takes any free one
	Key     string      // configuration key that holds Addr, for the error when it cannot be opened
	TLS     *tls.Config // nil: plain HTTP, which only the demo uses, on loopback
	Handler http.Handler
	// Hosts are the names and addresses by which the server may be asked, with or without
	// port; a request that names another is refused with 421. None: any will do.
	Hosts   []string
	MaxBody int64 // bytes of a request's body; 0: 1 MiB
	// Probes are the patterns that monitoring asks for all the time: what went well there
	// is logged for debugging only.
	Probes []string
	Log    *slog.Logger
	Clock  func() time.Time
}

// Server is an open listener with its server.
type Server struct {
	cfg      Config
	listener net.Listener
	server   *http.Server
	clients  clients
	stop     context.CancelFunc // ends the requests that draining did not wait for
}

// Listen opens a listener, and does not serve yet. An address that is in use gives
// an error that names it and the configuration key.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	l, err := ListenTCP(ctx, cfg.Addr, cfg.Key)
	if err != nil {
		return nil, err
	}
	return onListener(l, cfg), nil
}

func onListener(l net.Listener, cfg Config) *Server {
	// Requests outlive the ctx of Serve while they drain.
	base, stop := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, listener: l, stop: stop, clients: clients{open: map[*tls.Conn]struct{}{}}}
	s.server = newServer(cfg.Log.With(logging.KeySurface, cfg.Surface), wrap(cfg))
	s.server.TLSConfig = cfg.TLS
	s.server.ConnState = s.clients.note
	s.server.BaseContext = func(net.Listener) context.Context { return base }
	return s
}

func newServer(log *slog.Logger, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		// What net/http itself reports is mostly failed handshakes of strangers.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ListenTCP opens a TCP listener; errors name the address and the configuration key.
func ListenTCP(ctx context.Context, addr, key string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %s is in use by another program; stop that or choose another port", key, addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: this user may not listen on %s", key, addr)
	case err != nil:
		return nil, fmt.Errorf("%s: listen on %s: %w", key, addr, err)
	}
	return l, nil
}

// Addr is the address that is listened on, with the port that was taken.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve serves until ctx ends, then refuses new requests, lets running ones end for
// five seconds and cuts off the rest. It gives nil after an orderly end.
func (s *Server) Serve(ctx context.Context) error {
	defer s.stop()
	failed := make(chan error, 1)
	go func() {
		if s.cfg.TLS != nil {
			failed <- s.server.ServeTLS(s.listener, "", "")
		} else {
			failed <- s.server.Serve(s.listener)
		}
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", s.cfg.Surface, err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := s.server.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		s.stop()
		err = s.server.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("stop %s: %w", s.cfg.Surface, err)
	}
	return nil
}

// Close gives the listener back without having served.
func (s *Server) Close() error {
	s.stop()
	return s.listener.Close()
}
