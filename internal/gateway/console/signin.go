package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
)

func (c *Console) signInForm(w http.ResponseWriter, r *http.Request) error {
	c.render(w, r, http.StatusOK, page.SignIn{Shell: c.shell(r, account.Caller{}, "", "/signin"), Ended: r.URL.Query().Get("ended") == "1"})
	return nil
}

func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	token, err := c.Accounts.SignIn(r.Context(), account.Attempt{
		Login: r.PostFormValue("login"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"), Address: address(r),
	})
	if err == nil {
		c.endFormer(r)
		c.keepCookie(w, sessionCookie, token, 0)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	if !fault.Is(err, fault.Denied) {
		return err
	}
	view := page.SignIn{Shell: c.shell(r, account.Caller{}, "", "/signin"), Login: r.PostFormValue("login")}
	view.Notice = &page.Notice{Tone: page.ToneRefused, Message: messageOf(err)}
	c.render(w, r, http.StatusUnauthorized, view)
	return nil
}

func messageOf(err error) page.Message {
	key, params, _ := fault.Message(err)
	return page.Message{Key: key, Params: params}
}

// endFormer ends the session that the browser had before a new one: its secret is about
// to be forgotten here and must not live on elsewhere.
func (c *Console) endFormer(r *http.Request) {
	former, err := c.caller(r, true)
	if err == nil {
		err = c.Accounts.SignOut(r.Context(), former)
	}
	if err != nil && !fault.Is(err, fault.Denied) {
		c.report(r, err) // it ends by itself when it has been idle
	}
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	if err := c.Accounts.SignOut(r.Context(), caller); err != nil {
		return err
	}
	c.dropCookie(w, sessionCookie)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

func (c *Console) setLanguage(w http.ResponseWriter, r *http.Request) error {
	lang := page.Japanese
	if r.PostFormValue("language") == page.English {
		lang = page.English
	}
	c.keepCookie(w, languageCookie, lang, languageSeconds)
	http.Redirect(w, r, ownPath(r.PostFormValue("to")), http.StatusSeeOther)
	return nil
}

// ownPath keeps a path that a form sends back inside the console.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.Contains(to, "\\") || path.Clean(u.Path) != u.Path {
		return "/"
	}
	return to
}

func (c *Console) passwordView(r *http.Request, caller account.Caller) page.Password {
	return page.Password{Shell: c.shell(r, caller, page.SectionPassword, "/password"), Must: caller.MustChange}
}

func (c *Console) passwordForm(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	c.render(w, r, http.StatusOK, c.passwordView(r, caller))
	return nil
}

func (c *Console) passwordChange(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	next := r.PostFormValue("new")
	var token string
	var err error = fault.WithKey(fault.Invalid, "password.differs", nil)
	if next == r.PostFormValue("again") {
		token, err = c.Accounts.ChangePassword(r.Context(), caller, r.PostFormValue("old"), next)
	}
	m := messageOf(err)
	switch {
	case err == nil:
		c.keepCookie(w, sessionCookie, token, 0)
		to := "/"
		if caller.MustEnrol {
			to = "/second-factor"
		}
		c.done(w, r, "password.done", to)
		return nil
	case m.Key == "session.ended":
		c.sendToSignIn(w, r)
		return nil
	case !fault.Is(err, fault.Invalid):
		return err
	}
	view := c.passwordView(r, caller)
	view.Errors = page.Errors{passwordField(m.Key): m}
	c.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// passwordField says beside which field a refusal belongs.
func passwordField(key fault.Key) string {
	switch key {
	case "password.wrong":
		return "old"
	case "password.differs":
		return "again"
	}
	return "new"
}

func (c *Console) factorForm(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	return c.factor(w, r, caller, http.StatusOK, nil)
}

// factor shows the page on which a second factor is enrolled to whoever is at that step.
func (c *Console) factor(w http.ResponseWriter, r *http.Request, caller account.Caller, status int, errors page.Errors) error {
	if caller.MustChange || !caller.MustEnrol {
		http.Redirect(w, r, firstStep(caller), http.StatusSeeOther)
		return nil
	}
	secret, link, err := c.Accounts.SecondFactor(r.Context(), caller)
	if err != nil {
		return err
	}
	c.render(w, r, status, page.Factor{Shell: c.shell(r, caller, "", "/second-factor"), Secret: secret, URL: link, Errors: errors})
	return nil
}

func (c *Console) factorEnrol(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	if caller.MustChange || !caller.MustEnrol {
		return c.factor(w, r, caller, http.StatusOK, nil)
	}
	token, err := c.Accounts.EnrolSecondFactor(r.Context(), caller, r.PostFormValue("code"))
	if fault.Is(err, fault.Invalid) {
		return c.factor(w, r, caller, http.StatusUnprocessableEntity, page.Errors{"code": messageOf(err)})
	}
	if err != nil {
		return err
	}
	c.keepCookie(w, sessionCookie, token, 0)
	c.done(w, r, "factor.done", "/")
	return nil
}
