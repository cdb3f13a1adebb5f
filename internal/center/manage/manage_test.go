package manage_test

import (
	"context"
	"errors"
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
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// labels seals by a label: enough to see that the context is the user's.
type labels struct{}

func (labels) Seal(secret, context string) (string, error) { return context + "|" + secret, nil }

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", errors.New("sealed in another context")
	}
	return secret, nil
}

// gateways answers proposals as one gateway would, taking them in at once.
type gateways struct {
	*flowtest.Gateways
	proposed []wire.Proposal
}

func (g *gateways) Propose(ctx context.Context, f ident.FacilityID, p wire.Proposal) (wire.ReleaseState, error) {
	state, err := g.Release(ctx, f)
	if err != nil {
		return state, err
	}
	if p.BaseVersion != state.Version {
		return state, fault.WithKey(fault.Conflict, "release.stale", nil)
	}
	g.proposed = append(g.proposed, p)
	state = wire.ReleaseState{Version: p.BaseVersion + 1, Matrix: p.Matrix}
	g.With(f, func(gw *flowtest.Gateway) { gw.State = state })
	return state, nil
}

type office struct {
	*flowtest.World
	*manage.Service
	gateways *gateways
	signin   *signin.Service
	boss     signin.Caller // manager of the hospital, which discloses
}

func newOffice(t *testing.T, d *db.DB) *office {
	w := &office{World: flowtest.New(t, d)}
	w.gateways = &gateways{Gateways: w.World.Gateways}
	hasher := signin.NewHasher(signin.Params{MemoryKiB: 8, Passes: 1, Threads: 1})
	w.Service = manage.New(manage.Config{DB: w.DB, Log: w.Audit, Seal: labels{}, Hasher: hasher, Gateways: w.gateways, Clock: w.World.Clock})
	w.signin = signin.New(signin.Config{DB: w.DB, Log: w.Audit, Seal: labels{}, Hasher: hasher, Clock: w.World.Clock})
	w.boss = w.Caller(flowtest.Hospital, access.Clerk, access.RoleManager)
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *office)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) { fn(t, newOffice(t, d)) })
}

func wantFault(t *testing.T, err error, kind fault.Kind, key fault.Key) {
	t.Helper()
	got, _, _ := fault.Message(err)
	if !fault.Is(err, kind) || got != key {
		t.Errorf("error %v of kind %q, key %q, want %q, %q", err, fault.KindOf(err), got, kind, key)
	}
}

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
		w.signIn(dev.ID, "jiro", second) // in the same step, and no longer locked
		_, err = w.signin.SignIn(t.Context(), dev, "jiro", first.Password, "000000")
		wantFault(t, err, fault.Denied, "signin.refused")
		_, err = w.ResetCredentials(t.Context(), w.boss, w.boss.User)
		wantFault(t, err, fault.Conflict, "user.self")
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

// An id of another facility, or of nobody, is not found and leaves a row; nothing changes.
func TestForeignUser(t *testing.T) {
	for name, do := range map[string]func(w *office, id ident.UserID) error{
		"SetRoles": func(w *office, id ident.UserID) error {
			return w.SetRoles(w.Context(), w.boss, id, []access.Role{access.RoleLiaison})
		},
		"CloseUser": func(w *office, id ident.UserID) error { return w.CloseUser(w.Context(), w.boss, id) },
		"ResetCredentials": func(w *office, id ident.UserID) error {
			_, err := w.ResetCredentials(w.Context(), w.boss, id)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				stranger := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer).User
				before := w.user(stranger)
				wantFault(t, do(w, stranger), fault.NotFound, "")
				wantFault(t, do(w, "nobody"), fault.NotFound, "")
				if diff := cmp.Diff(before, w.user(stranger)); diff != "" {
					t.Errorf("the stranger changed:\n%s", diff)
				}
				rows := w.Events()
				if len(rows) != 2 {
					t.Fatalf("%d audit rows, want 2", len(rows))
				}
				for i, owner := range []ident.FacilityID{flowtest.Clinic, ""} {
					if e := rows[i]; e.Action != audit.ActionProbe || e.Outcome != audit.Denied || e.User != w.boss.User || e.Owner != owner {
						t.Errorf("row %d: %+v", i, e)
					}
				}
			})
		})
	}
}

