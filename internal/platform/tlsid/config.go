package tlsid

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// ALPNLink is the only protocol on the link: HTTP/2 (RFC 9113).
const ALPNLink = "h2"

// ServerConfig is for a listener that only clients of a role may open: [Device] for
// the portal, [Gateway] for the link. A client without a certificate of the role
// fails in the handshake, resumed sessions included.
func ServerConfig(cert tls.Certificate, role Role, clock func() time.Time, authorities ...*x509.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:     []tls.Certificate{cert},
		MinVersion:       tls.VersionTLS13,
		ClientAuth:       tls.RequireAndVerifyClientCert,
		ClientCAs:        Pool(authorities...),
		Time:             clock,
		VerifyConnection: requireRole(role),
	}
}

// LinkConfig is [ServerConfig] for the link: gateways only, HTTP/2 only. That the
// protocol was agreed on is demanded, because crypto/tls lets a client through that
// offers none or only HTTP/1.1, and the center would then have one request at a time.
func LinkConfig(cert tls.Certificate, clock func() time.Time, authorities ...*x509.Certificate) *tls.Config {
	c := ServerConfig(cert, Gateway, clock, authorities...)
	c.NextProtos = []string{ALPNLink}
	role := c.VerifyConnection
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		if cs.NegotiatedProtocol != ALPNLink {
			return fmt.Errorf("protocol %q where the link needs %q", cs.NegotiatedProtocol, ALPNLink)
		}
		return role(cs)
	}
	return c
}

// OpenConfig is for a listener that takes clients without a certificate: the enrolment
// host, whose callers have a one-time code instead, and a gateway's console.
func OpenConfig(cert tls.Certificate, clock func() time.Time) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13, Time: clock}
}

// ClientConfig is for a client that trusts the private root alone, never the roots
// of the operating system, and presents cert.
func ClientConfig(cert tls.Certificate, root *x509.Certificate, clock func() time.Time) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS13,
		RootCAs:      Pool(root),
		Time:         clock,
	}
}

// ErrUnproven is of a handshake in which the other side did not prove to be the center
// whose root was pinned; see [PinnedConfig].
var ErrUnproven = errors.New("not proven to be the center")

// PinnedConfig is for the first contact with a center of which only the fingerprint
// of its root is known, from paper: the server must send the root itself, and its
// certificate must come from it and be for host.
func PinnedConfig(rootSHA256, host string, clock func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		Time:       clock,
		// The roots to verify against come in the handshake: VerifyConnection does it.
		InsecureSkipVerify: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			if err := checkPinned(cs, rootSHA256, host, clock()); err != nil {
				return fmt.Errorf("%w: %w", ErrUnproven, err)
			}
			return nil
		},
	}
}

// checkPinned finds the root among what the server sent and verifies the rest against it.
func checkPinned(cs tls.ConnectionState, rootSHA256, host string, now time.Time) error {
	var root *x509.Certificate
	between := x509.NewCertPool()
	for i, c := range cs.PeerCertificates {
		if Fingerprint(c) == rootSHA256 {
			root = c
		} else if i > 0 {
			between.AddCert(c)
		}
	}
	if root == nil {
		return fmt.Errorf("it has not sent the root with fingerprint %.16s…", rootSHA256)
	}
	if !root.IsCA {
		return fmt.Errorf("the certificate with fingerprint %.16s… is not that of a CA", rootSHA256)
	}
	_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: Pool(root), Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// requireRole runs as VerifyConnection and not as VerifyPeerCertificate: the latter
// is not called when a session is resumed.
func requireRole(role Role) func(tls.ConnectionState) error {
	return func(cs tls.ConnectionState) error {
		if len(cs.VerifiedChains) == 0 || len(cs.PeerCertificates) == 0 {
			return fmt.Errorf("no verified client certificate")
		}
		id, err := IdentityOf(cs.PeerCertificates[0])
		if err != nil {
			return err
		}
		if id.Role != role {
			return fmt.Errorf("certificate of a %s where a %s's is needed", id.Role, role)
		}
		return nil
	}
}

// Pool gives a pool of exactly these certificates.
func Pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}
