package enroll

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Each renewal that is not used is one more entry on the list of what was revoked, which
// gateways keep for good: a terminal may try again after a mishap, not for ever.
const (
	renewalEvery = time.Hour
	renewalBurst = 3
)

// Renewals is the center's record of terminals that renew by themselves.
type Renewals interface {
	// RenewDevice files what issue makes, with the system that the terminal runs, as the
	// next certificate of d, which has shown that it is d; in one transaction with the
	// audit row. Denied, key device.unknown: d was shut out or has another certificate by
	// now.
	RenewDevice(ctx context.Context, d device.Device, now time.Time, issue func(directory.Facility) (next device.Certificate, os string, err error)) error
}

// Renewal gives terminals their next certificate. It is for those that have come with one
// that still holds, and so not behind this package's own surface, where nobody has one.
type Renewal struct {
	cfg    Config
	ledger Renewals

	mu    sync.Mutex
	tries map[ident.DeviceID]*rate.Limiter // as many as there are terminals at most
}

// NewRenewal gives a renewal that issues as the surface of the same configuration does.
func NewRenewal(cfg Config, ledger Renewals) *Renewal {
	return &Renewal{cfg: cfg, ledger: ledger, tries: map[ident.DeviceID]*rate.Limiter{}}
}

// Renew gives a terminal the certificate after d's for a key that it has just made. The
// one that it has holds until the next is used. Kind conflict, key device.too_early: it
// holds for long yet; unavailable, enroll.busy: asked too often; denied, device.unknown:
// it was shut out or has come with another certificate meanwhile; invalid: no request
// for a certificate.
func (r *Renewal) Renew(ctx context.Context, d device.Device, req wire.RenewRequest) (wire.DeviceAnswer, error) {
	now := r.cfg.Clock()
	if !d.Renewable(now) {
		return wire.DeviceAnswer{}, fault.WithKey(fault.Conflict, "device.too_early", nil)
	}
	if !r.allow(d.ID, now) {
		return wire.DeviceAnswer{}, fault.WithKey(fault.Unavailable, "enroll.busy", nil)
	}
	answer := wire.DeviceAnswer{
		Device: d.ID, Name: d.Name, Facility: d.Facility, Root: string(tlsid.EncodeCerts(r.cfg.Root)), Portal: r.cfg.Portal(),
	}
	err := r.ledger.RenewDevice(ctx, d, now, func(f directory.Facility) (device.Certificate, string, error) {
		cert, err := r.cfg.Issuer.IssueDevice(req.CSR, d.ID, f.Code)
		if err != nil {
			return device.Certificate{}, "", err
		}
		answer.FacilityName = f.Name
		answer.Chain, answer.NotAfter = string(tlsid.EncodeCerts(cert, r.cfg.Issuing)), cert.NotAfter.UnixMicro()
		return device.Certificate{Serial: cert.SerialNumber.Text(16), SHA256: tlsid.Fingerprint(cert), NotAfter: cert.NotAfter}, plain(req.OS), nil
	})
	if err != nil {
		return wire.DeviceAnswer{}, err
	}
	r.cfg.Log.InfoContext(ctx, "terminal renewed", "device", d.ID, logging.KeyFacility, d.Facility)
	return answer, nil
}

func (r *Renewal) allow(id ident.DeviceID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tries[id] == nil {
		r.tries[id] = rate.NewLimiter(rate.Every(renewalEvery), renewalBurst)
	}
	return r.tries[id].AllowN(now, 1)
}
