package gateway_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/account"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// lines is a log that a test reads while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func start(t *testing.T, cfg gateway.Config) *gateway.Running {
	t.Helper()
	r, err := gateway.Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func fetch(t *testing.T, pool *x509.CertPool, url string) (status int, body string) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func TestConsole_isOffUnlessConfigured(t *testing.T) {
	cfg, _ := newGateway(t, storagetest.New(t))
	if url := start(t, cfg).ConsoleURL(); url != "" {
		t.Errorf("a console at %s", url)
	}
}

func TestConsole_makesItsCertificateOnce(t *testing.T) {
	cfg, _ := newGateway(t, storagetest.New(t))
	log := &lines{}
	cfg.Console.Listen, cfg.Logger = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil))
	var prints []string
	for range 2 {
		r, err := gateway.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		certs, err := tlsid.ReadCerts(filepath.Join(filepath.Dir(cfg.Database), "console.crt"))
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(certs[0])
		if status, body := fetch(t, pool, r.ConsoleURL()+"signin"); status != http.StatusOK || !strings.Contains(body, "ゲートウェイ管理画面") {
			t.Errorf("status %d\n%.300s", status, body)
		}
		prints = append(prints, tlsid.Fingerprint(certs[0]))
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if prints[0] != prints[1] || !strings.Contains(log.String(), prints[0]) {
		t.Errorf("fingerprints %v, log\n%s", prints, log)
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(cfg.Database), "console.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
}

func TestConsole_refusesABadToken(t *testing.T) {
	cfg, _ := newGateway(t, storagetest.New(t))
	cfg.Console.Listen, cfg.Console.PlainHTTP = "127.0.0.1:0", true
	cfg.Console.MetricsToken = filepath.Join(t.TempDir(), "token")
	for name, write := range map[string]func() error{
		"no file":            func() error { return nil },
		"too short":          func() error { return os.WriteFile(cfg.Console.MetricsToken, []byte("short\n"), 0o600) },
		"readable by others": func() error { return os.Chmod(cfg.Console.MetricsToken, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := write(); err != nil && name != "readable by others" {
				t.Fatal(err)
			}
			if _, err := gateway.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "console.metrics_token") {
				t.Errorf("Start = %v", err)
			}
		})
	}
}

func TestHealth_followsStorageAndLink(t *testing.T) {
	st := storagetest.New(t)
	st.Demographics("0000012345", storagetest.Hanako, "20240601090000000")
	cfg, c := newGateway(t, st)
	cfg.Storage.PollSeconds = 1
	r := start(t, cfg)
	c.hello(t)
	<-r.Ready()
	look := func() health.Snapshot {
		t.Helper()
		s, err := r.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	until := func(what string, cond func(health.Snapshot) bool) {
		t.Helper()
		for end := time.Now().Add(15 * time.Second); !cond(look()); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s did not come about: %+v", what, look())
			}
		}
	}
	up := func(s health.Snapshot) bool {
		return s.Sources[0].State == health.Up && !s.Sources[0].Since.After(s.Started)
	}
	until("a sound start", func(s health.Snapshot) bool { return up(s) && s.Level() == health.Good && s.Ready() && s.Patients == 1 })
	if s := look(); s.Sources[0].Place != st.Root || s.Certificate.Before(s.Now) || s.Disks[0].Space.Size == 0 || s.Link.Since.IsZero() {
		t.Errorf("snapshot %+v", s)
	}
	if err := os.Rename(st.Root, st.Root+".away"); err != nil {
		t.Fatal(err)
	}
	until("the storage's end", func(s health.Snapshot) bool {
		return s.Sources[0].State == health.Down && strings.Contains(s.Sources[0].Trouble.Said, st.Root) && s.Sources[0].Trouble.Cause == cause.Gone && !s.Sources[0].Since.IsZero() && s.Level() == health.Bad
	})
	if err := os.Rename(st.Root+".away", st.Root); err != nil {
		t.Fatal(err)
	}
	until("its return", up)
	if err := c.listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenAccounts_besideARunningGateway(t *testing.T) {
	cfg, _ := newGateway(t, storagetest.New(t))
	if _, _, err := gateway.OpenAccounts(t.Context(), cfg); err == nil {
		t.Error("accounts of a gateway that has never run")
	}
	cfg.Console.Listen, cfg.Console.PlainHTTP = "127.0.0.1:0", true
	r := start(t, cfg)
	accounts, closer, err := gateway.OpenAccounts(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.Add(t.Context(), "test", "taro", account.Viewer); err != nil {
		t.Error(err)
	}
	if err := closer(); err != nil {
		t.Error(err)
	}
	if status, _ := fetch(t, nil, r.ConsoleURL()+"healthz"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

// A root that has been read once is left out at a start if it is not there: link and
// console stand, and name it.
func TestStart_withoutARoot(t *testing.T) {
	t.Parallel()
	st, ext := storagetest.New(t), storagetest.New(t)
	st.Demographics("0000012345", storagetest.Hanako, "20240601090000000")
	cfg, c := newGateway(t, st)
	cfg.Storage.Extended = []string{ext.Root}
	start := func() *gateway.Running {
		t.Helper()
		r, err := gateway.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		c.hello(t)
		<-r.Ready()
		return r
	}
	if err := start().Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ext.Root); err != nil {
		t.Fatal(err)
	}
	r := start()
	s, err := r.Health(t.Context())
	if err != nil || len(s.Sources) != 2 || s.Sources[0].State != health.Up || s.Sources[1].State != health.Down || !strings.Contains(s.Sources[1].Trouble.Said, ext.Root) || s.Sources[1].Trouble.Cause != cause.Gone {
		t.Errorf("sources %+v, %v", s.Sources, err)
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	cfg.Storage.Extended = []string{ext.Root + "-never-there"}
	if _, err := gateway.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "never-there") {
		t.Errorf("Start = %v, want an error that names a folder which was never there", err)
	}
}