// Whoever is no manager gets nothing, not even a difference between ids.
func TestEverythingNeedsTheManagersRole(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		for _, roles := range [][]access.Role{nil, {access.RoleViewer, access.RoleLiaison}, {access.RoleOperator}} {
			c := w.Caller(flowtest.Hospital, access.Physician, roles...)
			ctx := t.Context()
			errs := map[string]error{}
			_, errs["Users"] = w.Users(ctx, c)
			_, errs["CreateUser"] = w.CreateUser(ctx, c, nurse("jiro"))
			errs["SetRoles"] = w.SetRoles(ctx, c, w.boss.User, []access.Role{access.RoleLiaison})
			errs["CloseUser"] = w.CloseUser(ctx, c, w.boss.User)
			_, errs["ResetCredentials"] = w.ResetCredentials(ctx, c, w.boss.User)
			_, errs["Release"] = w.Service.Release(ctx, c)
			_, errs["ReleaseCopy"] = w.ReleaseCopy(ctx, c)
			_, errs["ProposeRelease"] = w.ProposeRelease(ctx, c, 0, access.Matrix{})
			_, _, errs["AccessLog"] = w.AccessLog(ctx, c, manage.LogFilter{})
			_, errs["Devices"] = w.Devices(ctx, c)
			for name, err := range errs {
				if !fault.Is(err, fault.Denied) {
					t.Errorf("%s with roles %v: %v", name, roles, err)
				}
			}
		}
	})
}

func TestProbe(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		c := w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
		if err := w.Probe(t.Context(), c, "item"); err != nil {
			t.Fatal(err)
		}
		if rows := w.Events(audit.ActionProbe); len(rows) != 1 || rows[0].User != c.User || rows[0].Detail["what"] != "item" {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestRelease(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		w.gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) {
			g.State = wire.ReleaseState{Version: 7, Matrix: flowtest.Everything()}
		})
		state, err := w.Service.Release(t.Context(), w.boss)
		if err != nil || state.Version != 7 {
			t.Fatalf("Release = %d, %v", state.Version, err)
		}
		next := state.Matrix.Clone()
		next.Set(clinical.KindLab, access.AudienceNurse, access.Cell{})
		if _, err = w.ProposeRelease(t.Context(), w.boss, 7, next); err != nil {
			t.Fatal(err)
		}
		if by := w.gateways.proposed[0].By; !strings.Contains(by, string(w.boss.User)) {
			t.Errorf("proposed by %q", by)
		}
		known, err := releasedb.Store{}.Copy(t.Context(), w.DB.Reader(), flowtest.Hospital)
		if err != nil || known.Version != 8 || known.Matrix.Cell(clinical.KindLab, access.AudienceNurse).Allowed {
			t.Errorf("the copy is at %d, %v: what was narrowed is still shown", known.Version, err)
		}
		_, err = w.ProposeRelease(t.Context(), w.boss, 7, next)
		wantFault(t, err, fault.Conflict, "release.stale")
		w.gateways.With(flowtest.Hospital, func(g *flowtest.Gateway) { g.Online = false })
		_, err = w.ProposeRelease(t.Context(), w.boss, 8, next)
		wantFault(t, err, fault.Unavailable, "gateway.silent")
		if silent, err := w.ReleaseCopy(t.Context(), w.boss); err != nil || silent.Version != 8 {
			t.Errorf("ReleaseCopy = %d, %v", silent.Version, err)
		}
		bad := access.Matrix{"gossip": {access.AudienceOwn: {Allowed: true}}}
		_, err = w.ProposeRelease(t.Context(), w.boss, 8, bad)
		wantFault(t, err, fault.Invalid, "")

		var got []audit.Outcome
		for _, e := range w.Events(audit.ActionRelease) {
			got = append(got, e.Outcome)
			if e.Owner != flowtest.Hospital || e.Decision == "" {
				t.Errorf("row %+v", e)
			}
		}
		want := []audit.Outcome{audit.Allowed, audit.Done, audit.Allowed, audit.Failed, audit.Allowed, audit.Failed}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("audit rows (-want +got):\n%s", diff)
		}
	})
}

func TestRelease_ofAFacilityThatDisclosesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		c := w.Caller(flowtest.Clinic, access.Clerk, access.RoleManager)
		_, err := w.Service.Release(t.Context(), c)
		wantFault(t, err, fault.NotFound, "release.no_gateway")
		_, err = w.ProposeRelease(t.Context(), c, 0, access.Matrix{})
		wantFault(t, err, fault.NotFound, "release.no_gateway")
	})
}

