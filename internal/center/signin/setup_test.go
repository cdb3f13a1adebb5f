package signin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey/passkeydb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// made makes an account with a setup code.
func (w *ward) made(login string, f ident.FacilityID, cleared manage.Cleared) (created manage.Created) {
	w.Helper()
	setup := manage.Setup{Log: w.World.Audit, Seal: labels{}, Hasher: credential.NewHasher(cheap), By: "test"}
	w.InTx(func(ctx context.Context, tx *db.Tx) (err error) {
		created, err = setup.User(ctx, tx, w.Now, f, manage.NewUser{
			Login: login, DisplayName: "結 次郎", Kana: "ムスビ ジロウ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer}, Cleared: cleared,
		}, manage.Credentials{})
		return err
	})
	return created
}

var ready = manage.Cleared{Trained: "2026-04-01", Paper: true}

// bySetup brings somebody to the step of the first credential.
func (w *ward) bySetup(login string) signin.Caller {
	w.Helper()
	token, err := w.SignInSetup(w.Context(), w.dev, login, w.made(login, flowtest.Clinic, ready).Code)
	if err != nil {
		w.Fatal(err)
	}
	return w.resume(token)
}

func (w *ward) firstCode(f signin.First) string {
	w.Helper()
	code, err := totp.GenerateCode(f.TOTPSecret, w.Now)
	if err != nil {
		w.Fatal(err)
	}
	return code
}

// Nothing but a passkey, or password and one-time codes, of the person's own making ends
// the first use.
func TestReq_AUTH08_codeLeadsToAnOwnCredential(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		created := w.made("jiro", flowtest.Clinic, manage.Cleared{Trained: "2026-04-01"})
		if plain := strings.ReplaceAll(created.Code, "-", ""); len(plain) != 16 || !created.Until.Equal(w.Now.Add(10*time.Minute)) {
			t.Errorf("code of %d characters until %s; want 16 of 5 bits for ten minutes", len(plain), created.Until)
		}
		if u := created.User; u.PasswordHash != "" || u.TOTPSecret != "" {
			t.Errorf("the account has credentials: %+v", u)
		}
		held, err := accountdb.Store{}.SetupCode(t.Context(), w.DB.Reader(), created.User.ID)
		if err != nil || strings.Contains(held.SHA256, created.Code) || held.SHA256 != credential.HashCode(created.Code) {
			t.Errorf("kept as %q, %v", held.SHA256, err)
		}
		token, err := w.SignInSetup(t.Context(), w.dev, "jiro", created.Code)
		if err != nil {
			t.Fatal(err)
		}
		c := w.resume(token)
		if !c.Setup || c.Ready() || len(c.Roles) != 0 || c.TwoFactor || c.Fresh(w.Now) {
			t.Errorf("a session by code: setup %v, ready %v, roles %v, two factors %v, fresh %v", c.Setup, c.Ready(), c.Roles, c.TwoFactor, c.Fresh(w.Now))
		}
		_, err = w.First(t.Context(), c) // not before the pledge
		wantFault(t, err, fault.Denied, "")
		_, err = w.SetFirstPassword(t.Context(), c, "w3tqa8r5", "000000")
		wantFault(t, err, fault.Denied, "")
		if err := w.Pledge(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		c = w.resume(token)
		first, err := w.First(t.Context(), c)
		if err != nil || !first.Passkeys || !strings.Contains(first.TOTPURL, "secret="+first.TOTPSecret) || !strings.HasPrefix(first.TOTPURL, "otpauth://totp/Mizuhiki:jiro?") {
			t.Errorf("First = %+v, %v", first, err)
		}
		for name, tc := range map[string]struct {
			password, code string
			key            fault.Key
		}{
			"too short":     {"w3tqa8r", w.firstCode(first), "password.length"},
			"common":        {"password1", w.firstCode(first), "password.common"},
			"the own login": {"jiro-w3tqa8", w.firstCode(first), "password.own"},
			"no code":       {"w3tqa8r5", "", "setup.code"},
			"a wrong code":  {"w3tqa8r5", "000000", "setup.code"},
		} {
			if _, err := w.SetFirstPassword(t.Context(), c, tc.password, tc.code); err == nil {
				t.Errorf("%s: taken", name)
			} else {
				wantFault(t, err, fault.Invalid, tc.key)
			}
		}
		in, err := w.SetFirstPassword(t.Context(), c, "w3tqa8r5", w.firstCode(first))
		if err != nil {
			t.Fatal(err)
		}
		after := w.resume(in)
		if !after.Ready() || !after.TwoFactor || !after.Has(access.RoleViewer) || after.Session == c.Session || after.Method != account.MethodPassword {
			t.Errorf("after the first password: %+v", after)
		}
		_, err = w.Resume(t.Context(), w.dev, token, false)
		wantFault(t, err, fault.Denied, "session.ended")
		_, err = w.SetFirstPassword(t.Context(), c, "w3tqa8r6", w.firstCode(first)) // from another tab
		wantFault(t, err, fault.Denied, "session.ended")
		_, err = w.SignIn(t.Context(), w.dev, "jiro", "w3tqa8r5", w.firstCode(first)) // the code was used up
		wantFault(t, err, fault.Denied, "signin.refused")
		w.Now = w.Now.Add(time.Minute)
		if _, err := w.SignIn(t.Context(), w.dev, "jiro", "w3tqa8r5", w.firstCode(first)); err != nil {
			t.Errorf("with what was set: %v", err)
		}
		var got []any
		for _, e := range w.Events(audit.ActionSignIn) {
			got = append(got, e.Detail["method"], e.Outcome)
		}
		want := []any{"setup", audit.Done, "password", audit.Done, "password", audit.Denied, "password", audit.Done}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("sign-ins filed %v, want %v", got, want)
			}
		}
	})
}

