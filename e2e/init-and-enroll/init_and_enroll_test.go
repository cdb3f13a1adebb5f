// Package initandenroll goes the way of a real network, with the program that an
// operator runs: a center from nothing, a hospital whose gateway enrols by a one-time
// code, people who sign in for the first time, a patient who is registered and read.
package initandenroll

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

const hospital = "9910000017" // the code that the synthetic region gives its first hospital

func TestInitAndEnroll(t *testing.T) {
	p := build(t)
	ports := freePorts(t, 3)
	init := p.run(t, "init", "--dir", "center", "--host", "localhost", "--host", "127.0.0.1", "--union", "試験ユニオン",
		"--facility-code", hospital, "--facility-name", "試験病院", "--facility-kana", "シケンビョウイン", "--facility-mark", "試験", "--facility-disclosing",
		"--operator-login", "jimukyoku", "--operator-name", "事務局", "--portal", ports[0], "--link", ports[1], "--enroll", ports[2])
	if info, err := os.Stat(filepath.Join(p.dir, "center", "ca")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the CA's folder: %v, %v, want it closed to others", info.Mode(), err)
	}
	p.start(t, "center", "--config", "center/center.toml")

	doctor := p.user(t, "dr1", "physician", "viewer")
	clerk := p.user(t, "renkei1", "clerk", "liaison")
	for _, u := range []*newcomer{&doctor, &clerk} {
		u.DeviceCert, u.DeviceKey = field(t, init, "device_cert"), field(t, init, "device_key")
	}
	clerk.DeviceCert, clerk.DeviceKey = p.terminal(t)

	p.run(t, "synth", "--out", "region", "--persons", "6", "--linked", "4")
	storage := filepath.Join("region", hospital)
	code := p.run(t, "admin", "--config", "center/center.toml", "gateway", "code", "--facility", hospital)
	p.run(t, "enroll", "gateway", "--center", field(t, code, "center"), "--ca-fingerprint", field(t, code, "ca_fingerprint"),
		"--code", field(t, code, "code"), "--storage", storage, "--out", "gateway")
	p.start(t, "gateway", "--config", "gateway/gateway.toml")

	w := &world.World{Ready: world.Ready{Portal: "https://localhost:" + port(ports[0]), CAFile: filepath.Join(p.dir, "center", "ca", "root.crt")}}
	desk := firstSignIn(t, w, clerk)
	patient := p.somebody(t, storage)
	var links string
	world.Eventually(t, 20*time.Second, func() bool { // until the gateway has read the storage and linked
		a := desk.Post("/register", url.Values{
			"kana": {patient.Kana}, "birth_date": {patient.BirthDate}, "sex": {patient.Sex}, "existing": {"new"}, "name": {patient.Name},
			"basis": {"written"}, "signer": {patient.Name}, "consent_date": {"R8.11.1"}, "own_id": {patient.ID},
		})
		links = a.Header.Get("Location")
		return a.Status == http.StatusSeeOther
	})

	reader := firstSignIn(t, w, doctor)
	world.Eventually(t, 20*time.Second, func() bool {
		return world.FirstItem(reader.Get(strings.TrimSuffix(links, "/links"))) != ""
	})
	parts := reader.Get(strings.TrimSuffix(links, "/links") + "/medications").Parts()
	if len(parts) != 1 {
		t.Fatalf("medications: %d parts, want the hospital's", len(parts))
	}
	if a := reader.Get(parts[0]); a.Status != http.StatusOK || !strings.Contains(a.Body, `data-into="medications"`) {
		t.Errorf("part: status %d\n%s", a.Status, a.Body)
	}
	p.stop(t)
	p.run(t, "audit", "verify", "--dir", "center")
}

// newcomer is somebody with a setup code.
type newcomer struct {
	world.User
	code string
}

