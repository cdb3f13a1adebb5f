package enroll

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Identity is the certificate and key with which a gateway links, and their renewal
// (証明書の更新). It is safe for concurrent use.
type Identity struct {
	certFile, keyFile string
	root              *x509.Certificate
	clock             func() time.Time

	mu      sync.Mutex
	current tls.Certificate
	pending crypto.Signer // of which a certificate has been asked for
	changed chan struct{} // closed when current is another
}

// OpenIdentity reads an identity from its files. A renewal that was broken off is
// finished, or forgotten if it had not come to the end.
func OpenIdentity(certFile, keyFile string, root *x509.Certificate, clock func() time.Time) (*Identity, error) {
	id := &Identity{certFile: certFile, keyFile: keyFile, root: root, clock: clock, changed: make(chan struct{})}
	if err := tlsid.Settle(certFile, keyFile); err != nil {
		return nil, err
	}
	var err error
	id.current, err = tlsid.ReadIdentity(certFile, keyFile)
	return id, err
}

// Current gives the certificate to link with, and a channel that is closed when there
// is another.
func (id *Identity) Current() (tls.Certificate, <-chan struct{}) {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.current, id.changed
}

// Request makes a new key and asks for a certificate for it. A request before it is void.
func (id *Identity) Request(context.Context, struct{}) (wire.Renewal, error) {
	key, err := tlsid.NewKey()
	if err != nil {
		return wire.Renewal{}, err
	}
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		return wire.Renewal{}, err
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	id.pending = key
	return wire.Renewal{CSR: csr}, nil
}

// Install takes a certificate that answers the last request. One that does not belong to
// it, to this gateway or to the pinned root is of kind invalid and changes nothing.
func (id *Identity) Install(_ context.Context, r wire.Renewed) (struct{}, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	chain, err := id.check(r)
	if err != nil {
		return struct{}{}, fault.New(fault.Invalid, "renewed certificate: %w", err)
	}
	if err := tlsid.Replace(id.certFile, id.keyFile, id.pending, chain...); err != nil {
		return struct{}{}, fmt.Errorf("renewed certificate: %w", err)
	}
	id.current, id.pending = tlsid.Chain(id.pending, chain...), nil
	close(id.changed)
	id.changed = make(chan struct{})
	return struct{}{}, nil
}

func (id *Identity) check(r wire.Renewed) ([]*x509.Certificate, error) {
	if id.pending == nil {
		return nil, errors.New("none was asked for")
	}
	chain, err := tlsid.ParseCerts([]byte(r.Chain))
	if err != nil {
		return nil, err
	}
	if !tlsid.KeyOf(chain[0], id.pending) {
		return nil, errors.New("it is for another key")
	}
	_, err = chain[0].Verify(x509.VerifyOptions{
		Roots: tlsid.Pool(id.root), Intermediates: tlsid.Pool(chain[1:]...), CurrentTime: id.clock(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, err
	}
	was, err := tlsid.IdentityOf(id.current.Leaf)
	if err != nil {
		return nil, err
	}
	if is, err := tlsid.IdentityOf(chain[0]); err != nil || is != was {
		return nil, errors.Join(errors.New("it is for another gateway"), err)
	}
	return chain, nil
}
