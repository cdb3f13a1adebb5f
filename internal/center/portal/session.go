package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

const (
	// sessionCookie holds the session's secret. The prefix makes browsers refuse it
	// without TLS, from a sibling host, or for a part of the site.
	sessionCookie = "__Host-mizuhiki"
	// languageCookie remembers the language of a terminal's sign-in page.
	languageCookie = "__Host-mizuhiki-lang"
)

// answerKind says who reads the answer, and so what a lost session looks like.
type answerKind int

const (
	wholePage answerKind = iota // a person: sent to sign in
	fragment                    // a script: a status, the page around it says the rest
	program                     // the terminal's own program: the error as it is, since it shows nobody anything
)

type (
	openHandler   func(http.ResponseWriter, *http.Request, device.Device) error
	callerHandler func(http.ResponseWriter, *http.Request, signin.Caller) error
)

// open answers people at a registered terminal before anybody has signed in.
func (p *Portal) open(h openHandler) func(admission) http.Handler {
	return p.terminal(wholePage, h)
}

// openFragment answers a script there.
func (p *Portal) openFragment(h openHandler) func(admission) http.Handler {
	return p.terminal(fragment, h)
}

// openProgram answers the terminal's own program.
func (p *Portal) openProgram(h openHandler) func(admission) http.Handler {
	return p.terminal(program, h)
}

func (p *Portal) terminal(kind answerKind, h openHandler) func(admission) http.Handler {
	return func(a admission) http.Handler {
		if a.stage != terminal {
			panic("portal: a route that asks for no session is declared as if it did")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = withLanguage(r, cookieLanguage(r))
			dev, err := p.device(r)
			if err == nil {
				err = p.noteSystem(w, r, dev)
			}
			if err == nil {
				err = h(w, r, dev)
			}
			if err != nil {
				p.fail(w, r, err, kind)
			}
		})
	}
}

// page answers people with whole pages.
func (p *Portal) page(h callerHandler) func(admission) http.Handler {
	return p.signedIn(wholePage, false, h)
}

// fragment answers a script that somebody's hand has set going.
func (p *Portal) fragment(h callerHandler) func(admission) http.Handler {
	return p.signedIn(fragment, false, h)
}

// background answers a script that asks by itself, which keeps no idle session alive.
func (p *Portal) background(h callerHandler) func(admission) http.Handler {
	return p.signedIn(fragment, true, h)
}

// signedIn answers whoever has a session, has nothing left to do before the account's
// first use, and is admitted.
func (p *Portal) signedIn(kind answerKind, background bool, h callerHandler) func(admission) http.Handler {
	return func(a admission) http.Handler {
		if a.stage == terminal {
			panic("portal: a route that needs a session is declared as if it did not")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = withLanguage(r, cookieLanguage(r))
			caller, err := p.caller(r, background)
			if key, _, _ := fault.Message(err); key == signin.KeyLocked {
				caller, err = p.atLock(w, r, kind)
			}
			switch {
			case errors.Is(err, errAnswered):
				return
			case fault.Is(err, fault.Denied):
				p.sendToSignIn(w, r, kind)
				return
			}
			if err != nil {
				p.fail(w, r, err, kind)
				return
			}
			r = withLanguage(r, caller.Language)
			r = r.WithContext(context.WithValue(r.Context(), callerKey, caller))
			switch {
			case !caller.Ready() && !beforeFirstUse[r.URL.Path]:
				p.sendToWelcome(w, r, kind)
				return
			case !a.admits(caller):
				err = fault.New(fault.Denied, "%s needs one of the roles %v", r.Pattern, a.roles)
			default:
				err = p.act(w, r, kind, caller, h)
			}
			if err != nil {
				p.fail(w, r, err, kind)
			}
		})
	}
}

func (a admission) admits(c signin.Caller) bool {
	return a.stage == session || a.stage == role && slices.ContainsFunc(a.roles, c.Has)
}

// beforeFirstUse are the pages on which what stands before an account's first use is done.
var beforeFirstUse = map[string]bool{
	"/welcome": true, "/password": true, "/lock": true, "/session": true,
	"/welcome/password": true, "/welcome/passkey": true, "/welcome/passkey/options": true, // for whoever came by a setup code
}

// sendToWelcome leads to what stands before the account's first use.
func (p *Portal) sendToWelcome(w http.ResponseWriter, r *http.Request, kind answerKind) {
	if kind == fragment {
		w.WriteHeader(http.StatusUnauthorized) // to a script: this page is not yours any more
		return
	}
	http.Redirect(w, r, "/welcome", http.StatusSeeOther)
}

// device finds the terminal by its certificate, anew for every request: TLS sessions
// are resumed and connections stay open after a revocation.
func (p *Portal) device(r *http.Request) (device.Device, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return device.Device{}, fault.New(fault.Denied, "request without a device certificate")
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	return p.SignIn.Device(r.Context(), hex.EncodeToString(sum[:]))
}

// caller finds who is signed in. Every refusal is of kind denied.
func (p *Portal) caller(r *http.Request, background bool) (signin.Caller, error) {
	dev, err := p.device(r)
	if err != nil {
		return signin.Caller{}, err
	}
	return p.SignIn.Resume(r.Context(), dev, tokenOf(r), background)
}

// answered drops what only says that there is nothing left to answer.
func answered(err error) error {
	if errors.Is(err, errAnswered) {
		return nil
	}
	return err
}

// tokenOf is the session's secret that a browser sent; without one, that of no session.
func tokenOf(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (p *Portal) sendToSignIn(w http.ResponseWriter, r *http.Request, kind answerKind) {
	if kind == fragment {
		// The cookie stays: a script may have asked just before the token changed in another tab.
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	// The cookie stays here too: another tab may just have got a new secret for it.
	to := "/signin"
	if _, err := r.Cookie(sessionCookie); err == nil {
		to = "/signin?ended=1"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// keepCookie gives the browser a cookie that only this host reads, only over TLS, that no
// script sees, and that other sites cannot have sent with a form. Zero seconds: until
// the browser is closed.
func keepCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func dropCookie(w http.ResponseWriter, name string) { keepCookie(w, name, "", -1) }

func cookieLanguage(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == "en" {
		return "en"
	}
	return "ja"
}

func withLanguage(r *http.Request, lang string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), languageKey, lang))
}
