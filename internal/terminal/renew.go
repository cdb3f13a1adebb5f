package terminal

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/firstcontact"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Renewer is a store whose identities can be renewed without a code.
type Renewer interface {
	Store
	// Key gives the use of the key of a certificate that is in the store. A store that
	// gives programs no use of keys says so by nil: a copy is then kept beside.
	Key(ctx context.Context, cert *x509.Certificate) (crypto.Signer, error)
	// Drop takes the key of a certificate out of the store, so that no browser offers it.
	Drop(ctx context.Context, cert *x509.Certificate) error
}

// Renewal is what came of looking whether a terminal's certificate is due.
type Renewal struct {
	Answer  *wire.DeviceAnswer // nil: it is not due yet
	Ends    time.Time          // of the certificate that the PC comes with from now on
	Due     time.Time          // from when that one can be renewed
	Dropped bool               // the earlier one, which holds no longer, was taken out of the store
}

// Renew gets the terminal's next certificate for a new key and puts it beside the one that
// it has, if that one is due. It is meant to be run every day. The earlier one holds until
// a browser has come with the next; the first run after that takes it out of the store.
//
// Not found: the program remembers no enrolment. Conflict: the certificate has ended, so
// that nothing proves any more that this is the terminal. Denied: the center has shut the
// terminal out. Unavailable: the center is not reached.
func Renew(ctx context.Context, m Memory, store Renewer, clock func() time.Time) (r Renewal, err error) {
	of, err := m.membership()
	if err != nil {
		return r, err
	}
	for _, s := range []slot{m.present(), m.earlier()} { // what a run before was broken off at
		if err := tlsid.Settle(s.cert, s.key); err != nil {
			return r, err
		}
	}
	chain, err := m.present().read()
	if err != nil {
		return r, err
	}
	r.Ends, r.Due = chain[0].NotAfter, chain[0].NotAfter.Add(-wire.RenewDeviceWithin)
	center, err := firstcontact.New(of.Portal, of.CAFingerprint, clock)
	if err != nil {
		return r, err
	}
	key := func(cert *x509.Certificate) (crypto.Signer, error) { return store.Key(ctx, cert) }
	if r.Dropped, err = dropEarlier(ctx, center, m, store, key, clock()); err != nil {
		return r, err
	}
	switch now := clock(); {
	case !now.Before(r.Ends):
		return r, fault.New(fault.Conflict, "the certificate of this PC has ended on %s", r.Ends.Format(time.DateOnly))
	case now.Before(r.Due):
		return r, nil
	}
	for _, ready := range []func() error{func() error { return store.Ready(ctx) }, m.ready} {
		if err := ready(); err != nil {
			return r, err
		}
	}
	present, err := m.present().identity(chain, key)
	if err != nil {
		return r, err
	}
	id, answer, err := next(ctx, center.As(present))
	switch code, _, _ := fault.Message(err); {
	case code == "device.too_early": // by the center's clock
		return r, nil
	case err != nil:
		return r, err
	}
	if err := store.Put(ctx, id); err != nil {
		return r, err // the present one holds: the next run tries again
	}
	r.Answer, r.Ends, r.Due = &answer, id.Chain[0].NotAfter, id.Chain[0].NotAfter.Add(-wire.RenewDeviceWithin)
	return r, m.remember(ctx, of, id, store)
}

// next asks for a certificate for a new key.
func next(ctx context.Context, center firstcontact.Center) (id Identity, answer wire.DeviceAnswer, err error) {
	key, csr, err := newKey()
	if err != nil {
		return id, answer, err
	}
	if err := center.Ask(ctx, wire.PathTerminal, wire.RenewRequest{CSR: csr, OS: systemName()}, &answer); err != nil {
		return id, answer, err
	}
	id, err = identity(center, key, answer)
	return id, answer, err
}

// remember keeps an identity in the memory; with its key unless the store gives that.
func (m Memory) remember(ctx context.Context, of membership, id Identity, store Renewer) error {
	key, err := store.Key(ctx, id.Chain[0])
	if err == nil {
		err = m.keep(of, id, key == nil)
	}
	if err != nil {
		return fmt.Errorf("the certificate is in the browsers' store, but this program could not note it and will not renew it: %w", err)
	}
	return nil
}

// dropEarlier takes the certificate from before the last renewal out of the store once it
// holds no longer: browsers would go on offering it to people. A center that is not
// reached tells nothing, and it stays for another day.
func dropEarlier(ctx context.Context, center firstcontact.Center, m Memory, store Renewer, key func(*x509.Certificate) (crypto.Signer, error), now time.Time) (dropped bool, err error) {
	chain, err := m.earlier().read()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if now.Before(chain[0].NotAfter) {
		id, err := m.earlier().identity(chain, key)
		if err != nil {
			return false, err
		}
		var standing wire.Standing
		if err := center.As(id).Look(ctx, wire.PathTerminal, &standing); !fault.Is(err, fault.Denied) {
			return false, nil
		}
	}
	// Forgotten first: what cannot be dropped, because somebody has done so by hand, is told once.
	if err := m.earlier().forget(); err != nil {
		return false, err
	}
	return true, store.Drop(ctx, chain[0])
}
