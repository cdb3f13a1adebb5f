package setup_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// The command line gives no account back by the word of one person.
func TestReq_AUTH09_commandLineTakesTwoOperators(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	a := open(t, res)
	ctx := t.Context()
	defer func(before time.Time) { now = before }(now)
	const password, secret = "x9k2m4p7", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	add := func(login string, cleared manage.Cleared, roles ...access.Role) {
		t.Helper()
		_, err := a.AddUser(ctx, res.Facility.ID, manage.NewUser{
			Login: login, DisplayName: "試験 " + login, Profession: access.Clerk, Roles: roles, Cleared: cleared,
		}, manage.Credentials{Password: password, TOTPSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
	}
	ready := manage.Cleared{Trained: "2026-04-01", Paper: true}
	add("unei1", ready, access.RoleOperator)
	add("unei2", ready, access.RoleOperator)
	add("minarai", manage.Cleared{}, access.RoleOperator)
	add("kanri", ready, access.RoleManager)
	early, err := totp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.AskRecovery(ctx, setup.Proof{Login: "unei1", Password: password, Code: early}, "kanri", account.RecoveryLost)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.ApproveRecovery(ctx, setup.Proof{Login: "unei2", Password: password, Code: early}, first.ID)
	if key, _, _ := fault.Message(err); key != "recovery.too_new" {
		t.Errorf("by an operator of today: %v", err)
	}
	now = now.Add(account.RecoveryTenure)
	proof := func(login string) setup.Proof {
		now = now.Add(time.Minute) // a code works once
		code, err := totp.GenerateCode(secret, now)
		if err != nil {
			t.Fatal(err)
		}
		return setup.Proof{Login: login, Password: password, Code: code}
	}
	want := func(what string, err error, key fault.Key) {
		t.Helper()
		if got, _, _ := fault.Message(err); err == nil || got != key {
			t.Errorf("%s: %v, want key %s", what, err, key)
		}
	}

	for what, p := range map[string]setup.Proof{
		"a wrong password":          {Login: "unei1", Password: "x9k2m4p8", Code: proof("unei1").Code},
		"a wrong code":              {Login: "unei1", Password: password, Code: "000000"},
		"a manager":                 proof("kanri"),
		"an operator not yet ready": proof("minarai"),
		"nobody":                    proof("daremo"),
		"nothing":                   {},
	} {
		_, err := a.AskRecovery(ctx, p, "kanri", account.RecoveryLost)
		want(what, err, "signin.refused")
	}
	_, err = a.AskRecovery(ctx, proof("unei1"), "daremo", account.RecoveryLost)
	want("for nobody", err, "recovery.login")
	_, err = a.AskRecovery(ctx, proof("unei1"), "unei1", account.RecoveryLost)
	want("for oneself", err, "user.self")

	r, err := a.AskRecovery(ctx, proof("unei1"), "KANRI", account.RecoveryLost)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := a.Recoveries(ctx); err != nil || len(list) != 1 || list[0].ID != r.ID || list[0].Facility.ID != res.Facility.ID || list[0].AskedByName != "試験 unei1" {
		t.Errorf("Recoveries = %+v, %v", list, err)
	}
	_, err = a.ApproveRecovery(ctx, proof("unei1"), r.ID)
	want("by whoever asked", err, "recovery.same_person")
	spent := proof("unei2")
	_, err = a.ApproveRecovery(ctx, spent, "nothing")
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
	_, err = a.ApproveRecovery(ctx, spent, r.ID)
	want("with a code that was used", err, "signin.refused")
	created, err := a.ApproveRecovery(ctx, proof("unei2"), r.ID)
	if err != nil || created.Code == "" || created.User.Login != "kanri" {
		t.Fatalf("ApproveRecovery = %+v, %v", created, err)
	}
	_, err = a.ApproveRecovery(ctx, proof("unei2"), r.ID)
	want("a second time", err, "recovery.over")

	// For an operator too, and taken back.
	if r, err = a.AskRecovery(ctx, proof("unei1"), "unei2", account.RecoveryForgotten); err != nil {
		t.Fatal(err)
	}
	_, err = a.ApproveRecovery(ctx, proof("unei2"), r.ID)
	want("by the person concerned", err, "recovery.own")
	if err := a.WithdrawRecovery(ctx, proof("unei1"), r.ID); err != nil {
		t.Error(err)
	}
	want("withdrawn twice", a.WithdrawRecovery(ctx, proof("unei1"), r.ID), "recovery.over")
	if list, err := a.Recoveries(ctx); err != nil || len(list) != 0 {
		t.Errorf("%d still wait, %v", len(list), err)
	}
}
