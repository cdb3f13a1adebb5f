package manage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (w *office) user(id ident.UserID) account.User {
	w.Helper()
	u, err := accountdb.Store{}.User(w.Context(), w.DB.Reader(), id)
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func nurse(login string) manage.NewUser {
	return manage.NewUser{Login: login, DisplayName: "結 次郎", Kana: "ムスビ ジロウ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer, access.RoleLiaison}, Cleared: manage.Cleared{Trained: "R8.4.1", Paper: true}}
}

// The whole life of an account: made, signed in with, changed, closed.
func TestUser_life(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		created, err := w.CreateUser(t.Context(), w.boss, nurse(" Jiro "))
		if err != nil {
			t.Fatal(err)
		}
		want := account.User{
			ID: created.User.ID, Facility: flowtest.Hospital, Login: "jiro", DisplayName: "結 次郎", Kana: "ムスビ ジロウ", Profession: access.Nurse,
			Roles: []access.Role{access.RoleViewer, access.RoleLiaison}, Language: "ja", CreatedBy: w.boss.User, CreatedAt: w.Now,
			RoleSince: map[access.Role]time.Time{access.RoleViewer: w.Now, access.RoleLiaison: w.Now},
			Clearance: account.Clearance{TrainedOn: "2026-04-01", TrainedBy: w.boss.User, PledgeVersion: account.PledgePaper, PledgeBy: w.boss.User, PledgedAt: w.Now},
		}
		users, err := w.Users(t.Context(), w.boss)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(users, func(u account.User) bool { return u.ID == created.User.ID })
		if diff := cmp.Diff(want, users[i]); diff != "" {
			t.Errorf("Users (-want +got):\n%s", diff)
		}
		dev := w.device(w.boss.Device)
		token := w.comeIn(dev.ID, "jiro", created.Code)
		caller, err := w.signin.Resume(t.Context(), dev, token, false)
		if err != nil || !caller.Ready() {
			t.Fatalf("Resume: ready %v, %v", caller.Ready(), err)
		}
		if err := w.SetRoles(t.Context(), w.boss, created.User.ID, []access.Role{access.RoleViewer}); err != nil {
			t.Fatal(err)
		}
		if caller, err = w.signin.Resume(t.Context(), dev, token, false); err != nil || !slices.Equal(caller.Roles, []access.Role{access.RoleViewer}) {
			t.Errorf("on the next request roles %v, %v", caller.Roles, err)
		}
		if err := w.CloseUser(t.Context(), w.boss, created.User.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.signin.Resume(t.Context(), dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		_, err = w.CreateUser(t.Context(), w.boss, nurse("jiro")) // never given again
		wantFault(t, err, fault.Conflict, "user.login_taken")
		wantFault(t, w.SetRoles(t.Context(), w.boss, created.User.ID, []access.Role{access.RoleViewer}), fault.Conflict, "user.closed")
		wantFault(t, w.CloseUser(t.Context(), w.boss, created.User.ID), fault.Conflict, "user.closed")

		var got []audit.Action
		for _, e := range w.Events(audit.ActionUserCreate, audit.ActionUserChange, audit.ActionUserClose) {
			got = append(got, e.Action)
			if e.Detail["user"] != string(created.User.ID) {
				t.Errorf("row %s is of user %v", e.Action, e.Detail["user"])
			}
		}
		wantRows := []audit.Action{audit.ActionUserCreate, audit.ActionUserChange, audit.ActionUserChange, audit.ActionUserClose}
		if diff := cmp.Diff(wantRows, got); diff != "" {
			t.Errorf("audit rows (-want +got):\n%s", diff)
		}
	})
}

const ownPassword = "w3tqa8r5"

// comeIn goes the way of somebody with a setup code, to an own password.
func (w *office) comeIn(id ident.DeviceID, login, code string) (token string) {
	w.Helper()
	dev := w.device(id)
	token, err := w.signin.SignInSetup(w.Context(), dev, login, code)
	if err != nil {
		w.Fatalf("SignInSetup: %v", err)
	}
	c, err := w.signin.Resume(w.Context(), dev, token, false)
	if err != nil {
		w.Fatal(err)
	}
	first, err := w.signin.First(w.Context(), c)
	if err != nil {
		w.Fatal(err)
	}
	if token, err = w.signin.SetFirstPassword(w.Context(), c, ownPassword, totpOf(w.TB, first.TOTPSecret, w.Now)); err != nil {
		w.Fatalf("SetFirstPassword: %v", err)
	}
	return token
}

func totpOf(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (w *office) signIn(id ident.DeviceID, login, password, secret string) string {
	w.Helper()
	token, err := w.signin.SignIn(w.Context(), w.device(id), login, password, totpOf(w.TB, secret, w.Now))
	if err != nil {
		w.Fatalf("SignIn: %v", err)
	}
	return token
}

func TestCreateUser_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*manage.NewUser)
		kind   fault.Kind
		key    fault.Key
	}{
		"an odd login":                     {func(n *manage.NewUser) { n.Login = "二郎" }, fault.Invalid, "user.login_invalid"},
		"a login that is taken":            {func(n *manage.NewUser) { n.Login = "TAKEN" }, fault.Conflict, "user.login_taken"},
		"no name":                          {func(n *manage.NewUser) { n.DisplayName = "  " }, fault.Invalid, "user.name_missing"},
		"a name with a control character":  {func(n *manage.NewUser) { n.DisplayName = "a\x00b" }, fault.Invalid, "user.name_missing"},
		"a name without end":               {func(n *manage.NewUser) { n.DisplayName = strings.Repeat("結", 61) }, fault.Invalid, "user.name_missing"},
		"no profession":                    {func(n *manage.NewUser) { n.Profession = "" }, fault.Invalid, "user.profession_missing"},
		"an unknown profession":            {func(n *manage.NewUser) { n.Profession = "wizard" }, fault.Invalid, "user.profession_missing"},
		"no role":                          {func(n *manage.NewUser) { n.Roles = nil }, fault.Invalid, "user.roles_missing"},
		"an unknown role":                  {func(n *manage.NewUser) { n.Roles = []access.Role{"god"} }, fault.Invalid, "user.role_unknown"},
		"a clerk who would read records":   {func(n *manage.NewUser) { n.Profession = access.Clerk }, fault.Invalid, "user.viewer_not_clinical"},
		"an operator":                      {func(n *manage.NewUser) { n.Roles = []access.Role{access.RoleOperator} }, fault.Denied, "user.operator_role"},
		"an operator beside another thing": {func(n *manage.NewUser) { n.Roles = append(n.Roles, access.RoleOperator) }, fault.Denied, "user.operator_role"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				if _, err := w.CreateUser(t.Context(), w.boss, nurse("taken")); err != nil {
					t.Fatal(err)
				}
				before := len(w.Events())
				n := nurse("jiro")
				tc.change(&n)
				created, err := w.CreateUser(t.Context(), w.boss, n)
				wantFault(t, err, tc.kind, tc.key)
				if diff := cmp.Diff(manage.Created{}, created); diff != "" {
					t.Errorf("a refusal gave credentials:\n%s", diff)
				}
				if got := len(w.Events()); got != before {
					t.Errorf("%d audit rows came of it", got-before)
				}
			})
		})
	}
}

