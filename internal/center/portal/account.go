package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
)

func (p *Portal) accountView(r *http.Request, c signin.Caller) (page.Account, error) {
	own, err := p.SignIn.Own(r.Context(), c)
	if err != nil {
		return page.Account{}, err
	}
	return page.Account{Shell: p.shell(r, c, page.SectionAccount, "/account"), Own: own}, nil
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
