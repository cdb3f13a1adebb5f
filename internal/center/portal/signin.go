package portal

import (
	"net/http"
	"net/url"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func (p *Portal) signInForm(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	view, err := p.signInView(r, dev)
	if err != nil {
		return err
	}
	view.Ended = r.URL.Query().Get("ended") == "1"
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) signInView(r *http.Request, dev device.Device) (page.SignIn, error) {
	home, err := p.SignIn.Facility(r.Context(), dev)
	if err != nil {
		return page.SignIn{}, err
	}
	return page.SignIn{Facility: home.Name, Device: dev.Name, Path: "/signin"}, nil
}

func (p *Portal) signIn(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	token, err := p.SignIn.SignIn(r.Context(), dev, r.PostFormValue("login"), r.PostFormValue("password"), r.PostFormValue("code"))
	if err == nil {
		setSession(w, token)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	if !fault.Is(err, fault.Denied) {
		return err
	}
	view, viewErr := p.signInView(r, dev)
	if viewErr != nil {
		return viewErr
	}
	key, params, _ := fault.Message(err)
	view.Login = r.PostFormValue("login")
	view.Notice = &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key, Params: params}}
	p.render(w, r, http.StatusUnauthorized, view)
	return nil
}

func (p *Portal) signOut(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := p.SignIn.SignOut(r.Context(), c); err != nil {
		return err
	}
	clearSession(w)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

// home leads to what the caller works with.
func (p *Portal) home(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	to := "/password"
	switch {
	case c.Has(access.RoleViewer), c.Has(access.RoleLiaison):
		to = "/patients"
	case c.Has(access.RoleManager):
		to = "/manage/users"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// setLanguage remembers the language at the terminal and, for whoever is signed in, with the account.
func (p *Portal) setLanguage(w http.ResponseWriter, r *http.Request, _ device.Device) error {
	lang := r.PostFormValue("language")
	if lang != page.English {
		lang = page.Japanese
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	if caller, err := p.caller(r, false); err == nil {
		if err := p.SignIn.SetLanguage(r.Context(), caller, lang); err != nil {
			return err
		}
	}
	http.Redirect(w, r, ownPath(r.PostFormValue("to")), http.StatusSeeOther)
	return nil
}

// ownPath keeps a path that a form sends back inside the portal.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

func (p *Portal) passwordForm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	p.render(w, r, http.StatusOK, page.Password{Shell: p.shell(c, page.SectionPassword, "/password"), Must: c.MustChange})
	return nil
}

func (p *Portal) passwordChange(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view := page.Password{Shell: p.shell(c, page.SectionPassword, "/password"), Must: c.MustChange, Errors: page.Errors{}}
	next := r.PostFormValue("new")
	if next != r.PostFormValue("again") {
		view.Errors["again"] = page.Message{Key: "password.differs"}
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	err := p.SignIn.ChangePassword(r.Context(), c, r.PostFormValue("old"), next)
	if err == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Denied) {
		return err
	}
	field := "new"
	if fault.Is(err, fault.Denied) {
		field = "old"
	}
	key, params, _ := fault.Message(err)
	view.Errors[field] = page.Message{Key: key, Params: params}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}
