package main

import (
	"bufio"
	"context"
	"errors"

	"mizuhiki.dev/mizuhiki/internal/inspect"
)

type inspectCommand struct {
	Paths []string `arg:"" name:"path" type:"path" help:"Storages, folders or files."`
}

func (c inspectCommand) Run(ctx context.Context, s streams) error {
	out := bufio.NewWriter(s.out)
	return errors.Join(inspect.Run(ctx, out, s.err, c.Paths...), out.Flush())
}
