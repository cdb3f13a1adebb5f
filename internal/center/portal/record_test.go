package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestTimeline(t *testing.T) {
	d := newDesk(t)
	got := d.doctor().get(d.path("?form=list"))
	got.want(t, http.StatusOK, "")
	got.shows(t, name, string(ownID), d.other.Name, d.path("/items/"+string(d.other.ID)+"/"+string(d.item)))
	if len(d.Events(audit.ActionDecide)) != 2 { // one for each linked owner
		t.Errorf("%d decisions, want 2", len(d.Events(audit.ActionDecide)))
	}
}

func TestPart(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	open := func() string {
		t.Helper()
		for _, m := range partPath.FindAllStringSubmatch(b.get(d.path("/labs")).body, -1) {
			if strings.HasSuffix(m[1], string(d.other.ID)) {
				return m[1]
			}
		}
		t.Fatal("the page has no part of the other hospital")
		return ""
	}
	t.Run("once", func(t *testing.T) {
		part := open()
		got := b.get(part)
		got.want(t, http.StatusOK, "")
		if strings.Contains(got.body, "<html") || !strings.Contains(got.body, "data-answer") {
			t.Error("a part is not a fragment of a page")
		}
		b.get(part).want(t, http.StatusUnprocessableEntity, "")
	})
	t.Run("within a minute", func(t *testing.T) {
		part := open()
		d.Now = d.Now.Add(time.Minute)
		b.get(part).want(t, http.StatusUnprocessableEntity, "")
	})
	t.Run("in the session that opened the page", func(t *testing.T) {
		part, colleague := open(), d.doctor()
		colleague.get(part).want(t, http.StatusNotFound, "")
		b.get(part).want(t, http.StatusOK, "")
	})
	t.Run("of a facility of the page", func(t *testing.T) {
		part := strings.TrimSuffix(open(), string(d.other.ID)) + ident.New[string]()
		b.get(part).want(t, http.StatusNotFound, "")
	})
	t.Run("not after the consent is revoked", func(t *testing.T) {
		part := open()
		d.Revoke(d.patient.ID)
		got := b.get(part)
		got.want(t, http.StatusNotFound, "")
		if got.body != "" {
			t.Errorf("the answer says %q", got.body)
		}
		d.Consent(d.patient.ID)
	})
	t.Run("a silent gateway", func(t *testing.T) {
		part := open()
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Online = false })
		b.get(part).want(t, http.StatusServiceUnavailable, "")
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Online = true })
	})
}

func TestItems(t *testing.T) {
	d := newDesk(t)
	b := d.doctor()
	second := d.Item(d.other.ID, otherID, clinical.KindCondition, "20261102").ID
	path := d.path("/items/" + string(d.other.ID) + "/")
	many := func(n int) string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = string(d.item)
		}
		return strings.Join(ids, ",")
	}
	for name, tc := range map[string]struct {
		list   string
		status int
	}{
		"one":                {string(d.item), http.StatusOK},
		"two":                {string(d.item) + "," + string(second), http.StatusOK},
		"one that is gone":   {string(d.item) + "," + ident.New[string](), http.StatusOK},
		"as many as allowed": {many(50), http.StatusOK},
		"too many":           {many(51), http.StatusNotFound},
		"an empty one":       {string(d.item) + ",", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.get(path + tc.list)
			got.want(t, tc.status, "")
			if strings.Contains(got.body, "<html") {
				t.Error("the answer is a whole page")
			}
		})
	}
}
