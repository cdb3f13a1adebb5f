package manage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/passkey/passkeydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// fresh gives the caller as they are after a proof just now.
func (w *office) fresh(c signin.Caller) signin.Caller {
	c.VerifiedAt = w.Now
	return c
}

// veteran signs somebody in who has held their roles for long enough to approve.
func (w *office) veteran(f ident.FacilityID, p access.Profession, roles ...access.Role) signin.Caller {
	w.Helper()
	c := w.Caller(f, p, roles...)
	w.Exec(`UPDATE user_role SET granted_at = granted_at - $1 WHERE user_id = $2`, account.RecoveryTenure.Microseconds(), c.User)
	return c
}

// working makes an account whose person has come in and gives it with their session.
func (w *office) working(login string) (account.User, string) {
	w.Helper()
	created, err := w.CreateUser(w.Context(), w.fresh(w.boss), nurse(login))
	if err != nil {
		w.Fatal(err)
	}
	return created.User, w.comeIn(w.boss.Device, login, created.Code)
}

// asked has the manager ask for the recovery of an account.
func (w *office) asked(id ident.UserID) ident.RecoveryID {
	w.Helper()
	if err := w.AskRecovery(w.Context(), w.fresh(w.boss), id, account.RecoveryLost); err != nil {
		w.Fatal(err)
	}
	list, err := w.Recoveries(w.Context(), w.boss)
	if err != nil || len(list) == 0 {
		w.Fatalf("Recoveries: %d, %v", len(list), err)
	}
	return list[len(list)-1].ID
}

// What was lost stops working at the moment of the second person's approval, not before,
// and the person comes in by the code that the approver hands over.
func TestReq_AUTH09_twoPeopleRecoverAnAccount(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		second := w.veteran(flowtest.Hospital, access.Nurse, access.RoleManager)
		jiro, token := w.working("jiro")
		dev := w.device(w.boss.Device)
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return passkeydb.Store{}.Add(ctx, tx, passkey.Passkey{ID: "k1", User: jiro.ID, CredentialID: []byte("c"), Name: "PC", CreatedAt: w.Now, CreatedDevice: dev.ID})
		})
		for range 5 {
			w.signin.SignIn(t.Context(), dev, "jiro", "wrong", "000000")
		}
		before := w.user(jiro.ID)
		id := w.asked(jiro.ID)
		if diff := cmp.Diff(before, w.user(jiro.ID)); diff != "" {
			t.Errorf("the account changed before anybody approved:\n%s", diff)
		}
		if _, err := w.signin.Resume(t.Context(), dev, token, false); err != nil {
			t.Errorf("the session before the approval: %v", err)
		}
		list, err := w.Recoveries(t.Context(), second)
		want := []account.Recovery{{
			ID: id, User: jiro.ID, UserName: jiro.DisplayName, Reason: account.RecoveryLost, AskedBy: w.boss.User, AskedByName: "水引 花子",
			AskedAt: w.Now, ExpiresAt: w.Now.Add(24 * time.Hour),
		}}
		if diff := cmp.Diff(want, list); err != nil || diff != "" {
			t.Errorf("Recoveries, %v (-want +got):\n%s", err, diff)
		}

		created, err := w.ApproveRecovery(t.Context(), second, id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.signin.Resume(t.Context(), dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		if left, err := (passkeydb.Store{}).OfUser(t.Context(), w.DB.Reader(), jiro.ID); err != nil || len(left) != 0 {
			t.Errorf("%d passkeys are left, %v", len(left), err)
		}
		if u := w.user(jiro.ID); u.PasswordHash != "" || u.TOTPSecret != "" || u.Equipped {
			t.Errorf("after the approval: %+v", u)
		}
		if list, err := w.Recoveries(t.Context(), second); err != nil || len(list) != 0 {
			t.Errorf("%d still wait, %v", len(list), err)
		}
		_, err = w.signin.SignIn(t.Context(), dev, "jiro", ownPassword, "000000")
		wantFault(t, err, fault.Denied, "signin.refused") // and not locked any more

		// The password that was lost does not come back by this way.
		setup, err := w.signin.SignInSetup(t.Context(), dev, "jiro", created.Code)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.signin.Resume(t.Context(), dev, setup, false)
		if err != nil {
			t.Fatal(err)
		}
		first, err := w.signin.First(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.signin.SetFirstPassword(t.Context(), c, ownPassword, totpOf(t, first.TOTPSecret, w.Now))
		wantFault(t, err, fault.Invalid, "password.reused")
		if _, err := w.signin.SetFirstPassword(t.Context(), c, "k4ns9wq2", totpOf(t, first.TOTPSecret, w.Now)); err != nil {
			t.Fatal(err)
		}

		type row struct {
			Action  audit.Action
			By      ident.UserID
			User    any
			AskedBy any
		}
		var got []row
		for _, e := range w.Events(audit.ActionRecoveryAsk, audit.ActionRecoveryGive) {
			got = append(got, row{e.Action, e.User, e.Detail["user"], e.Detail["asked_by"]})
		}
		wantRows := []row{
			{audit.ActionRecoveryAsk, w.boss.User, string(jiro.ID), nil},
			{audit.ActionRecoveryGive, second.User, string(jiro.ID), string(w.boss.User)},
		}
		if diff := cmp.Diff(wantRows, got); diff != "" {
			t.Errorf("audit rows (-want +got):\n%s", diff)
		}
	})
}

