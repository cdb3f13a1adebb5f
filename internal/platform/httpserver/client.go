package httpserver

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
)

// clients are the open connections of a server whose clients show certificates.
type clients struct {
	mu   sync.Mutex
	open map[*tls.Conn]struct{}
}

// note follows a connection from its first request to its end.
func (c *clients) note(conn net.Conn, state http.ConnState) {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateActive, http.StateIdle:
		c.open[secure] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(c.open, secure)
	}
}

// CloseClients closes the connections of clients with certificates of which of holds, at
// once: an answer that is under way breaks off. It gives how many there were.
func (s *Server) CloseClients(of func(*x509.Certificate) bool) int {
	s.clients.mu.Lock()
	var ending []*tls.Conn
	for conn := range s.clients.open {
		if peers := conn.ConnectionState().PeerCertificates; len(peers) > 0 && of(peers[0]) {
			ending = append(ending, conn)
		}
	}
	s.clients.mu.Unlock()
	for _, conn := range ending {
		conn.NetConn().Close() // below TLS, whose farewell may wait for a reader that is stuck
	}
	return len(ending)
}
