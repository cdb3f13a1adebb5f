// Package terminal makes a PC a registered terminal (端末) of its facility: it makes the
// terminal's key on the spot, turns a one-time code into a certificate, and puts both
// where the browsers of the system find them. The key leaves the PC at no time.
package terminal

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/firstcontact"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Identity is a terminal's key and certificate with what its browser must trust.
type Identity struct {
	Key   crypto.Signer
	Chain []*x509.Certificate // the terminal's certificate and the issuing CA's
	Root  *x509.Certificate   // of the center: it vouches for the portal
	Label string              // by which people find the certificate
}

// Store is where identities are kept for browsers.
type Store interface {
	// Ready fails, and says what is missing, if nothing can be put into the store. It is
	// asked before a code is spent.
	Ready(ctx context.Context) error
	// Put puts an identity into the store.
	Put(ctx context.Context, id Identity) error
}

// Request says with whom to enrol.
type Request struct {
	Center        string // https://host:port of the enrolment host
	CAFingerprint string // SHA-256 of the root certificate, hex; colons and spaces don't matter
	Code          string
	Memory        Memory // where the PC's own renewal finds what it needs
	Clock         func() time.Time
}

// Enroll enrols this PC and puts its identity into store. If the store fails after the
// center has taken the code, rescue keeps the identity, so that it is not lost with it;
// the error is then the store's. Where the store is a [Renewer], what renewal needs is
// kept in the request's memory.
func Enroll(ctx context.Context, req Request, store, rescue Store) (wire.DeviceAnswer, error) {
	var answer wire.DeviceAnswer
	center, err := firstcontact.New(req.Center, req.CAFingerprint, req.Clock)
	if err != nil {
		return answer, err
	}
	for _, s := range []Store{store, rescue} {
		if err := s.Ready(ctx); err != nil {
			return answer, err
		}
	}
	if err := req.Memory.ready(); err != nil {
		return answer, err
	}
	key, csr, err := newKey()
	if err != nil {
		return answer, err
	}
	if err := center.Ask(ctx, wire.PathEnrollDevice, wire.EnrollRequest{Code: req.Code, CSR: csr, OS: systemName()}, &answer); err != nil {
		return answer, err
	}
	id, err := identity(center, key, answer)
	if err != nil {
		return answer, err
	}
	if err := store.Put(ctx, id); err != nil {
		if rerr := rescue.Put(ctx, id); rerr != nil {
			return answer, fmt.Errorf("%w; and the certificate could not be kept as a file: %w", err, rerr)
		}
		return answer, err
	}
	if renewer, ok := store.(Renewer); ok {
		return answer, req.Memory.remember(ctx, membership{answer.Portal, tlsid.Fingerprint(id.Root), answer.Device}, id, renewer)
	}
	return answer, nil
}

// newKey makes a key and the request for its certificate.
func newKey() (crypto.Signer, []byte, error) {
	key, err := tlsid.NewKey()
	if err != nil {
		return nil, nil, err
	}
	csr, err := tlsid.NewCSR(key)
	return key, csr, err
}

func identity(center firstcontact.Center, key crypto.Signer, answer wire.DeviceAnswer) (Identity, error) {
	if err := center.CheckRoot(answer.Root); err != nil {
		return Identity{}, err
	}
	root, err := tlsid.ParseCerts([]byte(answer.Root))
	if err != nil {
		return Identity{}, fmt.Errorf("the center's root: %w", err)
	}
	chain, err := tlsid.ParseCerts([]byte(answer.Chain))
	if err != nil {
		return Identity{}, fmt.Errorf("the terminal's certificate: %w", err)
	}
	if !tlsid.KeyOf(chain[0], key) {
		return Identity{}, fmt.Errorf("the center sent a certificate for another key")
	}
	return Identity{Key: key, Chain: chain, Root: root[0], Label: answer.FacilityName + " " + answer.Name}, nil
}
