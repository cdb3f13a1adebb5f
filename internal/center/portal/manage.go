package portal

import (
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Portal) usersView(r *http.Request, c signin.Caller) (page.Users, error) {
	rows, err := p.Manage.Users(r.Context(), c)
	if err != nil {
		return page.Users{}, err
	}
	return page.Users{Shell: p.shell(r, c, page.SectionUsers, "/manage/users"), Self: c.User, Rows: rows}, nil
}

func (p *Portal) users(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.usersView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) userCreate(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	form := page.UserForm{
		Login:       strings.TrimSpace(r.PostFormValue("login")),
		DisplayName: strings.TrimSpace(r.PostFormValue("display_name")),
		Kana:        strings.TrimSpace(r.PostFormValue("kana")),
		Profession:  access.Profession(r.PostFormValue("profession")),
		Roles:       formRoles(r),
	}
	created, err := p.Manage.CreateUser(r.Context(), c, manage.NewUser{
		Login: form.Login, DisplayName: form.DisplayName, Kana: form.Kana, Profession: form.Profession, Roles: form.Roles,
	})
	return p.usersAfter(w, r, c, created, false, form, err)
}

func (p *Portal) userReset(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	user, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	created, err := p.Manage.ResetCredentials(r.Context(), c, user)
	return p.usersAfter(w, r, c, created, true, page.UserForm{}, err)
}

// usersAfter shows the accounts with credentials that are seen this once, or with what
// was wrong. It does not redirect: the credentials are kept nowhere.
func (p *Portal) usersAfter(w http.ResponseWriter, r *http.Request, c signin.Caller, created manage.Created, reset bool, form page.UserForm, err error) error {
	view, viewErr := p.usersView(r, c)
	if viewErr != nil {
		return viewErr
	}
	if err != nil {
		notice, err := p.trouble(r, err)
		if err != nil {
			return err
		}
		view.Notice, view.Form = notice, form
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	view.Created = &page.Credentials{
		Login: created.User.Login, DisplayName: created.User.DisplayName,
		Password: created.Password, TOTPSecret: created.TOTPSecret, TOTPURL: created.TOTPURL, Reset: reset,
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) userRoles(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, func(user ident.UserID) error {
		return p.Manage.SetRoles(r.Context(), c, user, formRoles(r))
	})
}

func (p *Portal) userClose(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, func(user ident.UserID) error {
		return p.Manage.CloseUser(r.Context(), c, user)
	})
}

func (p *Portal) changeUser(w http.ResponseWriter, r *http.Request, c signin.Caller, change func(ident.UserID) error) error {
	user, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	if err := change(user); err != nil {
		notice, err := p.trouble(r, err)
		if err != nil {
			return err
		}
		view, err := p.usersView(r, c)
		if err != nil {
			return err
		}
		view.Notice = notice
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	http.Redirect(w, r, "/manage/users", http.StatusSeeOther)
	return nil
}

func formRoles(r *http.Request) []access.Role {
	if err := r.ParseForm(); err != nil {
		return nil
	}
	var out []access.Role
	for _, v := range r.PostForm["roles"] {
		out = append(out, access.Role(v))
	}
	return out
}

func (p *Portal) release(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.releaseView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) releaseView(r *http.Request, c signin.Caller) (page.Release, error) {
	view := page.Release{Shell: p.shell(r, c, page.SectionRelease, "/manage/release"), Discloses: c.Home.Disclosing}
	if !view.Discloses {
		return view, nil
	}
	state, err := p.Manage.Release(r.Context(), c)
	switch {
	case fault.Is(err, fault.Unavailable):
		view.Silent = true
		known, err := p.Manage.ReleaseCopy(r.Context(), c)
		if err != nil {
			return view, err
		}
		view.State, view.FetchedAt = known.ReleaseState, known.FetchedAt
	case err != nil:
		return view, err
	default:
		view.State, view.FetchedAt = state, p.Clock()
	}
	return view, nil
}

func (p *Portal) releasePropose(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "read form: %w", err)
	}
	base, matrix, err := page.ReleaseForm(r.PostForm)
	if err == nil {
		_, err = p.Manage.ProposeRelease(r.Context(), c, base, matrix)
	}
	if err == nil {
		http.Redirect(w, r, "/manage/release", http.StatusSeeOther)
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.releaseView(r, c)
	if err != nil {
		return err
	}
	view.Notice = notice
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (p *Portal) devices(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	rows, err := p.Manage.Devices(r.Context(), c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Devices{Shell: p.shell(r, c, page.SectionDevices, "/manage/devices"), This: c.Device, Rows: rows})
	return nil
}
