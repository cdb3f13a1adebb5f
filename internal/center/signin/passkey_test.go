package signin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// holder gives the nurse a passkey, in an authenticator at the portal's address.
func (w *ward) holder() *flowtest.Authenticator {
	w.Helper()
	a := flowtest.NewAuthenticator(w.TB, origin)
	w.gets(a, w.resume(w.in()), "診察室のPC")
	w.Now = w.Now.Add(time.Minute)
	return a
}

// gets adds an authenticator's passkey to a caller's account.
func (w *ward) gets(a *flowtest.Authenticator, c signin.Caller, name string) {
	w.Helper()
	options, err := w.AskNewPasskey(w.Context(), c, a.Page.Origin)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.AddPasskey(w.Context(), c, a.Make(options), name); err != nil {
		w.Fatal(err)
	}
}

// ask gives a challenge for signing in at the ward's terminal.
func (w *ward) ask() []byte {
	w.Helper()
	options, err := w.AskPasskey(w.Context(), w.dev, origin)
	if err != nil {
		w.Fatal(err)
	}
	return options
}

func (w *ward) passkeys(c signin.Caller) []signin.OwnPasskey {
	w.Helper()
	own, err := w.Own(w.Context(), c)
	if err != nil {
		w.Fatal(err)
	}
	return own.Passkeys
}

func TestReq_AUTH03_passkeySignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		for _, login := range []string{"first", "again"} {
			token, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask()))
			if err != nil {
				t.Fatalf("%s: %v", login, err)
			}
			c := w.resume(token)
			if c.User != w.user.ID || c.Method != account.MethodPasskey || !c.TwoFactor || !c.Fresh(w.Now) {
				t.Errorf("%s: caller %+v", login, c)
			}
			k := w.passkeys(c)[0]
			if !k.LastUsed.Equal(w.Now) || k.LastDevice != w.dev.ID || k.LastDeviceName != w.dev.Name || k.SignCount != a.Key.Counter {
				t.Errorf("%s: passkey %+v", login, k)
			}
		}
		rows := w.Events(audit.ActionSignIn)
		last := rows[len(rows)-1]
		if last.Outcome != audit.Done || last.User != w.user.ID || last.Device != w.dev.ID || last.Detail["method"] != "passkey" {
			t.Errorf("audit row %+v", last)
		}
	})
}

// Authenticators that do not count are taken at 0 again and again.
func TestSignInPasskey_withoutACount(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		for range 3 {
			a.Key.Counter = ^uint32(0) // Sign counts on to 0
			if _, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask())); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestReq_AUTH02_passkeyVerifiesItsUser(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		asked := struct{ UserVerification string }{}
		if err := json.Unmarshal(w.ask(), &asked); err != nil || asked.UserVerification != "required" {
			t.Errorf("the browser is asked for user verification %q, %v", asked.UserVerification, err)
		}
		a.Auth.Options.UserNotVerified = true // asked for less on the way, or an authenticator that does not care
		_, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask()))
		wantFault(t, err, fault.Denied, "signin.refused")

		c := w.resume(w.in())
		b := flowtest.NewAuthenticator(t, origin)
		b.Auth.Options.UserNotVerified = true
		options, err := w.AskNewPasskey(t.Context(), c, origin)
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, w.AddPasskey(t.Context(), c, b.Make(options), "PC"), fault.Invalid, "passkey.refused")
	})
}

// attack makes the answer to a sign-in that must be refused.
type attack func(w *ward, a *flowtest.Authenticator) []byte

