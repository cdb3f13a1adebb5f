package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// centerFlags name a center at whose own machine something is done.
type centerFlags struct {
	Config string `required:"" type:"path" help:"The center's configuration, center.toml."`
}

type adminCommand struct {
	centerFlags

	Facility struct {
		Add facilityAddCommand `cmd:"" help:"Add a facility to the union."`
	} `cmd:"" help:"Facilities."`
	User struct {
		Add   userAddCommand   `cmd:"" help:"Add an account; the setup code of its person is printed once."`
		Code  userCodeCommand  `cmd:"" help:"Print a new setup code for an account that has neither password nor passkey yet."`
		Clear userClearCommand `cmd:"" help:"Record the training and a pledge on paper of an account."`

		Reactivate userReactivateCommand `cmd:"" help:"Take an account into use again to which nobody has signed in for 90 days."`

		Recover    userRecoverCommand    `cmd:"" help:"Ask for the recovery of an account whose password or passkey is lost; a second person approves."`
		Recoveries userRecoveriesCommand `cmd:"" help:"List the requests for recovery that wait."`
		Approve    userApproveCommand    `cmd:"" help:"Approve a recovery that somebody else asked for, and print the setup code."`
		Withdraw   userWithdrawCommand   `cmd:"" help:"Take back a recovery that an operator asked for."`
	} `cmd:"" help:"Accounts."`
	Device struct {
		Code   deviceCodeCommand   `cmd:"" help:"Make a one-time code with which a PC enrols as a terminal."`
		Issue  deviceIssueCommand  `cmd:"" help:"Make a terminal's certificate as files."`
		Revoke deviceRevokeCommand `cmd:"" help:"Shut a terminal out."`
	} `cmd:"" help:"Terminals."`
	Gateway struct {
		Code   gatewayCodeCommand   `cmd:"" help:"Make a one-time code with which a hospital's gateway enrols."`
		List   gatewayListCommand   `cmd:"" help:"List gateways."`
		Revoke gatewayRevokeCommand `cmd:"" help:"Shut a gateway out."`
	} `cmd:"" help:"Gateways."`
	Server struct {
		Issue serverIssueCommand `cmd:"" help:"Renew the certificate of the center's hosts."`
	} `cmd:"" help:"The center's own certificate."`
}

// with opens the center's database and keys for f.
func (c centerFlags) with(ctx context.Context, f func(*setup.Admin) error) error {
	cfg, err := center.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	base, err := center.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(f(setup.NewAdmin(base)), base.Close())
}

type facilityAddCommand struct {
	facilityFlags
}

func (c facilityAddCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		union, err := a.OnlyUnion(ctx)
		if err != nil {
			return err
		}
		f, err := a.AddFacility(ctx, c.facility(), union.ID)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "facility %s %s %s\n", f.ID, f.Code, f.Name)
		return err
	})
}

type userAddCommand struct {
	Facility   string            `required:"" help:"Code of the user's facility."`
	Login      string            `required:"" help:"Login; never used again, also after closing."`
	Name       string            `required:"" help:"Display name."`
	Kana       string            `help:"Name in kana."`
	Profession access.Profession `required:"" help:"For instance physician, nurse, pharmacist, clerk."`
	Role       []access.Role     `help:"viewer, liaison, manager, operator; may be repeated."`
	clearedFlags
}

func (c userAddCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		f, err := a.Facility(ctx, c.Facility)
		if err != nil {
			return err
		}
		created, err := a.AddUser(ctx, f.ID, manage.NewUser{
			Login: c.Login, DisplayName: c.Name, Kana: c.Kana, Profession: c.Profession, Roles: c.Role, Cleared: c.cleared(),
		}, manage.Credentials{})
		if err != nil {
			return err
		}
		return printSetupCode(s, created)
	})
}

// printSetupCode prints what somebody needs who is to come in for the first time.
func printSetupCode(s streams, created manage.Created) error {
	_, err := fmt.Fprintf(s.out, "login        %s\nsetup_code   %s\nvalid_until  %s\n", created.User.Login, created.Code, created.Until.Format(time.RFC3339))
	return err
}

type userCodeCommand struct {
	Login string `arg:"" help:"Login of the account."`
}

func (c userCodeCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		created, err := a.SetupCode(ctx, c.Login)
		if err != nil {
			return err
		}
		return printSetupCode(s, created)
	})
}

// clearedFlags are what must be known of a person before their account works.
type clearedFlags struct {
	Trained string `placeholder:"DATE" help:"Day on which the person was trained. Until it is recorded, here or with 'admin user clear', the account does not work."`
	Paper   bool   `help:"The pledge was signed on paper; else it is asked for at the first sign-in."`
}

