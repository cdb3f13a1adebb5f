package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
)

type gatewayConsoleCommand struct {
	User consoleUserCommand `cmd:"" help:"Accounts of the hospital's IT staff."`
}

type consoleUserCommand struct {
	Add   consoleAddCommand   `cmd:"" help:"Make an account; its first password is printed once."`
	List  consoleListCommand  `cmd:"" help:"List the accounts."`
	Reset consoleResetCommand `cmd:"" help:"Give an account a new first password, forget its authenticator app, lift a lock."`
	Close consoleCloseCommand `cmd:"" help:"Close an account for good."`
}

// accounts opens the accounts in the gateway's database, where a running console reads
// them for every request.
func (c *gatewayCommand) accounts(ctx context.Context, f func(*account.Service) error) (err error) {
	cfg, err := gateway.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	accounts, closer, err := gateway.OpenAccounts(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer()) }()
	return f(accounts)
}

type consoleAddCommand struct {
	Name string       `arg:"" help:"Login: 3 to 40 of a-z, 0-9, dot, underscore, hyphen."`
	Role account.Role `enum:"viewer,admin" default:"viewer" help:"viewer looks; admin also has things read again."`
}

func (c consoleAddCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	return parent.accounts(ctx, func(a *account.Service) error {
		password, err := a.Add(ctx, atKeyboard(), c.Name, c.Role)
		if err != nil {
			return err
		}
		if err := tell(s, c.Name, password); err != nil {
			return err
		}
		return parent.tellWhere(s)
	})
}

// tellWhere says where an account signs in.
func (c *gatewayCommand) tellWhere(s streams) error {
	cfg, err := gateway.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	scheme := "https"
	if cfg.Console.PlainHTTP {
		scheme = "http"
	}
	if cfg.Console.Listen == "" {
		_, err = fmt.Fprintf(s.out, "The console is off: set listen under [console] in %s, and start the gateway anew.\n", c.Config)
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Console.Listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // every address of the machine
		if host, err = os.Hostname(); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(s.out, "Sign in at %s://%s/\n", scheme, net.JoinHostPort(host, port))
	return err
}

// tell prints a first password.
func tell(s streams, name, password string) error {
	_, err := fmt.Fprintf(s.out, "login     %s\npassword  %s\n\nTo be used within %d hours; the first sign-in changes it and registers an authenticator app.\n",
		name, password, int(account.InitialLife/time.Hour))
	return err
}

type consoleListCommand struct{}

func (consoleListCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	return parent.accounts(ctx, func(a *account.Service) error {
		users, err := a.Users(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, u := range users {
			state := "open"
			switch {
			case !u.ClosedAt.IsZero():
				state = "closed " + u.ClosedAt.Local().Format(time.DateOnly)
			case u.MustChange:
				state = "first password until " + u.InitialUntil.Local().Format(time.DateTime)
			case !u.Enrolled:
				state = "no authenticator app yet"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\tsince %s\n", u.Login, u.Role, state, u.CreatedAt.Local().Format(time.DateOnly))
		}
		return w.Flush()
	})
}

type consoleResetCommand struct {
	Name string `arg:"" help:"Login of the account."`
}

func (c consoleResetCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	return parent.accounts(ctx, func(a *account.Service) error {
		password, err := a.Reset(ctx, atKeyboard(), c.Name)
		if err != nil {
			return err
		}
		return tell(s, c.Name, password)
	})
}

type consoleCloseCommand struct {
	Name string `arg:"" help:"Login of the account."`
}

func (c consoleCloseCommand) Run(ctx context.Context, parent *gatewayCommand) error {
	return parent.accounts(ctx, func(a *account.Service) error { return a.Close(ctx, atKeyboard(), c.Name) })
}
