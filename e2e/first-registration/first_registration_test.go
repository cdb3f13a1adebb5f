// Package firstregistration walks the way of a patient who is new to the network: from
// the clerk's search to the physician's screen.
package firstregistration

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/e2e/world"
)

func TestFirstRegistration(t *testing.T) {
	w := world.Start(t)
	clinic := w.FacilityOfKind("clinic")
	clerk := w.SignIn(t, w.MustUser(t, clinic.ID, "liaison"))
	patient := w.Unlinked[0]
	form := url.Values{
		"kana": {patient.Kana}, "birth_date": {patient.BirthDate}, "sex": {patient.Sex}, "existing": {"new"}, "name": {patient.Name},
		"basis": {"written"}, "signer": {patient.Name}, "consent_date": {"R8.11.1"}, "own_id": {"C-0042"}, "staff_verified": {"1"},
	}

	t.Run("the search finds nobody and opens the next step", func(t *testing.T) {
		a := clerk.Post("/register/find", form)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, `name="existing" value="new"`) {
			t.Fatalf("find: status %d\n%s", a.Status, a.Body)
		}
	})
	links := register(t, clerk, form)

	t.Run("the same person again is refused until the clerk says it is another", func(t *testing.T) {
		second := with(with(form, "own_id", "C-0043"), "shown", strings.Split(links, "/")[2]) // the first one was on the page
		again := clerk.Post("/register", second)
		if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.Body, "confirm_distinct") {
			t.Errorf("second registration: status %d, want a refusal with the choice", again.Status)
		}
	})

	t.Run("another patient's number is refused, naming fields and no values", func(t *testing.T) {
		other := w.Unlinked[1]
		if other.Facility != patient.Facility {
			t.Fatalf("the plan's first two unlinked patients are not of one hospital")
		}
		a := clerk.Post(strings.TrimSuffix(links, "/links")+"/link", url.Values{"facility": {patient.Facility}, "patient_id": {other.PatientID}})
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "カナ氏名") {
			t.Errorf("link to another patient: status %d, want a refusal naming the kana name", a.Status)
		}
		if strings.Contains(a.Body, other.Kana) {
			t.Error("the refusal tells the other patient's name")
		}
	})

	t.Run("the hospital proposes the right number", func(t *testing.T) {
		a := clerk.Post(strings.TrimSuffix(links, "/links")+"/candidates", url.Values{"facility": {patient.Facility}})
		if a.Status != http.StatusOK || !strings.Contains(a.Body, patient.PatientID) {
			t.Errorf("candidates: status %d, without %s", a.Status, patient.PatientID)
		}
	})

	a := clerk.Post(strings.TrimSuffix(links, "/links")+"/link", url.Values{"facility": {patient.Facility}, "patient_id": {patient.PatientID}})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("link: status %d\n%s", a.Status, a.Body)
	}

	t.Run("the fetch tells its progress to the end", func(t *testing.T) {
		a := clerk.Get(strings.TrimSuffix(links, "/links") + "/fetch?facility=" + patient.Facility)
		if !strings.Contains(a.Body, "event: done") || !strings.Contains(a.Body, `"percent":100`) {
			t.Errorf("fetch: status %d\n%s", a.Status, a.Body)
		}
	})

	t.Run("the physician reads what the hospital has", func(t *testing.T) {
		doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
		page := doctor.Get(strings.TrimSuffix(links, "/links"))
		if page.Status != http.StatusOK || !strings.Contains(page.Body, "data-open=") && !strings.Contains(page.Body, "/items/") {
			t.Fatalf("timeline: status %d, without anything to open", page.Status)
		}
		labs := doctor.Get(strings.TrimSuffix(links, "/links") + "/labs")
		parts := labs.Parts()
		if len(parts) != 1 {
			t.Fatalf("labs: %d parts, want the one hospital's", len(parts))
		}
		part := doctor.Get(parts[0])
		if part.Status != http.StatusOK || !strings.Contains(part.Body, `data-for="labs"`) {
			t.Errorf("part: status %d\n%s", part.Status, part.Body)
		}
		if again := doctor.Get(parts[0]); again.Status == http.StatusOK {
			t.Error("a part was handed out twice")
		}
	})

	t.Run("the hospital's manager sees who looked", func(t *testing.T) {
		manager := w.SignIn(t, w.MustUser(t, patient.Facility, "manager"))
		log := manager.Get("/manage/log")
		if log.Status != http.StatusOK || !strings.Contains(log.Body, clinic.Name) {
			t.Errorf("access log: status %d, without %s", log.Status, clinic.Name)
		}
	})
}

func register(t *testing.T, clerk *world.Client, form url.Values) (links string) {
	t.Helper()
	a := clerk.Post("/register", form)
	links = a.Header.Get("Location")
	if a.Status != http.StatusSeeOther || !regexp.MustCompile(`^/patients/[a-z2-7]{26}/links$`).MatchString(links) {
		t.Fatalf("register: status %d to %q\n%s", a.Status, links, a.Body)
	}
	return links
}

func with(form url.Values, name, value string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	out.Set(name, value)
	return out
}
