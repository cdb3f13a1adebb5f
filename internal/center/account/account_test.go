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

func TestSession(t *testing.T) {
	const idle = 10 * time.Minute
	start := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	s := account.Session{LastUsed: start, ExpiresAt: start.Add(account.AbsoluteTimeout)}
	late := account.Session{LastUsed: s.ExpiresAt, ExpiresAt: s.ExpiresAt}
	byHand := s
	byHand.LockedAt = start
	for name, tc := range map[string]struct {
		session      account.Session
		at           time.Time
		live, locked bool
	}{
		"just before it is idle": {s, start.Add(idle - time.Microsecond), true, false},
		"idle":                   {s, start.Add(idle), true, true},
		"locked by hand":         {byHand, start, true, true},
		"busy to the end":        {late, s.ExpiresAt.Add(-time.Microsecond), true, false},
		"a clock put back":       {s, start.Add(-time.Hour), true, true},
		"over":                   {late, s.ExpiresAt, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.session.Live(tc.at); got != tc.live {
				t.Errorf("Live = %v, want %v", got, tc.live)
			}
			if got := tc.session.Locked(tc.at, idle); got != tc.locked {
				t.Errorf("Locked = %v, want %v", got, tc.locked)
			}
		})
	}
}
