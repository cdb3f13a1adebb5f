// Package restart stops a region and starts it on the same folder: nothing may be lost
// and nothing may come back.
package restart

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"testing"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := world.StartIn(t, dir)
	clinic := w.FacilityOfKind("clinic")
	person := w.PersonLinked(t, clinic.ID, 3)
	other := w.Persons[len(w.Persons)-1]
	if other.ID == person.ID {
		t.Fatal("the region has too few persons for this test")
	}
	clerkUser := w.MustUser(t, clinic.ID, "liaison")
	clerk := w.SignIn(t, clerkUser)
	if a := clerk.Post("/patients/"+person.ID+"/revoke", url.Values{"reason": {"本人の申し出"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("revoke: status %d", a.Status)
	}
	root, err := os.ReadFile(w.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Region.Stop(); err != nil {
		t.Fatal(err)
	}

	again := world.StartIn(t, dir)
	if now, err := os.ReadFile(again.CAFile); err != nil || !bytes.Equal(root, now) {
		t.Errorf("the CA has changed (%v)", err)
	}
	if len(again.Persons) != len(w.Persons) || len(again.Users) != len(w.Users) {
		t.Errorf("%d persons and %d users, want %d and %d", len(again.Persons), len(again.Users), len(w.Persons), len(w.Users))
	}
	for _, p := range again.Persons {
		if want := p.ID != person.ID; p.Consent != want {
			t.Errorf("consent of %s after the restart: %v, want %v", p.ID, p.Consent, want)
		}
		if p.ID == person.ID && len(p.Links) != len(person.Links) {
			t.Errorf("links after the restart: %d, want %d", len(p.Links), len(person.Links))
		}
	}
	// The session outlives the center; the cookie of the first sign-in still holds.
	doctor := again.SignIn(t, again.MustOther(t, clinic.ID, "viewer", clerkUser.Login))
	if a := doctor.Get("/patients/" + person.ID); len(a.Parts()) != 0 || world.FirstItem(a) != "" {
		t.Error("the revoked record shows again")
	}
	if a := doctor.Get("/patients/" + other.ID + "/labs"); a.Status == http.StatusOK && len(a.Parts()) == 0 {
		t.Error("a record that was open before does not show")
	}
	if err := again.Region.Stop(); err != nil {
		t.Fatal(err)
	}

	if _, err := setup.VerifyAudit(t.Context(), dir); err != nil {
		t.Errorf("the access log does not hold: %v", err)
	}
}
