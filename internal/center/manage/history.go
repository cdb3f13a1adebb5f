package manage

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// Grants gives an account of the caller's facility, a closed one too, and which roles it
// was given by whom, from when to when, the newest grant first.
func (s *Service) Grants(ctx context.Context, c signin.Caller, id ident.UserID) (u account.User, list []account.Grant, err error) {
	err = s.write(ctx, c, func(ctx context.Context, tx *db.Tx, _ time.Time) error {
		found, err := s.accounts.User(ctx, tx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return foreign{what: "user"}
		case err != nil:
			return err
		case found.Facility != c.Facility:
			return foreign{what: "user", owner: found.Facility}
		}
		u = withoutSecrets(found)
		list, err = s.accounts.Grants(ctx, tx, id)
		return err
	})
	return u, list, err
}
