// Package gatewayoffline takes one hospital away: it must delay nothing, be named, and
// come back by itself.
package gatewayoffline

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestReq_REL04_silentHospitalDelaysNothing(t *testing.T) {
	w := world.Start(t)
	clinic := w.FacilityOfKind("clinic")
	doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
	person := w.PersonLinked(t, clinic.ID, 3)
	path := "/patients/" + person.ID + "/labs"

	open := doctor.Get(path)
	before := open.Parts()
	if len(before) < 2 {
		t.Fatalf("%d parts before the outage, want several hospitals", len(before))
	}
	gone := facilityOf(before[0])
	if err := w.Region.StopGateway(ident.FacilityID(gone)); err != nil {
		t.Fatal(err)
	}
	world.Eventually(t, 3*time.Second, func() bool { return !w.Region.Center.Hub.Online(ident.FacilityID(gone)) })

	t.Run("a page that was open gets no answer from it, at once, and the others' parts", func(t *testing.T) {
		for _, part := range before {
			want := http.StatusOK
			if facilityOf(part) == gone {
				want = http.StatusServiceUnavailable
			}
			begin := time.Now()
			if a := doctor.Get(part); a.Status != want {
				t.Errorf("part of %s: status %d, want %d", facilityOf(part), a.Status, want)
			}
			if took := time.Since(begin); took > 4*time.Second { // one that waits for the hospital waits 5
				t.Errorf("part of %s took %v", facilityOf(part), took)
			}
		}
	})
	t.Run("a new page names it and still has the timeline of all", func(t *testing.T) {
		a := doctor.Get("/patients/" + person.ID)
		if !strings.Contains(a.Body, "応答なし") || a.Status != http.StatusOK {
			t.Errorf("timeline: status %d, without 応答なし", a.Status)
		}
		if !strings.Contains(a.Body, "/items/"+gone+"/") {
			t.Error("what the hospital is known to have is gone from the timeline")
		}
	})
	t.Run("it comes back by itself", func(t *testing.T) {
		if err := w.Region.StartGateway(ident.FacilityID(gone)); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, 15*time.Second, func() bool { return w.Region.Center.Hub.Online(ident.FacilityID(gone)) })
		for _, part := range doctor.Get(path).Parts() {
			if a := doctor.Get(part); a.Status != http.StatusOK {
				t.Errorf("part of %s: status %d after the outage", facilityOf(part), a.Status)
			}
		}
	})
}

// facilityOf reads the facility from the path of a part.
func facilityOf(part string) string { return part[strings.LastIndexByte(part, '/')+1:] }
