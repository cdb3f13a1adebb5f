package manage_test

import (
	"context"
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
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/passkey/passkeydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
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
	return manage.NewUser{Login: login, DisplayName: "結 次郎", Kana: "ムスビ ジロウ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer, access.RoleLiaison}}
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
			Roles: []access.Role{access.RoleViewer, access.RoleLiaison}, MustChange: true, Language: "ja", CreatedBy: w.boss.User, CreatedAt: w.Now,
		}
		users, err := w.Users(t.Context(), w.boss)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(users, func(u account.User) bool { return u.ID == created.User.ID })
		if diff := cmp.Diff(want, users[i]); diff != "" {
			t.Errorf("Users (-want +got):\n%s", diff)
		}
		if !strings.Contains(created.TOTPURL, "secret="+created.TOTPSecret) || !strings.HasPrefix(created.TOTPURL, "otpauth://totp/Mizuhiki:jiro?") {
			t.Errorf("URL %q", created.TOTPURL)
		}

		dev, err := devicedb.Store{}.Device(t.Context(), w.DB.Reader(), w.boss.Device)
		if err != nil {
			t.Fatal(err)
		}
		token := w.signIn(dev.ID, "jiro", created)
		caller, err := w.signin.Resume(t.Context(), dev, token, false)
		if err != nil || !caller.MustChange {
			t.Fatalf("Resume: must change %v, %v", caller.MustChange, err)
		}
		if err := w.signin.ChangePassword(t.Context(), caller, created.Password, "w3tqa8r5"); err != nil {
			t.Fatal(err)
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

func (w *office) signIn(id ident.DeviceID, login string, c manage.Created) string {
	w.Helper()
	dev, err := devicedb.Store{}.Device(w.Context(), w.DB.Reader(), id)
	if err != nil {
		w.Fatal(err)
	}
	code, err := totp.GenerateCode(c.TOTPSecret, w.Now)
	if err != nil {
		w.Fatal(err)
	}
	token, err := w.signin.SignIn(w.Context(), dev, login, c.Password, code)
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

func TestResetCredentials(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		first, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		dev, err := devicedb.Store{}.Device(t.Context(), w.DB.Reader(), w.boss.Device)
		if err != nil {
			t.Fatal(err)
		}
		token := w.signIn(dev.ID, "jiro", first)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return passkeydb.Store{}.Add(ctx, tx, passkey.Passkey{ID: "k1", User: first.User.ID, CredentialID: []byte("c"), Name: "PC", CreatedAt: w.Now, CreatedDevice: dev.ID})
		})
		for range 5 {
			w.signin.SignIn(t.Context(), dev, "jiro", "wrong", "000000")
		}
		second, err := w.ResetCredentials(t.Context(), w.boss, first.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		if second.Password == first.Password || second.TOTPSecret == first.TOTPSecret || !second.User.MustChange {
			t.Errorf("after a reset: %+v", second)
		}
		_, err = w.signin.Resume(t.Context(), dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		if left, err := (passkeydb.Store{}).OfUser(t.Context(), w.DB.Reader(), first.User.ID); err != nil || len(left) != 0 {
			t.Errorf("%d passkeys are left, %v", len(left), err)
		}
		w.signIn(dev.ID, "jiro", second) // in the same step, and no longer locked
		_, err = w.signin.SignIn(t.Context(), dev, "jiro", first.Password, "000000")
		wantFault(t, err, fault.Denied, "signin.refused")
		_, err = w.ResetCredentials(t.Context(), w.boss, w.boss.User)
		wantFault(t, err, fault.Conflict, "user.self")
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
		_, errs["ResetCredentials"] = w.ResetCredentials(ctx, w.boss, id)
		_, errs["ResetCredentials of nobody"] = w.ResetCredentials(ctx, w.boss, "nobody")
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

// The one-time-code secret of a user opens in no other user's row.
func TestCreateUser_sealsForTheUser(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		created, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		sealed := w.user(created.User.ID).TOTPSecret
		if got, err := (labels{}).Open(sealed, signin.TOTPContext(created.User.ID)); err != nil || got != created.TOTPSecret {
			t.Errorf("Open = %q, %v", got, err)
		}
	})
}