var attacks = map[string]struct {
	attack attack
	reason string
}{
	"a page of another site": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.Origin = "https://portal.example.jp.evil.example"
		return a.Sign(w.ask())
	}, "address"},
	"a page of a sibling host": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.Origin = "https://www.portal.example.jp"
		return a.Sign(w.ask())
	}, "address"},
	"the same host at another port": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.Origin = origin + ":8443"
		return a.Sign(w.ask())
	}, "address"},
	"a plain page of the same host": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.Origin = "http://portal.example.jp"
		return a.Sign(w.ask())
	}, "address"},
	"another address of the portal": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.Origin = otherOrigin
		return a.Sign(w.ask())
	}, "address"},
	"a passkey of another address": {func(w *ward, a *flowtest.Authenticator) []byte {
		options, err := w.AskPasskey(w.Context(), w.dev, otherOrigin)
		if err != nil {
			w.Fatal(err)
		}
		a.Page = virtualwebauthn.RelyingParty{ID: "f1.localhost", Origin: otherOrigin}
		return a.Sign(options)
	}, "passkey"},
	"the hash of another host": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Page.ID = "evil.example"
		return a.Sign(w.ask())
	}, "signature"},
	"no user verification": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Auth.Options.UserNotVerified = true
		return a.Sign(w.ask())
	}, "user unchecked"},
	"nobody there": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Auth.Options.UserNotPresent = true
		return a.Sign(w.ask())
	}, "signature"},
	"a replayed answer": {func(w *ward, a *flowtest.Authenticator) []byte {
		answer := a.Sign(w.ask())
		if _, err := w.SignInPasskey(w.Context(), w.dev, answer); err != nil {
			w.Fatal(err)
		}
		return answer
	}, "challenge"},
	"a replayed challenge": {func(w *ward, a *flowtest.Authenticator) []byte {
		options := w.ask()
		if _, err := w.SignInPasskey(w.Context(), w.dev, a.Sign(options)); err != nil {
			w.Fatal(err)
		}
		return a.Sign(options)
	}, "challenge"},
	"a challenge that an answer was refused to": {func(w *ward, a *flowtest.Authenticator) []byte {
		options := w.ask()
		a.Auth.Options.UserNotVerified = true
		_, err := w.SignInPasskey(w.Context(), w.dev, a.Sign(options))
		wantFault(w.TB.(*testing.T), err, fault.Denied, "signin.refused")
		a.Auth.Options.UserNotVerified = false
		return a.Sign(options)
	}, "challenge"},
	"a challenge of the attacker's own": {func(w *ward, a *flowtest.Authenticator) []byte {
		return a.Sign([]byte(`{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","rpId":"portal.example.jp"}`))
	}, "challenge"},
	"a challenge that cannot be": {func(w *ward, a *flowtest.Authenticator) []byte {
		return a.Sign([]byte(`{"challenge":"AAAA","rpId":"portal.example.jp"}`))
	}, "challenge"},
	"a challenge of another device": {func(w *ward, a *flowtest.Authenticator) []byte {
		options, err := w.AskPasskey(w.Context(), w.terminal("pc2", flowtest.Clinic), origin)
		if err != nil {
			w.Fatal(err)
		}
		return a.Sign(options)
	}, "challenge"},
	"a challenge of a session": {func(w *ward, a *flowtest.Authenticator) []byte {
		options, err := w.AskStepUp(w.Context(), w.resume(w.in()), origin)
		if err != nil {
			w.Fatal(err)
		}
		return a.Sign(options)
	}, "challenge"},
	"an old challenge": {func(w *ward, a *flowtest.Authenticator) []byte {
		options := w.ask()
		w.Now = w.Now.Add(passkey.ChallengeLife)
		return a.Sign(options)
	}, "challenge"},
	"a passkey that nobody has": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Key.ID = []byte("0123456789abcdef0123456789abcdef")
		return a.Sign(w.ask())
	}, "passkey"},
	"a passkey that was removed": {func(w *ward, a *flowtest.Authenticator) []byte {
		c := w.resume(w.in())
		if err := w.RemovePasskey(w.Context(), c, w.passkeys(c)[0].ID); err != nil {
			w.Fatal(err)
		}
		return a.Sign(w.ask())
	}, "passkey"},
	"another user's name on it": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Auth.Options.UserHandle = []byte(w.account("jiro", flowtest.Clinic).User.ID)
		return a.Sign(w.ask())
	}, "passkey"},
	"no name on it": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Auth.Options.UserHandle = nil
		return a.Sign(w.ask())
	}, "passkey"},
	"another key": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Key.Key = flowtest.NewKey().Key
		return a.Sign(w.ask())
	}, "signature"},
	"a copy that was used less": {func(w *ward, a *flowtest.Authenticator) []byte {
		for range 3 {
			if _, err := w.SignInPasskey(w.Context(), w.dev, a.Sign(w.ask())); err != nil {
				w.Fatal(err)
			}
		}
		a.Key.Counter = 0
		return a.Sign(w.ask())
	}, "count went back"},
	"a copy that was used as often": {func(w *ward, a *flowtest.Authenticator) []byte {
		if _, err := w.SignInPasskey(w.Context(), w.dev, a.Sign(w.ask())); err != nil {
			w.Fatal(err)
		}
		a.Key.Counter--
		return a.Sign(w.ask())
	}, "count went back"},
	"a copy that stopped counting": {func(w *ward, a *flowtest.Authenticator) []byte {
		if _, err := w.SignInPasskey(w.Context(), w.dev, a.Sign(w.ask())); err != nil {
			w.Fatal(err)
		}
		a.Key.Counter = ^uint32(0)
		return a.Sign(w.ask())
	}, "count went back"},
	"a key that was none of the cloud's": {func(w *ward, a *flowtest.Authenticator) []byte {
		a.Auth.Options.BackupEligible = true
		return a.Sign(w.ask())
	}, "signature"},
	"a new passkey's answer": {func(w *ward, a *flowtest.Authenticator) []byte {
		options, err := w.AskNewPasskey(w.Context(), w.resume(w.in()), origin)
		if err != nil {
			w.Fatal(err)
		}
		return flowtest.NewAuthenticator(w.TB, origin).Make(options)
	}, "answer cannot be read"},
	"nothing":  {func(*ward, *flowtest.Authenticator) []byte { return nil }, "answer cannot be read"},
	"nonsense": {func(*ward, *flowtest.Authenticator) []byte { return []byte(`{"id":"x"}`) }, "answer cannot be read"},
	"a closed account": {func(w *ward, a *flowtest.Authenticator) []byte {
		w.InTx(func(ctx context.Context, tx *db.Tx) error { return accountdb.Store{}.Close(ctx, tx, w.user.ID, w.Now) })
		return a.Sign(w.ask())
	}, "account closed"},
	"a terminal of another facility": {func(w *ward, a *flowtest.Authenticator) []byte {
		w.dev = w.terminal("pc9", flowtest.Hospital)
		return a.Sign(w.ask())
	}, "terminal of another facility"},
	"a facility that has left": {func(w *ward, a *flowtest.Authenticator) []byte {
		w.InTx(func(ctx context.Context, tx *db.Tx) error {
			return directorydb.Store{}.CloseFacility(ctx, tx, flowtest.Clinic, w.Now)
		})
		return a.Sign(w.ask())
	}, "facility has left"},
}