// Attacks on an approval: all are refused with a text, change nothing and, where the
// request is the facility's own, leave a row.
func TestReq_AUTH09_approvalRefused(t *testing.T) {
	type attack struct {
		do    func(w *office, second signin.Caller, id ident.RecoveryID, target ident.UserID) error
		kind  fault.Kind
		key   fault.Key
		filed bool // as a refused approval
	}
	approve := func(w *office, c signin.Caller, id ident.RecoveryID) error {
		created, err := w.ApproveRecovery(w.Context(), c, id)
		if err != nil && created.Code != "" {
			w.Error("a refusal gave a code")
		}
		return err
	}
	for name, tc := range map[string]attack{
		"by whoever asked": {func(w *office, _ signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			return approve(w, w.boss, id)
		}, fault.Conflict, "recovery.same_person", true},
		"by the person concerned": {func(w *office, second signin.Caller, id ident.RecoveryID, target ident.UserID) error {
			if err := w.SetRoles(w.Context(), w.boss, target, []access.Role{access.RoleManager}); err != nil {
				return err
			}
			second.User = target // who is a manager from now on
			return approve(w, second, id)
		}, fault.Conflict, "recovery.own", true},
		"without a fresh proof": {func(w *office, second signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			w.Now = w.Now.Add(signin.FreshFor + time.Second)
			return approve(w, second, id)
		}, fault.Denied, signin.KeyStepUp, false},
		"by a manager of another facility": {func(w *office, _ signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			return approve(w, w.veteran(flowtest.Clinic, access.Clerk, access.RoleManager), id)
		}, fault.NotFound, "", false},
		"by a clerk": {func(w *office, _ signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			return approve(w, w.veteran(flowtest.Hospital, access.Clerk, access.RoleLiaison), id)
		}, fault.Denied, "", false},
		"by a manager whom the asker has made up": {func(w *office, _ signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			n := nurse("dare")
			n.Roles = []access.Role{access.RoleManager}
			created, err := w.CreateUser(w.Context(), w.boss, n)
			if err != nil {
				return err
			}
			c, err := w.signin.Resume(w.Context(), w.device(w.boss.Device), w.comeIn(w.boss.Device, "dare", created.Code), false)
			if err != nil {
				return err
			}
			return approve(w, c, id)
		}, fault.Conflict, "recovery.too_new", true},
		"by a manager whose role was taken a moment ago": {func(w *office, second signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			if err := w.SetRoles(w.Context(), w.boss, second.User, []access.Role{access.RoleLiaison}); err != nil {
				return err
			}
			return approve(w, second, id)
		}, fault.Conflict, "recovery.by_other", true},
		"after a day": {func(w *office, second signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			w.Now = w.Now.Add(account.RecoveryLife)
			return approve(w, w.fresh(second), id)
		}, fault.Conflict, "recovery.over", true},
		"after it was withdrawn": {func(w *office, second signin.Caller, id ident.RecoveryID, _ ident.UserID) error {
			if err := w.WithdrawRecovery(w.Context(), w.boss, id); err != nil {
				return err
			}
			return approve(w, second, id)
		}, fault.Conflict, "recovery.over", true},
		"of a closed account": {func(w *office, second signin.Caller, id ident.RecoveryID, target ident.UserID) error {
			if err := w.CloseUser(w.Context(), w.boss, target); err != nil {
				return err
			}
			return approve(w, second, id)
		}, fault.Conflict, "user.closed", true},
		"of nothing": {func(w *office, second signin.Caller, _ ident.RecoveryID, _ ident.UserID) error {
			return approve(w, second, "nothing")
		}, fault.NotFound, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *office) {
				second := w.veteran(flowtest.Hospital, access.Nurse, access.RoleManager)
				jiro, _ := w.working("jiro")
				id := w.asked(jiro.ID)
				before := w.user(jiro.ID)
				wantFault(t, tc.do(w, second, id, jiro.ID), tc.kind, tc.key)
				if diff := cmp.Diff(before, w.user(jiro.ID), cmpopts.IgnoreFields(account.User{}, "Roles", "RoleSince", "ClosedAt")); diff != "" {
					t.Errorf("the account changed:\n%s", diff)
				}
				rows := w.Events(audit.ActionRecoveryGive)
				if filed := len(rows) == 1 && rows[0].Outcome == audit.Denied && rows[0].Detail["reason"] == string(tc.key); filed != tc.filed {
					t.Errorf("audit rows %+v, want a refusal %v", rows, tc.filed)
				}
			})
		})
	}
}

