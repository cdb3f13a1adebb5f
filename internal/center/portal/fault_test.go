package portal

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/portal/page"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
)

func TestFail(t *testing.T) {
	p := &Portal{Config{Log: slog.New(slog.DiscardHandler)}}
	for name, tc := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"denied":           {fault.New(fault.Denied, "no"), 404, "見つかりませんでした"},
		"not found":        {fault.New(fault.NotFound, "no"), 404, "見つかりませんでした"},
		"unknown terminal": {fault.WithKey(fault.Denied, "device.unknown", nil), 404, "端末の電子証明書"},
		"invalid":          {fault.New(fault.Invalid, "no"), 422, "送信された内容に誤りがあります"},
		"conflict":         {fault.WithKey(fault.Conflict, "view.taken", nil), 422, "送信された内容に誤りがあります"},
		"unavailable":      {fault.WithKey(fault.Unavailable, "gateway.silent", nil), 503, "応答していません"},
		"ours":             {io.ErrUnexpectedEOF, 500, "システムの問題"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/patients", nil)
			for kind, want := range map[answerKind]string{wholePage: tc.text, fragment: ""} {
				w := httptest.NewRecorder()
				p.fail(w, r, tc.err, kind)
				if w.Code != tc.status || !strings.Contains(w.Body.String(), want) || kind == fragment && w.Body.Len() > 0 {
					t.Errorf("kind %d: status %d, want %d with %q", kind, w.Code, tc.status, want)
				}
				if strings.Contains(w.Body.String(), "unexpected EOF") {
					t.Error("the cause is shown")
				}
			}
		})
	}
}

// broken is a view that cannot be drawn beyond its first lines.
type broken struct{ page.SignIn }

func (broken) Facility() (string, error) { return "", io.ErrUnexpectedEOF }

func TestRender_brokenViewIsAnError(t *testing.T) {
	p := &Portal{Config{Log: slog.New(slog.DiscardHandler)}}
	w := httptest.NewRecorder()
	p.render(w, httptest.NewRequest(http.MethodGet, "/signin", nil), http.StatusOK, broken{})
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "システムの問題") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// What a person quotes finds the line in the log, and the line does not say who the patient is.
func TestFail_referenceIsTheLogs(t *testing.T) {
	d := newDesk(t)
	var log bytes.Buffer
	d.portal.Log = slog.New(slog.NewTextHandler(&log, nil))
	broken := d.portal.page(func(http.ResponseWriter, *http.Request, signin.Caller) error { return io.ErrUnexpectedEOF })
	b := d.doctor()
	d.handler = serve([]route{{"GET /patients/{person}", admission{stage: session}, broken}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	server, err := httpserver.Listen(ctx, httpserver.Config{
		Surface: "portal", Kind: httpserver.Browser, Addr: "127.0.0.1:0", Key: "portal.listen", Log: slog.New(slog.DiscardHandler), Clock: d.Clock,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ref := httpserver.Ref(r.Context())
			got := b.do(http.MethodGet, d.path(""), nil, func(inner *http.Request) { *inner = *inner.WithContext(r.Context()) })
			if got.StatusCode != http.StatusInternalServerError || !strings.Contains(got.body, "<code>"+ref+"</code>") {
				t.Errorf("status %d, or the page does not show the reference %s", got.StatusCode, ref)
			}
			if line := log.String(); !strings.Contains(line, "ref="+ref) || strings.Contains(line, string(d.patient.ID)) {
				t.Errorf("the log says %q", line)
			}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	res, err := http.Get("http://" + server.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if log.Len() == 0 {
		t.Error("nothing was logged")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A notice of what was done is one of the portal's own, and is not for errors.
func TestDone_onlyKnownTexts(t *testing.T) {
	d := newDesk(t)
	b := d.clerk()
	for value, want := range map[string]string{"links.linked": "notice-done", "person.amended_partly": "notice-trouble", "nav.signout": "", "<b>x</b>": "", "": ""} {
		b.cookies[doneCookie] = value
		body := b.get("/patients").body
		for _, class := range []string{"notice-done", "notice-trouble"} {
			if got := strings.Contains(body, `class="notice `+class+`"`); got != (class == want) {
				t.Errorf("cookie %q: %s %v, want %q", value, class, got, want)
			}
		}
		if b.cookies[doneCookie] != "" {
			t.Errorf("cookie %q stays", value)
		}
	}
	b.cookies[doneCookie] = "links.linked"
	if got := b.get("/no/such/page"); strings.Contains(got.body, "notice-done") {
		t.Error("a page of an error says that something was done")
	}
}
