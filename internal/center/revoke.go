package center

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/center/revocation/revocationdb"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// lookEvery is how often a replica looks for what was revoked, by itself, at another
	// replica, or at the command line.
	lookEvery = time.Second
	// lingering is how long an entry stays on the lists after its certificate has ended
	// (RFC 5280 §3.3: it is to stand on one list issued after that).
	lingering = 24 * time.Hour
	crlEvery  = 12 * time.Hour
	crlLife   = 7 * 24 * time.Hour
	pushTime  = 5 * time.Second
)

// gateways are what revocations are told to.
type gateways interface {
	Connected() []ident.FacilityID
	Deny(context.Context, ident.FacilityID, wire.SignedDenylist) (wire.DenylistTaken, error)
}

// revoker makes the lists of what was revoked, hands them to gateways, and ends open
// connections of terminals that were shut out.
type revoker struct {
	base     *Base
	gateways gateways
	close    func(func(*x509.Certificate) bool) int // connections of terminals
	log      *slog.Logger
	store    revocationdb.Store

	mu      sync.Mutex
	digest  string // of what is on the list
	edition revocation.List
	signed  wire.SignedDenylist
	crls    map[string][]byte // by name of the file
	given   map[ident.FacilityID]int64
	pushing map[ident.FacilityID]bool
	shut    map[string]bool // fingerprints whose connections have been ended
	pushes  sync.WaitGroup
}

func newRevoker(base *Base, g gateways) *revoker {
	return &revoker{
		base: base, gateways: g, log: base.Logger, close: func(func(*x509.Certificate) bool) int { return 0 },
		crls: map[string][]byte{}, given: map[ident.FacilityID]int64{}, pushing: map[ident.FacilityID]bool{}, shut: map[string]bool{},
	}
}

// run looks again and again until ctx ends.
func (v *revoker) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer v.pushes.Wait()
	for {
		if err := v.look(ctx); err != nil && ctx.Err() == nil {
			v.log.ErrorContext(ctx, "what was revoked not looked at", logging.KeyError, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look takes in what was revoked since the last look.
func (v *revoker) look(ctx context.Context) error {
	now := v.base.Clock()
	entries, err := v.store.Revoked(ctx, v.base.DB.Reader(), now.Add(-lingering))
	if err != nil {
		return err
	}
	digest, err := revocation.Digest(entries)
	if err != nil {
		return err
	}
	v.shutOut(ctx, entries)
	v.mu.Lock()
	old := v.digest != digest || now.Sub(v.edition.MadeAt) >= wire.DenylistEvery || now.Before(v.edition.MadeAt)
	v.mu.Unlock()
	if old {
		err = v.issue(ctx, entries, digest, now)
	}
	v.spread(ctx)
	return errors.Join(err, v.publish(ctx, entries, digest, now))
}

// shutOut ends the connections of terminals that have been revoked since the last look.
// Each request is refused anyhow; a request that is being answered is cut by this.
func (v *revoker) shutOut(ctx context.Context, entries []revocation.Entry) {
	fresh := map[string]bool{}
	for _, e := range entries {
		if e.Kind == wire.DeniedDevice && !v.shut[e.SHA256] {
			fresh[e.SHA256], v.shut[e.SHA256] = true, true
		}
	}
	if len(fresh) == 0 {
		return
	}
	if n := v.close(func(c *x509.Certificate) bool { return fresh[tlsid.Fingerprint(c)] }); n > 0 {
		v.log.InfoContext(ctx, "connections of revoked terminals closed", "connections", n)
	}
}

// issue makes and signs the next edition of this replica's list for gateways.
func (v *revoker) issue(ctx context.Context, entries []revocation.Entry, digest string, now time.Time) error {
	var next revocation.List
	err := v.base.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		last, err := v.store.List(ctx, tx, "denylist "+string(v.base.Config.Replica))
		if err != nil {
			return err
		}
		next = revocation.List{Name: last.Name, Number: last.Next(now), MadeAt: now, Digest: digest}
		return v.store.PutList(ctx, tx, next)
	})
	if err != nil {
		return fmt.Errorf("number the denylist: %w", err)
	}
	token, err := v.base.Signer.SignDenylist(wire.Denylist{Seq: next.Number, Issued: now.Unix(), Entries: revocation.Denied(entries)})
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.digest, v.edition, v.signed = digest, next, wire.SignedDenylist{List: token}
	return nil
}

// spread hands the list to connected gateways that have not got this edition yet.
func (v *revoker) spread(ctx context.Context) {
	for _, f := range v.gateways.Connected() {
		v.mu.Lock()
		due := v.given[f] != v.edition.Number && !v.pushing[f] && v.signed.List != ""
		if due {
			v.pushing[f] = true
		}
		v.mu.Unlock()
		if due {
			v.pushes.Go(func() { v.push(ctx, f) })
		}
	}
}

// greet hands the list to a gateway that has just connected: it may have slept through
// anything, and does not disclose on an old list.
func (v *revoker) greet(ctx context.Context, f ident.FacilityID) {
	v.mu.Lock()
	ready := v.signed.List != "" && !v.pushing[f]
	if ready {
		v.pushing[f] = true
	} else {
		delete(v.given, f) // the next look does it
	}
	v.mu.Unlock()
	if ready {
		v.push(ctx, f)
	}
}

// push hands the list to one gateway. One that does not answer gets it at the next look,
// one that refuses with the next edition.
func (v *revoker) push(ctx context.Context, f ident.FacilityID) {
	v.mu.Lock()
	signed, number := v.signed, v.edition.Number
	v.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	_, err := v.gateways.Deny(limited, f, signed)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pushing[f] = false
	if err == nil || !fault.Is(err, fault.Unavailable) {
		v.given[f] = number
	}
	if err != nil && !fault.Is(err, fault.Unavailable) && ctx.Err() == nil {
		v.log.ErrorContext(ctx, "a gateway has refused the list of what was revoked", logging.KeyFacility, f, logging.KeyError, err)
	}
}

// publish makes the CRLs of all issuing CAs whose keys are here anew, where something has
// changed or they are old. Every replica shows the edition that is in the database.
func (v *revoker) publish(ctx context.Context, entries []revocation.Entry, digest string, now time.Time) error {
	ca := v.base.Authority
	var errs []error
	for _, issuer := range append([]*x509.Certificate{ca.Cert}, ca.Earlier...) {
		list, err := v.crl(ctx, issuer, entries, digest, now)
		if errors.Is(err, tlsid.ErrNoKey) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		v.mu.Lock()
		v.crls[CRLFile(issuer)] = list.Body
		v.mu.Unlock()
	}
	return errors.Join(errs...)
}

func (v *revoker) crl(ctx context.Context, issuer *x509.Certificate, entries []revocation.Entry, digest string, now time.Time) (revocation.List, error) {
	name := "crl " + tlsid.Fingerprint(issuer)
	current := func(l revocation.List) bool {
		return l.Digest == digest && now.Sub(l.MadeAt) < crlEvery && !now.Before(l.MadeAt)
	}
	list, err := v.store.List(ctx, v.base.DB.Reader(), name)
	if err != nil || current(list) {
		return list, err
	}
	err = v.base.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if list, err = v.store.List(ctx, tx, name); err != nil || current(list) {
			return err
		}
		next := revocation.List{Name: name, Number: list.Next(now), MadeAt: now, Digest: digest}
		if next.Body, err = v.base.Authority.CRL(issuer, crlEntries(entries), next.Number, now, now.Add(crlLife)); err != nil {
			return err
		}
		list = next
		return v.store.PutList(ctx, tx, next)
	})
	return list, err
}

