package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/setup"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

type caIssueCommand struct {
	Facility string `required:"" help:"Code of the terminal's facility."`
	Name     string `required:"" help:"Name by which people know the terminal."`
	Place    string `help:"Where it stands."`
	CSR      string `required:"" type:"path" help:"Certificate request (PEM) of a key that the terminal has made itself. Only the key is taken from it."`
	Out      string `required:"" type:"path" help:"File for the certificate and the issuing CA's (PEM)."`
}

func (c caIssueCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	csr, err := os.ReadFile(c.CSR)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		f, err := a.Facility(ctx, c.Facility)
		if err != nil {
			return err
		}
		d, chain, err := a.SignDevice(ctx, f, c.Name, c.Place, csr)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Out, chain, 0o644); err != nil {
			return fmt.Errorf("terminal %s is in the ledger, its certificate is not written: %w", d.ID, err)
		}
		_, err = fmt.Fprintf(s.out, "device       %s\nserial       %s\nvalid_until  %s\ncert         %s\n", d.ID, d.CertSerial, d.NotAfter.Format(time.DateOnly), c.Out)
		return err
	})
}

type caRevokeCommand struct {
	Serial      string            `xor:"what" help:"Serial number (hex), as 'ca list' shows it."`
	Device      ident.DeviceID    `xor:"what" help:"Id of a terminal."`
	Gateway     ident.GatewayID   `xor:"what" help:"Id of a gateway."`
	Fingerprint string            `xor:"what" help:"SHA-256 (hex) of one of the center's own certificates or keys, as 'ca list' shows it."`
	Reason      revocation.Reason `default:"unspecified" enum:"unspecified,key_compromise,ca_compromise,left_network,superseded,ceased" help:"Why: ${enum}."`
}

func (c caRevokeCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) (err error) {
		var what string
		switch {
		case c.Serial != "":
			what, err = a.RevokeSerial(ctx, c.Serial, c.Reason)
		case c.Device != "":
			what, err = "terminal "+string(c.Device), a.RevokeDevice(ctx, c.Device)
		case c.Gateway != "":
			what, err = "gateway "+string(c.Gateway), a.RevokeGateway(ctx, c.Gateway, c.Reason)
		case c.Fingerprint != "":
			what, err = "certificate "+c.Fingerprint, a.RevokeOwn(ctx, c.Fingerprint, c.Reason)
		default:
			err = errors.New("--serial, --device, --gateway or --fingerprint says what is to be revoked")
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "revoked  %s\n", what)
		return err
	})
}

type caDenyCommand struct {
	Fingerprint string            `required:"" help:"SHA-256 (hex) of the certificate."`
	Kind        wire.DeniedKind   `required:"" enum:"device,gateway,server,issuing,signer" help:"What it was for: ${enum}."`
	Device      ident.DeviceID    `help:"Id of the terminal, for device: its requests are refused as well."`
	Until       string            `required:"" help:"Day until which it would have held, YYYY-MM-DD."`
	Reason      revocation.Reason `default:"unspecified" enum:"unspecified,key_compromise,ca_compromise,left_network,superseded,ceased" help:"Why: ${enum}."`
}

func (c caDenyCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	until, err := time.Parse(time.DateOnly, c.Until)
	if err != nil {
		return fmt.Errorf("--until: %q is not a day YYYY-MM-DD", c.Until)
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		err := a.Deny(ctx, revocation.Certificate{
			Entry: revocation.Entry{Kind: c.Kind, SHA256: c.Fingerprint, Device: c.Device, NotAfter: until.AddDate(0, 0, 1)},
			Name:  "denied by fingerprint",
		}, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "denied  %s %s\n", c.Kind, c.Fingerprint)
		return err
	})
}
