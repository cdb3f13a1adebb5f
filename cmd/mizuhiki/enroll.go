package main

import (
	"context"
	"fmt"

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
	firstContactFlags
	Out string `type:"path" help:"Write the certificate as files into this folder instead of into the browsers' store."`
}

func (c enrollDeviceCommand) Run(ctx context.Context, s streams) error {
	dir := c.Out
	if dir == "" {
		dir = "mizuhiki-terminal"
	}
	files := terminal.Files{Dir: dir, Told: func(p12, password string) {
		fmt.Fprintf(s.out, "device_p12           %s\ndevice_p12_password  %s\n", p12, password)
	}}
	var store terminal.Store = files
	if c.Out == "" {
		var err error
		if store, err = terminal.SystemStore(); err != nil {
			return err
		}
	}
	answer, err := terminal.Enroll(ctx, terminal.Request{Center: c.Center, CAFingerprint: c.CAFingerprint, Code: c.Code, Clock: clock}, store, files)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "terminal  %s\nfacility  %s\n\nOpen %s in a browser that has been started anew.\n", answer.Name, answer.FacilityName, answer.Portal)
	return err
}
