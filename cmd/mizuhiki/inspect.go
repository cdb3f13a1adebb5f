package main

import (
	"bufio"
	"context"
	"errors"

	"mizuhiki.dev/mizuhiki/internal/inspect"
)

type inspectCommand struct {
	Summary bool     `help:"Count files by kind and state, and name each cause once with how often it occurs, instead of a line for each file."`
	Paths   []string `arg:"" name:"path" type:"path" help:"Storages, folders or files."`
}

func (c inspectCommand) Run(ctx context.Context, s streams) error {
	out := bufio.NewWriter(s.out)
	if c.Summary {
		return errors.Join(inspect.Summarise(ctx, out, c.Paths...), out.Flush())
	}
	return errors.Join(inspect.Run(ctx, out, s.err, c.Paths...), out.Flush())
}
