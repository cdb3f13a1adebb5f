package signin

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// NoteSystem enters the operating system of a terminal into the ledger, as its browser says,
// unless one stands there. Like when it was last seen that is observed and nobody's act, so
// the access log has no row of it.
func (s *Service) NoteSystem(ctx context.Context, id ident.DeviceID, os string) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.devices.NoteSystem(ctx, tx, id, os) })
}
