package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

type gatewayKeptCommand struct {
	List    keptListCommand    `cmd:"" help:"List messages that were acknowledged and not filed, the latest first."`
	File    keptFileCommand    `cmd:"" help:"File them after all, once the cause is mended: behind whatever came since."`
	Dismiss keptDismissCommand `cmd:"" help:"Take them off the list: what they say came in another way. They stay on disk."`
}

type keptListCommand struct {
	Class kept.Class `default:"accepted" enum:"accepted,refused,flagged" help:"accepted: acknowledged and not filed; refused: the sender has it; flagged: filed, with a remark."`
	Limit int        `default:"200" help:"How many at most."`
}

func (c keptListCommand) Run(parent *gatewayCommand, s streams) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	list, err := gateway.ReadKept(cfg, c.Class, c.Limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tRECEIVED\tTYPE\tWHY\tTRIED\tFILE")
	for _, e := range list {
		tried := "-"
		if !e.Tried.IsZero() {
			tried = e.Tried.Local().Format(stampFormat)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
			e.ID, e.Received.Local().Format(stampFormat), cmp.Or(e.Type, "-"), whyKept(e), tried, cmp.Or(e.File, "-"))
	}
	return w.Flush()
}

func whyKept(e kept.Entry) string {
	why := string(e.Reason)
	if e.Detail != "" {
		why += ": " + e.Detail
	}
	if e.From != "" {
		why += ", from " + e.From
	}
	return why
}

// keptNames are the messages that a command is about.
type keptNames struct {
	IDs []string `arg:"" optional:"" name:"id" help:"Of the list."`
	All bool     `help:"All of the list."`
}

func (n keptNames) decide(ctx context.Context, parent *gatewayCommand, s streams, d kept.Decided, done string) error {
	if n.All == (len(n.IDs) > 0) {
		return fmt.Errorf("name the messages, or give --all")
	}
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	d.By = atKeyboard()
	ids := n.IDs
	if n.All {
		list, err := gateway.ReadKept(cfg, kept.Accepted, -1)
		if err != nil {
			return err
		}
		for _, e := range list {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		_, err := fmt.Fprintln(s.out, "The list is empty.")
		return err
	}
	if err := gateway.DecideKept(ctx, cfg, ids, d); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, done, len(ids))
	return err
}

type keptFileCommand struct{ keptNames }

func (c keptFileCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	return c.decide(ctx, parent, s, kept.Decided{Decision: kept.File},
		"%d to be filed within seconds if the gateway runs, else when it starts. What is still on the list then says why.\n")
}

type keptDismissCommand struct {
	keptNames
	Why string `required:"" placeholder:"REASON" help:"Why, for the history; nothing of patients."`
}

func (c keptDismissCommand) Run(ctx context.Context, parent *gatewayCommand, s streams) error {
	return c.decide(ctx, parent, s, kept.Decided{Decision: kept.Dismiss, Why: c.Why},
		"%d to be taken off the list within seconds if the gateway runs, else when it starts. They stay in received/kept/dismissed.\n")
}
