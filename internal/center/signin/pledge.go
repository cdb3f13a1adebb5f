package signin

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Pledge records that the caller has given the pledge (誓約書) as it is worded today. Who has
// given it already gives it no second time.
func (s *Service) Pledge(ctx context.Context, c Caller) error {
	if !c.Unpledged {
		return nil
	}
	now := s.Clock()
	return s.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.accounts.SetPledge(ctx, tx, c.User, account.PledgeVersion, c.User, now); err != nil {
			return err
		}
		e := audit.Event{Action: audit.ActionUserChange, Outcome: audit.Done, Detail: map[string]any{
			"user": c.User, "what": "pledge", "version": account.PledgeVersion,
		}}
		_, err := s.Log.Append(ctx, tx, now, e.By(c.Viewer))
		return err
	})
}