// Every attack is refused with the one text, opens nothing, and stands in the log as what it was.
func TestReq_AUTH03_attacksOnPasskeys(t *testing.T) {
	for name, tc := range attacks {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				answer := tc.attack(w, w.holder())
				sessions := w.count(`SELECT COUNT(*) FROM session`)
				token, err := w.SignInPasskey(t.Context(), w.dev, answer)
				wantFault(t, err, fault.Denied, "signin.refused")
				if token != "" || w.count(`SELECT COUNT(*) FROM session`) != sessions {
					t.Error("a refused sign-in opened a session")
				}
				rows := w.Events(audit.ActionSignIn)
				last := rows[len(rows)-1]
				if last.Outcome != audit.Denied || last.Detail["reason"] != tc.reason || last.Detail["method"] != "passkey" || last.Facility != w.dev.Facility {
					t.Errorf("audit row %+v, want one denied for %q", last, tc.reason)
				}
			})
		})
	}
}

func (w *ward) count(query string) (n int) {
	w.Helper()
	if err := w.DB.Reader().QueryRowContext(w.Context(), query).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

// The owner of a passkey of which there is a copy gets in as soon as its count is ahead.
func TestSignInPasskey_ownerGoesOnAfterACopy(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		owner := w.holder()
		thief := *owner
		thief.Key.Counter = 4
		if _, err := w.SignInPasskey(t.Context(), w.dev, thief.Sign(w.ask())); err != nil {
			t.Fatal(err) // nobody can tell yet
		}
		_, err := w.SignInPasskey(t.Context(), w.dev, owner.Sign(w.ask()))
		wantFault(t, err, fault.Denied, "signin.refused") // which the log now shows
		owner.Key.Counter = 6
		if _, err := w.SignInPasskey(t.Context(), w.dev, owner.Sign(w.ask())); err != nil {
			t.Error(err)
		}
	})
}

