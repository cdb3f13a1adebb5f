package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func (p *Portal) welcomeView(r *http.Request, c signin.Caller) (page.Welcome, error) {
	first, err := p.first(r, c)
	return page.Welcome{
		Shell: p.shell(r, c, page.SectionAccount, "/welcome"), Name: c.DisplayName,
		Untrained: c.Untrained, Unpledged: c.Unpledged, MustChange: c.MustChange, Setup: c.Setup, First: first, Errors: page.Errors{},
	}, err
}

// welcome is what stands before an account's first use, one thing after the other.
func (p *Portal) welcome(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if c.Ready() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	view, err := p.welcomeView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// pledge takes the caller's pledge.
func (p *Portal) pledge(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if c.Unpledged && r.PostFormValue("pledge") != "1" {
		view, err := p.welcomeView(r, c)
		if err != nil {
			return err
		}
		view.Errors["pledge"] = page.Message{Key: fault.Key("welcome.pledge_missing")}
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	if err := p.SignIn.Pledge(r.Context(), c); err != nil {
		return err
	}
	http.Redirect(w, r, "/welcome", http.StatusSeeOther) // to what is next, or past it
	return nil
}
