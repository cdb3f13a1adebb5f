package terminal

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

var quiet = slog.New(slog.DiscardHandler)

// ledger takes every code once.
type ledger struct{ taken []string }

func (*ledger) Redeem(context.Context, string, time.Time, func(directory.Facility) (directory.Gateway, error)) error {
	return fault.New(fault.NotFound, "no such code")
}

func (l *ledger) RedeemDevice(_ context.Context, digest string, _ directory.CodePurpose, _ time.Time, issue func(directory.Facility, directory.Code) (device.Device, error)) error {
	for _, t := range l.taken {
		if t == digest {
			return fault.New(fault.Denied, "used")
		}
	}
	_, err := issue(directory.Facility{ID: ident.New[ident.FacilityID](), Code: "9910000001", Name: "試験診療所"}, directory.Code{Label: "受付1"})
	if err == nil {
		l.taken = append(l.taken, digest)
	}
	return err
}

type center struct {
	ca     *tlsid.Authority
	ledger *ledger
	url    string
}

// newCenter serves the enrolment host.
func newCenter(t *testing.T) *center {
	t.Helper()
	root, err := tlsid.NewRoot("Test root", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	caKey, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	issuing, err := root.Certify("Test issuing CA", caKey, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := &center{ledger: &ledger{}}
	if c.ca, err = tlsid.NewAuthority(root.Cert, issuing, caKey, time.Now); err != nil {
		t.Fatal(err)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := c.ca.IssueServer(key.Public(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := httpserver.Listen(t.Context(), httpserver.Config{
		Surface: "enroll", Kind: httpserver.Program, Addr: "127.0.0.1:0", Key: "enroll.listen",
		TLS: tlsid.OpenConfig(tlsid.Chain(key, cert, issuing, root.Cert), time.Now),
		Handler: enroll.New(enroll.Config{
			Ledger: c.ledger, Issuer: c.ca, Issuing: issuing, Root: root.Cert, AssertionRoot: make(ed25519.PublicKey, ed25519.PublicKeySize),
			Portal: func() string { return "https://portal.example" }, Clock: time.Now, Log: quiet,
		}),
		Clock: time.Now, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	c.url = "https://" + s.Addr().String()
	return c
}

func (c *center) request() Request {
	return Request{Center: c.url, CAFingerprint: tlsid.Fingerprint(c.ca.Root), Code: directory.NewCode(), Clock: time.Now}
}

// kept is a store of the test's own.
type kept struct {
	ready, put error
	ids        []Identity
}

func (k *kept) Ready(context.Context) error { return k.ready }

func (k *kept) Put(_ context.Context, id Identity) error {
	if k.put == nil {
		k.ids = append(k.ids, id)
	}
	return k.put
}

func TestReq_CERT02_theKeyIsTheTerminals(t *testing.T) {
	c := newCenter(t)
	var store, rescue kept
	answer, err := Enroll(t.Context(), c.request(), &store, &rescue)
	if err != nil {
		t.Fatal(err)
	}
	if len(store.ids) != 1 || len(rescue.ids) != 0 {
		t.Fatalf("kept %d times, rescued %d times", len(store.ids), len(rescue.ids))
	}
	id := store.ids[0]
	if !tlsid.KeyOf(id.Chain[0], id.Key) || id.Label != "試験診療所 受付1" || answer.Portal != "https://portal.example" {
		t.Errorf("identity %q, answer %+v", id.Label, answer)
	}
	if _, err := id.Chain[0].Verify(x509.VerifyOptions{
		Roots: tlsid.Pool(id.Root), Intermediates: tlsid.Pool(id.Chain[1:]...), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		t.Error(err)
	}
}

func TestEnroll_refusals(t *testing.T) {
	broken := errors.New("no room")
	for name, tc := range map[string]struct {
		change func(*Request)
		store  kept
		rescue kept
		spent  bool // the center has taken the code
		want   error
	}{
		"no address":                   {change: func(r *Request) { r.Center = "center" }},
		"a short fingerprint":          {change: func(r *Request) { r.CAFingerprint = "abc" }},
		"another center":               {change: func(r *Request) { r.CAFingerprint = strings.Repeat("0", 64) }},
		"no store, before the code":    {store: kept{ready: broken}, want: broken},
		"no rescue, before the code":   {rescue: kept{ready: broken}, want: broken},
		"the store fails":              {store: kept{put: broken}, spent: true, want: broken},
		"the store and the rescue too": {store: kept{put: broken}, rescue: kept{put: errors.New("no room either")}, spent: true, want: broken},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCenter(t)
			req := c.request()
			if tc.change != nil {
				tc.change(&req)
			}
			_, err := Enroll(t.Context(), req, &tc.store, &tc.rescue)
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("Enroll = %v", err)
			}
			if spent := len(c.ledger.taken) > 0; spent != tc.spent {
				t.Errorf("code spent = %v, want %v", spent, tc.spent)
			}
			if want := tc.spent && tc.rescue.put == nil; (len(tc.rescue.ids) == 1) != want {
				t.Errorf("rescued = %v, want %v", !want, want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	c := newCenter(t)
	dir := filepath.Join(t.TempDir(), "terminal")
	var file, password string
	files := Files{Dir: dir, Told: func(f, p string) { file, password = f, p }}
	if _, err := Enroll(t.Context(), c.request(), files, files); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, cert, above, err := pkcs12.DecodeChain(data, password)
	if err != nil || len(above) != 2 || key == nil {
		t.Fatalf("PKCS #12: %v, %d certificates above", err, len(above))
	}
	if id, err := tlsid.IdentityOf(cert); err != nil || id.Role != tlsid.Device {
		t.Errorf("identity = %+v, %v", id, err)
	}
	if _, err := Enroll(t.Context(), c.request(), files, files); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second time into the same folder: %v, want conflict", err)
	}
	if len(c.ledger.taken) != 1 {
		t.Error("the second code was spent on nothing")
	}
}

// What the tools of the systems are called with. Windows and macOS are tested in no
// other way.
func TestStoreOf(t *testing.T) {
	for system, want := range map[string][]string{
		"linux": {
			"pk12util -i DIR/terminal.p12 -d sql:/home/u/.pki/nssdb -w DIR/password -K ",
			"certutil -A -d sql:/home/u/.pki/nssdb -n Test root -t C,, -i DIR/root.crt",
		},
		"windows": {
			"certutil -user -f -p PASSWORD -importPFX My DIR/terminal.p12 NoExport,NoRoot",
			"certutil -user -f -addstore Root DIR/root.crt",
		},
		"darwin": {
			"security import DIR/terminal.p12 -k /home/u/Library/Keychains/login.keychain-db -P PASSWORD -x",
			"security add-trusted-cert -r trustRoot -p ssl -k /home/u/Library/Keychains/login.keychain-db DIR/root.crt",
		},
	} {
		t.Run(system, func(t *testing.T) {
			c := newCenter(t)
			var k, none kept
			if _, err := Enroll(t.Context(), c.request(), &k, &none); err != nil {
				t.Fatal(err)
			}
			var got []string
			store, err := storeOf(system, "/home/u", func(_ context.Context, tool string, args ...string) (string, error) {
				line := strings.Join(append([]string{tool}, args...), " ")
				for _, a := range args {
					if dir := filepath.Dir(a); filepath.Base(a) == "terminal.p12" || filepath.Base(a) == "root.crt" {
						if _, err := os.Stat(a); err != nil {
							t.Error(err)
						}
						line = strings.ReplaceAll(line, dir, "DIR")
						if pw, err := os.ReadFile(filepath.Join(dir, "password")); err == nil {
							line = strings.ReplaceAll(line, strings.TrimSpace(string(pw)), "PASSWORD")
						}
					}
				}
				got = append(got, line)
				return "", nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Put(t.Context(), k.ids[0]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := storeOf("plan9", "/home/u", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown system: %v, want invalid", err)
	}
}

// The database of Chromium's family, by the real tools.
func TestNSS(t *testing.T) {
	for _, tool := range []string{"certutil", "pk12util"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not there: install libnss3-tools", tool)
		}
	}
	c := newCenter(t)
	store, err := storeOf("linux", t.TempDir(), run)
	if err != nil {
		t.Fatal(err)
	}
	var none kept
	memory := Memory{Dir: filepath.Join(t.TempDir(), "memory")}
	for range 2 { // a second terminal's certificate beside the first
		req := c.request()
		req.Memory = memory
		if _, err := Enroll(t.Context(), req, store, &none); err != nil {
			t.Fatal(err)
		}
	}
	list := func() (certificates string, withKeys int) {
		t.Helper()
		out, err := exec.Command("certutil", "-L", "-d", "sql:"+store.(nss).dir).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out), strings.Count(string(out), "u,u,u")
	}
	out, n := list()
	if n != 2 {
		t.Errorf("%d certificates with their keys, want 2:\n%s", n, out)
	}
	if !strings.Contains(out, "C,,") {
		t.Errorf("the center's root is not trusted:\n%s", out)
	}
	if err := store.(Renewer).Drop(t.Context(), first(t, memory).Leaf); err != nil {
		t.Fatal(err)
	}
	if out, n := list(); n != 1 {
		t.Errorf("%d certificates with their keys after one was dropped, want 1:\n%s", n, out)
	}
	if err := store.(Renewer).Drop(t.Context(), first(t, memory).Leaf); err == nil {
		t.Error("what is not there was dropped")
	}
}

// first gives the earlier of the two identities that a memory holds.
func first(t *testing.T, m Memory) tls.Certificate {
	t.Helper()
	id, err := tlsid.ReadIdentity(m.earlier().cert, m.earlier().key)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A PowerShell that signs as .NET does. The real one is tested nowhere.
func TestWindowsKey(t *testing.T) {
	c := newCenter(t)
	var k, none kept
	if _, err := Enroll(t.Context(), c.request(), &k, &none); err != nil {
		t.Fatal(err)
	}
	id := k.ids[0]
	var asked string
	store, err := storeOf("windows", "", func(_ context.Context, tool string, args ...string) (string, error) {
		asked = tool + " " + strings.Join(args, " ")
		m := regexp.MustCompile(`FromBase64String\('([^']+)'\)`).FindStringSubmatch(asked)
		if m == nil {
			return "", errors.New("nothing to sign")
		}
		digest, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			return "", err
		}
		r, s, err := ecdsa.Sign(rand.Reader, id.Key.(*ecdsa.PrivateKey), digest)
		if err != nil {
			return "", err
		}
		pair := make([]byte, 64)
		r.FillBytes(pair[:32])
		s.FillBytes(pair[32:])
		return base64.StdEncoding.EncodeToString(pair) + "\r\n", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	leaf := id.Chain[0]
	key, err := store.(Renewer).Key(t.Context(), leaf)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // numbers with leading zeros come by chance
		digest := sha256.Sum256([]byte(ident.New[string]()))
		sig, err := key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil || !ecdsa.VerifyASN1(leaf.PublicKey.(*ecdsa.PublicKey), digest[:], sig) {
			t.Fatalf("signature %x, %v", sig, err)
		}
	}
	thumb := sha1.Sum(leaf.Raw)
	if want := `Cert:\CurrentUser\My\` + strings.ToUpper(hex.EncodeToString(thumb[:])); !strings.Contains(asked, want+";") {
		t.Errorf("asked %q, not for %s", asked, want)
	}
	if err := store.(Renewer).Drop(t.Context(), leaf); err == nil || !strings.Contains(asked, "Remove-Item -DeleteKey") {
		t.Errorf("Drop: %v, asked %q", err, asked)
	}
}