// firstSignIn goes from the setup code to an own password, as the portal demands before it
// opens anything.
func firstSignIn(t *testing.T, w *world.World, u newcomer) *world.Client {
	t.Helper()
	c := w.At(t, u.User)
	if a := c.Post("/signin/setup", url.Values{"login": {u.Login}, "code": {u.code}}); a.Status != http.StatusSeeOther {
		t.Fatalf("setup code: status %d\n%s", a.Status, a.Body)
	}
	if a := c.Get("/patients"); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/welcome" {
		t.Errorf("before the pledge: status %d to %q", a.Status, a.Header.Get("Location"))
	}
	if a := c.Post("/welcome", url.Values{"pledge": {"1"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("pledge: status %d\n%s", a.Status, a.Body)
	}
	if a := c.Get("/patients"); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/welcome" {
		t.Errorf("before there is a credential: status %d to %q", a.Status, a.Header.Get("Location"))
	}
	page := c.Get("/welcome")
	secret := secretShown.FindStringSubmatch(page.Body)
	if secret == nil {
		t.Fatalf("no key for an authenticator app in\n%s", page.Body)
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	const own = "kumo-to-yama-48"
	if a := c.Post("/welcome/password", url.Values{"new": {own}, "again": {own}, "code": {code}}); a.Status != http.StatusSeeOther {
		t.Fatalf("first password: status %d\n%s", a.Status, a.Body)
	}
	return c
}

var secretShown = regexp.MustCompile(`<code>([A-Z2-7]{32})</code>`)

// program is the built program in a folder of its own.
type program struct {
	bin, dir string
	running  []*exec.Cmd
}

func build(t *testing.T) *program {
	t.Helper()
	p := &program{dir: t.TempDir()}
	p.bin = filepath.Join(t.TempDir(), "mizuhiki")
	cmd := exec.Command("go", "build", "-o", p.bin, "./cmd/mizuhiki")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	t.Cleanup(func() { p.stop(t) })
	return p
}

// terminal enrols a terminal by a one-time code and gives its certificate and key.
func (p *program) terminal(t *testing.T) (cert, key string) {
	t.Helper()
	code := p.run(t, "admin", "--config", "center/center.toml", "device", "code", "--facility", hospital, "--name", "連携室1", "--place", "地域連携室")
	out := p.run(t, "enroll", "device", "--center", field(t, code, "center"), "--ca-fingerprint", field(t, code, "ca_fingerprint"),
		"--code", field(t, code, "code"), "--out", "terminal")
	data, err := os.ReadFile(field(t, out, "device_p12"))
	if err != nil {
		t.Fatal(err)
	}
	k, leaf, above, err := pkcs12.DecodeChain(data, field(t, out, "device_p12_password"))
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(p.dir, "terminal", "terminal.crt"), filepath.Join(p.dir, "terminal", "terminal.key")
	if err := os.WriteFile(cert, tlsid.EncodeCerts(append([]*x509.Certificate{leaf}, above...)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(key, k.(crypto.Signer)); err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (p *program) run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.bin, args...)
	cmd.Dir = p.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("mizuhiki %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

func (p *program) start(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(p.bin, args...)
	cmd.Dir = p.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.running = append(p.running, cmd)
}

// stop ends what runs, the last started first, and demands that it ends well.
func (p *program) stop(t *testing.T) {
	t.Helper()
	for i := len(p.running) - 1; i >= 0; i-- {
		if err := p.running[i].Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := p.running[i].Wait(); err != nil {
			t.Errorf("mizuhiki %s: %v", p.running[i].Args[1], err)
		}
	}
	p.running = nil
}

func (p *program) user(t *testing.T, login, profession, role string) newcomer {
	t.Helper()
	out := p.run(t, "admin", "--config", "center/center.toml", "user", "add", "--facility", hospital,
		"--login", login, "--name", "試験 "+login, "--profession", profession, "--role", role, "--trained", "2026-04-01")
	return newcomer{world.User{Login: login}, field(t, out, "setup_code")}
}

type patient struct{ ID, Name, Kana, BirthDate, Sex string }

// somebody reads the first patient of the storage by `mizuhiki inspect`.
func (p *program) somebody(t *testing.T, storage string) patient {
	t.Helper()
	for line := range strings.Lines(p.run(t, "inspect", storage)) {
		var doc struct {
			PatientID string `json:"patient_id"`
			DataType  string `json:"data_type"`
			Flag      string `json:"flag"`
			Entries   []struct {
				Name, Kana, Sex string
				BirthDate       string `json:"birth_date"`
			} `json:"entries"`
		}
		if err := json.Unmarshal([]byte(line), &doc); err != nil {
			t.Fatalf("inspect: %v\n%s", err, line)
		}
		if doc.DataType == "ADT-00" && doc.Flag == "1" && len(doc.Entries) > 0 {
			e := doc.Entries[0]
			return patient{doc.PatientID, e.Name, e.Kana, e.BirthDate, e.Sex}
		}
	}
	t.Fatal("inspect found no demographics")
	return patient{}
}

// field reads one value of an output of lines "name  value".
func field(t *testing.T, output, name string) string {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		if m := regexp.MustCompile(`^` + name + `\s+(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("no %s in:\n%s", name, output)
	return ""
}

func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}