// Of answers at the same time with one count only one may come in.
func TestSignInPasskey_countsAlsoInARace(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		const tries = 4
		errs := make(chan error)
		for range tries {
			a.Key.Counter = 6
			answer := a.Sign(w.ask())
			go func() {
				_, err := w.SignInPasskey(t.Context(), w.dev, answer)
				errs <- err
			}()
		}
		in := 0
		for range tries {
			if err := <-errs; err == nil {
				in++
			} else if !fault.Is(err, fault.Denied) {
				t.Error(err)
			}
		}
		if in != 1 {
			t.Errorf("%d of %d came in with one count", in, tries)
		}
	})
}

// Failed passkeys lock like failed passwords, and together with them.
func TestReq_AUTH07_passkeysLockLikePasswords(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		forged := *a
		forged.Key.Key = flowtest.NewKey().Key
		for range 5 {
			_, err := w.SignInPasskey(t.Context(), w.dev, forged.Sign(w.ask()))
			wantFault(t, err, fault.Denied, "signin.refused")
		}
		_, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask()))
		wantFault(t, err, fault.Denied, "signin.locked")
		_, err = w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.locked")
		w.Now = w.Now.Add(5 * time.Second)
		if _, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask())); err != nil {
			t.Error(err)
		}
	})
}

func TestAskPasskey_onlyAtTheAddressesOfThePortal(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		for _, o := range []string{"", "https://evil.example", "https://PORTAL.example.jp", origin + "/", "https://portal.example.jp:8443", "null"} {
			_, err := w.AskPasskey(t.Context(), w.dev, o)
			wantFault(t, err, fault.Invalid, "passkey.address")
		}
		if n := w.count(`SELECT COUNT(*) FROM passkey_challenge`); n != 0 {
			t.Errorf("%d challenges kept", n)
		}
	})
}

// Challenges do not pile up.
func TestAskPasskey_keepsAFew(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		other := w.terminal("pc2", flowtest.Clinic)
		kept, err := w.AskPasskey(t.Context(), other, origin)
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			w.ask()
			w.Now = w.Now.Add(time.Second)
		}
		if n := w.count(`SELECT COUNT(*) FROM passkey_challenge`); n != 21 {
			t.Errorf("%d challenges kept, want 20 and the other terminal's", n)
		}
		if _, err := w.SignInPasskey(t.Context(), other, a.Sign(kept)); err != nil {
			t.Errorf("the other terminal's challenge: %v", err)
		}
		w.Now = w.Now.Add(time.Hour)
		w.ask()
		if n := w.count(`SELECT COUNT(*) FROM passkey_challenge`); n != 1 {
			t.Errorf("%d challenges kept after an hour, want 1", n)
		}
	})
}

func TestReq_AUTH10_passkeyIsAProof(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		former := w.in()
		w.Now = w.Now.Add(6 * time.Minute)
		c := w.resume(former)
		options, err := w.AskStepUp(t.Context(), c, origin)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(options, []byte(`"allowCredentials"`)) {
			t.Errorf("options %s do not say which passkeys", options)
		}
		token, fresh, err := w.StepUp(t.Context(), c, signin.Proof{Passkey: a.Sign(options)})
		if err != nil || !fresh.Fresh(w.Now) || fresh.Method != account.MethodPasskey {
			t.Fatalf("StepUp = %+v, %v", fresh, err)
		}
		if got := w.resume(token); got.Method != account.MethodPasskey || !got.Fresh(w.Now) {
			t.Errorf("resumed %+v", got)
		}
		_, err = w.Resume(t.Context(), w.dev, former, false)
		wantFault(t, err, fault.Denied, "session.ended")
		rows := w.Events(audit.ActionStepUp)
		if len(rows) != 1 || rows[0].Outcome != audit.Done || rows[0].Detail["method"] != "passkey" {
			t.Errorf("audit rows %+v", rows)
		}
	})
}

