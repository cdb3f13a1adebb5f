package portal

import (
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (p *Portal) links(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

// linksPath is the path of a person's page of links. A person's id says nothing by itself.
func linksPath(id ident.PersonID) string { return "/patients/" + string(id) + "/links" }

func (p *Portal) linksView(r *http.Request, c signin.Caller) (page.Links, error) {
	id, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return page.Links{}, err
	}
	frame, err := p.Register.Frame(r.Context(), c, id)
	if err != nil {
		return page.Links{}, err
	}
	palette := page.NewPalette(frame.Facilities)
	view := page.Links{
		Patient: page.Patient{
			Shell:  p.shell(r, c, page.SectionPatients, linksPath(id)),
			Person: frame.Person, OwnID: frame.OwnLink.PatientID, Consent: frame.ConsentInForce, Tab: page.TabLinks,
		},
		Own:    page.LinkRow{Facility: palette.Of(c.Home)},
		Former: frame.Former, Ledger: frame.Consents, InForce: frame.ConsentInForce, Errors: page.Errors{},
	}
	fill(&view.Own, frame, frame.OwnLink)
	if now := frame.Person.Identity(); frame.OwnLink.ToConfirm(now) {
		view.Corrected = &page.Corrected{Was: frame.OwnLink.VerifiedAs, Is: now}
	}
	for _, f := range frame.Facilities {
		if f.ID == c.Home.ID {
			continue
		}
		row := page.LinkRow{Facility: palette.Of(f), Online: frame.Online[f.ID]}
		for _, l := range frame.Links {
			if l.Facility == f.ID {
				fill(&row, frame, l)
			}
		}
		view.Rows = append(view.Rows, row)
	}
	return view, nil
}

func fill(row *page.LinkRow, frame register.Frame, l linkage.Link) {
	row.Link, row.PatientID, row.State, row.VerifiedBy, row.Differs = l.ID, l.PatientID, l.State, l.VerifiedBy, l.Differs
	row.Online = frame.Online[l.Facility]
	row.FetchedAt, row.Unreadable = frame.Sources[l.Facility].FetchedAt, frame.Unreadable[l.Facility]
}

// refused shows the links page again after an action that was refused: with the reason
// beside the facility's field if there is one, else above the page.
func (p *Portal) refused(w http.ResponseWriter, r *http.Request, c signin.Caller, facility ident.FacilityID, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	view.Consent = readConsentForm(r)
	view.Notice = notice
	if row := view.Row(facility); row != nil && row.Asks() {
		row.Typed, row.Refused = r.PostFormValue("patient_id"), &notice.Message
		view.Notice = nil
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

// personAndFacility reads the person from the path and the facility from the form.
func personAndFacility(r *http.Request) (ident.PersonID, ident.FacilityID, error) {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return "", "", err
	}
	facility := r.FormValue("facility")
	if !ident.Valid(facility) {
		return "", "", fault.New(fault.NotFound, "form value facility is no id")
	}
	return person, ident.FacilityID(facility), nil
}

func (p *Portal) linkCandidates(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, facility, err := personAndFacility(r)
	if err != nil {
		return err
	}
	found, err := p.Register.Candidates(r.Context(), c, person, facility)
	if err != nil {
		return p.refused(w, r, c, facility, err)
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	if row := view.Row(facility); row != nil {
		candidates := page.Candidates(found)
		row.Candidates, row.Typed = &candidates, r.PostFormValue("patient_id")
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) linkConfirm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, facility, err := personAndFacility(r)
	if err != nil {
		return err
	}
	err = p.Register.Link(r.Context(), c, person, facility, ident.LocalPatientID(r.PostFormValue("patient_id")))
	if err != nil {
		return p.refused(w, r, c, facility, err)
	}
	done(w, r, "links.linked", linksPath(person))
	return nil
}

func (p *Portal) linkEnd(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	link := r.PostFormValue("link")
	if !ident.Valid(link) {
		return fault.New(fault.NotFound, "form value link is no id")
	}
	if err := p.Register.Unlink(r.Context(), c, ident.LinkID(link), strings.TrimSpace(r.PostFormValue("reason"))); err != nil {
		return p.refused(w, r, c, "", err)
	}
	if r.PostFormValue("own") == "1" { // the patient's pages are no longer the facility's
		done(w, r, "links.own_unlinked", "/patients")
		return nil
	}
	done(w, r, "links.unlinked", linksPath(person))
	return nil
}

// linkCorrect puts the right number in the place of a wrong one of the own facility.
func (p *Portal) linkCorrect(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	link := r.PostFormValue("link")
	if !ident.Valid(link) {
		return fault.New(fault.NotFound, "form value link is no id")
	}
	err = p.Register.Correct(r.Context(), c, register.Correction{
		Link: ident.LinkID(link), OwnID: ident.LocalPatientID(r.PostFormValue("patient_id")),
		StaffVerified: r.PostFormValue("staff_verified") == "1", Reason: r.PostFormValue("reason"),
	})
	if err != nil {
		return p.correctRefused(w, r, c, err)
	}
	done(w, r, "links.corrected", linksPath(person))
	return nil
}

// correctRefused shows the page with the correction open again, as it was typed, and why
// it was refused.
func (p *Portal) correctRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, err error) error {
	notice, err := p.trouble(r, err)
	if err != nil {
		return err
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	if view.Own.Link == "" { // it ended meanwhile: there is nothing to correct
		view.Notice = notice
	} else {
		view.Correct = page.CorrectForm{PatientID: r.PostFormValue("patient_id"), Reason: r.PostFormValue("reason"), Refused: &notice.Message}
	}
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func readConsentForm(r *http.Request) page.ConsentForm {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return page.ConsentForm{Basis: v("basis"), Signer: v("signer"), ConsentDate: v("consent_date"), Note: v("note")}
}

func (p *Portal) consentGive(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	form := readConsentForm(r)
	record, errors := readConsent(form, p.Clock())
	if len(errors) > 0 {
		return p.consentRefused(w, r, c, form, errors)
	}
	err = p.Register.GiveConsent(r.Context(), c, person, record)
	if key, params, _ := fault.Message(err); registrationField[key] == "consent_date" {
		errors["consent_date"] = page.Message{Key: key, Params: params}
		return p.consentRefused(w, r, c, form, errors)
	}
	if err != nil {
		return p.refused(w, r, c, "", err)
	}
	done(w, r, "consent.given", linksPath(person))
	return nil
}

// consentRefused shows the page again with what is wrong beside the consent's fields.
func (p *Portal) consentRefused(w http.ResponseWriter, r *http.Request, c signin.Caller, form page.ConsentForm, errors page.Errors) error {
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	view.Consent, view.Errors = form, errors
	p.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (p *Portal) consentRevoke(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	if err := p.Register.RevokeConsent(r.Context(), c, person, strings.TrimSpace(r.PostFormValue("reason"))); err != nil {
		return p.refused(w, r, c, "", err)
	}
	done(w, r, "consent.withdrawn", linksPath(person))
	return nil
}
