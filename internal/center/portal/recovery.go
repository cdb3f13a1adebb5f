package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// setupCode shows the accounts with a setup code that is seen this once. It does not
// redirect: the code is kept nowhere.
func (p *Portal) setupCode(w http.ResponseWriter, r *http.Request, c signin.Caller, created manage.Created, why page.CodeReason) error {
	view, err := p.usersView(r, c)
	if err != nil {
		return err
	}
	view.Code = shownCode(created, why)
	p.render(w, r, http.StatusOK, view)
	return nil
}

func shownCode(created manage.Created, why page.CodeReason) *page.SetupCode {
	return &page.SetupCode{
		Login: created.User.Login, DisplayName: created.User.DisplayName, Code: created.Code, Until: created.Until, Why: why,
	}
}

// userCode shows a new setup code for an account that has no credential yet.
func (p *Portal) userCode(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	user, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	created, err := p.Manage.SetupCode(r.Context(), c, user)
	if err != nil {
		return p.usersRefused(w, r, c, page.UserForm{}, err)
	}
	return p.setupCode(w, r, c, created, page.CodeAgain)
}

func (p *Portal) recoveryAsk(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	user, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	if err := p.Manage.AskRecovery(r.Context(), c, user, account.RecoveryReason(r.PostFormValue("reason"))); err != nil {
		return p.usersRefused(w, r, c, page.UserForm{}, err)
	}
	view, err := p.usersView(r, c)
	if err != nil {
		return err
	}
	key := fault.Key("recovery.asked")
	if view.Alone(account.User{ID: user}) {
		key = "recovery.asked_alone"
	}
	done(w, r, key, "/manage/users")
	return nil
}

func (p *Portal) recoveryWithdraw(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.RecoveryID](r, "recovery")
	if err != nil {
		return err
	}
	if err := p.Manage.WithdrawRecovery(r.Context(), c, id); err != nil {
		return p.usersRefused(w, r, c, page.UserForm{}, err)
	}
	done(w, r, "recovery.withdrawn", "/manage/users")
	return nil
}

func (p *Portal) recoveryApprove(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.RecoveryID](r, "recovery")
	if err != nil {
		return err
	}
	created, err := p.Manage.ApproveRecovery(r.Context(), c, id)
	if err != nil {
		return p.usersRefused(w, r, c, page.UserForm{}, err)
	}
	return p.setupCode(w, r, c, created, page.CodeRecovered)
}

// first is what whoever comes by a setup code makes a credential from; nil before that step.
func (p *Portal) first(r *http.Request, c signin.Caller) (*page.First, error) {
	if !c.Setup || c.Untrained || c.Unpledged {
		return nil, nil
	}
	first, err := p.SignIn.First(r.Context(), c)
	if err != nil {
		return nil, err
	}
	return &page.First{Passkeys: first.Passkeys, TOTPSecret: first.TOTPSecret, TOTPURL: first.TOTPURL}, nil
}

// firstPassword takes an own password with one of its one-time codes.
func (p *Portal) firstPassword(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	next := r.PostFormValue("new")
	var token string
	var err error = fault.WithKey(fault.Invalid, "password.differs", nil)
	if next == r.PostFormValue("again") {
		token, err = p.SignIn.SetFirstPassword(r.Context(), c, next, r.PostFormValue("code"))
	}
	return p.equipped(w, r, c, token, err)
}

// firstPasskey takes a passkey that the browser has made.
func (p *Portal) firstPasskey(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	token, err := p.SignIn.SetFirstPasskey(r.Context(), c, []byte(r.PostFormValue("answer")), r.PostFormValue("name"))
	return p.equipped(w, r, c, token, err)
}

// firstPasskeyOptions gives a script what it asks the authenticator to make.
func (p *Portal) firstPasskeyOptions(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	options, err := p.SignIn.AskFirstPasskey(r.Context(), c, r.PostFormValue("origin"))
	if err != nil {
		return err
	}
	return answerJSON(w, options)
}

// equipped lets in whoever has made a credential, and shows the step again where nothing
// came of it.
func (p *Portal) equipped(w http.ResponseWriter, r *http.Request, c signin.Caller, token string, err error) error {
	if err == nil {
		keepCookie(w, sessionCookie, token, 0)
		done(w, r, "setup.done", "/")
		return nil
	}
	key, params, _ := fault.Message(err)
	if key == "session.ended" {
		p.sendToSignIn(w, r, wholePage)
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.welcomeView(r, c)
	if err != nil {
		return err
	}
	view.KeyName = r.PostFormValue("name")
	if field, ok := firstField[key]; ok {
		view.Errors[field] = page.Message{Key: key, Params: params}
	} else {
		view.Notice = notice
	}
	view.ByPassword = r.PostForm.Has("new")
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// firstField says beside which field of the step a refusal belongs.
var firstField = map[fault.Key]string{
	"passkey.name": "name", "setup.code": "code", "password.differs": "again", "password.length": "new",
	"password.letters_digits": "new", "password.own": "new", "password.common": "new", "password.reused": "new",
}