// crlEntries are the leaves whose serial numbers are known. Each stands on the list of
// every issuing CA, since the ledgers do not say which of them issued it: serial numbers
// have 159 random bits, so an entry of another CA means nothing on a list, and a missing
// one would mean that a certificate holds.
func crlEntries(entries []revocation.Entry) []x509.RevocationListEntry {
	var out []x509.RevocationListEntry
	for _, e := range entries {
		serial, ok := new(big.Int).SetString(e.Serial, 16)
		if !ok || e.Kind == wire.DeniedIssuing || e.Kind == wire.DeniedSigner {
			continue
		}
		out = append(out, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: e.RevokedAt, ReasonCode: e.Reason.Code()})
	}
	return out
}

// CRLFile is the name under which an issuing CA's CRL is published.
func CRLFile(issuer *x509.Certificate) string { return tlsid.Fingerprint(issuer)[:16] + ".crl" }

// published gives a CRL by the name of its file; current.crl is that of the issuing CA
// that issues now.
func (v *revoker) published(name string) ([]byte, bool) {
	if name == "current.crl" {
		name = CRLFile(v.base.Authority.Cert)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	der, ok := v.crls[name]
	return der, ok
}

// noteOwn enters the certificates and the key of this replica, so that they can be
// revoked by name.
func (v *revoker) noteOwn(ctx context.Context) error {
	now := v.base.Clock()
	return v.base.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, c := range v.base.Own() {
			added, err := v.store.Note(ctx, tx, c, now)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
			_, err = v.base.Audit.Append(ctx, tx, now, audit.Event{
				Action: audit.ActionSetup, Outcome: audit.Done,
				Detail: map[string]any{"what": "certificate in use", "kind": c.Kind, "serial": c.Serial, "cert_sha256": c.SHA256},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Own are the certificates and the signing key with which this replica works.
func (b *Base) Own() []revocation.Certificate {
	out := []revocation.Certificate{OwnCertificate(wire.DeniedServer, b.Server.Leaf)}
	for _, c := range append([]*x509.Certificate{b.Authority.Cert}, b.Authority.Earlier...) {
		out = append(out, OwnCertificate(wire.DeniedIssuing, c))
	}
	return append(out, revocation.Certificate{
		Entry: revocation.Entry{Kind: wire.DeniedSigner, SHA256: b.Signer.KeySHA256(), NotAfter: b.Signer.NotAfter()},
		Name:  "assertion key of replica " + string(b.Config.Replica),
	})
}

// OwnCertificate describes a certificate of the center's as the ledger keeps it.
func OwnCertificate(kind wire.DeniedKind, c *x509.Certificate) revocation.Certificate {
	return revocation.Certificate{
		Entry: revocation.Entry{Kind: kind, SHA256: tlsid.Fingerprint(c), Serial: c.SerialNumber.Text(16), NotAfter: c.NotAfter},
		Name:  c.Subject.CommonName,
	}
}
