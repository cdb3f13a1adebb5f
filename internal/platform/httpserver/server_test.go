package httpserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// start serves h on loopback until the test ends.
func start(t *testing.T, cfg httpserver.Config) (url string) {
	t.Helper()
	cfg.Surface, cfg.Addr, cfg.Key, cfg.Clock = "test", "127.0.0.1:0", "test.listen", time.Now
	if cfg.Log == nil {
		cfg.Log = quiet
	}
	s, err := httpserver.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return "http://" + s.Addr().String()
}

func do(t *testing.T, method, url string, header map[string]string, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

func ok(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }

func TestProbes_areLoggedForDebuggingUnlessTheyFail(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("GET /page", ok)
	url := start(t, httpserver.Config{
		Log: slog.New(slog.NewJSONHandler(&log, nil)), Handler: mux, Probes: []string{"GET /healthz", "GET /readyz"},
	})
	for _, path := range []string{"/healthz", "/readyz", "/page"} {
		do(t, http.MethodGet, url+path, nil, "")
	}
	said := log.String()
	for route, want := range map[string]bool{"GET /healthz": false, "GET /readyz": true, "GET /page": true} {
		if got := strings.Contains(said, `"`+route+`"`); got != want {
			t.Errorf("%s logged: %v, want %v", route, got, want)
		}
	}
}

func TestReq_WEB03_headers(t *testing.T) {
	program := map[string]string{
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	}
	browser := maps.Clone(program)
	maps.Copy(browser, map[string]string{
		"Content-Security-Policy":      httpserver.ContentSecurityPolicy,
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), publickey-credentials-create=(self), publickey-credentials-get=(self), usb=()",
	})
	for name, tc := range map[string]struct {
		kind httpserver.Kind
		want map[string]string
	}{
		"browser": {httpserver.Browser, browser},
		"program": {httpserver.Program, program},
	} {
		t.Run(name, func(t *testing.T) {
			url := start(t, httpserver.Config{Kind: tc.kind, Handler: http.HandlerFunc(ok)})
			res, _ := do(t, http.MethodGet, url, nil, "")
			got := map[string]string{}
			for k := range res.Header {
				if !slices.Contains([]string{"Content-Length", "Content-Type", "Date", httpserver.HeaderRef}, k) {
					got[k] = res.Header.Get(k)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestContentSecurityPolicy_allowsNothingInline(t *testing.T) {
	for _, bad := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(httpserver.ContentSecurityPolicy, bad) {
			t.Errorf("the policy allows %q", bad)
		}
	}
}

func TestReq_WEB01_crossOrigin(t *testing.T) {
	reached := 0
	url := start(t, httpserver.Config{Kind: httpserver.Browser, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached++
		ok(w, r)
	})})
	for name, tc := range map[string]struct {
		method string
		header map[string]string
		want   int
	}{
		"form of another site":                {http.MethodPost, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"form of a sister host":               {http.MethodPost, map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"foreign origin in an older browser":  {http.MethodPost, map[string]string{"Origin": "https://evil.example"}, 403},
		"null origin in an older browser":     {http.MethodPost, map[string]string{"Origin": "null"}, 403},
		"neither header":                      {http.MethodPost, nil, 403},
		"neither header, another method":      {http.MethodDelete, nil, 403},
		"own form":                            {http.MethodPost, map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		"own origin in an older browser":      {http.MethodPost, map[string]string{"Origin": url}, 200},
		"typed address":                       {http.MethodGet, map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"link on another site, which is safe": {http.MethodGet, map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			reached = 0
			res, _ := do(t, tc.method, url, tc.header, "")
			if res.StatusCode != tc.want {
				t.Errorf("status = %d, want %d", res.StatusCode, tc.want)
			}
			if got, want := reached == 1, tc.want == 200; got != want {
				t.Errorf("handler reached = %v, want %v", got, want)
			}
		})
	}
}

func TestReq_WEB05_bodyLimit(t *testing.T) {
	url := start(t, httpserver.Config{MaxBody: 10, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}
	})})
	if res, _ := do(t, http.MethodPost, url, nil, "0123456789"); res.StatusCode != 200 {
		t.Errorf("status at the limit = %d, want 200", res.StatusCode)
	}
	if res, _ := do(t, http.MethodPost, url, nil, "0123456789+"); res.StatusCode != 413 {
		t.Errorf("status over the limit = %d, want 413", res.StatusCode)
	}
}

func TestReq_WEB05_slowHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	t.Parallel()
	url := start(t, httpserver.Config{Handler: http.HandlerFunc(ok)})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n") // and nothing more
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server waits for ever for headers: %v", err)
	}
}

func TestPanic_givesAReferenceThatTheLogHas(t *testing.T) {
	var log bytes.Buffer
	url := start(t, httpserver.Config{
		Log:     slog.New(slog.NewJSONHandler(&log, nil)),
		Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }),
	})
	res, body := do(t, http.MethodGet, url, nil, "")
	ref := res.Header.Get(httpserver.HeaderRef)
	if res.StatusCode != 500 || ref == "" || !strings.Contains(body, ref) || strings.Contains(body, "boom") {
		t.Errorf("answer = %d %q with reference %q", res.StatusCode, body, ref)
	}
	if got := log.String(); !strings.Contains(got, ref) || !strings.Contains(got, "boom") {
		t.Errorf("the log does not explain %s: %s", ref, got)
	}
}

