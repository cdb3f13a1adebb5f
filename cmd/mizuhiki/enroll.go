package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/terminal"
)

type enrollCommand struct {
	Gateway enrollGatewayCommand `cmd:"" help:"Make this machine a hospital's gateway."`
	Device  enrollDeviceCommand  `cmd:"" help:"Make this PC a registered terminal."`
}

// firstContactFlags are what stands on the sheet of paper.
type firstContactFlags struct {
	Center        string `required:"" help:"Enrolment host of the center, https://host:port."`
	CAFingerprint string `required:"" name:"ca-fingerprint" help:"SHA-256 of the center's root certificate, from paper."`
	Code          string `required:"" help:"One-time code, from paper."`
}

type enrollDeviceCommand struct {
	Center        string `help:"Enrolment host of the center, https://host:port."`
	CAFingerprint string `name:"ca-fingerprint" help:"SHA-256 of the center's root certificate, from paper."`
	Code          string `help:"One-time code, from paper."`
	Out           string `type:"path" help:"Write the certificate as files into this folder instead of into the browsers' store."`
	Renew         bool   `help:"Renew the certificate of this PC, which this program has enrolled, if it is due. For a timer that runs every day."`
}

// Validate asks for what the sheet of paper says, or for nothing of it.
func (c enrollDeviceCommand) Validate() error {
	given := map[string]string{"--center": c.Center, "--ca-fingerprint": c.CAFingerprint, "--code": c.Code}
	for _, flag := range slices.Sorted(maps.Keys(given)) {
		if c.Renew && given[flag] != "" {
			return fmt.Errorf("%s: a renewal takes none", flag)
		}
		if !c.Renew && given[flag] == "" {
			return fmt.Errorf("%s: is missing", flag)
		}
	}
	if c.Renew && c.Out != "" {
		return errors.New("--out: what was written as files is renewed by the facility manager, in the portal")
	}
	return nil
}

func (c enrollDeviceCommand) Run(ctx context.Context, s streams) error {
	if c.Renew {
		return renewTerminal(ctx, s)
	}
	dir := c.Out
	if dir == "" {
		dir = "mizuhiki-terminal"
	}
	files := terminal.Files{Dir: dir, Told: func(p12, password string) {
		fmt.Fprintf(s.out, "device_p12           %s\ndevice_p12_password  %s\n", p12, password)
	}}
	req := terminal.Request{Center: c.Center, CAFingerprint: c.CAFingerprint, Code: c.Code, Clock: clock}
	var store terminal.Store = files
	if c.Out == "" {
		var err error
		if store, err = terminal.SystemStore(); err != nil {
			return err
		}
		if req.Memory, err = terminalMemory(); err != nil {
			return err
		}
	}
	answer, err := terminal.Enroll(ctx, req, store, files)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "terminal  %s\nfacility  %s\n\nOpen %s in a browser that has been started anew.\n", answer.Name, answer.FacilityName, answer.Portal)
	return err
}

// terminalMemory is where the program remembers the enrolment of this PC, for the user
// whose browser it is.
func terminalMemory() (terminal.Memory, error) {
	dir, err := os.UserConfigDir()
	return terminal.Memory{Dir: filepath.Join(dir, "mizuhiki", "terminal")}, err
}

func renewTerminal(ctx context.Context, s streams) error {
	store, err := terminal.SystemStore()
	if err != nil {
		return err
	}
	renewer, ok := store.(terminal.Renewer)
	if !ok {
		return errors.New("the store of this system lets no program use its keys: have the facility manager renew the terminal in the portal (端末, 更新)")
	}
	memory, err := terminalMemory()
	if err != nil {
		return err
	}
	r, err := terminal.Renew(ctx, memory, renewer, clock)
	switch {
	case fault.Is(err, fault.NotFound):
		return fmt.Errorf("have the facility manager renew it in the portal (端末, 更新) and enrol it with that code; from then on it renews by itself: %w", err)
	case fault.Is(err, fault.Conflict):
		return fmt.Errorf("have the facility manager replace the terminal in the portal (端末, 入替) and enrol it with that code: %w", err)
	case fault.Is(err, fault.Denied):
		return fmt.Errorf("the center does not take the certificate of this PC: the terminal was revoked or replaced, or another certificate was issued for it. Ask the facility manager: %w", err)
	case err != nil:
		return err
	}
	if r.Dropped {
		fmt.Fprintln(s.out, "the certificate from before is no longer in the browsers' store")
	}
	if r.Answer == nil {
		_, err = fmt.Fprintf(s.out, "not due yet: holds until %s, can be renewed from %s\n", r.Ends.Local().Format(time.DateOnly), r.Due.Local().Format(time.DateOnly))
		return err
	}
	_, err = fmt.Fprintf(s.out, "terminal  %s\nfacility  %s\nends      %s\n\nBrowsers take the new certificate when they are started anew; until then they go on with the one before.\n",
		r.Answer.Name, r.Answer.FacilityName, r.Ends.Local().Format(time.DateOnly))
	return err
}
