package main

import (
	"context"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
)

type statusCommand struct {
	Config string `required:"" type:"path" help:"The gateway's configuration, gateway.toml."`
}

// Run prints what a gateway holds and which files it cannot read, also while it runs.
func (c statusCommand) Run(ctx context.Context, s streams) error {
	cfg, err := gateway.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	h, err := gateway.ReadHoldings(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "patients    %d\nlinked      %d\ndocuments   %d\nunreadable  %d\n", h.Patients, h.Linked, h.Documents, h.UnreadableTotal)
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, u := range h.Unreadable {
		fmt.Fprintf(w, "%s\t%s: %s\tsince %s\n", filepath.Join(u.Root, u.Path), u.Reason, u.Detail, u.FirstSeen.Local().Format(time.DateTime))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more := h.UnreadableTotal - len(h.Unreadable); more > 0 {
		fmt.Fprintf(s.out, "and %d more: mend these first\n", more)
	}
	return nil
}
