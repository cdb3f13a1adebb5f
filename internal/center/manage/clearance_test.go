package manage_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestRecordClearance(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		n := nurse("jiro")
		n.Cleared = manage.Cleared{}
		made, err := w.CreateUser(t.Context(), w.boss, n)
		if err != nil {
			t.Fatal(err)
		}
		id := made.User.ID
		tomorrow := w.Now.AddDate(0, 0, 2).Format("20060102")
		for name, tc := range map[string]struct {
			r    manage.Cleared
			want fault.Key
		}{
			"nothing":         {manage.Cleared{}, "user.trained_missing"},
			"no date":         {manage.Cleared{Trained: "先月"}, "user.trained_invalid"},
			"a slip":          {manage.Cleared{Trained: "206-04-01"}, "user.trained_invalid"},
			"long ago":        {manage.Cleared{Trained: "1989-01-08"}, "user.trained_invalid"},
			"not come yet":    {manage.Cleared{Trained: tomorrow}, "user.trained_future"},
			"paper, not come": {manage.Cleared{Trained: tomorrow, Paper: true}, "user.trained_future"},
		} {
			err := w.RecordClearance(t.Context(), w.boss, id, tc.r)
			if key, _, _ := fault.Message(err); key != tc.want || !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v, want %s", name, err, tc.want)
			}
		}
		if u := w.user(id); u.Trained() || u.Pledged() {
			t.Errorf("after refusals: %+v", u.Clearance)
		}
		if err := w.RecordClearance(t.Context(), w.boss, id, manage.Cleared{Trained: "令和8年4月1日"}); err != nil {
			t.Fatal(err)
		}
		if u := w.user(id); u.TrainedOn != "2026-04-01" || u.TrainedBy != w.boss.User || u.Pledged() {
			t.Errorf("trained: %+v", u.Clearance)
		}
		if err := w.RecordClearance(t.Context(), w.boss, id, manage.Cleared{Paper: true}); err != nil {
			t.Fatal(err)
		}
		if u := w.user(id); u.TrainedOn != "2026-04-01" || u.PledgeVersion != account.PledgePaper || u.PledgeBy != w.boss.User {
			t.Errorf("pledged on paper: %+v", u.Clearance)
		}
		if rows := w.Events(audit.ActionUserChange); len(rows) != 2 || rows[0].Detail["trained_on"] != "2026-04-01" || rows[1].Detail["pledge"] != account.PledgePaper {
			t.Errorf("audit rows %+v", rows)
		}
		err = w.RecordClearance(t.Context(), w.boss, w.boss.User, manage.Cleared{Trained: "2026-04-01"})
		if key, _, _ := fault.Message(err); key != "user.self" {
			t.Errorf("the manager's own: %v, want user.self", err)
		}
	})
}
