package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

type synthCommand struct {
	Out        string `required:"" type:"path" help:"Folder for the storages, one below it per disclosing hospital; must be empty or not there."`
	Persons    int    `default:"300" help:"Persons of the region."`
	Linked     int    `default:"40" help:"How many of them have the long stories of those who are linked."`
	Facilities int    `default:"8" help:"Facilities of the region, 4 to 20; the first three disclose."`
	Seed       uint64 `default:"1" help:"The same seed gives the same bytes."`
	Today      string `default:"2026-11-20" help:"Day up to which the stories are told."`
	Broken     bool   `help:"Write a few files that cannot be read, too."`
}

func (c synthCommand) Run(ctx context.Context, s streams) error {
	today, err := wareki.ParseDate(c.Today)
	if err != nil {
		return fmt.Errorf("--today: %w", err)
	}
	if entries, err := os.ReadDir(c.Out); err == nil && len(entries) > 0 {
		return fault.New(fault.Conflict, "--out: %s is not empty", c.Out)
	}
	region, err := synth.NewRegion(synth.Config{Persons: c.Persons, Linked: c.Linked, Facilities: c.Facilities, Seed: c.Seed, Today: today, Broken: c.Broken})
	if err != nil {
		return err
	}
	if err := region.WriteAll(ctx, c.Out); err != nil {
		return err
	}
	for _, f := range region.Facilities {
		if f.Disclosing {
			fmt.Fprintf(s.out, "%s  %s\n%[1]s%[3]s  %[2]s, extended storage\n", filepath.Join(c.Out, f.Code), f.Name, synth.ExtendedSuffix)
		}
	}
	return nil
}
