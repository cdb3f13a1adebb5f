package center_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/httpclient"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

// initialised makes a center on loopback and gives its configuration.
func initialised(t *testing.T) (center.Config, setup.Result) {
	t.Helper()
	cfg, res, _ := initialisedWith(t)
	return cfg, res
}

// initialisedWith gives besides to whom the offline keys are encrypted.
func initialisedWith(t *testing.T) (center.Config, setup.Result, age.Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	cfg := center.DefaultConfig()
	cfg.Portal.Listen, cfg.Link.Listen, cfg.Enroll.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.Logger = slog.New(slog.DiscardHandler)
	res, err := setup.Init(t.Context(), setup.Options{
		Dir: filepath.Join(t.TempDir(), "center"), Hosts: []string{"localhost", "127.0.0.1"}, Config: cfg, Recipient: id.Recipient(),
		Union:    "試験ユニオン",
		Facility: directory.Facility{Code: "9910000001", Name: "試験病院", Kana: "シケンビョウイン", Mark: "試験", Kind: directory.Hospital, Disclosing: true},
		Operator: manage.NewUser{Login: "jimukyoku", DisplayName: "事務局", Profession: access.Clerk},
		Device:   "受付1", Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.Config, res, id
}

// start runs a center until the test ends.
func start(t *testing.T, cfg center.Config) *center.Running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := center.Start(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := r.Wait(); err != nil {
			t.Errorf("Wait = %v", err)
		}
	})
	return r
}

func get(cfg *tls.Config, url string) (status int, header http.Header, err error) {
	client := httpclient.New(cfg)
	defer client.CloseIdleConnections()
	res, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, nil
}

func TestStart_onlyRegisteredTerminalsReachThePortal(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	root := r.Authority.Root
	terminal, err := tlsid.ReadIdentity(res.Device.Cert, res.Device.Key)
	if err != nil {
		t.Fatal(err)
	}
	portal := "https://" + r.PortalAddr.String()
	status, header, err := get(tlsid.ClientConfig(terminal, root, time.Now), portal+"/signin")
	if err != nil || status != http.StatusOK {
		t.Errorf("sign-in page at a registered terminal = %d, %v, want 200", status, err)
	}
	for _, name := range []string{"Content-Security-Policy", "Strict-Transport-Security"} {
		if header.Get(name) == "" {
			t.Errorf("the portal sends no %s", name)
		}
	}
	for name, cfg := range map[string]*tls.Config{
		"without certificate": {RootCAs: tlsid.Pool(root)},
		"TLS 1.2":             {RootCAs: tlsid.Pool(root), Certificates: []tls.Certificate{terminal}, MaxVersion: tls.VersionTLS12},
	} {
		if status, _, err := get(cfg, portal+"/signin"); err == nil {
			t.Errorf("%s: the portal answered %d", name, status)
		}
	}
	if status, _, err := get(&tls.Config{RootCAs: tlsid.Pool(root)}, "https://"+r.EnrollAddr.String()+"/healthz"); err != nil || status != http.StatusNoContent {
		t.Errorf("health = %d, %v, want 204", status, err)
	}
}

// terminalClient is a browser on the first manager's terminal.
func terminalClient(t *testing.T, r *center.Running, res setup.Result) *http.Client {
	t.Helper()
	terminal, err := tlsid.ReadIdentity(res.Device.Cert, res.Device.Key)
	if err != nil {
		t.Fatal(err)
	}
	client := httpclient.New(tlsid.ClientConfig(terminal, r.Authority.Root, time.Now))
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// A terminal that was revoked a moment ago is refused on the connection that it has.
func TestReq_TLS03_revokedTerminalOnOpenConnection(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	client := terminalClient(t, r, res)
	ask := func() int {
		res, err := client.Get("https://" + r.PortalAddr.String() + "/signin")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	if got := ask(); got != http.StatusOK {
		t.Fatalf("before: %d, want 200", got)
	}
	if err := setup.NewAdmin(r.Base).RevokeDevice(t.Context(), res.Device.Device.ID); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != http.StatusNotFound {
		t.Errorf("after: %d, want 404", got)
	}
}

func TestStart_gatewayEnrolsWithTheRunningCenter(t *testing.T) {
	cfg, res := initialised(t)
	r := start(t, cfg)
	code, err := setup.NewAdmin(r.Base).GatewayCode(t.Context(), res.Facility, "", directory.CodeLife)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := enroll.Run(t.Context(), enroll.Request{
		Center: "https://" + r.EnrollAddr.String(), CAFingerprint: res.CAFingerprint, Code: code,
		Out: filepath.Join(t.TempDir(), "identity"), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Facility != res.Facility.ID {
		t.Errorf("facility = %s, want %s", answer.Facility, res.Facility.ID)
	}
}

// The log verifies after a stop: its last act is a signature over every row.
func TestStart_signsTheLogAtTheEnd(t *testing.T) {
	cfg, res := initialised(t)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := center.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := setup.NewAdmin(r.Base).GatewayCode(t.Context(), res.Facility, "", directory.CodeLife); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := r.Wait(); err != nil {
		t.Fatal(err)
	}
	logs, err := setup.VerifyAudit(t.Context(), filepath.Dir(res.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(logs) != 1 || logs[0].Rows != logs[0].Covered || logs[0].Rows == 0 {
		t.Errorf("logs = %+v, want every row signed", logs)
	}
}

func TestStart_refuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, tc := range map[string]struct {
		change func(*testing.T, *center.Config)
		want   string
	}{
		"a port in use": {func(_ *testing.T, c *center.Config) { c.Enroll.Listen = taken.Addr().String() }, "enroll.listen: " + taken.Addr().String()},
		"an empty database": {func(_ *testing.T, c *center.Config) {
			c.Database.Path = filepath.Join(t.TempDir(), "new.db")
		}, "mizuhiki migrate"},
		"a gateway's database": {func(t *testing.T, c *center.Config) {
			c.Database.Path = filepath.Join(t.TempDir(), "g.db")
			d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: c.Database.Path})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if _, _, err := migrate.Up(t.Context(), d, migrate.Gateway); err != nil {
				t.Fatal(err)
			}
		}, "g.db: the database's schema is not this program's"},
		"another replica's keys": {func(_ *testing.T, c *center.Config) { c.Replica = "another" }, "keys.assertion_cert"},
		"a key that is missing":  {func(_ *testing.T, c *center.Config) { c.Keys.Seal += ".none" }, "keys.seal"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := initialised(t)
			tc.change(t, &cfg)
			r, err := center.Start(t.Context(), cfg)
			if err == nil {
				t.Fatalf("Start succeeded: %v", r.PortalAddr)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Start = %v, want it to say %q", err, tc.want)
			}
		})
	}
}
