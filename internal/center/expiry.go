package center

import (
	"context"
	"crypto/x509"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

const (
	warnBefore        = 30 * 24 * time.Hour // how long before its end a certificate is spoken of
	warnBeforeGateway = 21 * 24 * time.Hour // a gateway's should have renewed itself by then
	warnEvery         = 24 * time.Hour
)

// watchExpiry warns once a day of the certificates that end soon: the center's own and
// those of gateways that may still link.
func (r *Running) watchExpiry(ctx context.Context, l *ledger) {
	tick := time.NewTicker(warnEvery)
	defer tick.Stop()
	for {
		r.warnOfExpiry(ctx, l)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Running) warnOfExpiry(ctx context.Context, l *ledger) {
	days := func(end time.Time) int { return int(end.Sub(r.Clock()) / (24 * time.Hour)) }
	for key, cert := range map[string]*x509.Certificate{"tls.cert": r.Server.Leaf, "keys.authority": r.Authority.Cert} {
		if cert.NotAfter.Sub(r.Clock()) < warnBefore {
			r.Logger.WarnContext(ctx, "a certificate must be renewed", "key", key, "days_left", days(cert.NotAfter))
		}
	}
	ending, err := l.Ending(ctx, warnBeforeGateway)
	if err != nil && ctx.Err() == nil {
		r.Logger.ErrorContext(ctx, "the gateways' certificates not looked at", logging.KeyError, err)
	}
	for _, g := range ending {
		r.Logger.WarnContext(ctx, "a gateway has not renewed its certificate: it must link before the days are over, or be enrolled anew", "facility", g.Facility, "gateway", g.ID, "days_left", days(g.NotAfter))
	}
}

// Ending lists the gateways whose certificate ends within the given time or has ended,
// without those that have been revoked or whose facility has left.
func (l *ledger) Ending(ctx context.Context, within time.Duration) ([]directory.Gateway, error) {
	all, err := l.directory.Gateways(ctx, l.db.Reader())
	if err != nil {
		return nil, err
	}
	var out []directory.Gateway
	for _, g := range all {
		if !g.RevokedAt.IsZero() || g.NotAfter.Sub(l.clock()) >= within {
			continue
		}
		_, err := l.directory.Facility(ctx, l.db.Reader(), g.Facility)
		switch {
		case fault.Is(err, fault.NotFound): // it has left
		case err != nil:
			return nil, err
		default:
			out = append(out, g)
		}
	}
	return out, nil
}
