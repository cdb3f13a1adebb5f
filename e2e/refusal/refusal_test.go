// Package refusal knocks at every door that must stay shut.
package refusal

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

func TestRefusals(t *testing.T) {
	w := world.Start(t)
	clinic := w.FacilityOfKind("clinic")
	doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
	person := w.PersonLinked(t, clinic.ID, 3)

	t.Run("no certificate: the handshake fails", func(t *testing.T) {
		if a, err := w.Raw(t, tls.VersionTLS13).Try(http.MethodGet, "/signin", nil); err == nil {
			t.Errorf("answered with status %d", a.Status)
		}
	})
	t.Run("TLS 1.2 is refused", func(t *testing.T) {
		cert, err := tlsid.ReadIdentity(doctor.User.DeviceCert, doctor.User.DeviceKey)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := w.Raw(t, tls.VersionTLS12, cert).Try(http.MethodGet, "/signin", nil); err == nil {
			t.Errorf("answered with status %d", a.Status)
		}
	})
	t.Run("without a session nothing opens", func(t *testing.T) {
		stranger := w.At(t, doctor.User)
		for _, path := range []string{"/", "/patients", "/patients/" + person.ID, "/register", "/manage/users", "/manage/log"} {
			if a := stranger.Get(path); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/signin") {
				t.Errorf("%s: status %d to %q", path, a.Status, a.Header.Get("Location"))
			}
		}
	})
	t.Run("foreign ids are not found, and leave a row", func(t *testing.T) {
		foreign, ok := w.PersonNotLinked(clinic.ID)
		if !ok {
			t.Fatal("the region has nobody whom the clinic has not linked")
		}
		for _, path := range []string{
			"/patients/" + foreign.ID, "/patients/" + foreign.ID + "/labs", "/patients/" + ident.New[string](),
			"/patients/" + person.ID + "/items/" + w.Facilities[0].ID + "/" + ident.New[string](),
		} {
			if a := doctor.Get(path); a.Status != http.StatusNotFound {
				t.Errorf("%s: status %d, want 404", path, a.Status)
			}
		}
		manager := w.SignIn(t, w.MustOther(t, clinic.ID, "manager", doctor.User.Login))
		if a := manager.Post("/manage/users/"+string(otherUser(w, clinic.ID))+"/close", url.Values{}); a.Status != http.StatusNotFound {
			t.Errorf("closing another facility's user: status %d, want 404", a.Status)
		}
		if log := manager.Get("/manage/log"); strings.Count(log.Body, "foreign_id") == 0 && strings.Count(log.Body, "他施設") == 0 {
			t.Error("the access log has no row of the probes")
		}
	})
	t.Run("a clerk reads no record", func(t *testing.T) {
		clerk := w.SignIn(t, w.OnlyLiaison(t))
		home := clerk.User.Facility
		own := w.PersonLinked(t, home, 2)
		for _, path := range []string{"/labs", "/medications", "/conditions", "/encounters"} {
			if a := clerk.Get("/patients/" + own.ID + path); a.Status != http.StatusNotFound {
				t.Errorf("%s: status %d, want 404", path, a.Status)
			}
		}
		if a := clerk.Get("/patients/" + own.ID); a.Status != http.StatusSeeOther {
			t.Errorf("timeline: status %d, want to be led to the links", a.Status)
		}
	})
	t.Run("a post of another origin is refused", func(t *testing.T) {
		if a := doctor.PostFrom("https://evil.example", "/signout", url.Values{}); a.Status != http.StatusForbidden {
			t.Errorf("status %d, want 403", a.Status)
		}
	})
	t.Run("a stolen cookie is worth nothing at another terminal", func(t *testing.T) {
		elsewhere := w.At(t, w.MustUser(t, w.FacilityOfKind("pharmacy").ID, "viewer"))
		elsewhere.TakeCookies(doctor)
		if a := elsewhere.Get("/patients"); a.Status == http.StatusOK {
			t.Error("the session opened at another device")
		}
		if a := doctor.Get("/patients"); a.Status == http.StatusOK {
			t.Error("a session whose cookie strayed goes on")
		}
	})
}

func otherUser(w *world.World, not string) ident.UserID {
	for _, u := range w.Region.Accounts() {
		if string(u.Facility) != not {
			return u.User
		}
	}
	return ""
}