func TestSetRoles_refuses(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		clerk := w.Caller(flowtest.Hospital, access.Clerk, access.RoleLiaison).User
		operator := w.Caller(flowtest.Hospital, access.Clerk, access.RoleOperator).User
		set := func(id ident.UserID, roles ...access.Role) error { return w.SetRoles(t.Context(), w.boss, id, roles) }
		wantFault(t, set(clerk, access.RoleViewer), fault.Invalid, "user.viewer_not_clinical")
		wantFault(t, set(clerk, access.RoleOperator), fault.Denied, "user.operator_role")
		wantFault(t, set(clerk), fault.Invalid, "user.roles_missing")
		wantFault(t, set(operator, access.RoleLiaison), fault.Denied, "user.operator_role")
		wantFault(t, w.CloseUser(t.Context(), w.boss, operator), fault.Denied, "user.operator_role")
		wantFault(t, set(w.boss.User, access.RoleLiaison), fault.Conflict, "user.last_manager")
		if got := w.user(clerk).Roles; !slices.Equal(got, []access.Role{access.RoleLiaison}) {
			t.Errorf("roles after the refusals %v", got)
		}
		if err := set(clerk, access.RoleLiaison, access.RoleManager, access.RoleLiaison); err != nil {
			t.Fatal(err)
		}
		if err := set(w.boss.User, access.RoleLiaison); err != nil {
			t.Errorf("with a second manager: %v", err)
		}
	})
}

// A closed manager does not count as one.
func TestSetRoles_closedManagersDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		second := w.Caller(flowtest.Hospital, access.Nurse, access.RoleManager)
		wantFault(t, w.CloseUser(t.Context(), w.boss, w.boss.User), fault.Conflict, "user.self")
		if err := w.CloseUser(t.Context(), w.boss, second.User); err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.SetRoles(t.Context(), w.boss, w.boss.User, []access.Role{access.RoleLiaison}), fault.Conflict, "user.last_manager")
	})
}

// What outlasts a session needs a fresh proof of who the manager is; reading does not.
func TestReq_AUTH10_managersProveWhoTheyAre(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		created, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		id, ctx := created.User.ID, t.Context()
		before := w.user(id)
		w.World.Now = w.Now.Add(signin.FreshFor + time.Second)
		errs := map[string]error{}
		_, errs["CreateUser"] = w.CreateUser(ctx, w.boss, nurse("saburo"))
		errs["SetRoles"] = w.SetRoles(ctx, w.boss, id, []access.Role{access.RoleLiaison})
		errs["CloseUser"] = w.CloseUser(ctx, w.boss, id)
		errs["Unlock"] = w.Unlock(ctx, w.boss, id)
		_, errs["SetupCode"] = w.SetupCode(ctx, w.boss, id)
		errs["AskRecovery"] = w.AskRecovery(ctx, w.boss, id, account.RecoveryLost)
		errs["AskRecovery of nobody"] = w.AskRecovery(ctx, w.boss, "nobody", account.RecoveryLost)
		_, errs["ApproveRecovery"] = w.ApproveRecovery(ctx, w.boss, "nothing")
		errs["WithdrawRecovery"] = w.WithdrawRecovery(ctx, w.boss, "nothing")
		_, errs["ProposeRelease"] = w.ProposeRelease(ctx, w.boss, 0, access.Matrix{})
		for name, err := range errs {
			if key, _, _ := fault.Message(err); key != signin.KeyStepUp {
				t.Errorf("%s without a fresh proof: %v", name, err)
			}
		}
		if diff := cmp.Diff(before, w.user(id)); diff != "" {
			t.Errorf("the account changed:\n%s", diff)
		}
		if _, err := w.Users(ctx, w.boss); err != nil {
			t.Errorf("Users: %v", err)
		}
	})
}
