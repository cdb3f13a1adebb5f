package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Portal) accountView(r *http.Request, c signin.Caller) (page.Account, error) {
	own, err := p.SignIn.Own(r.Context(), c)
	if err != nil {
		return page.Account{}, err
	}
	return page.Account{Shell: p.shell(r, c, page.SectionAccount, "/account"), Own: own, ByPasskey: c.ByPasskey()}, nil
}

// account is what somebody sees of, and does with, their own account.
func (p *Portal) account(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.accountView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// accountRefused shows the account again with what was wrong.
func (p *Portal) accountRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.accountView(r, c)
	if err != nil {
		return err
	}
	view.Notice = notice
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (p *Portal) newPasskeyView(r *http.Request, c signin.Caller) page.NewPasskey {
	return page.NewPasskey{Shell: p.shell(r, c, page.SectionAccount, "/account/passkeys/new"), Errors: page.Errors{}}
}

func (p *Portal) passkeyForm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := p.SignIn.MayAddPasskey(r.Context(), c); err != nil {
		return p.accountRefused(w, r, c, err)
	}
	p.render(w, r, http.StatusOK, p.newPasskeyView(r, c))
	return nil
}

// passkeyOptions gives a script what it asks the authenticator to make.
func (p *Portal) passkeyOptions(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	options, err := p.SignIn.AskNewPasskey(r.Context(), c, r.PostFormValue("origin"))
	if err != nil {
		return err
	}
	return answerJSON(w, options)
}

func (p *Portal) passkeyAdd(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	err := p.SignIn.AddPasskey(r.Context(), c, []byte(r.PostFormValue("answer")), r.PostFormValue("name"))
	if err == nil {
		done(w, r, "passkey.added", "/account")
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view := p.newPasskeyView(r, c)
	view.Name = r.PostFormValue("name")
	if notice.Key == "passkey.name" {
		view.Errors["name"] = notice.Message
	} else {
		view.Notice = notice
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (p *Portal) passkeyRename(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changePasskey(w, r, c, "passkey.renamed", func(id ident.PasskeyID) error {
		return p.SignIn.RenamePasskey(r.Context(), c, id, r.PostFormValue("name"))
	})
}

func (p *Portal) passkeyRemove(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changePasskey(w, r, c, "passkey.removed", func(id ident.PasskeyID) error {
		return p.SignIn.RemovePasskey(r.Context(), c, id)
	})
}

func (p *Portal) changePasskey(w http.ResponseWriter, r *http.Request, c signin.Caller, key fault.Key, change func(ident.PasskeyID) error) error {
	id, err := pathID[ident.PasskeyID](r, "passkey")
	if err != nil {
		return err
	}
	if err := change(id); err != nil {
		return p.accountRefused(w, r, c, err)
	}
	done(w, r, key, "/account")
	return nil
}

// passwordDrop leaves the caller with passkeys alone.
func (p *Portal) passwordDrop(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := p.SignIn.DropPassword(r.Context(), c); err != nil {
		return p.accountRefused(w, r, c, err)
	}
	done(w, r, "passkey.alone", "/account")
	return nil
}
