package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/access"
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
)

// open serves a route at a registered terminal before anybody has signed in.
func (p *Portal) open(h func(http.ResponseWriter, *http.Request, device.Device) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withLanguage(r, cookieLanguage(r))
		dev, err := p.device(r)
		if err != nil {
			p.fail(w, r, err, wholePage)
			return
		}
		if err := h(w, r, dev); err != nil {
			p.fail(w, r, err, wholePage)
		}
	})
}

// signedIn serves a route to whoever holds one of the roles; none given means anybody
// who is signed in. background marks requests that scripts make by themselves: they
// do not keep an idle session alive.
func (p *Portal) signedIn(kind answerKind, background bool, h func(http.ResponseWriter, *http.Request, signin.Caller) error, roles ...access.Role) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withLanguage(r, cookieLanguage(r))
		caller, err := p.caller(r, background)
		if err != nil {
			if fault.Is(err, fault.Denied) {
				p.sendToSignIn(w, r, kind)
				return
			}
			p.fail(w, r, err, kind)
			return
		}
		r = withLanguage(r, caller.Language)
		r = r.WithContext(context.WithValue(r.Context(), callerKey, caller))
		switch {
		case caller.MustChange && r.URL.Path != "/password" && r.URL.Path != "/signout":
			http.Redirect(w, r, "/password", http.StatusSeeOther)
			return
		case len(roles) > 0 && !holdsOne(caller, roles):
			err = fault.New(fault.Denied, "%s needs one of the roles %v", r.URL.Path, roles)
		default:
			err = h(w, r, caller)
		}
		if err != nil {
			p.fail(w, r, err, kind)
		}
	})
}

func holdsOne(c signin.Caller, roles []access.Role) bool {
	for _, role := range roles {
		if c.Has(role) {
			return true
		}
	}
	return false
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
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return signin.Caller{}, fault.WithKey(fault.Denied, "session.ended", nil)
	}
	return p.SignIn.Resume(r.Context(), dev, cookie.Value, background)
}

func (p *Portal) sendToSignIn(w http.ResponseWriter, r *http.Request, kind answerKind) {
	clearSession(w)
	if kind == fragment {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	to := "/signin"
	if _, err := r.Cookie(sessionCookie); err == nil {
		to = "/signin?ended=1"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func setSession(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func clearSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Path: "/", MaxAge: -1,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func cookieLanguage(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == "en" {
		return "en"
	}
	return "ja"
}

func withLanguage(r *http.Request, lang string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), languageKey, lang))
}
