package center

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	// renewBefore is how long before its end a gateway's certificate is renewed: a third
	// of its life, so that a gateway may be away for weeks.
	renewBefore = tlsid.GatewayLife / 3
	renewEvery  = time.Hour
)

// renewGateways renews the certificates of connected gateways in their last third.
func (r *Running) renewGateways(ctx context.Context, l *ledger) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		r.renewDue(ctx, l)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Running) renewDue(ctx context.Context, l *ledger) {
	due, err := l.Ending(ctx, renewBefore)
	if err != nil && ctx.Err() == nil {
		r.Logger.ErrorContext(ctx, "the gateways' certificates not looked at", logging.KeyError, err)
	}
	for _, g := range due {
		if !r.Hub.Online(g.Facility) {
			continue // whoever looks at the log is told of it by warnOfExpiry
		}
		if err := r.renew(ctx, l, g); err != nil && ctx.Err() == nil {
			r.Logger.ErrorContext(ctx, "a gateway's certificate not renewed", logging.KeyGateway, g.ID, logging.KeyFacility, g.Facility, logging.KeyError, err)
		}
	}
}

// renewNewcomer renews at once the certificate of a gateway that has been away.
func (r *Running) renewNewcomer(ctx context.Context, l *ledger, facility ident.FacilityID) {
	g, err := l.directory.GatewayOf(ctx, l.db.Reader(), facility)
	if err == nil && g.NotAfter.Sub(r.Clock()) < renewBefore {
		err = r.renew(ctx, l, g)
	}
	if err != nil && ctx.Err() == nil {
		r.Logger.ErrorContext(ctx, "a gateway's certificate not renewed", logging.KeyFacility, facility, logging.KeyError, err)
	}
}

// renew gives a gateway its next certificate. The certificate may link from before the
// gateway has it: if its answer is lost on the way it comes all the same.
func (r *Running) renew(ctx context.Context, l *ledger, g directory.Gateway) error {
	asked, err := r.Hub.RequestRenewal(ctx, g.Facility)
	if err != nil {
		return err
	}
	facility, err := l.directory.Facility(ctx, l.db.Reader(), g.Facility)
	if err != nil {
		return err
	}
	cert, err := r.Authority.IssueGateway(asked.CSR, g.ID, facility.Code)
	if err != nil {
		return err
	}
	if !cert.NotAfter.After(g.NotAfter) {
		return fault.New(fault.Conflict, "the issuing CA ends before a new certificate would be worth its while")
	}
	err = l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return l.directory.SetNextCert(ctx, tx, g.ID, directory.NextCert{SHA256: tlsid.Fingerprint(cert), Serial: cert.SerialNumber.Text(16), NotAfter: cert.NotAfter})
	})
	if err != nil {
		return err
	}
	return r.Hub.Renew(ctx, g.Facility, wire.Renewed{Chain: string(tlsid.EncodeCerts(cert, r.Authority.Cert))})
}
