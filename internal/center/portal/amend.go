package portal

import (
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// amend corrects the demographics of a patient.
func (p *Portal) amend(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	form := page.AmendForm{Name: v("name"), Kana: v("kana"), BirthDate: v("birth_date"), Sex: v("sex"), Address: v("address"), Reason: v("reason"), Errors: page.Errors{}}
	birth, err := wareki.ParseDate(form.BirthDate)
	if err != nil && form.BirthDate != "" {
		form.Errors["birth_date"] = page.MessageOf(err)
		return p.amendRefused(w, r, c, form, nil)
	}
	suspended, err := p.Register.Amend(r.Context(), c, register.Amendment{
		Person:        id,
		New:           person.Person{Name: form.Name, Kana: form.Kana, BirthDate: birth, Sex: clinical.Sex(form.Sex), Address: form.Address},
		StaffVerified: v("staff_verified") == "1", ConfirmDistinct: v("confirm_distinct") == "1", Reason: form.Reason,
	})
	if err == nil && suspended > 0 {
		done(w, r, amendedPartly, linksPath(id))
		return nil
	}
	if err == nil {
		done(w, r, "person.amended", linksPath(id))
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	return p.amendRefused(w, r, c, form, notice)
}

// amendConfirm notes that a correction by others was compared by hand.
func (p *Portal) amendConfirm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	id, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	birth, err := wareki.ParseISO(r.PostFormValue("birth_date"))
	if err != nil {
		return fault.New(fault.NotFound, "form value birth_date is not as the page gave it")
	}
	err = p.Register.Confirm(r.Context(), c, register.Confirmation{
		Person:        id,
		Seen:          person.Identity{Name: r.PostFormValue("name"), Kana: r.PostFormValue("kana"), BirthDate: birth, Sex: clinical.Sex(r.PostFormValue("sex"))},
		StaffVerified: r.PostFormValue("staff_verified") == "1",
	})
	if err == nil {
		done(w, r, "person.confirmed", linksPath(id))
		return nil
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	if view.Corrected == nil { // there is nothing to confirm any more
		view.Notice = notice
	} else {
		view.Corrected.Refused = &notice.Message
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// amendField says beside which field of the correction a refusal belongs; all others stand
// above it.
var amendField = map[fault.Key]string{
	"person.name_missing": "name", "person.kana_invalid": "kana", "person.birth_missing": "birth_date", "person.birth_future": "birth_date",
	"person.sex_missing": "sex", "consent.date_before_birth": "birth_date", "person.reason_missing": "reason", "link.staff_unverified": "staff_verified",
}

// amendRefused shows the page with the correction open again, as it was typed, and why it
// was refused.
func (p *Portal) amendRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, form page.AmendForm, notice *page.Notice) error {
	if notice != nil {
		message := notice.Message
		switch message.Key { // the words of registering speak of a list and a facility that are not here
		case "person.exists", "person.near":
			form.Alike, message.Key = true, "person.amend_alike"
		case "link.mismatch":
			message.Key = "person.amend_mismatch"
		}
		form.Errors[amendField[message.Key]] = message
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	view.Amend = form
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}
