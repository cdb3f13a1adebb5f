package center

import (
	"context"
	"fmt"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ledger is what the surfaces link and enroll, which know no store, ask about gateways.
type ledger struct {
	db        *db.DB
	log       auditdb.Log
	clock     func() time.Time
	directory directorydb.Store
	devices   devicedb.Store
}

// Gateway gives the gateway of a certificate if it may link now.
func (l *ledger) Gateway(ctx context.Context, certSHA256 string) (directory.Gateway, error) {
	g, err := l.directory.GatewayByCert(ctx, l.db.Reader(), certSHA256)
	if err != nil {
		return g, err
	}
	if !g.RevokedAt.IsZero() {
		return g, fault.New(fault.Denied, "gateway %s has been revoked", g.ID)
	}
	if certSHA256 == g.Next.SHA256 {
		if g, err = l.takeNextCert(ctx, g); err != nil {
			return g, err
		}
	}
	if !l.clock().Before(g.NotAfter) {
		return g, fault.New(fault.Denied, "the certificate of gateway %s has expired", g.ID)
	}
	_, err = l.directory.Facility(ctx, l.db.Reader(), g.Facility)
	if fault.Is(err, fault.NotFound) {
		return g, fault.New(fault.Denied, "the facility of gateway %s has left", g.ID)
	}
	return g, err
}

// takeNextCert ends the certificate that a gateway had before the one with which it has
// come now.
func (l *ledger) takeNextCert(ctx context.Context, g directory.Gateway) (directory.Gateway, error) {
	next, now := g.Next, l.clock()
	err := l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := l.directory.TakeNextCert(ctx, tx, g.ID, next.SHA256); err != nil {
			return err
		}
		_, err := l.log.Append(ctx, tx, now, audit.Event{
			Action: audit.ActionGatewayRenew, Outcome: audit.Done, Owner: g.Facility,
			Detail: map[string]any{"gateway": g.ID, "serial": next.Serial, "cert_sha256": next.SHA256},
		})
		return err
	})
	if err != nil && !fault.Is(err, fault.NotFound) { // not found: the other lane was first
		return g, err
	}
	g.CertSHA256, g.CertSerial, g.NotAfter, g.Next = next.SHA256, next.Serial, next.NotAfter, directory.NextCert{}
	return g, nil
}

// GatewaySeen notes that a gateway was connected.
func (l *ledger) GatewaySeen(ctx context.Context, id ident.GatewayID, at time.Time) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return l.directory.SeeGateway(ctx, tx, id, at) })
}

// Redeem turns a one-time code into an enrolled gateway, see [enroll.Ledger]. A
// facility has one gateway: enrolling another revokes the one before.
func (l *ledger) Redeem(ctx context.Context, codeSHA256 string, now time.Time, issue func(directory.Facility) (directory.Gateway, error)) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		code, err := l.directory.TakeCode(ctx, tx, codeSHA256, directory.CodeGateway, now)
		if err != nil {
			return err
		}
		facility, err := l.directory.Facility(ctx, tx, code.Facility)
		if err != nil {
			return err
		}
		g, err := issue(facility)
		if err != nil {
			return err
		}
		detail := map[string]any{"gateway": g.ID, "serial": g.CertSerial, "label": code.Label, "code_by": code.CreatedBy}
		before, err := l.directory.GatewayOf(ctx, tx, facility.ID)
		switch {
		case err == nil:
			if err := l.directory.RevokeGateway(ctx, tx, before.ID, code.CreatedBy, revocation.Superseded, now); err != nil {
				return err
			}
			detail["replaces"] = before.ID
		case !fault.Is(err, fault.NotFound):
			return err
		}
		if err := l.directory.AddGateway(ctx, tx, g); err != nil {
			return err
		}
		_, err = l.log.Append(ctx, tx, now, audit.Event{
			Action: audit.ActionGatewayEnroll, Outcome: audit.Done, Owner: facility.ID, Detail: detail,
		})
		return err
	})
}

