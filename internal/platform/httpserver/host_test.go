package httpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
)

// A name that somebody else made to point here opens nothing, whatever the method.
func TestReq_WEB01_onlyByOwnNames(t *testing.T) {
	reached := 0
	url := start(t, httpserver.Config{
		Kind: httpserver.Browser, Hosts: []string{"Portal.example.jp:8443", "localhost", "192.0.2.1", "::1"}, Probes: []string{"GET /healthz"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reached++
			ok(w, r)
		}),
	})
	for name, tc := range map[string]struct {
		method, path, host string
		want               int
	}{
		"its name":                          {"GET", "/", "portal.example.jp", 200},
		"another port in front":             {"GET", "/", "portal.example.jp:443", 200},
		"as DNS writes it":                  {"GET", "/", "PORTAL.example.jp.", 200},
		"its address":                       {"GET", "/", "192.0.2.1:8443", 200},
		"IPv6":                              {"GET", "/", "[::1]:8443", 200},
		"IPv6 without port":                 {"GET", "/", "[0:0:0:0:0:0:0:1]", 200},
		"own form":                          {"POST", "/", "localhost", 200},
		"monitoring, by an address":         {"GET", "/healthz", "10.0.0.9:8443", 200},
		"another name":                      {"GET", "/", "evil.example", 421},
		"another name with the port":        {"GET", "/", "evil.example:8443", 421},
		"form at another name":              {"POST", "/", "evil.example", 421},
		"a name within":                     {"GET", "/", "portal.example.jp.evil.example", 421},
		"a name below":                      {"GET", "/", "x.portal.example.jp", 421},
		"the name above":                    {"GET", "/", "example.jp", 421},
		"another address":                   {"GET", "/", "192.0.2.2", 421},
		"more than monitoring by a name":    {"GET", "/healthz/x", "evil.example", 421},
		"another method than monitoring's":  {"POST", "/healthz", "evil.example", 421},
		"a user before the host, as in URL": {"GET", "/", "portal.example.jp@evil.example", 421},
	} {
		t.Run(name, func(t *testing.T) {
			reached = 0
			req, err := http.NewRequestWithContext(t.Context(), tc.method, url+tc.path, strings.NewReader(""))
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tc.host
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != tc.want || (reached == 1) != (tc.want == 200) {
				t.Errorf("status = %d, want %d; the handler was reached %d times", res.StatusCode, tc.want, reached)
			}
			if res.Header.Get("Cache-Control") != "no-store" {
				t.Error("a cache may keep the answer")
			}
		})
	}
}
