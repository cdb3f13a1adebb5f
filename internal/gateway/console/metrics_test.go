package console

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/metrics.txt anew")

// Names and labels are what a hospital's alerts are built on: they change on purpose only.
func TestMetrics_names(t *testing.T) {
	d := newDesk(t, false, "")
	a := d.browser().get("/metrics")
	if a.status != http.StatusOK {
		t.Fatalf("status %d\n%s", a.status, a.body)
	}
	var got []string
	value := regexp.MustCompile(` [0-9.e+-]+$`)
	for line := range strings.Lines(a.body) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "mizuhiki_") {
			got = append(got, value.ReplaceAllString(line, ""))
		}
	}
	slices.Sort(got)
	path := filepath.Join("testdata", "metrics.txt")
	text := strings.Join(got, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range got {
		name, _, _ := strings.Cut(line, "{")
		if !strings.Contains(string(doc), "`"+name) {
			t.Errorf("docs/operations.md does not explain %s", name)
		}
	}
	for _, want := range []string{
		`mizuhiki_gateway_link_up 1`, `mizuhiki_gateway_source_fact{fact="waiting",kind="storage",place="/mnt/ssmix2"} 3`,
		`mizuhiki_gateway_unreadable_files{reason="cut"} 1`, `mizuhiki_gateway_quarantined_files 1`, `mizuhiki_gateway_remarked_files{kind="missing"} 1`, `mizuhiki_gateway_remarked_files{kind="care_date"} 0`, `mizuhiki_gateway_suspended_links 1`,
		`mizuhiki_gateway_receive_incidents_total{incident="address",listener="ehr"} 7`, `mizuhiki_gateway_receive_incidents_total{incident="cut",listener="ehr"} 0`,
		`mizuhiki_gateway_receive_incident_last_timestamp_seconds{incident="address",listener="ehr"} 1.79580452e+09`, `mizuhiki_gateway_receive_incident_last_timestamp_seconds{incident="cut",listener="ehr"} 0`,
		`mizuhiki_gateway_unframed_bytes_total{listener="ehr"} 26`, `mizuhiki_gateway_problems{level="warn"} 3`, `mizuhiki_gateway_documents 7`,
	} {
		if !strings.Contains(a.body, want+"\n") {
			t.Errorf("the metrics do not say %s", want)
		}
	}
}

func TestMetrics_askForTheToken(t *testing.T) {
	d := newDesk(t, false, "a-token-of-monitoring")
	b := d.browser()
	for name, tc := range map[string]struct {
		header string
		want   int
	}{
		"none":       {"", http.StatusUnauthorized},
		"another":    {"Bearer another-token-of-it", http.StatusUnauthorized},
		"a part":     {"Bearer a-token", http.StatusUnauthorized},
		"the token":  {"Bearer a-token-of-monitoring", http.StatusOK},
		"empty":      {"Bearer ", http.StatusUnauthorized},
		"basic auth": {"Basic YTph", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			if a := b.do(http.MethodGet, "/metrics", nil, "Authorization", tc.header); a.status != tc.want {
				t.Errorf("status %d, want %d", a.status, tc.want)
			}
		})
	}
}

func TestMetrics_withoutATokenForThisMachineOnly(t *testing.T) {
	c := &Console{metrics: http.NotFoundHandler()}
	c.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := c.monitored(monitor)
	for name, tc := range map[string]struct {
		from, host, header string
		want               int
	}{
		"this machine":                {"127.0.0.1:5", "127.0.0.1:8450", "", 204},
		"by name":                     {"127.0.0.1:5", "localhost:8450", "", 204},
		"without a port":              {"127.0.0.1:5", "localhost", "", 204},
		"IPv6":                        {"[::1]:5", "[::1]:8450", "", 204},
		"IPv6 without a port":         {"[::1]:5", "[::1]", "", 204},
		"another":                     {"10.1.2.3:5", "127.0.0.1:8450", "", 404},
		"nobody knows":                {"", "127.0.0.1:8450", "", 404},
		"a proxy that says for whom":  {"127.0.0.1:5", "127.0.0.1:8450", "X-Forwarded-For", 404},
		"by the standard":             {"127.0.0.1:5", "127.0.0.1:8450", "Forwarded", 404},
		"as nginx is told to":         {"127.0.0.1:5", "127.0.0.1:8450", "X-Real-IP", 404},
		"a proxy that says itself":    {"127.0.0.1:5", "127.0.0.1:8450", "Via", 404},
		"a proxy that keeps the name": {"127.0.0.1:5", "console.hospital.example", "", 404},
	} {
		w, header := &status{header: http.Header{}}, http.Header{"Accept": {"text/plain"}}
		if tc.header != "" {
			header.Set(tc.header, "10.1.2.3")
		}
		h.ServeHTTP(w, &http.Request{RemoteAddr: tc.from, Host: tc.host, Header: header})
		if w.code != tc.want {
			t.Errorf("%s: status %d, want %d", name, w.code, tc.want)
		}
	}
}

type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) Write(p []byte) (int, error) { return len(p), nil }
func (s *status) WriteHeader(code int)        { s.code = code }
