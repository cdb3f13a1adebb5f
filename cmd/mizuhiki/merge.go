package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

type gatewayMergeCommand struct {
	List mergeListCommand `cmd:"" help:"List merged patient numbers, the latest first."`
	Undo mergeUndoCommand `cmd:"" help:"Take a merge back that was wrong, or free a number that the hospital uses again."`
}

type mergeListCommand struct {
	Limit int `default:"200" help:"How many at most."`
}

func (c mergeListCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	list, err := gateway.ReadMerged(ctx, cfg, c.Limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PRIOR\tSURVIVING\tTOLD")
	for _, m := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", m.Prior, m.Surviving, m.At.Local().Format(time.DateTime))
	}
	return w.Flush()
}

type mergeUndoCommand struct {
	Prior ident.LocalPatientID `arg:"" help:"The patient number that was merged away."`
}

func (c mergeUndoCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	if err := gateway.Unmerge(ctx, cfg, c.Prior, atKeyboard()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "The merge is taken back. A link that it suspended stays so until the liaison office verifies the patient anew in the portal.")
	return err
}
