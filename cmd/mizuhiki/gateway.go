package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"text/tabwriter"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
)

type gatewayCommand struct {
	Config string `required:"" type:"path" help:"The gateway's configuration, gateway.toml."`

	Run     gatewayRunCommand     `cmd:"" default:"1" help:"Run the gateway; what happens without a further word."`
	Console gatewayConsoleCommand `cmd:"" help:"Accounts of the gateway's console."`
	Kept    gatewayKeptCommand    `cmd:"" help:"Messages that were acknowledged and could not be filed."`
	Merge   gatewayMergeCommand   `cmd:"" help:"Merges of patient numbers that the hospital told the gateway of."`
}

type gatewayRunCommand struct{}

func (gatewayRunCommand) Run(ctx context.Context, parent *gatewayCommand) error {
	cfg, err := gateway.LoadConfig(parent.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	return gateway.Run(ctx, cfg)
}

type enrollGatewayCommand struct {
	firstContactFlags
	Storage  []string `required:"" type:"path" help:"Folder of the hospital's SS-MIX2 standardised storage; may be repeated."`
	Extended []string `type:"path" help:"Folder of its extended storage, with notes, letters and reports; may be repeated."`
	Out      string   `required:"" type:"path" help:"Folder for the gateway's configuration, identity and index."`
}

func (c enrollGatewayCommand) Run(ctx context.Context, s streams) error {
	// Before the code is spent: what would keep the gateway from starting is found now.
	if err := folders("--storage", c.Storage); err != nil {
		return err
	}
	if err := folders("--extended", c.Extended); err != nil {
		return err
	}
	warnings, err := source.CheckForms("--storage", c.Storage, "--extended", c.Extended)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(s.err, "warning:", w)
	}
	file := filepath.Join(c.Out, "gateway.toml")
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("--out: %s exists: this machine is enrolled; choose another folder, or move it away", file)
	}
	answer, err := enroll.Run(ctx, enroll.Request{
		Center: c.Center, CAFingerprint: c.CAFingerprint, Code: c.Code, Out: filepath.Join(c.Out, "identity"), Clock: clock,
	})
	if key, _, ok := fault.Message(err); ok && key == "enroll.refused" {
		return fmt.Errorf("the center refuses the code: it is wrong, has been used or has run out; have the secretariat make a new one with 'mizuhiki admin gateway code': %w", err)
	}
	if err != nil {
		return err
	}
	if err := gateway.WriteConfig(file, answer, c.Storage, c.Extended); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "gateway   %s\nfacility  %s\n\nStart it with: mizuhiki gateway --config %s\n",
		answer.Gateway, answer.FacilityName, file)
	return err
}

// folders refuses what is none, naming the option.
func folders(option string, dirs []string) error {
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil {
			return fmt.Errorf("%s: %w", option, err)
		} else if !info.IsDir() {
			return fmt.Errorf("%s: %s is not a folder", option, dir)
		}
	}
	return nil
}

type releaseCommand struct {
	Config string `required:"" type:"path" help:"The gateway's configuration, gateway.toml."`

	List    releaseListCommand    `cmd:"" help:"List what waits for approval."`
	Approve releaseApproveCommand `cmd:"" help:"Let a proposed widening take effect."`
	Reject  releaseRejectCommand  `cmd:"" help:"Drop a proposed widening."`
}

// with opens the release matrix in the gateway's index, where a running gateway reads
// it for every decision.
func (c *releaseCommand) with(ctx context.Context, f func(*release.Store) error) (err error) {
	cfg, err := gateway.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	cfg.Clock = clock
	store, closer, err := gateway.OpenRelease(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer()) }()
	return f(store)
}

type releaseListCommand struct{}

func (releaseListCommand) Run(ctx context.Context, parent *releaseCommand, s streams) error {
	return parent.with(ctx, func(store *release.Store) error {
		st, err := store.State(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "matrix version %d, %d changes wait for approval\n", st.Version, len(st.Pending))
		for _, p := range st.Pending {
			at := time.UnixMicro(p.ProposedAt).Local().Format(time.DateTime)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.ID, describe(p.Change), p.ProposedBy, at)
		}
		return w.Flush()
	})
}

// describe says a change in words: "lab for physician: withheld -> after 7 days".
func describe(c access.Change) string {
	cell := func(c access.Cell) string {
		switch {
		case !c.Allowed:
			return "withheld"
		case c.DelayDays > 0:
			return fmt.Sprintf("after %d days", c.DelayDays)
		}
		return "at once"
	}
	return fmt.Sprintf("%s for %s: %s -> %s", c.Kind, c.Audience, cell(c.From), cell(c.To))
}

type releaseApproveCommand struct {
	ID string `arg:"" help:"Id of the change, see 'release list'."`
}

func (c releaseApproveCommand) Run(ctx context.Context, parent *releaseCommand) error {
	return parent.with(ctx, func(store *release.Store) error { return store.Approve(ctx, c.ID, atKeyboard()) })
}

type releaseRejectCommand struct {
	ID string `arg:"" help:"Id of the change, see 'release list'."`
}

func (c releaseRejectCommand) Run(ctx context.Context, parent *releaseCommand) error {
	return parent.with(ctx, func(store *release.Store) error { return store.Reject(ctx, c.ID, atKeyboard()) })
}

// atKeyboard names who approves, for the gateway's own trail.
func atKeyboard() string {
	u, err := user.Current()
	if err != nil {
		return account.AtCommandLine("")
	}
	return account.AtCommandLine(u.Username)
}
