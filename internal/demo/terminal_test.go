package demo

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// The portal behind a terminal sees its own host, origin and cookie; the browser sees
// a cookie it can hold over plain HTTP on loopback, and redirects that stay at the terminal.
func TestTerminal_rewritesBothWays(t *testing.T) {
	var seen *http.Request
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Clone(r.Context())
		http.SetCookie(w, &http.Cookie{Name: portalCookie + "mizuhiki", Value: "secret", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		http.Redirect(w, r, "/patients", http.StatusSeeOther)
	}))
	defer portal.Close()
	portalURL, err := url.Parse(portal.URL)
	if err != nil {
		t.Fatal(err)
	}
	term := newTerminal("f1.localhost:8080", portalURL, http.DefaultTransport, slog.New(slog.DiscardHandler))

	req := httptest.NewRequest(http.MethodPost, "http://f1.localhost:8080/signin", strings.NewReader("a=b"))
	req.Header.Set("Origin", "http://f1.localhost:8080")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(&http.Cookie{Name: terminalCookie + "mizuhiki", Value: "before"})
	req.AddCookie(&http.Cookie{Name: "other", Value: "stays here"})
	rec := httptest.NewRecorder()
	term.ServeHTTP(rec, req)
	res := rec.Result()
	io.Copy(io.Discard, res.Body)

	if got, want := seen.Host, portalURL.Host; got != want {
		t.Errorf("Host = %q, want %q", got, want)
	}
	if got, want := seen.Header.Get("Origin"), portal.URL; got != want {
		t.Errorf("Origin = %q, want %q", got, want)
	}
	if got, want := seen.Header.Get("Cookie"), portalCookie+"mizuhiki=before"; got != want {
		t.Errorf("Cookie = %q, want %q", got, want)
	}
	if got, want := res.Header.Get("Location"), "/patients"; got != want {
		t.Errorf("Location = %q, want %q", got, want)
	}
	if got := res.Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS reached the browser: %q", got)
	}
	got := res.Cookies()
	if len(got) != 1 || got[0].Name != terminalCookie+"mizuhiki" || got[0].Secure || !got[0].HttpOnly || got[0].Value != "secret" {
		t.Errorf("Set-Cookie = %v, want %s, not Secure, HttpOnly", got, terminalCookie)
	}
}