func (c clearedFlags) cleared() manage.Cleared {
	return manage.Cleared{Trained: c.Trained, Paper: c.Paper}
}

type userClearCommand struct {
	Login string `arg:"" help:"Login of the account."`
	clearedFlags
}

func (c userClearCommand) Run(ctx context.Context, parent *adminCommand) error {
	return parent.with(ctx, func(a *setup.Admin) error { return a.ClearUser(ctx, c.Login, c.cleared()) })
}

type userReactivateCommand struct {
	Login string `arg:"" help:"Login of the account."`
}

func (c userReactivateCommand) Run(ctx context.Context, parent *adminCommand) error {
	return parent.with(ctx, func(a *setup.Admin) error { return a.ReactivateUser(ctx, c.Login) })
}

type deviceCodeCommand struct {
	Facility string         `required:"" help:"Code of the terminal's facility."`
	Name     string         `required:"" help:"Name by which people know the terminal."`
	Place    string         `help:"Where it stands."`
	Replaces ident.DeviceID `help:"Id of the terminal whose place it takes: that one is shut out."`
}

func (c deviceCodeCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		f, err := a.Facility(ctx, c.Facility)
		if err != nil {
			return err
		}
		code, err := a.DeviceCode(ctx, f, c.Name, c.Place, c.Replaces)
		if err != nil {
			return err
		}
		return printCode(s, a, f, code)
	})
}

// printCode prints what somebody needs who is to enrol.
func printCode(s streams, a *setup.Admin, f directory.Facility, code string) error {
	_, err := fmt.Fprintf(s.out, "facility        %s %s\ncode            %s\nca_fingerprint  %s\ncenter          %s\n",
		f.Code, f.Name, code, tlsid.Fingerprint(a.Authority.Root), a.Config.Enroll.Public)
	return err
}

type deviceIssueCommand struct {
	Facility string `required:"" help:"Code of the terminal's facility."`
	Name     string `required:"" help:"Name by which people know the terminal."`
	Place    string `help:"Where it stands."`
	Out      string `required:"" type:"path" help:"Folder for the files."`
}

func (c deviceIssueCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		f, err := a.Facility(ctx, c.Facility)
		if err != nil {
			return err
		}
		d, err := a.IssueDevice(ctx, f, c.Name, c.Place, c.Out)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "device               %s\ndevice_p12           %s\ndevice_p12_password  %s\ndevice_cert          %s\ndevice_key           %s\n",
			d.Device.ID, d.P12, d.P12Password, d.Cert, d.Key)
		return err
	})
}

type deviceRevokeCommand struct {
	Device ident.DeviceID `arg:"" help:"Id of the terminal."`
}

func (c deviceRevokeCommand) Run(ctx context.Context, parent *adminCommand) error {
	return parent.with(ctx, func(a *setup.Admin) error { return a.RevokeDevice(ctx, c.Device) })
}

type gatewayCodeCommand struct {
	Facility string        `required:"" help:"Code of the hospital."`
	Label    string        `help:"What is to be enrolled, for people."`
	Life     time.Duration `default:"10m" help:"How long the code can be used, up to 168h."`
}

func (c gatewayCodeCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		f, err := a.Facility(ctx, c.Facility)
		if err != nil {
			return err
		}
		code, err := a.GatewayCode(ctx, f, c.Label, c.Life)
		if err != nil {
			return err
		}
		return printCode(s, a, f, code)
	})
}

type gatewayListCommand struct{}

func (gatewayListCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		list, err := a.Gateways(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "gateway\tfacility\tvalid until\tlast seen\trevoked\tleft out of the catalog")
		for _, g := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\n", g.ID, g.Facility, day(g.NotAfter), day(g.LastSeen), day(g.RevokedAt), g.LeftOut)
		}
		return w.Flush()
	})
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

type gatewayRevokeCommand struct {
	Gateway ident.GatewayID `arg:"" help:"Id of the gateway, see 'admin gateway list'."`
}

func (c gatewayRevokeCommand) Run(ctx context.Context, parent *adminCommand) error {
	return parent.with(ctx, func(a *setup.Admin) error { return a.RevokeGateway(ctx, c.Gateway, revocation.Unspecified) })
}

type serverIssueCommand struct {
	Host []string `required:"" help:"Name or address by which the center is reached; may be repeated."`
}

func (c serverIssueCommand) Run(ctx context.Context, parent *adminCommand) error {
	return parent.with(ctx, func(a *setup.Admin) error { return a.IssueServer(ctx, c.Host) })
}
