// Package consentwithdrawn takes a consent back while others are reading.
package consentwithdrawn

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestConsentWithdrawn(t *testing.T) {
	w := world.Start(t)
	clinic := w.FacilityOfKind("clinic")
	doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
	clerk := w.SignIn(t, w.MustOther(t, clinic.ID, "liaison", doctor.User.Login))
	person := w.PersonLinked(t, clinic.ID, 3)
	open := doctor.Get("/patients/" + person.ID + "/labs")
	timeline := doctor.Get("/patients/" + person.ID)
	item := world.FirstItem(timeline)
	if len(open.Parts()) == 0 || item == "" {
		t.Fatalf("nothing to read before the revocation: %d parts, item %q", len(open.Parts()), item)
	}
	gateway := ident.FacilityID(open.Parts()[0][strings.LastIndexByte(open.Parts()[0], '/')+1:])
	linkedBefore := linked(t, w, gateway)

	a := clerk.Post("/patients/"+person.ID+"/revoke", url.Values{"reason": {"本人の申し出"}})
	if a.Status != http.StatusSeeOther {
		t.Fatalf("revoke: status %d\n%s", a.Status, a.Body)
	}

	t.Run("parts of a page that was open give nothing", func(t *testing.T) {
		for _, part := range open.Parts() {
			if a := doctor.Get(part); a.Status != http.StatusNotFound || a.Body != "" {
				t.Errorf("part: status %d with %d bytes, want 404 and nothing", a.Status, len(a.Body))
			}
		}
	})
	t.Run("a click on an open page gives nothing", func(t *testing.T) {
		if a := doctor.Get(item); a.Status != http.StatusNotFound {
			t.Errorf("item: status %d, want 404", a.Status)
		}
	})
	t.Run("a new page shows no source and no item", func(t *testing.T) {
		a := doctor.Get("/patients/" + person.ID)
		if len(a.Parts()) != 0 || world.FirstItem(a) != "" {
			t.Errorf("timeline after the revocation: %d parts, item %q", len(a.Parts()), world.FirstItem(a))
		}
	})
	t.Run("the hospitals serve the patient no more", func(t *testing.T) {
		world.Eventually(t, 5*time.Second, func() bool { return linked(t, w, gateway) == linkedBefore-1 })
	})
	t.Run("a new consent opens it again", func(t *testing.T) {
		a := clerk.Post("/patients/"+person.ID+"/consent", url.Values{"basis": {"written"}, "signer": {person.Name}, "consent_date": {wareki.On(time.Now()).String()}})
		if a.Status != http.StatusSeeOther {
			t.Fatalf("consent: status %d\n%s", a.Status, a.Body)
		}
		world.Eventually(t, 10*time.Second, func() bool { return world.FirstItem(doctor.Get("/patients/"+person.ID)) != "" })
	})
}

func linked(t *testing.T, w *world.World, f ident.FacilityID) int {
	t.Helper()
	st, err := w.Region.GatewayStatus(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return st.Linked
}
