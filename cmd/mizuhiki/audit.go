package main

import (
	"context"
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/setup"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Recompute the log from its rows. Exit code 0 only if every row, root and checkpoint holds."`
}

type auditVerifyCommand struct {
	Dir string `required:"" type:"path" help:"Folder of a center, or of a demo."`
}

func (c auditVerifyCommand) Run(ctx context.Context, s streams) error {
	logs, err := setup.VerifyAudit(ctx, c.Dir)
	for _, l := range logs {
		_, werr := fmt.Fprintf(s.out, "%s: %d rows, %d checkpoints, all hold\n", l.Replica, l.Rows, l.Checkpoints)
		err = errors.Join(err, werr)
	}
	return err
}