func TestReq_AUTH10_attacksOnTheProof(t *testing.T) {
	for name, tc := range map[string]struct {
		proof  func(w *ward, c signin.Caller, a *flowtest.Authenticator) []byte
		reason string
	}{
		"a sign-in's challenge": {func(w *ward, _ signin.Caller, a *flowtest.Authenticator) []byte { return a.Sign(w.ask()) }, "challenge"},
		"another session's challenge": {func(w *ward, _ signin.Caller, a *flowtest.Authenticator) []byte {
			options, err := w.AskStepUp(w.Context(), w.resume(w.in()), origin)
			if err != nil {
				w.Fatal(err)
			}
			return a.Sign(options)
		}, "challenge"},
		"another user's passkey": {func(w *ward, c signin.Caller, _ *flowtest.Authenticator) []byte {
			w.account("jiro", flowtest.Clinic)
			token, err := w.SignIn(w.Context(), w.dev, "jiro", password, w.code())
			if err != nil {
				w.Fatal(err)
			}
			b := flowtest.NewAuthenticator(w.TB, origin)
			w.gets(b, w.resume(token), "PC")
			options, err := w.AskStepUp(w.Context(), c, origin)
			if err != nil {
				w.Fatal(err)
			}
			return b.Sign(options)
		}, "passkey"},
		"no user verification": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) []byte {
			options, err := w.AskStepUp(w.Context(), c, origin)
			if err != nil {
				w.Fatal(err)
			}
			a.Auth.Options.UserNotVerified = true
			return a.Sign(options)
		}, "user unchecked"},
		"nothing": {func(*ward, signin.Caller, *flowtest.Authenticator) []byte { return []byte{} }, "answer cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				a := w.holder()
				session := w.in()
				w.Now = w.Now.Add(time.Minute)
				c := w.resume(session)
				token, _, err := w.StepUp(t.Context(), c, signin.Proof{Passkey: tc.proof(w, c, a)})
				wantFault(t, err, fault.Denied, "signin.refused")
				if token != "" {
					t.Error("a refused proof gave a token")
				}
				w.resume(session)
				rows := w.Events(audit.ActionStepUp)
				if len(rows) != 1 || rows[0].Outcome != audit.Denied || rows[0].Detail["reason"] != tc.reason {
					t.Errorf("audit rows %+v, want one denied for %q", rows, tc.reason)
				}
			})
		})
	}
}

func TestAskStepUp_withoutAPasskey(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		_, err := w.AskStepUp(t.Context(), w.resume(w.in()), origin)
		wantFault(t, err, fault.Invalid, "passkey.none")
		w.Now = w.Now.Add(time.Minute)
		w.holder()
		_, err = w.AskStepUp(t.Context(), w.resume(w.in()), otherOrigin)
		wantFault(t, err, fault.Invalid, "passkey.none")
	})
}

// Attacks on a new passkey, and what is plainly wrong.
func TestAddPasskey_refuses(t *testing.T) {
	type made func(w *ward, c signin.Caller, a *flowtest.Authenticator) (answer []byte, name string)
	options := func(w *ward, c signin.Caller) []byte {
		w.Helper()
		o, err := w.AskNewPasskey(w.Context(), c, origin)
		if err != nil {
			w.Fatal(err)
		}
		return o
	}
	for name, tc := range map[string]struct {
		made made
		kind fault.Kind
		key  fault.Key
	}{
		"a page of another site": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			a.Page.Origin = "https://evil.example"
			return a.Make(options(w, c)), "PC"
		}, fault.Invalid, "passkey.refused"},
		"another address of the portal": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			a.Page.Origin = otherOrigin
			return a.Make(options(w, c)), "PC"
		}, fault.Invalid, "passkey.refused"},
		"a replayed challenge": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			o := options(w, c)
			if err := w.AddPasskey(w.Context(), c, flowtest.NewAuthenticator(w.TB, origin).Make(o), "PC"); err != nil {
				w.Fatal(err)
			}
			return a.Make(o), "PC"
		}, fault.Invalid, "passkey.refused"},
		"another session's challenge": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			w.Now = w.Now.Add(time.Minute)
			return a.Make(options(w, w.resume(w.in()))), "PC"
		}, fault.Invalid, "passkey.refused"},
		"an old challenge": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			o := options(w, c)
			w.Now = w.Now.Add(passkey.ChallengeLife)
			return a.Make(o), "PC"
		}, fault.Invalid, "passkey.refused"},
		"a passkey of somebody": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			w.gets(a, c, "PC")
			return a.Make(options(w, c)), "PC"
		}, fault.Conflict, "passkey.taken"},
		"a passkey that was removed": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			w.gets(a, c, "PC")
			if err := w.RemovePasskey(w.Context(), c, w.passkeys(c)[0].ID); err != nil {
				w.Fatal(err)
			}
			return a.Make(options(w, c)), "PC"
		}, fault.Conflict, "passkey.taken"},
		"nonsense": {func(*ward, signin.Caller, *flowtest.Authenticator) ([]byte, string) { return []byte("{}"), "PC" }, fault.Invalid, "passkey.refused"},
		"no name": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			return a.Make(options(w, c)), " "
		}, fault.Invalid, "passkey.name"},
		"a screen left open": {func(w *ward, c signin.Caller, a *flowtest.Authenticator) ([]byte, string) {
			o := options(w, c)
			w.Now = w.Now.Add(6 * time.Minute)
			return a.Make(o), "PC"
		}, fault.Denied, signin.KeyStepUp},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *ward) {
				c := w.resume(w.in())
				answer, name := tc.made(w, c, flowtest.NewAuthenticator(t, origin))
				before := len(w.passkeys(c))
				wantFault(t, w.AddPasskey(t.Context(), c, answer, name), tc.kind, tc.key)
				if got := len(w.passkeys(c)); got != before {
					t.Errorf("%d passkeys, want %d", got, before)
				}
			})
		})
	}
}

