package portal

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
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
	possible, used, err := p.SignIn.PasskeysAt(r.Context(), dev)
	if err != nil {
		return page.SignIn{}, err
	}
	return page.SignIn{Facility: home.Name, Device: dev.Name, Path: "/signin", Passkeys: possible, Open: !used}, nil
}

func (p *Portal) signIn(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	token, err := p.SignIn.SignIn(r.Context(), dev, r.PostFormValue("login"), r.PostFormValue("password"), r.PostFormValue("code"))
	return p.signedInOr(w, r, dev, token, err)
}

// signInPasskey takes what the browser's authenticator has signed.
func (p *Portal) signInPasskey(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	token, err := p.SignIn.SignInPasskey(r.Context(), dev, []byte(r.PostFormValue("answer")))
	return p.signedInOr(w, r, dev, token, err)
}

func (p *Portal) setupForm(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	view, err := p.setupView(r, dev)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) setupView(r *http.Request, dev device.Device) (page.Setup, error) {
	home, err := p.SignIn.Facility(r.Context(), dev)
	return page.Setup{Facility: home.Name, Device: dev.Name, Path: "/signin/setup"}, err
}

// signInSetup leads whoever has a setup code to the steps before the first use.
func (p *Portal) signInSetup(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	token, err := p.SignIn.SignInSetup(r.Context(), dev, r.PostFormValue("login"), r.PostFormValue("code"))
	if err == nil {
		p.endFormer(r)
		keepCookie(w, sessionCookie, token, 0)
		http.Redirect(w, r, "/welcome", http.StatusSeeOther)
		return nil
	}
	if !fault.Is(err, fault.Denied) {
		return err
	}
	view, viewErr := p.setupView(r, dev)
	if viewErr != nil {
		return viewErr
	}
	key, params, _ := fault.Message(err)
	if key == "signin.refused" {
		key = "setup.refused"
	}
	view.Login = r.PostFormValue("login")
	view.Notice = &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key, Params: params}}
	p.render(w, r, http.StatusUnauthorized, view)
	return nil
}

// signInOptions gives a script what it asks the authenticator.
func (p *Portal) signInOptions(w http.ResponseWriter, r *http.Request, dev device.Device) error {
	options, err := p.SignIn.AskPasskey(r.Context(), dev, r.PostFormValue("origin"))
	if err != nil {
		return err
	}
	return answerJSON(w, options)
}

// signedInOr leads in whoever has a token, and shows the page again to whoever was refused.
func (p *Portal) signedInOr(w http.ResponseWriter, r *http.Request, dev device.Device, token string, err error) error {
	if err == nil {
		p.endFormer(r)
		keepCookie(w, sessionCookie, token, 0)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	key, params, _ := fault.Message(err)
	status := http.StatusUnauthorized
	switch {
	case key == credential.KeyBusy:
		status = http.StatusServiceUnavailable
	case !fault.Is(err, fault.Denied):
		return err
	}
	view, viewErr := p.signInView(r, dev)
	if viewErr != nil {
		return viewErr
	}
	view.Login = r.PostFormValue("login")
	view.Open = view.Open || view.Login != ""
	view.Notice = &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key, Params: params}}
	p.render(w, r, status, view)
	return nil
}

// endFormer ends the session that the browser had before a new one: its secret is
// about to be forgotten here and must not live on elsewhere.
func (p *Portal) endFormer(r *http.Request) {
	if err := p.endHere(r); err != nil {
		p.report(r, err) // it locks itself when it has been idle, and ends within the day
	}
}

// endHere ends the session of the browser, locked or not, if it has one.
func (p *Portal) endHere(r *http.Request) error {
	dev, err := p.device(r)
	if err != nil {
		return err
	}
	holder, err := p.SignIn.Holder(r.Context(), dev, tokenOf(r))
	if fault.Is(err, fault.Denied) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.SignIn.SignOut(r.Context(), holder)
}

// signOut is open to a locked session too: whoever comes next to the terminal ends it.
func (p *Portal) signOut(w http.ResponseWriter, r *http.Request, _ device.Device) error {
	if err := p.endHere(r); err != nil {
		return err
	}
	dropCookie(w, sessionCookie)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

// home leads to what the caller works with.
func (p *Portal) home(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	to := "/account"
	switch {
	case c.Has(access.RoleViewer), c.Has(access.RoleLiaison):
		to = "/patients"
	case c.Has(access.RoleManager):
		to = "/manage/users"
	case c.Has(access.RoleOperator):
		to = recoveriesPath
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// languageSeconds is how long a terminal remembers its language: a year.
const languageSeconds = 365 * 24 * 60 * 60

// setLanguage remembers the language at the terminal and, for whoever is signed in, with the account.
func (p *Portal) setLanguage(w http.ResponseWriter, r *http.Request, _ device.Device) error {
	lang := r.PostFormValue("language")
	if lang != page.English {
		lang = page.Japanese
	}
	keepCookie(w, languageCookie, lang, languageSeconds)
	if caller, err := p.caller(r, false); err == nil {
		if err := p.SignIn.SetLanguage(r.Context(), caller, lang); err != nil {
			return err
		}
	}
	http.Redirect(w, r, ownPath(r.PostFormValue("to")), http.StatusSeeOther)
	return nil
}

// ownPath keeps a path that a form sends back inside the portal: one that browsers read
// as it stands, without anything that could be taken for a host.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\") || path.Clean(u.Path) != u.Path {
		return "/"
	}
	return to
}

func (p *Portal) passwordView(r *http.Request, c signin.Caller) page.Password {
	return page.Password{Shell: p.shell(r, c, page.SectionAccount, "/password"), Must: c.MustChange, Errors: page.Errors{}}
}

func (p *Portal) passwordForm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	p.render(w, r, http.StatusOK, p.passwordView(r, c))
	return nil
}

func (p *Portal) passwordChange(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	next := r.PostFormValue("new")
	var err error = fault.WithKey(fault.Invalid, "password.differs", nil)
	if next == r.PostFormValue("again") {
		err = p.SignIn.ChangePassword(r.Context(), c, r.PostFormValue("old"), next)
	}
	key, params, _ := fault.Message(err)
	switch {
	case err == nil:
		done(w, r, "password.done", "/")
		return nil
	case key == "session.ended":
		p.sendToSignIn(w, r, wholePage)
		return nil
	case key != "signin.locked" && !fault.Is(err, fault.Invalid):
		return err
	}
	view := p.passwordView(r, c)
	view.Errors[passwordField(key)] = page.Message{Key: key, Params: params}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// passwordField says beside which field a refusal belongs.
func passwordField(key fault.Key) string {
	switch key {
	case "password.wrong", "signin.locked":
		return "old"
	case "password.differs":
		return "again"
	}
	return "new"
}
