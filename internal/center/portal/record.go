package portal

import (
	"net/http"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// openPage makes the page view: one decision and one audit row per owning facility.
// The frame that comes back holds what the decisions allow and nothing else.
func (p *Portal) openPage(r *http.Request, c signin.Caller, what disclose.Page, tab page.Tab) (page.Patient, disclose.View, error) {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return page.Patient{}, disclose.View{}, err
	}
	view, err := p.Disclose.OpenPage(r.Context(), c, person, what)
	if err != nil {
		return page.Patient{}, disclose.View{}, err
	}
	frame := page.Patient{
		Shell:  p.shell(r, c, page.SectionPatients, r.URL.RequestURI()),
		Person: view.Frame.Person, OwnID: view.Frame.OwnID, Consent: view.Frame.Consent, Tab: tab, View: view.ID,
	}
	palette, err := p.palette(r, c)
	if err != nil {
		return page.Patient{}, disclose.View{}, err
	}
	for _, s := range view.Sources {
		frame.Sources = append(frame.Sources, page.Source{
			Facility: palette.Of(s.Facility), State: page.SourceState(s.State),
			FetchedAt: s.FetchedAt, LastAnswer: s.LastAnswer, Unreadable: s.Unreadable, Behind: s.Behind,
			Part: s.Part, Kinds: s.Kinds,
		})
	}
	return frame, view, nil
}

// openContent opens a page that fetches what documents say, as far back as was asked for.
func (p *Portal) openContent(r *http.Request, c signin.Caller, what disclose.Page, tab page.Tab) (page.Patient, error) {
	frame, view, err := p.openPage(r, c, what, tab)
	if err == nil {
		frame.Period = page.NewPeriod(view.Items, r.FormValue("period"), wareki.On(p.Clock()))
	}
	return frame, err
}

// timeline shows what exists where. A clerk, who reads no record, is led to the
// patient's links instead.
func (p *Portal) timeline(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	if !c.Has(access.RoleViewer) {
		http.Redirect(w, r, "/patients/"+string(person)+"/links", http.StatusSeeOther)
		return nil
	}
	frame, view, err := p.openPage(r, c, disclose.Timeline, page.TabTimeline)
	if err != nil {
		return err
	}
	query := page.ParseTimelineQuery(r.URL.Query())
	p.render(w, r, http.StatusOK, page.NewTimeline(frame, view.Items, query, wareki.On(p.Clock()), language(r.Context())))
	return nil
}

func (p *Portal) medications(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Medications, page.TabMedications)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Medications{Patient: frame})
	return nil
}

func (p *Portal) labs(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Labs, page.TabLabs)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Labs{Patient: frame})
	return nil
}

func (p *Portal) conditions(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Conditions, page.TabConditions)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Conditions{Patient: frame})
	return nil
}

func (p *Portal) encounters(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Encounters, page.TabEncounters)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Encounters{Patient: frame})
	return nil
}

// notes lists what people wrote; what is in it is fetched when it is opened.
func (p *Portal) notes(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, view, err := p.openPage(r, c, disclose.Notes, page.TabNotes)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.NewNotes(frame, view.Items, page.ParseNotesQuery(r.URL.Query()), language(r.Context())))
	return nil
}

func (p *Portal) exams(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Exams, page.TabExams)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Exams{Patient: frame})
	return nil
}

func (p *Portal) vitals(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	frame, err := p.openContent(r, c, disclose.Vitals, page.TabVitals)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.Vitals{Patient: frame})
	return nil
}

// items opens documents in place. The last path value is one id or several with commas.
func (p *Portal) items(w http.ResponseWriter, r *http.Request, c signin.Caller) error {
	person, err := pathID[ident.PersonID](r, "person")
	if err != nil {
		return err
	}
	facility, err := pathID[ident.FacilityID](r, "facility")
	if err != nil {
		return err
	}
	var ids []ident.ItemID
	for id := range strings.SplitSeq(r.PathValue("item"), ",") {
		if !ident.Valid(id) || len(ids) == page.MaxOpen {
			return fault.New(fault.NotFound, "path value item is no list of at most %d ids", page.MaxOpen)
		}
		ids = append(ids, ident.ItemID(id))
	}
	got, err := p.Disclose.OpenItems(r.Context(), c, person, facility, ids)
	if err != nil {
		return err
	}
	owner, err := p.facility(r, c, facility)
	if err != nil {
		return err
	}
	p.render(w, r, http.StatusOK, page.NewItems(person, owner, documents(got), len(ids), language(r.Context())))
	return nil
}

// facility gives a disclosing facility of the caller's union as pages show it.
func (p *Portal) facility(r *http.Request, c signin.Caller, id ident.FacilityID) (page.Facility, error) {
	all, err := p.Register.Disclosing(r.Context(), c)
	if err != nil {
		return page.Facility{}, err
	}
	for _, f := range all {
		if f.ID == id {
			return page.NewPalette(all).Of(f), nil
		}
	}
	return page.Facility{}, fault.New(fault.NotFound, "no such disclosing facility")
}

func documents(in []disclose.ItemDocument) []page.ItemDocument {
	out := make([]page.ItemDocument, 0, len(in))
	for _, d := range in {
		out = append(out, page.ItemDocument{Item: d.Item, Document: d.Document})
	}
	return out
}