func TestReq_AUTH08_firstPasskey(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.bySetup("jiro")
		options, err := w.AskFirstPasskey(t.Context(), c, origin)
		if err != nil {
			t.Fatal(err)
		}
		a := flowtest.NewAuthenticator(w.TB, origin)
		_, err = w.SetFirstPasskey(t.Context(), c, []byte("{}"), "PC")
		wantFault(t, err, fault.Invalid, "passkey.refused")
		in, err := w.SetFirstPasskey(t.Context(), c, a.Make(options), "PC")
		if err != nil {
			t.Fatal(err)
		}
		if after := w.resume(in); !after.Ready() || !after.ByPasskey() || !after.Fresh(w.Now) {
			t.Errorf("after the first passkey: %+v", after)
		}
		keys, err := passkeydb.Store{}.OfUser(t.Context(), w.DB.Reader(), c.User)
		if err != nil || len(keys) != 1 || keys[0].Name != "PC" {
			t.Errorf("passkeys %+v, %v", keys, err)
		}
		u, err := accountdb.Store{}.User(t.Context(), w.DB.Reader(), c.User)
		if err != nil || !u.Equipped || u.PasswordHash != "" || u.TOTPSecret != "" {
			t.Errorf("account %+v, %v", u, err)
		}
		_, err = w.AskFirstPasskey(t.Context(), w.resume(in), origin)
		wantFault(t, err, fault.Denied, "")
	})
}

// Attacks on a code. None lets in, all are answered alike and stand in the log with their reason.
func TestReq_AUTH08_codeRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		try    func(w *ward, code string) error
		reason string
	}{
		"guessed": {func(w *ward, _ string) error {
			_, err := w.SignInSetup(w.Context(), w.dev, "jiro", "aaaa-aaaa-aaaa-aaaa")
			return err
		}, "setup code"},
		"nothing typed": {func(w *ward, _ string) error {
			_, err := w.SignInSetup(w.Context(), w.dev, "jiro", "")
			return err
		}, "setup code"},
		"used before": {func(w *ward, code string) error {
			if _, err := w.SignInSetup(w.Context(), w.dev, "jiro", code); err != nil {
				w.Fatal(err)
			}
			_, err := w.SignInSetup(w.Context(), w.dev, "jiro", code)
			return err
		}, "setup code used before"},
		"after ten minutes": {func(w *ward, code string) error {
			w.Now = w.Now.Add(10 * time.Minute)
			_, err := w.SignInSetup(w.Context(), w.dev, "jiro", code)
			return err
		}, "setup code ran out"},
		"at another facility's terminal": {func(w *ward, code string) error {
			_, err := w.SignInSetup(w.Context(), w.terminal("pc9", flowtest.Hospital), "jiro", code)
			return err
		}, "terminal of another facility"},
		"with another's login": {func(w *ward, code string) error {
			w.made("saburo", flowtest.Clinic, ready)
			_, err := w.SignInSetup(w.Context(), w.dev, "saburo", code)
			return err
		}, "setup code"},
		"with the login of somebody who has a credential": {func(w *ward, code string) error {
			_, err := w.SignInSetup(w.Context(), w.dev, "hanako", code)
			return err
		}, "no setup code"},
		"with nobody's login": {func(w *ward, code string) error {
			_, err := w.SignInSetup(w.Context(), w.dev, "nobody", code)
			return err
		}, "unknown login"},
		"of a closed account": {func(w *ward, code string) error {
			w.InTx(func(ctx context.Context, tx *db.Tx) error {
				u, err := accountdb.Store{}.ByLogin(ctx, tx, "jiro")
				if err != nil {
					return err
				}
				return accountdb.Store{}.Close(ctx, tx, u.ID, w.Now)
			})
			_, err := w.SignInSetup(w.Context(), w.dev, "jiro", code)
			return err
		}, "account closed"},
		"left over on an account that has a credential": {func(w *ward, code string) error {
			w.Exec(`UPDATE setup_code SET user_id = $1`, w.user.ID)
			_, err := w.SignInSetup(w.Context(), w.dev, "hanako", code)
			return err
		}, "account has a credential"},
		"as a password": {func(w *ward, code string) error {
			_, err := w.SignIn(w.Context(), w.dev, "jiro", code, code)
			return err
		}, "password"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				code := w.made("jiro", flowtest.Clinic, ready).Code
				wantFault(t, tc.try(w, code), fault.Denied, "signin.refused")
				rows := w.Events(audit.ActionSignIn)
				if last := rows[len(rows)-1]; last.Outcome != audit.Denied || last.Detail["reason"] != tc.reason {
					t.Errorf("audit row %+v, want reason %q", last, tc.reason)
				}
			})
		})
	}
}

