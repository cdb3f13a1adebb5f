package enroll_test

// Tests of both ends: the center's enrolment surface answers over loopback TLS.

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	center "mizuhiki.dev/mizuhiki/internal/center/enroll"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/httpserver"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

var quiet = slog.New(slog.DiscardHandler)

// once is a ledger with one code.
type once struct {
	digest string
	taken  []directory.Gateway
}

func (l *once) RedeemDevice(context.Context, string, directory.CodePurpose, time.Time, func(directory.Facility, directory.Code) (device.Device, error)) error {
	return fault.New(fault.NotFound, "no such code")
}

func (l *once) Redeem(_ context.Context, digest string, _ time.Time, issue func(directory.Facility) (directory.Gateway, error)) error {
	if digest != l.digest || len(l.taken) > 0 {
		return fault.New(fault.NotFound, "no such code")
	}
	g, err := issue(directory.Facility{ID: ident.New[ident.FacilityID](), Code: "9910000001", Name: "試験病院"})
	if err == nil {
		l.taken = append(l.taken, g)
	}
	return err
}

type world struct {
	ca      *tlsid.Authority
	ledger  *once
	code    string
	url     string
	signing ed25519.PublicKey
}

func newWorld(t *testing.T) *world {
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
	w := &world{code: directory.NewCode()}
	w.ledger = &once{digest: directory.HashCode(w.code)}
	if w.ca, err = tlsid.NewAuthority(root.Cert, issuing, caKey, time.Now); err != nil {
		t.Fatal(err)
	}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := w.ca.IssueServer(key.Public(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if w.signing, _, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	w.url = "https://" + serve(t, tlsid.OpenConfig(tlsid.Chain(key, cert, issuing, root.Cert), time.Now), center.Config{
		Ledger: w.ledger, Issuer: w.ca, Issuing: issuing, Root: root.Cert, AssertionRoot: w.signing,
		Link: "127.0.0.1:8444", Clock: time.Now, Log: quiet,
	})
	return w
}

func serve(t *testing.T, cfg *tls.Config, surface center.Config) (addr string) {
	t.Helper()
	s, err := httpserver.Listen(t.Context(), httpserver.Config{
		Surface: "enroll", Kind: httpserver.Program, Addr: "127.0.0.1:0", Key: "enroll.listen", TLS: cfg,
		Handler: center.New(surface), Clock: time.Now, Log: quiet,
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
	return s.Addr().String()
}

func (w *world) request(t *testing.T) enroll.Request {
	return enroll.Request{
		Center: w.url, CAFingerprint: tlsid.Fingerprint(w.ca.Root), Code: w.code,
		Out: filepath.Join(t.TempDir(), "gateway"), Clock: time.Now,
	}
}

func TestRun_leavesAnIdentityThatLinks(t *testing.T) {
	w := newWorld(t)
	req := w.request(t)
	req.CAFingerprint = strings.ToUpper(req.CAFingerprint[:2] + ":" + req.CAFingerprint[2:])
	answer, err := enroll.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	id, err := tlsid.ReadIdentity(filepath.Join(req.Out, enroll.FileCert), filepath.Join(req.Out, enroll.FileKey))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tlsid.Fingerprint(id.Leaf), w.ledger.taken[0].CertSHA256; got != want {
		t.Errorf("certificate = %s, want the one in the ledger, %s", got, want)
	}
	if roots, err := tlsid.ReadCerts(filepath.Join(req.Out, enroll.FileRoot)); err != nil || !roots[0].Equal(w.ca.Root) {
		t.Errorf("root = %v, %v", roots, err)
	}
	if pub, err := tlsid.ReadPublicKey(filepath.Join(req.Out, enroll.FileAssertionRoot)); err != nil || !pub.Equal(w.signing) {
		t.Errorf("assertion root = %v, %v", pub, err)
	}
	if answer.Link != "127.0.0.1:8444" || answer.FacilityName != "試験病院" {
		t.Errorf("answer = %+v", answer)
	}
	// A second try in the same folder must not touch the identity.
	if _, err := enroll.Run(t.Context(), req); !os.IsExist(err) && !strings.Contains(err.Error(), "exists") {
		t.Errorf("second Run = %v, want that the identity exists", err)
	}
	if _, err := tlsid.ReadIdentity(filepath.Join(req.Out, enroll.FileCert), filepath.Join(req.Out, enroll.FileKey)); err != nil {
		t.Errorf("the identity was harmed: %v", err)
	}
}

func TestRun_refusals(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*enroll.Request)
		kind   fault.Kind
	}{
		"a wrong code":           {func(r *enroll.Request) { r.Code = directory.NewCode() }, fault.Denied},
		"another root":           {func(r *enroll.Request) { r.CAFingerprint = strings.Repeat("ab", 32) }, fault.Denied},
		"a cut fingerprint":      {func(r *enroll.Request) { r.CAFingerprint = "abcd" }, fault.Invalid},
		"plain http":             {func(r *enroll.Request) { r.Center = strings.Replace(r.Center, "https", "http", 1) }, fault.Invalid},
		"nobody at that address": {func(r *enroll.Request) { r.Center = "https://127.0.0.1:1" }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			req := w.request(t)
			tc.change(&req)
			if _, err := enroll.Run(t.Context(), req); !fault.Is(err, tc.kind) {
				t.Errorf("Run = %v, want %s", err, tc.kind)
			}
			if left, _ := filepath.Glob(filepath.Join(req.Out, "*")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if len(w.ledger.taken) != 0 {
				t.Error("the code was spent")
			}
		})
	}
}