func TestReq_AUTH09_askingRefused(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		jiro, _ := w.working("jiro")
		operator := w.veteran(flowtest.Hospital, access.Clerk, access.RoleOperator).User
		made, err := w.CreateUser(t.Context(), w.boss, nurse("saburo"))
		if err != nil {
			t.Fatal(err)
		}
		ask := func(id ident.UserID) error { return w.AskRecovery(t.Context(), w.boss, id, account.RecoveryLost) }
		wantFault(t, w.AskRecovery(t.Context(), w.boss, jiro.ID, "because"), fault.Invalid, "recovery.reason")
		wantFault(t, ask(w.boss.User), fault.Conflict, "user.self")
		wantFault(t, ask(operator), fault.Denied, "user.operator_role")
		wantFault(t, ask(made.User.ID), fault.Conflict, "recovery.unequipped")
		if err := ask(jiro.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, ask(jiro.ID), fault.Conflict, "recovery.pending")

		// One that ran out stands in nobody's way, and stays in the table.
		w.Now = w.Now.Add(account.RecoveryLife)
		if list, err := w.Recoveries(t.Context(), w.boss); err != nil || len(list) != 0 {
			t.Errorf("%d wait after a day, %v", len(list), err)
		}
		w.asked(jiro.ID)
		w.Now = w.Now.Add(account.DormantAfter)
		wantFault(t, w.AskRecovery(t.Context(), w.fresh(w.boss), jiro.ID, account.RecoveryLost), fault.Conflict, "user.dormant")
		if err := w.CloseUser(t.Context(), w.fresh(w.boss), jiro.ID); err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.AskRecovery(t.Context(), w.fresh(w.boss), jiro.ID, account.RecoveryLost), fault.Conflict, "user.closed")
	})
}

