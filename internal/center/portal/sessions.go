package portal

import (
	"net/http"
	"strconv"

	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// sessionEndOwn ends one of the caller's own sessions, elsewhere or here.
func (p *Portal) sessionEndOwn(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.SessionID](r, "session")
	if err != nil {
		return err
	}
	if err := p.SignIn.EndSession(r.Context(), c, id); err != nil && !fault.Is(err, fault.NotFound) {
		return err // one that is not there has ended, which is what was asked for
	}
	done(w, r, "sessions.ended", "/account")
	return nil
}

// sessionsEndOwn signs the caller out everywhere.
func (p *Portal) sessionsEndOwn(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if err := p.SignIn.EndSessions(r.Context(), c); err != nil {
		return err
	}
	dropCookie(w, sessionCookie)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

func (p *Portal) sessionsView(r *http.Request, c signin.Caller) (page.Sessions, error) {
	rows, err := p.Manage.Sessions(r.Context(), c)
	return page.Sessions{Shell: p.shell(r, c, page.SectionUsers, "/manage/sessions"), ByDevice: r.URL.Query().Get("by") == "device", Rows: rows, Idle: c.Home.Idle}, err
}

// sessions lists who is signed in at the facility.
func (p *Portal) sessions(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.sessionsView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// sessionsEnd ends the sessions that a form names: one, a user's, a terminal's, or with
// all=1 all of the facility.
func (p *Portal) sessionsEnd(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	which := manage.Which{
		Session: ident.SessionID(r.PostFormValue("session")), User: ident.UserID(r.PostFormValue("user")), Device: ident.DeviceID(r.PostFormValue("device")),
	}
	all := r.PostFormValue("all") == "1"
	if all != (which == manage.Which{}) {
		return fault.New(fault.Invalid, "end sessions: neither one, nor a user's, nor a terminal's, nor all")
	}
	_, err := p.Manage.EndSessions(r.Context(), c, which)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if all {
		dropCookie(w, sessionCookie)
		http.Redirect(w, r, "/signin", http.StatusSeeOther)
		return nil
	}
	done(w, r, "sessions.ended", "/manage/sessions")
	return nil
}

// sessionsIdle sets after how long the facility's screens lock themselves.
func (p *Portal) sessionsIdle(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	minutes, _ := strconv.Atoi(r.PostFormValue("minutes")) // what is no number is out of range
	err := p.Manage.SetIdle(r.Context(), c, minutes)
	if err == nil {
		done(w, r, "sessions.idle_done", "/manage/sessions")
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.sessionsView(r, c)
	if err != nil {
		return err
	}
	view.Notice = notice
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}