func TestDevices(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		w.Caller(flowtest.Clinic, access.Nurse, access.RoleViewer)
		got, err := w.Devices(t.Context(), w.boss)
		if err != nil || len(got) != 1 || got[0].ID != w.boss.Device {
			t.Errorf("Devices = %+v, %v", got, err)
		}
	})
}

func TestSetup_User(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		setup := manage.Setup{Log: w.Audit, Seal: labels{}, Hasher: signin.NewHasher(signin.Params{MemoryKiB: 8, Passes: 1, Threads: 1}), By: "root"}
		user := func(n manage.NewUser, given manage.Credentials) (c manage.Created, err error) {
			err = w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				c, err = setup.User(ctx, tx, w.Now, flowtest.Hospital, n, given)
				return err
			})
			return c, err
		}
		operator := nurse("operator")
		operator.Roles = []access.Role{access.RoleManager, access.RoleOperator}
		const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
		c, err := user(operator, manage.Credentials{Password: "w3tqa8r5", TOTPSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
		if c.Password != "w3tqa8r5" || c.TOTPSecret != secret || !strings.Contains(c.TOTPURL, "secret="+secret) || c.User.MustChange {
			t.Errorf("Setup.User = %+v", c)
		}
		w.signIn(w.boss.Device, "operator", c)
		if made, err := user(nurse("saburo"), manage.Credentials{}); err != nil || !made.User.MustChange || account.CheckPassword(made.Password, made.User) != nil {
			t.Errorf("Setup.User = %+v, %v", made, err)
		}
		_, err = user(nurse("shiro"), manage.Credentials{Password: "password1"})
		wantFault(t, err, fault.Invalid, "password.common")
		if rows := w.Events(audit.ActionUserCreate); len(rows) != 2 || rows[0].UserName != "root" || rows[0].Owner != flowtest.Hospital {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// The log: what the own staff did and what anybody did with the own content, and
// nothing else.
func TestAccessLog(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		linked, unknown := w.Person("水引 一郎", "ミズヒキ イチロウ"), w.Person("結 三郎", "ムスビ サブロウ")
		w.Link(linked.ID, flowtest.Hospital, "0001")
		w.Link(unknown.ID, flowtest.Clinic, "0002")
		left := w.Person("元 患者", "モト カンジャ")
		old := w.Link(left.ID, flowtest.Hospital, "0003")
		w.Exec(`UPDATE person_link SET ended_at = 1, state = 'ended' WHERE id = $1`, old.ID)
		doctor := w.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
		doctor.DisplayName = "診療所の 医師"
		e := func(c signin.Caller, a audit.Action, owner ident.FacilityID, p ident.PersonID) audit.Event {
			return audit.Event{Action: a, Outcome: audit.Allowed, Owner: owner, Person: p, Detail: map[string]any{"kinds": []string{"allergy", "lab", "nonsense"}}}.By(c.Viewer)
		}
		for i, ev := range []audit.Event{
			e(w.boss, audit.ActionOpenPatient, "", linked.ID),                  // own staff
			e(doctor, audit.ActionDecide, flowtest.Hospital, linked.ID),        // own content, another's staff
			e(doctor, audit.ActionDecide, flowtest.Hospital2, linked.ID),       // neither
			e(w.boss, audit.ActionDecide, flowtest.Hospital, linked.ID),        // both: once
			e(w.boss, audit.ActionDecide, flowtest.Hospital2, unknown.ID),      // own staff, a person who is not linked here
			e(doctor, audit.ActionOpenPatient, "", unknown.ID),                 // neither
			e(doctor, audit.ActionDecide, flowtest.Hospital, left.ID),          // a person whose link has ended
			{Action: audit.ActionSetup, Outcome: audit.Done, UserName: "root"}, // nobody's
		} {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.Audit.Append(ctx, tx, w.Now.Add(time.Duration(i/2)*time.Hour), ev) // two rows at one instant
				return err
			})
		}
		type row struct{ User, Facility, Owner, Person, Device string }
		read := func(f manage.LogFilter) (out []row, next string) {
			t.Helper()
			rows, next, err := w.AccessLog(t.Context(), w.boss, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Action != audit.ActionLogRead {
					out = append(out, row{r.UserName, r.FacilityName, r.OwnerName, r.PersonName, r.DeviceName})
				}
			}
			return out, next
		}
		all := []row{ // newest first
			{"診療所の 医師", "水引診療所", "水引総合病院", "", ""},
			{"水引 花子", "水引総合病院", "結び中央病院", "", "PC"},
			{"水引 花子", "水引総合病院", "水引総合病院", "水引 一郎", "PC"},
			{"診療所の 医師", "水引診療所", "水引総合病院", "水引 一郎", ""},
			{"水引 花子", "水引総合病院", "", "水引 一郎", "PC"},
		}
		// Reading is filed at w.Now, the newest end but for what comes at +1h and later; the
		// filter To keeps those rows out of the way where the count matters.
		for name, tc := range map[string]struct {
			f    manage.LogFilter
			want []row
		}{
			"everything":              {manage.LogFilter{}, all},
			"from an hour":            {manage.LogFilter{From: w.Now.Add(time.Hour)}, all[:3]},
			"up to before an hour":    {manage.LogFilter{To: w.Now.Add(time.Hour)}, all[3:]},
			"a user of another":       {manage.LogFilter{User: doctor.User}, []row{all[0], all[3]}},
			"a person":                {manage.LogFilter{Person: linked.ID}, all[2:]},
			"part of a user's name":   {manage.LogFilter{Text: "医師"}, []row{all[0], all[3]}},
			"part of a person's name": {manage.LogFilter{Text: "一郎"}, all[2:]},
			"a person's kana":         {manage.LogFilter{Text: "イチロウ"}, all[2:]},
			"a person not linked":     {manage.LogFilter{Text: "三郎"}, nil},
			"no wildcard":             {manage.LogFilter{Text: "%"}, nil},
			"nobody":                  {manage.LogFilter{User: "nobody"}, nil},
		} {
			got, _ := read(tc.f)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		var paged []row
		before := ""
		for pages := 0; ; pages++ {
			got, next := read(manage.LogFilter{From: w.Now.Add(time.Microsecond), Limit: 1, Before: before})
			paged = append(paged, got...)
			if before = next; next == "" || pages > 5 {
				break
			}
		}
		if diff := cmp.Diff(all[:3], paged); diff != "" {
			t.Errorf("page by page (-want +got):\n%s", diff)
		}
		rows, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{Person: linked.ID, Limit: 1})
		var want []clinical.Kind // in their own order, unknown ones left out
		for _, k := range clinical.Kinds() {
			if k == clinical.KindLab || k == clinical.KindAllergy {
				want = append(want, k)
			}
		}
		if err != nil || !slices.Equal(rows[0].Kinds, want) {
			t.Errorf("kinds %v, %v", rows[0].Kinds, err)
		}
		for _, bad := range []string{"x", "1_2", "a_b_c"} {
			_, _, err = w.AccessLog(t.Context(), w.boss, manage.LogFilter{Before: bad})
			wantFault(t, err, fault.Invalid, "")
		}
	})
}

