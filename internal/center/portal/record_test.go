package portal

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
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
	t.Run("a gateway that breaks off", func(t *testing.T) {
		part := open()
		d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) {
			line := g.Documents[0]
			g.Answer = func(_ wire.Assertion, each func(wire.Content) error) (bool, error) { return true, each(line) }
		})
		defer d.Gateways.With(d.other.ID, func(g *flowtest.Gateway) { g.Answer = nil })
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("the handler ends with %v, want an abort", p)
			}
		}()
		b.get(part)
	})
	t.Run("packed for who takes it", func(t *testing.T) {
		got := b.do(http.MethodGet, open(), nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip, br") })
		got.want(t, http.StatusOK, "")
		in, err := gzip.NewReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil || !strings.Contains(string(body), "data-answer") {
			t.Errorf("unpacked %q, %v", body, err)
		}
	})
	t.Run("since a day", func(t *testing.T) {
		b.get(open()+"?since=2025").want(t, http.StatusNotFound, "")
		got := b.get(open() + "?since=21000101")
		got.want(t, http.StatusOK, "")
		requests := d.Gateways.At(d.other.ID).Requests
		if last := requests[len(requests)-1]; last.Since != "21000101" {
			t.Errorf("the gateway was asked %+v", last)
		}
	})
}

// A record that is too large for one page is fetched from the latest on, and the page says
// what it leaves out; its parts ask for no more.
func TestLargeRecord(t *testing.T) {
	d := newDesk(t)
	for i := range 600 {
		d.Item(d.other.ID, otherID, clinical.KindLab, d.Now.AddDate(0, 0, -7*i).Format("20060102"))
	}
	b := d.doctor()
	for address, want := range map[string]struct{ says, part string }{
		"/labs":            {"それより前の記録が", "?since="},
		"/labs?period=all": {"全期間の記録を表示しています", ""},
	} {
		got := b.get(d.path(address))
		got.shows(t, want.says)
		if part := strings.Contains(got.body, "?since="); part != (want.part != "") {
			t.Errorf("%s: parts ask for a period: %v", address, part)
		}
	}
	if got := b.get(d.path("/conditions")); strings.Contains(got.body, "?since=") {
		t.Error("diseases are fetched for a period")
	}
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