// RedeemDevice turns a one-time code into a terminal, see [enroll.Ledger].
func (l *ledger) RedeemDevice(ctx context.Context, codeSHA256 string, purpose directory.CodePurpose, now time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		code, err := l.directory.TakeCode(ctx, tx, codeSHA256, purpose, now)
		if err != nil {
			return err
		}
		facility, err := l.directory.Facility(ctx, tx, code.Facility)
		if err != nil {
			return err
		}
		if code.Renews != "" {
			return l.renewDevice(ctx, tx, code, facility, now, issue)
		}
		d, err := issue(facility, code)
		if err != nil {
			return err
		}
		detail := map[string]any{"device": d.ID, "serial": d.CertSerial, "code_by": code.CreatedBy, "method": d.Method}
		if code.Replaces != "" {
			if err := l.replace(ctx, tx, code, now); err != nil {
				return err
			}
			detail["replaces"] = code.Replaces
		}
		if err := l.devices.Add(ctx, tx, d); err != nil {
			return err
		}
		_, err = l.log.Append(ctx, tx, now, audit.Event{Action: audit.ActionDeviceIssue, Outcome: audit.Done, Owner: facility.ID, Detail: detail})
		return err
	})
}

// renewDevice gives a terminal its next certificate. The one that it has holds until the
// next has been used. A terminal whose certificate has ended since the code was made is
// refused: nothing proves any more that it is the same.
func (l *ledger) renewDevice(ctx context.Context, tx *db.Tx, code directory.Code, f directory.Facility, now time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error {
	old, err := l.devices.Device(ctx, tx, code.Renews)
	switch {
	case err != nil:
		return err
	case old.Facility != f.ID:
		return fault.New(fault.Denied, "terminal %s is another facility's", old.ID)
	case !old.Renewable(now):
		return fault.New(fault.Denied, "terminal %s cannot be renewed any more", old.ID)
	}
	d, err := issue(f, code)
	if err != nil {
		return err
	}
	next := device.Certificate{Serial: d.CertSerial, SHA256: d.CertSHA256, NotAfter: d.NotAfter}
	return l.fileNext(ctx, tx, old, next, d.OS, code.CreatedBy, now, audit.Event{Detail: map[string]any{"code_by": code.CreatedBy, "method": d.Method}})
}

// RenewDevice gives a terminal that has come with its certificate the next one, see
// [enroll.Renewals].
func (l *ledger) RenewDevice(ctx context.Context, d device.Device, now time.Time, issue func(directory.Facility) (device.Certificate, string, error)) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, err := l.devices.Device(ctx, tx, d.ID)
		if err == nil && (!old.Renewable(now) || old.CertSHA256 != d.CertSHA256) {
			err = &fault.Error{Kind: fault.Denied, Key: "device.unknown", Err: fmt.Errorf("terminal %s was shut out or renewed meanwhile", d.ID)}
		}
		if err != nil {
			return err
		}
		facility, err := l.directory.Facility(ctx, tx, old.Facility)
		if err != nil {
			return err
		}
		next, os, err := issue(facility)
		if err != nil {
			return err
		}
		return l.fileNext(ctx, tx, old, next, os, string(old.ID), now, audit.Event{Facility: old.Facility, Device: old.ID, Detail: map[string]any{"method": device.ByHelper}})
	})
}

// fileNext files a terminal's next certificate with its row of the log.
func (l *ledger) fileNext(ctx context.Context, tx *db.Tx, old device.Device, next device.Certificate, os, by string, now time.Time, e audit.Event) error {
	if !next.NotAfter.After(old.NotAfter) {
		return fault.New(fault.Conflict, "the issuing CA ends before a new certificate would be worth its while")
	}
	if err := l.devices.SetNextCert(ctx, tx, old, next, os, by, now); err != nil {
		return err
	}
	e.Action, e.Outcome, e.Owner = audit.ActionDeviceIssue, audit.Done, old.Facility
	e.Detail["device"], e.Detail["serial"], e.Detail["renews"] = old.ID, next.Serial, old.CertSerial
	_, err := l.log.Append(ctx, tx, now, e)
	return err
}

// replace shuts out the terminal whose place another takes. One that has been shut out
// since the code was made is no error; one of another facility is, for no code names it.
func (l *ledger) replace(ctx context.Context, tx *db.Tx, code directory.Code, now time.Time) error {
	old, err := l.devices.Device(ctx, tx, code.Replaces)
	switch {
	case err != nil:
		return err
	case old.Facility != code.Facility:
		return fault.New(fault.Denied, "terminal %s is another facility's", old.ID)
	case !old.RevokedAt.IsZero():
		return nil
	}
	if err := l.devices.Revoke(ctx, tx, old, code.CreatedBy, device.Superseded, now); err != nil {
		return err
	}
	_, err = l.log.Append(ctx, tx, now, audit.Event{
		Action: audit.ActionDeviceRevoke, Outcome: audit.Done, Owner: code.Facility,
		Detail: map[string]any{"device": old.ID, "code_by": code.CreatedBy, "reason": device.Superseded},
	})
	return err
}