// Guesses at codes count with those at passwords.
func TestReq_AUTH08_guessesAreSlowedDown(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		code := w.made("jiro", flowtest.Clinic, ready).Code
		for i := range 5 {
			if i%2 == 0 {
				w.SignIn(t.Context(), w.dev, "jiro", wrong, "000000")
			} else {
				w.SignInSetup(t.Context(), w.dev, "jiro", "aaaa-aaaa-aaaa-aaaa")
			}
		}
		_, err := w.SignInSetup(t.Context(), w.dev, "jiro", code)
		wantFault(t, err, fault.Denied, "signin.locked")
		w.Now = w.Now.Add(time.Minute)
		if _, err := w.SignInSetup(t.Context(), w.dev, "jiro", code); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// A session by code opens nothing that a signed-in one does, and does not last.
func TestReq_AUTH08_sessionIsForTheFirstCredentialAlone(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.bySetup("jiro")
		_, err := w.AskNewPasskey(t.Context(), c, origin)
		wantFault(t, err, fault.Denied, signin.KeyStepUp)
		wantFault(t, w.ChangePassword(t.Context(), c, "", "w3tqa8r5"), fault.Invalid, "password.wrong")
		_, _, err = w.StepUp(t.Context(), c, signin.Proof{})
		wantFault(t, err, fault.Denied, "signin.refused")
		wantFault(t, w.DropPassword(t.Context(), c), fault.Denied, signin.KeyStepUp)
		signedIn := w.resume(w.in())
		_, err = w.First(t.Context(), signedIn)
		wantFault(t, err, fault.Denied, "")
		_, err = w.SetFirstPassword(t.Context(), signedIn, "w3tqa8r5", w.code())
		wantFault(t, err, fault.Denied, "")
		for begin := w.Now; ; w.Now = w.Now.Add(5 * time.Minute) {
			s := w.Now.Sub(begin)
			_, err := w.accountSession(c)
			if (err == nil) != (s < account.SetupTimeout) {
				t.Fatalf("after %s: %v", s, err)
			}
			if err != nil {
				break
			}
		}
	})
}

// accountSession uses the caller's session as a request does.
func (w *ward) accountSession(c signin.Caller) (signin.Caller, error) {
	w.Helper()
	token := "kept"
	w.Exec(`UPDATE session SET token_sha256 = $1 WHERE id = $2`, credential.HashToken(token), c.Session)
	return w.Resume(w.Context(), w.dev, token, false)
}

// Of two who use a code at the same time one comes in.
func TestReq_AUTH08_codeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		code := w.made("jiro", flowtest.Clinic, ready).Code
		tokens := make(chan string, 2)
		for range 2 {
			go func() {
				token, _ := w.SignInSetup(w.Context(), w.dev, "jiro", code)
				tokens <- token
			}()
		}
		if a, b := <-tokens, <-tokens; (a == "") == (b == "") {
			t.Errorf("tokens %q and %q, want one", a, b)
		}
	})
}

// A session by code makes nothing for an account that got a credential meanwhile.
func TestReq_AUTH08_codeReplacesNoCredential(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.bySetup("jiro")
		first, err := w.First(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		w.Exec(`UPDATE user_account SET password_hash = 'x' WHERE id = $1`, c.User)
		_, err = w.SetFirstPassword(t.Context(), c, "w3tqa8r5", w.firstCode(first))
		wantFault(t, err, fault.Denied, "session.ended")
		if u, err := (accountdb.Store{}).User(t.Context(), w.DB.Reader(), c.User); err != nil || u.PasswordHash != "x" {
			t.Errorf("the password is another, %v", err)
		}
	})
}
