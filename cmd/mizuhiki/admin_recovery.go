package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// operatorFlag names the operator who acts. Password and one-time code are asked for at a
// terminal, else read as the first two lines of the standard input.
type operatorFlag struct {
	Operator string `required:"" help:"Login of the operator who acts; password and one-time code are asked for."`
}

func (o operatorFlag) proof(s streams) (setup.Proof, error) {
	p := setup.Proof{Login: o.Operator}
	if term.IsTerminal(int(s.in.Fd())) {
		for _, ask := range []struct {
			prompt string
			into   *string
		}{{"password: ", &p.Password}, {"one-time code: ", &p.Code}} {
			fmt.Fprint(s.err, ask.prompt)
			data, err := term.ReadPassword(int(s.in.Fd()))
			fmt.Fprintln(s.err)
			if err != nil {
				return p, fmt.Errorf("read %s%w", ask.prompt, err)
			}
			*ask.into = string(data)
		}
		return p, nil
	}
	lines := bufio.NewScanner(s.in)
	for _, into := range []*string{&p.Password, &p.Code} {
		if !lines.Scan() {
			return p, fault.New(fault.Invalid, "the standard input has no two lines with password and one-time code of %s", o.Operator)
		}
		*into = strings.TrimRight(lines.Text(), "\r")
	}
	return p, nil
}

type userRecoverCommand struct {
	Login  string                 `arg:"" help:"Login of the account whose password or passkey is lost."`
	Reason account.RecoveryReason `required:"" enum:"lost,replaced,forgotten,suspected" help:"${enum}"`
	operatorFlag
}

func (c userRecoverCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	proof, err := c.proof(s)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		r, err := a.AskRecovery(ctx, proof, c.Login, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "request      %s\nvalid_until  %s\n", r.ID, r.ExpiresAt.Format(time.RFC3339))
		return err
	})
}

type userRecoveriesCommand struct{}

func (userRecoveriesCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	return parent.with(ctx, func(a *setup.Admin) error {
		list, err := a.Recoveries(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "request\tfacility\tof\treason\tasked by\tvalid until")
		for _, r := range list {
			fmt.Fprintf(w, "%s\t%s %s\t%s\t%s\t%s\t%s\n", r.ID, r.Facility.Code, r.Facility.Name, r.UserName, r.Reason, r.AskedByName, r.ExpiresAt.Format(time.RFC3339))
		}
		return w.Flush()
	})
}

type userApproveCommand struct {
	Request ident.RecoveryID `arg:"" help:"Id of the request, see 'admin user recoveries'."`
	operatorFlag
}

func (c userApproveCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	proof, err := c.proof(s)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error {
		created, err := a.ApproveRecovery(ctx, proof, c.Request)
		if err != nil {
			return err
		}
		return printSetupCode(s, created)
	})
}

type userWithdrawCommand struct {
	Request ident.RecoveryID `arg:"" help:"Id of the request, see 'admin user recoveries'."`
	operatorFlag
}

func (c userWithdrawCommand) Run(ctx context.Context, parent *adminCommand, s streams) error {
	proof, err := c.proof(s)
	if err != nil {
		return err
	}
	return parent.with(ctx, func(a *setup.Admin) error { return a.WithdrawRecovery(ctx, proof, c.Request) })
}
