package portal

import (
	"net/http"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Portal) grants(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.UserID](r, "user")
	if err != nil {
		return err
	}
	user, rows, err := p.Manage.Grants(r.Context(), c, id)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Grants{Shell: p.shell(r, c, page.SectionUsers, "/manage/users/"+string(id)+"/grants"), User: user, Rows: rows})
	return nil
}
