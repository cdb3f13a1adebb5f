package manage_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

// goesOn reports whether a caller's session has not been ended.
func (w *office) goesOn(c signin.Caller) bool {
	w.Helper()
	_, err := accountdb.Store{}.Session(w.Context(), w.DB.Writer(), c.Session)
	if err != nil && !fault.Is(err, fault.NotFound) {
		w.Fatal(err)
	}
	return err == nil
}

// A facility manager ends sessions by one, by user, by terminal, and all of the facility.
func TestReq_SESS05_managerEndsSessions(t *testing.T) {
	for name, tc := range map[string]struct {
		which      func(nurse, clerk signin.Caller) manage.Which
		left       []string
		ended      int
		freshProof bool
	}{
		"one":                 {func(n, _ signin.Caller) manage.Which { return manage.Which{Session: n.Session} }, []string{"boss", "clerk"}, 1, false},
		"a user's":            {func(_, c signin.Caller) manage.Which { return manage.Which{User: c.User} }, []string{"boss", "nurse"}, 1, false},
		"those at a terminal": {func(n, _ signin.Caller) manage.Which { return manage.Which{Device: n.Device} }, []string{"boss", "clerk"}, 1, false},
		"all":                 {func(_, _ signin.Caller) manage.Which { return manage.Which{} }, nil, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				nurse := w.Caller(flowtest.Hospital, access.Nurse, access.RoleViewer)
				clerk := w.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
				neighbour := w.Caller(flowtest.OtherClinic, access.Nurse, access.RoleViewer)
				which := tc.which(nurse, clerk)
				stale := w.boss
				stale.VerifiedAt = w.Now.Add(-time.Hour)
				if _, err := w.EndSessions(t.Context(), stale, which); tc.freshProof {
					if key, _, _ := fault.Message(err); key != signin.KeyStepUp {
						t.Fatalf("without a fresh proof: %v", err)
					}
					_, err = w.EndSessions(t.Context(), w.boss, which)
					if err != nil {
						t.Fatal(err)
					}
				} else if err != nil {
					t.Fatal(err)
				}
				left := []string(nil)
				for _, x := range []struct {
					name string
					c    signin.Caller
				}{{"boss", w.boss}, {"clerk", clerk}, {"nurse", nurse}} {
					if w.goesOn(x.c) {
						left = append(left, x.name)
					}
				}
				if len(left) != len(tc.left) || len(left) == 2 && (left[0] != tc.left[0] || left[1] != tc.left[1]) {
					t.Errorf("left are %v, want %v", left, tc.left)
				}
				if !w.goesOn(neighbour) {
					t.Error("a neighbour's session was ended")
				}
				rows := w.Events(audit.ActionSessionEnd)
				if len(rows) != 1 || rows[0].User != w.boss.User || len(rows[0].Detail["sessions"].([]any)) != tc.ended {
					t.Errorf("audit rows %+v", rows)
				}
			})
		})
	}
}

func TestReq_SESS05_endSessionsRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		neighbour := w.Caller(flowtest.OtherClinic, access.Nurse, access.RoleViewer)
		for _, which := range []manage.Which{{Session: neighbour.Session}, {User: neighbour.User}, {Device: neighbour.Device}, {Session: "x"}} {
			if _, err := w.EndSessions(t.Context(), w.boss, which); !fault.Is(err, fault.NotFound) {
				t.Errorf("ending %+v: %v, want not found", which, err)
			}
		}
		clerk := w.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison)
		if _, err := w.EndSessions(t.Context(), clerk, manage.Which{Session: w.boss.Session}); !fault.Is(err, fault.Denied) {
			t.Errorf("a clerk ends sessions: %v", err)
		}
		if _, err := w.Sessions(t.Context(), clerk); !fault.Is(err, fault.Denied) {
			t.Errorf("a clerk lists sessions: %v", err)
		}
		if !w.goesOn(neighbour) || !w.goesOn(w.boss) {
			t.Error("a session was ended")
		}
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		start := w.Now
		w.Caller(flowtest.Hospital, access.Nurse, access.RoleViewer)
		w.Caller(flowtest.OtherClinic, access.Nurse, access.RoleViewer)
		w.Now = start.Add(account.IdleTimeout)
		list, err := w.Sessions(t.Context(), w.boss)
		if err != nil || len(list) != 2 {
			t.Fatalf("Sessions = %+v, %v, want the manager's and the nurse's", list, err)
		}
		for _, x := range list {
			if !x.Locked || x.Here != (x.ID == w.boss.Session) || x.User.ID == "" || x.Device.ID == "" || x.User.PasswordHash != "" || x.User.TOTPSecret != "" {
				t.Errorf("session %+v", x)
			}
		}
		w.Now = start.Add(account.AbsoluteTimeout)
		if list, err := w.Sessions(t.Context(), w.boss); err != nil || len(list) != 0 {
			t.Errorf("after twelve hours: %+v, %v", list, err)
		}
	})
}

func TestReq_SESS01_facilityMayShorten(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for minutes, ok := range map[int]bool{-1: false, 0: false, 2: false, 3: true, 10: true, 15: true, 16: false, 1 << 40: false} {
			err := w.SetIdle(t.Context(), w.boss, minutes)
			if (err == nil) != ok || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%d minutes: %v", minutes, err)
			}
			if got := w.Facility(flowtest.Hospital).Idle; ok && got != time.Duration(minutes)*time.Minute {
				t.Errorf("idle is %v, want %d minutes", got, minutes)
			}
		}
		if got := w.Facility(flowtest.OtherClinic).Idle; got != account.IdleTimeout {
			t.Errorf("the neighbour's is %v", got)
		}
		stale := w.boss
		stale.VerifiedAt = w.Now.Add(-time.Hour)
		err := w.SetIdle(t.Context(), stale, 5)
		if key, _, _ := fault.Message(err); key != signin.KeyStepUp {
			t.Errorf("without a fresh proof: %v", err)
		}
		if rows := w.Events(audit.ActionFacilityChange); len(rows) != 3 {
			t.Errorf("%d audit rows, want 3", len(rows))
		}
	})
}
