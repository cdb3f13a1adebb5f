package portal

import (
	"net/http"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

const patientsPerPage = 50

// patientList answers GET and POST alike: what is searched for may be a patient number
// or a name, which stands in no URL, so a search is answered directly.
func (p *Portal) patientList(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view := page.PatientList{Shell: p.shell(r, c, page.SectionPatients, "/patients"), Sort: page.SortKana, Page: 1}
	if s := r.FormValue("sort"); s == page.SortLatest || s == page.SortLinked {
		view.Sort = s
	}
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil && n > 1 && n < 100_000 {
		view.Page = n
	}
	view.Query = strings.TrimSpace(r.PostFormValue("q"))
	view.Waiting = view.Query == "" && r.FormValue("show") == "corrected" && c.Has(access.RoleLiaison)
	if d, err := wareki.ParseDate(view.Query); err == nil {
		view.QueryDate = d
	}
	found, err := p.listPage(r, c, &view)
	if err != nil {
		return err
	}
	if view.Page > view.Pages { // patients were unlinked meanwhile: the last page there is
		view.Page = view.Pages
		if found, err = p.listPage(r, c, &view); err != nil {
			return err
		}
	}
	palette, err := p.palette(r, c)
	if err != nil {
		return err
	}
	for _, row := range found.Rows {
		out := page.PatientRow{Person: row.Person, OwnID: row.OwnID, Consent: row.Consent, LatestDate: row.LatestDate, LinkedAt: row.LinkedAt, ToConfirm: row.ToConfirm}
		for _, f := range row.Facilities {
			out.Facilities = append(out.Facilities, palette.Of(f))
		}
		view.Rows = append(view.Rows, out)
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) listPage(r *http.Request, c signin.Caller, view *page.PatientList) (register.ListPage, error) {
	found, err := p.Register.List(r.Context(), c, register.ListQuery{
		Text: view.Query, Sort: view.Sort, ToConfirm: view.Waiting, Offset: (view.Page - 1) * patientsPerPage, Limit: patientsPerPage,
	})
	view.Total, view.ToConfirm = found.Total, found.ToConfirm
	view.Pages = max(1, (found.Total+patientsPerPage-1)/patientsPerPage)
	return found, err
}

// palette gives the disclosing facilities of the caller's union their colours.
func (p *Portal) palette(r *http.Request, c signin.Caller) (page.Palette, error) {
	facilities, err := p.Register.Disclosing(r.Context(), c)
	if err != nil {
		return nil, err
	}
	return page.NewPalette(facilities), nil
}
