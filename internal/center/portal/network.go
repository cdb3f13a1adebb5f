package portal

import (
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const recoveriesPath = "/network/recoveries"

func (p *Portal) networkView(r *http.Request, c signin.Caller) (page.Recoveries, error) {
	list, err := p.Manage.NetworkRecoveries(r.Context(), c)
	view := page.Recoveries{Shell: p.shell(r, c, page.SectionRecoveries, recoveriesPath), Errors: page.Errors{}}
	for _, n := range list {
		refused, _, _ := fault.Message(n.Refused)
		view.Rows = append(view.Rows, page.RecoveryRow{
			ID: n.ID, UserName: n.UserName, Facility: n.Facility.Name, Reason: n.Reason, AskedByName: n.AskedByName,
			AskedAt: n.AskedAt, ExpiresAt: n.ExpiresAt, Refused: refused, Mine: n.AskedBy == c.User,
		})
	}
	return view, err
}

// network is what waits for an operator.
func (p *Portal) network(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.networkView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) networkAsk(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	form := page.RecoveryForm{Login: strings.TrimSpace(r.PostFormValue("login")), Reason: account.RecoveryReason(r.PostFormValue("reason"))}
	if err := p.Manage.AskNetworkRecovery(r.Context(), c, form.Login, form.Reason); err != nil {
		return p.networkRefused(w, r, c, form, err)
	}
	done(w, r, "recovery.asked", recoveriesPath)
	return nil
}

func (p *Portal) networkApprove(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.RecoveryID](r, "recovery")
	if err != nil {
		return err
	}
	created, err := p.Manage.ApproveNetworkRecovery(r.Context(), c, id)
	if err != nil {
		return p.networkRefused(w, r, c, page.RecoveryForm{}, err)
	}
	view, err := p.networkView(r, c)
	if err != nil {
		return err
	}
	view.Code = shownCode(created, page.CodeRecovered)
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) networkWithdraw(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.RecoveryID](r, "recovery")
	if err != nil {
		return err
	}
	if err := p.Manage.WithdrawNetworkRecovery(r.Context(), c, id); err != nil {
		return p.networkRefused(w, r, c, page.RecoveryForm{}, err)
	}
	done(w, r, "recovery.withdrawn", recoveriesPath)
	return nil
}

// networkRefused shows the requests again with what was wrong.
func (p *Portal) networkRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, form page.RecoveryForm, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.networkView(r, c)
	if err != nil {
		return err
	}
	view.Form = form
	switch {
	case r.PathValue("recovery") != "":
		view.Notice = notice
	case notice.Key == "recovery.reason":
		view.Errors["reason"] = notice.Message
	default:
		view.Errors["login"] = notice.Message
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}
