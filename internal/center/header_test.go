package center_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var update = flag.Bool("update", false, "write testdata/headers.txt anew")

// What browsers and programs are told with each class of answer, refusals included, by a
// running center. Pages with a session live under the same headers: handlers of the portal
// set none of them, see its own test.
func TestReq_WEB03_headersOfEveryRouteClass(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	client := terminalClient(t, r, res)
	portal, enroll := "https://"+r.PortalAddr.String(), "https://"+r.EnrollAddr.String()
	own := map[string]string{"Sec-Fetch-Site": "same-origin"}
	var got strings.Builder
	for _, tc := range []struct {
		class, method, url string
		header             map[string]string
		status             int
	}{
		{"portal: page", "GET", portal + "/signin", nil, 200},
		{"portal: fragment", "GET", portal + "/lock", nil, 401},
		{"portal: redirect", "GET", portal + "/patients", nil, 303},
		{"portal: asset", "GET", portal + "/assets/knot.svg", nil, 200},
		{"portal: program", "GET", portal + wire.PathTerminal, nil, 200},
		{"portal: form refused", "POST", portal + "/signin", own, 401},
		{"portal: another origin", "POST", portal + "/signin", nil, 403},
		{"portal: not found", "GET", portal + "/assets/nothing.js", nil, 404},
		{"portal: another method", "PUT", portal + "/nothing", own, 303},
		{"portal: another host", "GET", portal + "/signin", map[string]string{"Host": "evil.example"}, 421},
		{"enroll: page of a link", "GET", enroll + "/terminal/pkcs12/x", nil, 200},
		{"enroll: link refused", "POST", enroll + "/terminal/pkcs12/x", own, 403},
		{"enroll: another origin", "POST", enroll + "/terminal/pkcs12/x", nil, 403},
		{"enroll: asset", "GET", enroll + "/assets/knot.svg", nil, 200},
		{"enroll: program refused", "POST", enroll + wire.PathEnrollGateway, nil, 422},
		{"enroll: health", "GET", enroll + "/healthz", nil, 204},
		{"enroll: not found", "GET", enroll + "/nothing", nil, 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tc.method, tc.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range tc.header {
			req.Header.Set(k, v)
		}
		req.Host = tc.header["Host"]
		res, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", tc.class, err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != tc.status {
			t.Errorf("%s: status %d, want %d", tc.class, res.StatusCode, tc.status)
		}
		if kind := res.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") && !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: another site may frame it", tc.class)
		}
		writeHeaders(&got, tc.class, res)
	}
	const golden = "testdata/headers.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("headers (-want +got), -update writes them anew:\n%s", diff)
	}
}

// writeHeaders writes an answer's headers without those that every run has others of.
func writeHeaders(w io.Writer, class string, res *http.Response) {
	fmt.Fprintf(w, "%s: %d\n", class, res.StatusCode)
	var names []string
	for name := range res.Header {
		if !slices.Contains([]string{"Date", "Content-Length", httpserver.HeaderRef}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range res.Header[name] {
			value = strings.Replace(value, httpserver.ContentSecurityPolicy, "(that of pages)", 1)
			fmt.Fprintf(w, "\t%s: %s\n", name, value)
		}
	}
}