func TestAddPasskey_asMany(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		c := w.resume(w.in())
		for range passkey.Most {
			w.gets(flowtest.NewAuthenticator(t, origin), c, "PC")
		}
		_, err := w.AskNewPasskey(t.Context(), c, origin)
		wantFault(t, err, fault.Conflict, "passkey.many")
		wantFault(t, w.MayAddPasskey(t.Context(), c), fault.Conflict, "passkey.many")
	})
}

func TestOwnPasskeys(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		w.holder()
		c := w.resume(w.in())
		first := w.passkeys(c)[0]
		if err := w.RenamePasskey(t.Context(), c, first.ID, " 受付のPC "); err != nil {
			t.Fatal(err)
		}
		if got := w.passkeys(c)[0].Name; got != "受付のPC" {
			t.Errorf("name %q", got)
		}
		wantFault(t, w.RenamePasskey(t.Context(), c, first.ID, ""), fault.Invalid, "passkey.name")
		stranger := c
		stranger.User = w.account("jiro", flowtest.Clinic).User.ID
		for _, id := range []ident.PasskeyID{first.ID, "nobodys"} {
			wantFault(t, w.RenamePasskey(t.Context(), stranger, id, "x"), fault.NotFound, "")
			wantFault(t, w.RemovePasskey(t.Context(), stranger, id), fault.NotFound, "")
		}
		w.Now = w.Now.Add(6 * time.Minute)
		wantFault(t, w.RemovePasskey(t.Context(), c, first.ID), fault.Denied, signin.KeyStepUp)
		c.VerifiedAt = w.Now
		if err := w.RemovePasskey(t.Context(), c, first.ID); err != nil {
			t.Fatal(err)
		}
		var what []any
		for _, e := range w.Events(audit.ActionUserChange) {
			what = append(what, e.Detail["what"])
		}
		if want := []any{"passkey added", "passkey renamed", "passkey removed"}; !slices.Equal(what, want) {
			t.Errorf("audit rows %v, want %v", what, want)
		}
	})
}

// Whoever has given the password up comes in by passkey alone, and keeps one.
func TestReq_AUTH03_passkeyAlone(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		a := w.holder()
		byPassword := w.resume(w.in())
		wantFault(t, w.DropPassword(t.Context(), byPassword), fault.Conflict, "passkey.unproved")
		token, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask()))
		if err != nil {
			t.Fatal(err)
		}
		c := w.resume(token)
		stale := c
		stale.VerifiedAt = w.Now.Add(-6 * time.Minute)
		wantFault(t, w.DropPassword(t.Context(), stale), fault.Denied, signin.KeyStepUp)
		if err := w.DropPassword(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		w.Now = w.Now.Add(time.Minute)
		_, err = w.SignIn(t.Context(), w.dev, "hanako", password, w.code())
		wantFault(t, err, fault.Denied, "signin.refused")
		_, err = w.SignIn(t.Context(), w.dev, "hanako", "", "")
		wantFault(t, err, fault.Denied, "signin.refused")
		_, _, err = w.StepUp(t.Context(), c, signin.Proof{Password: password, Code: w.code()})
		wantFault(t, err, fault.Denied, "signin.refused")
		wantFault(t, w.RemovePasskey(t.Context(), c, w.passkeys(c)[0].ID), fault.Conflict, "passkey.last")
		if _, err := w.SignInPasskey(t.Context(), w.dev, a.Sign(w.ask())); err != nil {
			t.Error(err)
		}
	})
}
