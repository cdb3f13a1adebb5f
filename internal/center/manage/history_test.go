package manage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
)

// Who granted what and who ended it stays visible, also after the account is closed.
func TestReq_AUTH12_grantsStayVisible(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		created, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		id, made := created.User.ID, w.Now
		w.Now = w.Now.Add(time.Minute)
		if err := w.SetRoles(t.Context(), w.boss, id, []access.Role{access.RoleLiaison}); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseUser(t.Context(), w.boss, id); err != nil {
			t.Fatal(err)
		}
		u, got, err := w.Grants(t.Context(), w.boss, id)
		if err != nil {
			t.Fatal(err)
		}
		boss := w.user(w.boss.User)
		liaison := account.Grant{Role: access.RoleLiaison, GrantedBy: boss.ID, GrantedByName: boss.DisplayName, GrantedAt: made}
		viewer := liaison
		viewer.Role, viewer.EndedBy, viewer.EndedByName, viewer.EndedAt = access.RoleViewer, boss.ID, boss.DisplayName, w.Now
		if diff := cmp.Diff([]account.Grant{liaison, viewer}, got); diff != "" {
			t.Errorf("grants (-want +got):\n%s", diff)
		}
		if u.Open() || u.PasswordHash != "" || u.TOTPSecret != "" {
			t.Error("the account is shown open, or with its secrets")
		}
	})
}
