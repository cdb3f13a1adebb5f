package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// How soon either end of a link notices that the other has gone without a word: a
// ping after silence, and how long its answer may take.
const (
	LinkPingAfter   = 1 * time.Second
	LinkPingTimeout = 2 * time.Second
)

// linkStreams is how many requests may run on one connection of a link at a time.
const linkStreams = 250

// ServeLink serves HTTP/2 on one connection that this program dialled: the gateway's
// side of a link, where the one who dials is the one who serves. When the connection
// or ctx ends, it closes conn, ends the contexts of running requests, waits for their
// handlers and returns. Streams may stay open for as long as the link lives, so there
// is no write timeout; a peer that is gone is noticed by pings.
func ServeLink(ctx context.Context, conn *tls.Conn, h http.Handler, log *slog.Logger) error {
	defer conn.Close()
	if got := conn.ConnectionState().NegotiatedProtocol; got != "h2" {
		return errors.New("the link did not agree on HTTP/2")
	}
	base, cancel := context.WithCancel(ctx)
	defer cancel()
	running := newInFlight()
	server := newServer(log, running.count(h))
	server.ReadTimeout, server.WriteTimeout, server.IdleTimeout = 0, 0, 0
	server.BaseContext = func(net.Listener) context.Context { return base }
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP2(true)
	server.HTTP2 = &http.HTTP2Config{
		MaxConcurrentStreams: linkStreams,
		SendPingTimeout:      LinkPingAfter,
		PingTimeout:          LinkPingTimeout,
	}
	one := &oneConn{conn: conn, closed: make(chan struct{})}
	server.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			one.Close()
		}
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err := server.Serve(one)
	cancel()
	running.wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// inFlight counts running handlers. A sync.WaitGroup would not do: a handler may
// begin while its end is being waited for.
type inFlight struct {
	mu     sync.Mutex
	ended  *sync.Cond
	n      int
	closed bool
}

func newInFlight() *inFlight {
	f := &inFlight{}
	f.ended = sync.NewCond(&f.mu)
	return f
}

func (f *inFlight) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		if f.closed {
			f.mu.Unlock()
			return
		}
		f.n++
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			f.n--
			f.mu.Unlock()
			f.ended.Broadcast()
		}()
		h.ServeHTTP(w, r)
	})
}

// wait lets no further handler begin and returns when none runs.
func (f *inFlight) wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for f.n > 0 {
		f.ended.Wait()
	}
}

// oneConn is a listener that gives one connection and then waits for its end, upon
// which Accept gives io.EOF.
type oneConn struct {
	conn   net.Conn
	given  sync.Once
	closed chan struct{}
	close  sync.Once
}

func (l *oneConn) Accept() (conn net.Conn, err error) {
	l.given.Do(func() { conn = l.conn })
	if conn != nil {
		return conn, nil
	}
	<-l.closed
	return nil, io.EOF
}

func (l *oneConn) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
