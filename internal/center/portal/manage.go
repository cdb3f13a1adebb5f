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
	pending, err := p.Manage.Recoveries(r.Context(), c)
	if err != nil {
		return page.Users{}, err
	}
	locked, err := p.Manage.Locked(r.Context(), c)
	if err != nil {
		return page.Users{}, err
	}
	return page.Users{Shell: p.shell(r, c, page.SectionUsers, "/manage/users"), Self: c.User, Rows: rows, Pending: pending, Locked: locked}, nil
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
		Trained:     strings.TrimSpace(r.PostFormValue("trained")),
		Paper:       r.PostFormValue("paper") == "1",
	}
	created, err := p.Manage.CreateUser(r.Context(), c, manage.NewUser{
		Login: form.Login, DisplayName: form.DisplayName, Kana: form.Kana, Profession: form.Profession, Roles: form.Roles,
		Cleared: manage.Cleared{Trained: form.Trained, Paper: form.Paper},
	})
	if err != nil {
		return p.usersRefused(w, r, c, form, err)
	}
	return p.setupCode(w, r, c, created, page.CodeCreated)
}

// usersRefused shows the accounts again with what was wrong: beside the field of the new
// account's form, or above the page where an account of the list was to be changed.
func (p *Portal) usersRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, form page.UserForm, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.usersView(r, c)
	if err != nil {
		return err
	}
	view.Form = form
	if field, ok := userField[notice.Key]; ok && r.PathValue("user") == "" && r.PathValue("recovery") == "" {
		view.Errors = page.Errors{field: notice.Message}
	} else {
		view.Notice = notice
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// userField says beside which field of the new account's form a refusal belongs.
var userField = map[fault.Key]string{
	"user.login_invalid":       "login",
	"user.login_taken":         "login",
	"user.name_missing":        "display_name",
	"user.profession_missing":  "profession",
	"user.roles_missing":       "roles",
	"user.viewer_not_clinical": "roles",
	"user.trained_invalid":     "trained",
	"user.trained_future":      "trained",
}

func (p *Portal) userRoles(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, "users.roles_changed", func(user ident.UserID) error {
		return p.Manage.SetRoles(r.Context(), c, user, formRoles(r))
	})
}

func (p *Portal) userClearance(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, "users.cleared", func(user ident.UserID) error {
		return p.Manage.RecordClearance(r.Context(), c, user, manage.Cleared{
			Trained: strings.TrimSpace(r.PostFormValue("trained")), Paper: r.PostFormValue("paper") == "1",
		})
	})
}

func (p *Portal) userReactivate(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, "users.reactivated", func(user ident.UserID) error {
		return p.Manage.Reactivate(r.Context(), c, user)
	})
}

func (p *Portal) userUnlock(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, "users.unlocked", func(user ident.UserID) error {
		return p.Manage.Unlock(r.Context(), c, user)
	})
}

func (p *Portal) userClose(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	return p.changeUser(w, r, c, "users.closed", func(user ident.UserID) error {
		return p.Manage.CloseUser(r.Context(), c, user)
	})
}

func (p *Portal) changeUser(w http.ResponseWriter, r *http.Request, c signin.Caller, key fault.Key, change func(ident.UserID) error) error {
	user, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	if err := change(user); err != nil {
		return p.usersRefused(w, r, c, page.UserForm{}, err)
	}
	done(w, r, key, "/manage/users")
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
	if err == nil && r.PostForm.Get("confirm") != "1" {
		return p.releaseSummary(w, r, c, base, matrix)
	}
	if err == nil {
		_, err = p.Manage.ProposeRelease(r.Context(), c, base, matrix)
	}
	if err == nil {
		done(w, r, "release.done", "/manage/release")
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
	if notice.Key == "release.delay" {
		// What was typed is mended on the version that it was typed on.
		view.Typed, view.State.Version = r.PostForm, base
		view.Errors = page.Errors{"release": notice.Message}
	} else {
		view.Notice = notice
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// releaseSummary shows what a form would change, before it is sent on.
func (p *Portal) releaseSummary(w http.ResponseWriter, r *http.Request, c signin.Caller, base int64, matrix access.Matrix) error {
	view, err := p.releaseView(r, c)
	if err != nil {
		return err
	}
	if !view.Discloses {
		return fault.New(fault.NotFound, "release of a facility that discloses nothing")
	}
	changes := view.State.Matrix.Diff(matrix)
	refuse := func(key fault.Key) error {
		view.Notice = &page.Notice{Tone: page.ToneRefused, Message: page.Message{Key: key}}
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	switch {
	case view.Silent:
		return refuse("gateway.silent")
	case view.State.Version != base:
		return refuse("release.stale")
	case len(changes) == 0:
		return refuse("release.unchanged")
	}
	view.Typed = r.PostForm
	if r.PostForm.Get("edit") != "1" {
		view.Summary = changes
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}