func TestPanic_inTheMiddleCutsTheAnswer(t *testing.T) {
	url := start(t, httpserver.Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic("boom")
	})})
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", got)
	}
}

// Paths and queries hold ids: the log has the route's pattern instead.
func TestLog_hasNoIdentifiers(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	mux.HandleFunc("GET /patients/{person}", ok)
	url := start(t, httpserver.Config{Log: slog.New(slog.NewJSONHandler(&log, nil)), Handler: mux})
	do(t, http.MethodGet, url+"/patients/secret1?q=secret2", map[string]string{"Cookie": "secret3=x"}, "")
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	if got, want := line["route"], "GET /patients/{person}"; got != want {
		t.Errorf("route = %q, want %q", got, want)
	}
	if got, want := line["status"], 200.0; got != want {
		t.Errorf("status = %v, want %v", got, want)
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log shows an identifier: %s", log.String())
	}
}

func TestListen_portInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	_, err = httpserver.Listen(t.Context(), httpserver.Config{Addr: addr, Key: "portal.listen", Log: quiet, Clock: time.Now, Handler: http.HandlerFunc(ok)})
	if err == nil || !strings.Contains(err.Error(), addr) || !strings.Contains(err.Error(), "portal.listen") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Listen = %v, want an error that names %s and portal.listen", err, addr)
	}
}

func TestServe_letsRunningRequestsEnd(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, err := httpserver.Listen(t.Context(), httpserver.Config{
		Addr: "127.0.0.1:0", Log: quiet, Clock: time.Now,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-release
			ok(w, r)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	answered := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + s.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		answered <- string(b)
	}()
	<-entered
	cancel()
	close(release)
	if got := <-answered; got != "ok" {
		t.Errorf("running request = %q, want ok", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// A handler that never ends by itself is cut off when draining is over.
func TestServe_cutsOffWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		client, server := net.Pipe()
		s := httpserver.OnListener(&pipeListener{conn: server, done: make(chan struct{})}, httpserver.Config{
			Log: quiet, Clock: time.Now,
			Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				close(ended)
			}),
		})
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx) }()
		go io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		begin := time.Now()
		cancel()
		<-ended
		if err := <-served; err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
		if took := time.Since(begin); took < time.Second || took > 10*time.Second {
			t.Errorf("draining took %v", took)
		}
		client.Close()
	})
}

type pipeListener struct {
	conn net.Conn
	done chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A stream may last longer than one answer may take, as long as it goes on.
func TestServe_streamsOutliveTheWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		s := httpserver.OnListener(&pipeListener{conn: server, done: make(chan struct{})}, httpserver.Config{
			Log: quiet, Clock: time.Now,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for range 10 {
					time.Sleep(20 * time.Second)
					if r.Context().Err() != nil {
						t.Error("the reader is taken to have gone")
						return
					}
					io.WriteString(w, "x")
					if err := http.NewResponseController(w).Flush(); err != nil {
						t.Errorf("Flush = %v", err)
						return
					}
				}
			}),
		})
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx) }()
		go io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != "xxxxxxxxxx" {
			t.Errorf("body = %q, %v, want ten x", got, err)
		}
		cancel()
		client.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}
