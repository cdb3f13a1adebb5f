package console

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// The cookies: of the session, of the language, and of what has just been done. Over TLS
// their names bind them to this host; without it, on loopback, they name the port, since
// browsers do not tell the ports of a host apart.
const (
	sessionCookie  = "mizuhiki-console"
	languageCookie = "mizuhiki-console-lang"
	doneCookie     = "mizuhiki-console-done"

	languageSeconds = 365 * 24 * 60 * 60
	doneSeconds     = 30
)

func (c *Console) cookieName(name string) string {
	if c.Plain {
		return name + "-" + c.Port
	}
	return "__Host-" + name
}

// keepCookie gives the browser a cookie that no script sees and that other sites cannot
// have sent with a form. Zero seconds: until the browser is closed.
func (c *Console) keepCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: c.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		Secure: !c.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Console) dropCookie(w http.ResponseWriter, name string) { c.keepCookie(w, name, "", -1) }

func (c *Console) cookie(r *http.Request, name string) string {
	found, err := r.Cookie(c.cookieName(name))
	if err != nil {
		return ""
	}
	return found.Value
}

func (c *Console) language(r *http.Request) string {
	if c.cookie(r, languageCookie) == page.English {
		return page.English
	}
	return page.Japanese
}

type (
	openHandler   func(http.ResponseWriter, *http.Request) error
	callerHandler func(http.ResponseWriter, *http.Request, account.Caller) error
)

// open answers before anybody has signed in.
func (c *Console) open(h openHandler) func(admission) http.Handler {
	return func(a admission) http.Handler {
		if a != anybody {
			panic("console: a route that asks for no session is declared as if it did")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				c.fail(w, r, err, account.Caller{})
			}
		})
	}
}

// page answers people.
func (c *Console) page(h callerHandler) func(admission) http.Handler { return c.signedIn(false, h) }

// background answers a page that asks by itself, which keeps no idle session alive.
func (c *Console) background(h callerHandler) func(admission) http.Handler {
	return c.signedIn(true, h)
}

func (c *Console) signedIn(background bool, h callerHandler) func(admission) http.Handler {
	return func(a admission) http.Handler {
		if a < beginner {
			panic("console: a route that needs a session is declared as if it did not")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			caller, err := c.caller(r, background)
			switch {
			case fault.Is(err, fault.Denied) && background:
				w.WriteHeader(http.StatusUnauthorized)
				return
			case fault.Is(err, fault.Denied):
				c.sendToSignIn(w, r)
				return
			case err == nil && a != beginner && !caller.Ready():
				http.Redirect(w, r, firstStep(caller), http.StatusSeeOther)
				return
			case err == nil && !a.admits(caller):
				err = fault.New(fault.Denied, "%s is not for the role %s", r.Pattern, caller.Role)
			case err == nil:
				err = h(w, r, caller)
			}
			if err != nil {
				c.fail(w, r, err, caller)
			}
		})
	}
}

// firstStep is what is left of somebody's first sign-in.
func firstStep(c account.Caller) string {
	switch {
	case c.MustChange:
		return "/password"
	case c.MustEnrol:
		return "/second-factor"
	}
	return "/"
}

// caller finds who is signed in. Every refusal is of kind denied.
func (c *Console) caller(r *http.Request, background bool) (account.Caller, error) {
	token := c.cookie(r, sessionCookie)
	if token == "" {
		return account.Caller{}, fault.WithKey(fault.Denied, "session.ended", nil)
	}
	caller, err := c.Accounts.Resume(r.Context(), token, background)
	caller.Address = address(r)
	return caller, err
}

func (c *Console) sendToSignIn(w http.ResponseWriter, r *http.Request) {
	to := "/signin"
	if c.cookie(r, sessionCookie) != "" {
		to = "/signin?ended=1"
	}
	c.dropCookie(w, sessionCookie)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// doneKeys are the texts that the cookie may ask for.
var doneKeys = []fault.Key{
	"password.done", "factor.done", "reread.patient_done", "reread.root_done", "quarantine.recheck_done",
	"kept.file_done", "kept.dismiss_done", "kept.withdraw_done", "kept.restore_done", "kept.seen_done",
}

// done leads on to a page after a form went through, which tells so once.
func (c *Console) done(w http.ResponseWriter, r *http.Request, key fault.Key, to string) {
	c.keepCookie(w, doneCookie, string(key), doneSeconds)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// shell fills what surrounds every page. path is one that GET answers.
func (c *Console) shell(r *http.Request, caller account.Caller, section page.Section, path string) page.Shell {
	s := page.Shell{
		Title: c.Title, Gateway: c.Gateway, User: caller.Login, Role: caller.Role, Ready: caller.Login != "" && caller.Ready(),
		Section: section, Path: path, Now: c.Clock(),
	}
	if key := fault.Key(c.cookie(r, doneCookie)); r.Method == http.MethodGet && slices.Contains(doneKeys, key) {
		s.Notice = &page.Notice{Tone: page.ToneDone, Message: page.Message{Key: key}}
	}
	return s
}

// fail is the one place where an error meets the user. Denied becomes not found.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error, caller account.Caller) {
	if r.Context().Err() != nil {
		return // the reader has gone away
	}
	problem := page.Problem{Shell: c.shell(r, caller, "", "/"), Kind: page.ProblemInternal}
	problem.Notice = nil
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound:
		problem.Kind, status = page.ProblemNotFound, http.StatusNotFound
	case fault.Invalid, fault.Conflict:
		problem.Kind, status = page.ProblemInvalid, http.StatusUnprocessableEntity
	default:
		problem.Ref = c.report(r, err)
	}
	c.render(w, r, status, problem)
}

// report logs an error that is ours to mend and gives the reference to quote.
func (c *Console) report(r *http.Request, err error) string {
	ref := httpserver.Ref(r.Context())
	c.Log.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String(logging.KeyRoute, r.Pattern), slog.String(logging.KeyRef, ref), slog.Any(logging.KeyError, err))
	return ref
}

func (c *Console) nothing(http.ResponseWriter, *http.Request, account.Caller) error {
	return fault.New(fault.NotFound, "no such route")
}

// render draws a view and answers with it. A view that cannot be drawn becomes a bare
// error, never half a page under a status that says all is well.
func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, v page.View) {
	var body bytes.Buffer
	lang := c.language(r)
	if err := page.Render(&body, lang, v); err != nil {
		http.Error(w, "エラーが発生しました。 / Something went wrong. ("+c.report(r, err)+")", http.StatusInternalServerError)
		return
	}
	if c.cookie(r, doneCookie) != "" {
		c.dropCookie(w, doneCookie)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", lang)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // fails only if the reader has gone away
}
