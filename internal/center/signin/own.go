package signin

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/account"
)

// Own is what somebody sees of their own account.
type Own struct {
	User account.User // without hashes and sealed secrets
}

// Own gives the caller's own account.
func (s *Service) Own(ctx context.Context, c Caller) (Own, error) {
	user, err := s.accounts.User(ctx, s.DB.Reader(), c.User)
	if err != nil {
		return Own{}, err
	}
	user.PasswordHash, user.TOTPSecret, user.TOTPLastStep = "", "", 0
	return Own{User: user}, nil
}
