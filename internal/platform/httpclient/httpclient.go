// Package httpclient is the one maker of HTTP clients, so that every call has limits
// and none trusts the certificate roots of the operating system by accident.
package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
)

const (
	dialTimeout    = 5 * time.Second
	headerTimeout  = 30 * time.Second
	overallTimeout = 60 * time.Second
)

// New makes a client that speaks TLS with cfg and follows no redirect.
func New(cfg *tls.Config) *http.Client {
	return &http.Client{
		Transport: NewTransport(cfg),
		Timeout:   overallTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// NewTransport makes a transport that speaks TLS with cfg, for those who need
// answers as they stream.
func NewTransport(cfg *tls.Config) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       cfg,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   16,
		ForceAttemptHTTP2:     true,
	}
}

// linkFrame is the largest frame taken from a gateway: larger than the default of
// 16 KiB, because content comes in bulk.
const linkFrame = 256 << 10

// Over makes a client of a connection that the other side has opened: the center's
// side of a link. It needs HTTP/2 to have been agreed on in the handshake, which the
// caller has run; otherwise requests would go one at a time over HTTP/1.1.
//
// A peer that goes away without a word is noticed within [httpserver.LinkPingAfter]
// plus [httpserver.LinkPingTimeout]: requests then fail and Err is set.
func Over(ctx context.Context, conn *tls.Conn) (*http.ClientConn, error) {
	if got := conn.ConnectionState().NegotiatedProtocol; got != "h2" {
		return nil, fmt.Errorf("the link agreed on protocol %q, not on HTTP/2", got)
	}
	var taken atomic.Bool
	t := &http.Transport{
		// The bare *tls.Conn: from anything that wraps it net/http could not tell that
		// HTTP/2 was agreed on.
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			if taken.Swap(true) {
				return nil, errors.New("a link is never dialled again from this side")
			}
			return conn, nil
		},
		Protocols:          new(http.Protocols),
		DisableCompression: true,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:  httpserver.LinkPingAfter,
			PingTimeout:      httpserver.LinkPingTimeout,
			WriteByteTimeout: httpserver.LinkPingTimeout,
			MaxReadFrameSize: linkFrame,
		},
	}
	t.Protocols.SetHTTP2(true)
	c, err := t.NewClientConn(ctx, "https", "gateway.invalid:443")
	if err != nil {
		return nil, fmt.Errorf("begin HTTP/2 on the link: %w", err)
	}
	return c, nil
}
