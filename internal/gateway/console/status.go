package console

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func (c *Console) overviewView(r *http.Request, caller account.Caller) (page.Overview, error) {
	snapshot, err := c.Health(r.Context())
	if err != nil {
		return page.Overview{}, err
	}
	return page.Overview{Shell: c.shell(r, caller, page.SectionOverview, "/"), Health: snapshot}, nil
}

func (c *Console) overview(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view, err := c.overviewView(r, caller)
	if err != nil {
		return err
	}
	c.render(w, r, http.StatusOK, view)
	return nil
}

func (c *Console) live(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	view, err := c.overviewView(r, caller)
	if err != nil {
		return err
	}
	c.render(w, r, http.StatusOK, page.Live{Overview: view})
	return nil
}

func (c *Console) suspended(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	rows, err := c.Index.Suspensions(r.Context())
	if err != nil {
		return err
	}
	c.render(w, r, http.StatusOK, page.Suspended{Shell: c.shell(r, caller, page.SectionSuspended, "/suspended"), Rows: rows})
	return nil
}

const (
	activityDays = 14
	activityRows = 100
)

func (c *Console) activity(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	counts, err := c.Index.Disclosures(r.Context(), lastDays(c.Clock(), activityDays))
	if err != nil {
		return err
	}
	log, err := c.Accounts.Log(r.Context(), activityRows)
	if err != nil {
		return err
	}
	c.render(w, r, http.StatusOK, page.Activity{
		Shell: c.shell(r, caller, page.SectionActivity, "/activity"), Days: counts, Events: c.Events(), Log: log,
	})
	return nil
}

var japan = time.FixedZone("JST", 9*60*60)

// lastDays gives the beginnings of the last days in Japan, of today last.
func lastDays(now time.Time, n int) []time.Time {
	now = now.In(japan)
	var out []time.Time
	for i := n - 1; i >= 0; i-- {
		out = append(out, time.Date(now.Year(), now.Month(), now.Day()-i, 0, 0, 0, 0, japan))
	}
	return out
}

// refuse shows the overview again with what is wrong beside a field.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, caller account.Caller, field string, key fault.Key) error {
	view, err := c.overviewView(r, caller)
	if err != nil {
		return err
	}
	view.Errors = page.Errors{field: {Key: key}}
	c.render(w, r, http.StatusUnprocessableEntity, view)
	return nil
}

func (c *Console) rereadPatient(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	id, ok := ident.TypedPatientID(r.PostFormValue("patient"))
	if _, err := ssmix2.PatientFolder(id); !ok || err != nil {
		return c.refuse(w, r, caller, "patient", "reread.bad_patient")
	}
	known, err := c.Index.Knows(r.Context(), id)
	if err != nil {
		return err
	}
	if !known && !c.Holds(id) { // a folder that has gone is read again, so that what was in it goes too
		return c.refuse(w, r, caller, "patient", "reread.unknown_patient")
	}
	if err := c.rereadAll(r.Context(), caller, account.ActionRereadPerson, account.Detail{Patient: id}, []ident.LocalPatientID{id}); err != nil {
		return err
	}
	c.done(w, r, "reread.patient_done", "/")
	return nil
}

func (c *Console) rereadRoot(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	root := r.PostFormValue("root")
	if !slices.Contains(c.Roots, root) {
		return c.refuse(w, r, caller, "root", "reread.bad_root")
	}
	ids, err := c.ofRoot(r.Context(), root)
	if err != nil {
		return err
	}
	if err := c.rereadAll(r.Context(), caller, account.ActionRereadRoot, account.Detail{Place: root}, ids); err != nil {
		return err
	}
	c.done(w, r, "reread.root_done", "/")
	return nil
}

func (c *Console) recheck(w http.ResponseWriter, r *http.Request, caller account.Caller) error {
	ids, err := c.Index.PatientsOfUnreadable(r.Context(), "", true)
	if err != nil {
		return err
	}
	if err := c.rereadAll(r.Context(), caller, account.ActionRecheck, account.Detail{}, ids); err != nil {
		return err
	}
	c.done(w, r, "quarantine.recheck_done", "/quarantine")
	return nil
}

// healthz says that the program answers.
func (c *Console) healthz(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok")
}

// readyz says whether the gateway can answer the center, and what is missing.
func (c *Console) readyz(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Health(r.Context())
	if err != nil {
		c.report(r, err)
		return plain(w, http.StatusServiceUnavailable, "the index does not answer")
	}
	if s.Ready() {
		return plain(w, http.StatusOK, "ready")
	}
	if !s.Link.Connected && !s.Link.Waiting {
		return plain(w, http.StatusServiceUnavailable, "no link to the center")
	}
	return plain(w, http.StatusServiceUnavailable, "the storage is being read for the first time")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // fails only if the reader has gone away
	return nil
}