// Whoever reads the log is in it, with by what was searched and not for what.
func TestAccessLog_isFiled(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		if _, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{Text: "花子"}); err != nil {
			t.Fatal(err)
		}
		rows := w.Events(audit.ActionLogRead)
		want := map[string]any{"by": []any{"text"}, "rows": 0.0}
		if len(rows) != 1 || !cmp.Equal(want, rows[0].Detail) || rows[0].User != w.boss.User {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// Rows of several replicas come in one order, and none is lost between pages.
func TestAccessLog_ofSeveralReplicas(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		other := w.Audit
		other.Replica = "r2"
		for i := range 12 {
			log := w.Audit
			if i%3 == 0 {
				log = other
			}
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				_, err := log.Append(ctx, tx, w.Now.Add(-time.Hour).Add(time.Duration(i/4)*time.Second), audit.Event{Action: audit.ActionOpenPatient, Outcome: audit.Allowed}.By(w.boss.Viewer))
				return err
			})
		}
		seen := map[ident.EventID]bool{}
		before := ""
		last := w.Now
		for range 20 {
			rows, next, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{To: w.Now, Limit: 5, Before: before})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if seen[r.ID] || r.At.After(last) {
					t.Errorf("row %s comes twice or out of order", r.ID)
				}
				seen[r.ID], last = true, r.At
			}
			if before = next; next == "" {
				break
			}
		}
		if len(seen) != 12 {
			t.Errorf("%d rows, want 12", len(seen))
		}
	})
}
