package signin

import (
	"context"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ProveOperator establishes at the server's own command line who an operator (運営管理者) is, by
// password and one-time code, for an act that is theirs: it opens no session. Refusals are
// those of [Service.SignIn] and count like them, also for whoever is no operator or has
// anything left to do before the account's first use.
func (s *Service) ProveOperator(ctx context.Context, login, password, code string) (account.User, error) {
	now := s.Clock()
	a := attempt{action: audit.ActionStepUp, method: account.MethodPassword, login: loginOf(login)}
	u, err := s.accounts.ByLogin(ctx, s.DB.Reader(), a.login)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return account.User{}, err
	}
	a.dev = device.Device{Facility: u.Facility} // at no terminal
	if a, err = s.begin(ctx, a, now); err != nil {
		return account.User{}, err
	}
	if a.wait > 0 {
		return account.User{}, lockedFor(a.wait)
	}
	shown, err := s.prove(ctx, a.user, password, code, now)
	if err != nil {
		return account.User{}, err
	}
	if a.reason == "" && (!a.user.Holds(access.RoleOperator) || a.user.MustChange || !a.user.Trained() || !a.user.Pledged()) {
		a.reason = "no operator"
	}
	_, err = s.finish(ctx, a, shown, now, func(ctx context.Context, tx *db.Tx, a attempt, _ string, now time.Time) error {
		return s.audit(ctx, tx, now, a, a.user, audit.Done, map[string]any{"at": "command line"})
	})
	if err != nil {
		return account.User{}, err
	}
	return a.user, nil
}
