package account_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestReq_AUTH09_whoMayApprove(t *testing.T) {
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	person := func(id ident.UserID, f ident.FacilityID, roles ...access.Role) account.User {
		u := account.User{ID: id, Facility: f, Roles: roles, Equipped: true, CreatedAt: now.Add(-account.RecoveryTenure), RoleSince: map[access.Role]time.Time{}}
		for _, r := range roles {
			u.RoleSince[r] = u.CreatedAt
		}
		return u
	}
	var (
		nurse    = person("nurse", "h", access.RoleViewer)
		asker    = person("asker", "h", access.RoleManager)
		second   = person("second", "h", access.RoleManager)
		clerk    = person("clerk", "h", access.RoleLiaison)
		foreign  = person("foreign", "c", access.RoleManager)
		operator = person("operator", "c", access.RoleOperator)
		other    = person("other", "c", access.RoleOperator)
	)
	closed := func(u account.User) account.User { u.ClosedAt = now; return u }
	asleep := func(u account.User) account.User { u.CreatedAt = now.Add(-account.DormantAfter); return u }
	bare := func(u account.User) account.User { u.Equipped = false; return u }
	young := func(u account.User) account.User {
		since := map[access.Role]time.Time{}
		for r, at := range u.RoleSince {
			since[r] = at.Add(time.Second)
		}
		u.RoleSince = since
		return u
	}
	alone := []account.User{nurse, asker, clerk}
	for name, tc := range map[string]struct {
		askedBy   ident.UserID
		after     time.Duration
		by        account.User
		concerned account.User
		staff     []account.User
		outcome   account.RecoveryOutcome
		want      fault.Key
	}{
		"another manager of the facility":                  {"asker", time.Hour, second, nurse, append(alone, second), "", ""},
		"at the last moment":                               {"asker", account.RecoveryLife - 1, second, nurse, append(alone, second), "", ""},
		"a request that ran out":                           {"asker", account.RecoveryLife, second, nurse, append(alone, second), "", "recovery.over"},
		"a request that was approved":                      {"asker", 0, second, nurse, append(alone, second), account.RecoveryApproved, "recovery.over"},
		"a request that was withdrawn":                     {"asker", 0, second, nurse, append(alone, second), account.RecoveryWithdrawn, "recovery.over"},
		"a closed account":                                 {"asker", 0, second, closed(nurse), append(alone, second), "", "user.closed"},
		"whoever asked":                                    {"asker", 0, asker, nurse, append(alone, second), "", "recovery.same_person"},
		"the person concerned":                             {"asker", 0, second, second, append(alone, second), "", "recovery.own"},
		"a manager of another facility":                    {"asker", 0, foreign, nurse, alone, "", "recovery.by_other"},
		"a clerk":                                          {"asker", 0, clerk, nurse, append(alone, second), "", "recovery.by_other"},
		"a closed manager":                                 {"asker", 0, closed(second), nurse, alone, "", "recovery.by_other"},
		"a dormant manager":                                {"asker", 0, asleep(second), nurse, alone, "", "recovery.by_other"},
		"a manager of less than a week":                    {"asker", 0, young(second), nurse, append(alone, young(second)), "", "recovery.too_new"},
		"an operator of less than a week":                  {"asker", 0, young(operator), nurse, alone, "", "recovery.too_new"},
		"an operator, the second manager being too new":    {"asker", 0, operator, nurse, append(alone, young(second)), "", ""},
		"an operator, with one manager":                    {"asker", 0, operator, nurse, alone, "", ""},
		"an operator, the second manager being concerned":  {"asker", 0, operator, second, append(alone, second), "", ""},
		"an operator, where a second manager is":           {"asker", 0, operator, nurse, append(alone, second), "", "recovery.by_manager"},
		"an operator, the second manager closed":           {"asker", 0, operator, nurse, append(alone, closed(second)), "", ""},
		"an operator, the second manager dormant":          {"asker", 0, operator, nurse, append(alone, asleep(second)), "", ""},
		"an operator, the second manager without a way in": {"asker", 0, operator, nurse, append(alone, bare(second)), "", ""},
		"a dormant operator":                               {"asker", 0, asleep(operator), nurse, alone, "", "recovery.by_other"},
		"a second operator, managers being locked out":     {"operator", 0, other, asker, append(alone, second), "", ""},
		"the operator who asked":                           {"operator", 0, operator, asker, append(alone, second), "", "recovery.same_person"},
		"a manager after an operator":                      {"operator", 0, asker, nurse, alone, "", ""},
		"an operator for an operator":                      {"operator", 0, person("third", "c", access.RoleOperator), other, []account.User{operator, other}, "", ""},
		"an operator for themself":                         {"operator", 0, other, other, []account.User{operator, other}, "", "recovery.own"},
		"a manager for an operator of the facility":        {"operator", 0, foreign, other, []account.User{operator, other, foreign}, "", "recovery.by_other"},
	} {
		t.Run(name, func(t *testing.T) {
			r := account.Recovery{User: tc.concerned.ID, AskedBy: tc.askedBy, AskedAt: now, ExpiresAt: now.Add(account.RecoveryLife), Outcome: tc.outcome}
			err := r.RefuseApproval(tc.by, tc.concerned, tc.staff, now.Add(tc.after))
			if key, _, _ := fault.Message(err); key != tc.want || err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("RefuseApproval = %v, want %q", err, tc.want)
			}
		})
	}
}
