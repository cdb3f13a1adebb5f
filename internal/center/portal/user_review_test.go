package portal

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestReq_AUTH12_reviewSheet(t *testing.T) {
	d := newDesk(t)
	b := d.in(who{profession: access.Clerk, roles: []access.Role{access.RoleManager}})
	got := b.get("/manage/users/review")
	got.want(t, http.StatusOK, "")
	body, bom := strings.CutPrefix(got.body, "\uFEFF")
	if !bom || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; filename=users-") {
		t.Errorf("byte order mark %v, header %v", bom, got.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 || rows[0][0] != page.TextOf("ja", page.Message{Key: "person.name"}) || rows[0][9] != "継続の要否" {
		t.Errorf("%d rows, head %v", len(rows), rows[0])
	}
	if !strings.Contains(body, ","+b.user.Login+",") {
		t.Errorf("the sheet lacks the manager's own account:\n%s", body)
	}
	if events := d.Events(audit.ActionUserReview); len(events) != 1 || events[0].User != b.user.ID {
		t.Errorf("audit rows %+v, want one", events)
	}
}

// The sheet as it stands, and what a spreadsheet would take for a formula.
func TestReviewRow(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 8, d, 3, 0, 0, 0, time.UTC) }
	text := func(key string) string { return page.TextOf("ja", page.Message{Key: fault.Key(key)}) }
	u := account.User{
		Login: "jiro", DisplayName: `=HYPERLINK("x")`, Profession: access.Nurse, Roles: []access.Role{access.RoleViewer, access.RoleManager},
		Equipped: true, CreatedAt: day(1), LastSignIn: day(20), Clearance: account.Clearance{TrainedOn: "2026-07-01", PledgeVersion: account.PledgePaper},
	}
	for name, tc := range map[string]struct {
		change func(*account.User)
		now    time.Time
		state  string
	}{
		"in use":    {func(*account.User) {}, day(21), "利用中"},
		"dormant":   {func(*account.User) {}, day(21).AddDate(0, 3, 0), "休眠"},
		"closed":    {func(u *account.User) { u.ClosedAt = day(22) }, day(23), "停止"},
		"untrained": {func(u *account.User) { u.TrainedOn = "" }, day(21), "準備中"},
		"no way in": {func(u *account.User) { u.Equipped = false }, day(21), "準備中"},
	} {
		t.Run(name, func(t *testing.T) {
			u := u
			tc.change(&u)
			want := []string{`'=HYPERLINK("x")`, "jiro", text("profession.nurse"), text("role.viewer") + " / " + text("role.manager"), tc.state, "2026-08-20", u.TrainedOn, "書面", "2026-08-01", ""}
			if diff := cmp.Diff(want, safeCells(reviewRow(text, u, tc.now))); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSafeCells(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "結 次郎": "結 次郎", "2026-08-01": "2026-08-01", "=1+1": "'=1+1", " =1": "' =1", "＝1": "'＝1", "－1": "'－1", "＠x": "'＠x", "\tx": "'\tx", "　+1": "'　+1",
	} {
		if got := safeCells([]string{in})[0]; got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
