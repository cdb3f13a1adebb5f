package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

type gatewayMergesCommand struct {
	List mergesListCommand `cmd:"" help:"List the merges that hold."`
	Undo mergesUndoCommand `cmd:"" help:"Take a merge back that was sent by mistake, or free a number that the hospital has given to somebody new."`
}

type mergesListCommand struct{}

func (mergesListCommand) Run(parent *gatewayCommand, s streams) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	merges, err := gateway.ReadMerges(cfg)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, m := range merges {
		fmt.Fprintf(w, "%s\tnow\t%s\tsince %s\n", m.Prior, m.Surviving, m.At.Local().Format(time.DateTime))
	}
	return w.Flush()
}

type mergesUndoCommand struct {
	Prior ident.LocalPatientID `arg:"" help:"The patient id that was merged away, see 'gateway merges list'."`
}

func (c mergesUndoCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	err = gateway.UndoMerge(ctx, cfg, c.Prior, atKeyboard())
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("%s is not merged; see 'mizuhiki gateway merges list'", c.Prior)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s stands for itself again. A link that was suspended stays so until the liaison office links the patient anew.\n", c.Prior)
	return err
}
