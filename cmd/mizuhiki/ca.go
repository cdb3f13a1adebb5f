package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

type caCommand struct {
	centerFlags

	List   caListCommand   `cmd:"" help:"List issuing CAs and what they have issued, with until when it holds."`
	Issue  caIssueCommand  `cmd:"" help:"Issue a terminal's certificate for a key that the terminal has made itself."`
	Revoke caRevokeCommand `cmd:"" help:"Revoke a certificate for good: the center refuses it within a second, gateways and the CRL know it soon after."`
	Deny   caDenyCommand   `cmd:"" help:"Put a certificate on the lists by its fingerprint, of which this center knows nothing: what was revoked after the backup from which it was restored."`
	Signer caSignerCommand `cmd:"" help:"Make this replica's next key for assertions and denylists with the assertion root's offline key."`
	Rotate caRotateCommand `cmd:"" help:"Make the next issuing CA with the root's offline key. What the one before has issued goes on holding."`
}

type caListCommand struct{}

func (caListCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		c, err := a.Certificates(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "what\tid\tname\tserial or fingerprint\tvalid until\tlast seen\trevoked")
		fmt.Fprintf(w, "root\t\t%s\t%.16s…\t%s\t\t\n", a.Authority.Root.Subject.CommonName, tlsid.Fingerprint(a.Authority.Root), day(a.Authority.Root.NotAfter))
		for _, cert := range c.Issuing {
			fmt.Fprintf(w, "issuing CA\t\t%s\t%s\t%s\t\t\n", cert.Subject.CommonName, cert.SerialNumber.Text(16), day(cert.NotAfter))
		}
		for _, own := range c.Own {
			fmt.Fprintf(w, "%s\t\t%s\t%s\t%s\t\t%s\n", own.Kind, own.Name, own.SHA256, day(own.NotAfter), day(own.RevokedAt))
		}
		for _, g := range c.Gateways {
			number := g.CertSerial
			if number == "" {
				number = g.CertSHA256[:16] + "…"
			}
			fmt.Fprintf(w, "gateway\t%s\t%s\t%s\t%s\t%s\t%s\n", g.ID, c.Facilities[string(g.Facility)].Name, number, day(g.NotAfter), day(g.LastSeen), day(g.RevokedAt))
		}
		for _, d := range c.Devices {
			fmt.Fprintf(w, "terminal\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, c.Facilities[string(d.Facility)].Name+" "+d.Name, d.CertSerial, day(d.NotAfter), day(d.LastSeen), day(d.RevokedAt))
		}
		return w.Flush()
	})
}

type caRotateCommand struct {
	RootKey string `required:"" type:"path" help:"The root's key, root.key.age, brought back for this."`
	offlineKey
}

// offlineKey says how a key that is kept offline is opened.
type offlineKey struct {
	PassphraseFile string `type:"path" xor:"identity" help:"File with the passphrase that it is encrypted with. Asked for at a terminal."`
	IdentityFile   string `type:"path" xor:"identity" help:"File with the age identity that it is encrypted to."`
}

type caSignerCommand struct {
	RootKey string `required:"" type:"path" help:"The assertion root's key, assertion-root.key.age, brought back for this."`
	offlineKey
}

func (c caSignerCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	sealed, err := os.ReadFile(c.RootKey)
	if err != nil {
		return err
	}
	identities, err := c.identities(s)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		was := a.Signer.KeySHA256()
		own, err := a.RenewSigner(ctx, sealed, identities...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "signer       %s\nvalid_until  %s\nbefore       %s\n\nRestart this replica. If the key before was seen, revoke it: 'ca revoke --fingerprint'.\nTake the assertion root's key away again.\n",
			own.SHA256, own.NotAfter.Format(time.DateOnly), was)
		return err
	})
}

func (c caRotateCommand) Run(ctx context.Context, parent *caCommand, s streams) error {
	sealed, err := os.ReadFile(c.RootKey)
	if err != nil {
		return err
	}
	identities, err := c.identities(s)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		cert, err := a.RotateIssuing(ctx, sealed, identities...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "issuing_ca   %s\nserial       %s\nvalid_until  %s\n\nRestart the center, one replica after the other. Take the root's key away again.\n",
			cert.Subject.CommonName, cert.SerialNumber.Text(16), cert.NotAfter.Format(time.DateOnly))
		return err
	})
}

func (c offlineKey) identities(s streams) ([]age.Identity, error) {
	if c.IdentityFile != "" {
		data, err := secretfile.Read(c.IdentityFile)
		if err != nil {
			return nil, fmt.Errorf("--identity-file: %w", err)
		}
		ids, err := age.ParseIdentities(strings.NewReader(string(data)))
		if err != nil {
			return nil, fmt.Errorf("--identity-file: %w", err)
		}
		return ids, nil
	}
	var passphrase string
	switch {
	case c.PassphraseFile != "":
		data, err := secretfile.Read(c.PassphraseFile)
		if err != nil {
			return nil, fmt.Errorf("--passphrase-file: %w", err)
		}
		passphrase = strings.TrimRight(string(data), "\r\n")
	case term.IsTerminal(int(s.in.Fd())):
		fmt.Fprint(s.err, "Passphrase of the offline keys: ")
		typed, err := term.ReadPassword(int(s.in.Fd()))
		fmt.Fprintln(s.err)
		if err != nil {
			return nil, err
		}
		passphrase = string(typed)
	default:
		return nil, errors.New("--passphrase-file or --identity-file is needed where nobody can be asked")
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	return []age.Identity{id}, nil
}
