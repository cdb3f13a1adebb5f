package portal

import (
	"net/http"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const logRowsPerPage = 100

// accessLog answers GET with filters that may stand in a URL, and POST with a text
// search as well, which may be a name.
func (p *Portal) accessLog(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	users, err := p.Manage.Users(r.Context(), c)
	if err != nil {
		return err
	}
	view := page.AccessLog{
		Shell: p.shell(r, c, page.SectionLog, "/manage/log"), Users: users,
		From: strings.TrimSpace(r.FormValue("from")), To: strings.TrimSpace(r.FormValue("to")),
		User: ident.UserID(r.FormValue("user")), Text: strings.TrimSpace(r.PostFormValue("q")), Group: audit.Group(r.FormValue("kind")), Errors: page.Errors{},
	}
	if view.Group.Actions() == nil {
		view.Group = ""
	}
	if !ofOwn(users, view.User) {
		if err := p.Manage.Probe(r.Context(), c, "user"); err != nil {
			return err
		}
		return fault.New(fault.NotFound, "access log: no such user")
	}
	filter := manage.LogFilter{User: view.User, Text: view.Text, Group: view.Group, Limit: logRowsPerPage, Before: r.FormValue("before")}
	if d, ok := day(view.From, "from", view.Errors); ok {
		filter.From = d.Midnight()
	}
	if d, ok := day(view.To, "to", view.Errors); ok {
		filter.To = d.AddDays(1).Midnight()
	}
	if len(view.Errors) > 0 {
		p.render(w, r, http.StatusUnprocessableEntity, view)
		return nil
	}
	rows, next, err := p.Manage.AccessLog(r.Context(), c, filter)
	if fault.Is(err, fault.Invalid) {
		return fault.New(fault.NotFound, "access log: %w", err)
	}
	if err != nil {
		return err
	}
	view.Next = next
	for _, row := range rows {
		view.Rows = append(view.Rows, page.LogRow{
			ID: row.ID, At: row.At, Action: row.Action, Outcome: row.Outcome,
			UserName: row.UserName, Profession: row.Profession,
			Facility: row.FacilityName, Owner: row.OwnerName, Person: row.PersonName, NameNow: row.NameNow, FormerNumber: row.FormerNumber, Kinds: row.Kinds, File: row.File,
			Means: row.Means, Copied: row.Copied, Unlocked: row.Unlocked, Device: row.DeviceName, About: row.About, Why: row.Why,
			PatientID: row.PatientID, Reason: row.Reason, Cause: row.Cause, Differs: row.Differs, Changed: row.Changed,
		})
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// ofOwn reports whether the log may be narrowed to a user: to nobody, or to one of the
// own facility's.
func ofOwn(users []account.User, id ident.UserID) bool {
	return id == "" || slices.ContainsFunc(users, func(u account.User) bool { return u.ID == id })
}

// day reads an optional date of a filter form and notes a bad one.
func day(input, field string, errors page.Errors) (wareki.Date, bool) {
	if input == "" {
		return wareki.Date{}, false
	}
	d, err := wareki.ParseDate(input)
	if err != nil {
		errors[field] = page.MessageOf(err)
		return wareki.Date{}, false
	}
	return d, true
}
