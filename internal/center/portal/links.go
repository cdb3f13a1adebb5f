package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func (p *Portal) links(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

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
			Shell:  p.shell(c, page.SectionPatients, "/patients"),
			Person: frame.Person, OwnID: frame.OwnLink.PatientID, Consent: frame.ConsentInForce, Tab: page.TabLinks,
		},
		Own:    page.LinkRow{Facility: palette.Of(c.Home)},
		Ledger: frame.Consents, InForce: frame.ConsentInForce, Errors: page.Errors{},
	}
	fill(&view.Own, frame, frame.OwnLink)
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
	source := frame.Sources[l.Facility]
	row.FetchedAt, row.Unreadable = source.FetchedAt, source.Unreadable
}

// afterLink shows the links page again: by redirect when the action went through, with
// the reason beside the facility's row when it was refused.
func (p *Portal) afterLink(w http.ResponseWriter, r *http.Request, c signin.Caller, facility ident.FacilityID, err error) error {
	if err == nil {
		http.Redirect(w, r, "/patients/"+r.PathValue("person")+"/links", http.StatusSeeOther)
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
	view.Notice = notice
	for i := range view.Rows {
		if view.Rows[i].Facility.ID == facility {
			view.Rows[i].Typed, view.Rows[i].Refused = r.PostFormValue("patient_id"), &notice.Message
			view.Notice = nil
		}
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
		return p.afterLink(w, r, c, facility, err)
	}
	view, err := p.linksView(r, c)
	if err != nil {
		return err
	}
	for i := range view.Rows {
		if view.Rows[i].Facility.ID == facility {
			candidates := page.Candidates(found)
			view.Rows[i].Candidates = &candidates
		}
	}
	p.render(w, r, http.StatusOK, view)
	return nil
}

func (p *Portal) linkConfirm(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, facility, err := personAndFacility(r)
	if err != nil {
		return err
	}
	err = p.Register.Link(r.Context(), c, person, facility, ident.LocalPatientID(strings.TrimSpace(r.PostFormValue("patient_id"))))
	return p.afterLink(w, r, c, facility, err)
}

func (p *Portal) linkEnd(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	if _, err := pathID[ident.PersonID](r, "person"); err != nil {
		return err
	}
	link := r.PostFormValue("link")
	if !ident.Valid(link) {
		return fault.New(fault.NotFound, "form value link is no id")
	}
	err := p.Register.Unlink(r.Context(), c, ident.LinkID(link), strings.TrimSpace(r.PostFormValue("reason")))
	return p.afterLink(w, r, c, "", err)
}

func (p *Portal) consentGive(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	form := page.ConsentForm{Basis: v("basis"), Signer: v("signer"), ConsentDate: v("consent_date"), Note: v("note")}
	record, errors := readConsent(form, p.Clock())
	if len(errors) == 0 {
		return p.afterLink(w, r, c, "", p.Register.GiveConsent(r.Context(), c, person, record))
	}
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
	return p.afterLink(w, r, c, "", p.Register.RevokeConsent(r.Context(), c, person, strings.TrimSpace(r.PostFormValue("reason"))))
}

// progressEvery bounds how often progress is sent; a gateway reports every file.
const progressEvery = 100 * time.Millisecond

// fetchProgress fetches the latest from one facility and tells how far it is, as
// server-sent events (HTML standard, 9.2): unnamed ones on the way, then "done" or "failed".
func (p *Portal) fetchProgress(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, facility, err := personAndFacility(r)
	if err != nil {
		return err
	}
	stream := &eventStream{w: w, out: http.NewResponseController(w)}
	var last time.Time
	err = p.Refresh.Fetch(r.Context(), c, person, facility, func(progress wire.Progress) error {
		if now := p.Clock(); progress.Done || now.Sub(last) >= progressEvery {
			last = now
			return stream.send("", progress)
		}
		return nil
	})
	if err == nil {
		return stream.send("done", struct{}{})
	}
	if !stream.begun && (fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound)) {
		return err
	}
	notice, err := p.trouble(r, err)
	if err != nil {
		notice = page.Trouble(err, "")
	}
	return stream.send("failed", map[string]string{"message": page.TextOf(language(r.Context()), notice.Message)})
}

type eventStream struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	begun bool
}

func (s *eventStream) send(event string, data any) error {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/event-stream")
	}
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if event != "" {
		event = "event: " + event + "\n"
	}
	if _, err := fmt.Fprintf(s.w, "%sdata: %s\n\n", event, body); err != nil {
		return fmt.Errorf("send event: %w", err)
	}
	return s.out.Flush()
}
