package setup

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// RevokeSerial revokes whatever the CA has issued under a serial number (hex): a
// terminal's, a gateway's or one of the center's own. It gives the kind. Unknown ones are
// not found.
func (a *Admin) RevokeSerial(ctx context.Context, serial string, reason revocation.Reason) (kind string, err error) {
	c, err := a.Certificates(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range c.Devices {
		if d.CertSerial == serial {
			return "terminal " + string(d.ID), a.RevokeDevice(ctx, d.ID)
		}
	}
	for _, g := range c.Gateways {
		if serial != "" && (g.CertSerial == serial || g.Next.Serial == serial) {
			return "gateway " + string(g.ID), a.RevokeGateway(ctx, g.ID, reason)
		}
	}
	for _, own := range c.Own {
		if serial != "" && own.Serial == serial {
			return string(own.Kind) + " " + own.Name, a.RevokeOwn(ctx, own.SHA256, reason)
		}
	}
	return "", fault.New(fault.NotFound, "the CA has issued nothing with serial number %s", serial)
}

// RevokeOwn revokes one of the center's own certificates, or a signing key, by its
// fingerprint. Gateways refuse it from then on, for good: it can't be undone.
func (a *Admin) RevokeOwn(ctx context.Context, sha256 string, reason revocation.Reason) error {
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if err := a.revocations.Revoke(ctx, tx, sha256, a.accounts.By, reason, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{"what": "certificate revoked", "cert_sha256": sha256, "reason": reason})
	})
}

// Deny puts a certificate on the lists of which the ledgers know nothing, by its
// fingerprint: what a center revoked after the backup from which it was restored.
func (a *Admin) Deny(ctx context.Context, c revocation.Certificate, reason revocation.Reason) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return a.inTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		if _, err := a.revocations.Note(ctx, tx, c, now); err != nil {
			return err
		}
		if err := a.revocations.Revoke(ctx, tx, c.SHA256, a.accounts.By, reason, now); err != nil {
			return err
		}
		return a.record(ctx, tx, now, audit.ActionSetup, "", map[string]any{
			"what": "certificate denied", "kind": c.Kind, "cert_sha256": c.SHA256, "device": c.Device, "reason": reason,
		})
	})
}
