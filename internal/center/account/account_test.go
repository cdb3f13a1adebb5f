package account_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
)

func TestCheckRoles_readingIsForThoseWhoCare(t *testing.T) {
	for _, p := range append(access.Professions(), "") {
		err := account.CheckRoles(p, []access.Role{access.RoleLiaison, access.RoleViewer})
		if got, want := err == nil, p != access.Clerk && p != ""; got != want {
			t.Errorf("viewer for %q: allowed %v, want %v", p, got, want)
		}
		if err := account.CheckRoles(p, []access.Role{access.RoleLiaison, access.RoleManager}); err != nil {
			t.Errorf("liaison for %q: %v", p, err)
		}
	}
}

func TestSession_Live(t *testing.T) {
	start := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	s := account.Session{LastUsed: start, ExpiresAt: start.Add(account.AbsoluteTimeout)}
	late := account.Session{LastUsed: s.ExpiresAt, ExpiresAt: s.ExpiresAt}
	for name, tc := range map[string]struct {
		session account.Session
		at      time.Time
		want    bool
	}{
		"just before it is idle": {s, start.Add(account.IdleTimeout - time.Microsecond), true},
		"idle":                   {s, start.Add(account.IdleTimeout), false},
		"busy to the end":        {late, s.ExpiresAt.Add(-time.Microsecond), true},
		"over":                   {late, s.ExpiresAt, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.session.Live(tc.at); got != tc.want {
				t.Errorf("Live = %v, want %v", got, tc.want)
			}
		})
	}
}