// Of two who approve at the same time one gives a code.
func TestReq_AUTH09_approvedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		jiro, _ := w.working("jiro")
		id := w.asked(jiro.ID)
		codes := make(chan string, 2)
		for range 2 {
			second := w.veteran(flowtest.Hospital, access.Nurse, access.RoleManager)
			go func() {
				created, _ := w.ApproveRecovery(w.Context(), second, id)
				codes <- created.Code
			}()
		}
		if a, b := <-codes, <-codes; (a == "") == (b == "") {
			t.Errorf("codes %q and %q, want one", a, b)
		}
	})
}

// A code that ran out is replaced by whoever manages, until the account has a credential.
func TestReq_AUTH08_anotherCode(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		made, err := w.CreateUser(t.Context(), w.boss, nurse("jiro"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.SetupCode(t.Context(), w.boss, made.User.ID)
		if err != nil || again.Code == made.Code || !again.Until.Equal(w.Now.Add(10*time.Minute)) {
			t.Fatalf("SetupCode = %+v, %v", again, err)
		}
		dev := w.device(w.boss.Device)
		_, err = w.signin.SignInSetup(t.Context(), dev, "jiro", made.Code) // the one before
		wantFault(t, err, fault.Denied, "signin.refused")
		token, err := w.signin.SignInSetup(t.Context(), dev, "jiro", again.Code)
		if err != nil {
			t.Fatal(err)
		}
		third, err := w.SetupCode(t.Context(), w.boss, made.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.signin.Resume(t.Context(), dev, token, false) // whoever came by the code before begins anew
		wantFault(t, err, fault.Denied, "session.ended")
		w.comeIn(dev.ID, "jiro", third.Code)
		_, err = w.SetupCode(t.Context(), w.boss, made.User.ID)
		wantFault(t, err, fault.Conflict, "user.equipped")
		if rows := w.Events(audit.ActionSetupCode); len(rows) != 2 || rows[0].User != w.boss.User || rows[0].Detail["user"] != string(made.User.ID) {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

// An operator stands in where a facility has no second manager, and nowhere else.
func TestReq_AUTH09_operatorStandsIn(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		operator := w.veteran(flowtest.Clinic, access.Clerk, access.RoleOperator)
		other := w.veteran(flowtest.Clinic, access.Clerk, access.RoleOperator)
		jiro, token := w.working("jiro")
		id := w.asked(jiro.ID)

		for name, c := range map[string]signin.Caller{
			"a manager": w.veteran(flowtest.Clinic, access.Clerk, access.RoleManager),
			"a viewer":  w.veteran(flowtest.Clinic, access.Nurse, access.RoleViewer),
		} {
			_, err := w.ApproveNetworkRecovery(t.Context(), c, id)
			wantFault(t, err, fault.Denied, "")
			wantFault(t, w.AskNetworkRecovery(t.Context(), c, "jiro", account.RecoveryLost), fault.Denied, "")
			wantFault(t, w.WithdrawNetworkRecovery(t.Context(), c, id), fault.Denied, "")
			if _, err := w.NetworkRecoveries(t.Context(), c); !fault.Is(err, fault.Denied) {
				t.Errorf("%s lists what waits: %v", name, err)
			}
		}
		stale := operator
		stale.VerifiedAt = w.Now.Add(-signin.FreshFor - time.Second)
		_, err := w.ApproveNetworkRecovery(t.Context(), stale, id)
		wantFault(t, err, fault.Denied, signin.KeyStepUp)
		wantFault(t, w.AskNetworkRecovery(t.Context(), stale, "jiro", account.RecoveryLost), fault.Denied, signin.KeyStepUp)
		_, err = w.ApproveNetworkRecovery(t.Context(), operator, "nothing")
		wantFault(t, err, fault.NotFound, "")
		wantFault(t, w.WithdrawNetworkRecovery(t.Context(), operator, id), fault.Conflict, "recovery.by_other") // a manager's

		second := w.veteran(flowtest.Hospital, access.Nurse, access.RoleManager)
		refused := func() fault.Key {
			list, err := w.NetworkRecoveries(t.Context(), operator)
			if err != nil || len(list) != 1 || list[0].Facility.ID != flowtest.Hospital {
				t.Fatalf("NetworkRecoveries = %+v, %v", list, err)
			}
			key, _, _ := fault.Message(list[0].Refused)
			return key
		}
		if got := refused(); got != "recovery.by_manager" {
			t.Errorf("with a second manager: %q", got)
		}
		_, err = w.ApproveNetworkRecovery(t.Context(), operator, id)
		wantFault(t, err, fault.Conflict, "recovery.by_manager")
		if rows := w.Events(audit.ActionRecoveryGive); len(rows) != 1 || rows[0].Outcome != audit.Denied || rows[0].User != operator.User || rows[0].Owner != flowtest.Hospital {
			t.Errorf("audit rows %+v", rows)
		}
		if err := w.CloseUser(t.Context(), w.boss, second.User); err != nil {
			t.Fatal(err)
		}
		if got := refused(); got != "" {
			t.Errorf("without a second manager: %q", got)
		}
		created, err := w.ApproveNetworkRecovery(t.Context(), operator, id)
		if err != nil || created.Code == "" {
			t.Fatalf("ApproveNetworkRecovery = %+v, %v", created, err)
		}
		_, err = w.signin.Resume(t.Context(), w.device(w.boss.Device), token, false)
		wantFault(t, err, fault.Denied, "session.ended")

		// All managers of the hospital are locked out: one operator asks, another approves.
		login := w.user(w.boss.User).Login
		wantFault(t, w.AskNetworkRecovery(t.Context(), operator, "nobody", account.RecoveryLost), fault.Invalid, "recovery.login")
		if err := w.AskNetworkRecovery(t.Context(), operator, " "+login, account.RecoveryLost); err != nil {
			t.Fatal(err)
		}
		list, err := w.NetworkRecoveries(t.Context(), operator)
		if err != nil || len(list) != 1 {
			t.Fatalf("NetworkRecoveries = %+v, %v", list, err)
		}
		_, err = w.ApproveNetworkRecovery(t.Context(), operator, list[0].ID)
		wantFault(t, err, fault.Conflict, "recovery.same_person")
		if _, err := w.ApproveNetworkRecovery(t.Context(), other, list[0].ID); err != nil {
			t.Errorf("by a second operator: %v", err)
		}
	})
}

// The access log tells whose account was recovered, why, by whom and by what they came in.
func TestReq_AUTH09_logTellsWhoseAndWhy(t *testing.T) {
	each(t, func(t *testing.T, w *office) {
		second := w.veteran(flowtest.Hospital, access.Nurse, access.RoleManager)
		jiro, _ := w.working("jiro")
		id := w.asked(jiro.ID)
		w.ApproveRecovery(t.Context(), w.boss, id) // refused
		created, err := w.ApproveRecovery(t.Context(), second, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.signin.SignInSetup(t.Context(), w.device(w.boss.Device), "jiro", created.Code); err != nil {
			t.Fatal(err)
		}
		type row struct {
			Action  audit.Action
			Outcome audit.Outcome
			By      ident.UserID
			About   string
			Why     account.RecoveryReason
			Means   account.Method
		}
		list, _, err := w.AccessLog(t.Context(), w.boss, manage.LogFilter{})
		if err != nil || len(list) < 4 {
			t.Fatalf("%d rows, %v", len(list), err)
		}
		var got []row
		for _, r := range list[:4] {
			got = append(got, row{r.Action, r.Outcome, r.User, r.About, r.Why, r.Means})
		}
		want := []row{
			{audit.ActionSignIn, audit.Done, jiro.ID, "", "", account.MethodSetup},
			{audit.ActionRecoveryGive, audit.Done, second.User, jiro.DisplayName, "", ""},
			{audit.ActionRecoveryGive, audit.Denied, w.boss.User, jiro.DisplayName, "", ""},
			{audit.ActionRecoveryAsk, audit.Done, w.boss.User, jiro.DisplayName, account.RecoveryLost, ""},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}
