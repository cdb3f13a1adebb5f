package wire_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

const linkCert = "cafe"

type world struct {
	root   ed25519.PrivateKey
	signer *wire.Signer
}

func newWorld(t *testing.T) world {
	t.Helper()
	pub, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = pub
	return world{root, newSigner(t, root, "r1", now.Add(-time.Hour), now.Add(time.Hour))}
}

func newSigner(t *testing.T, root ed25519.PrivateKey, replica ident.ReplicaID, from, to time.Time) *wire.Signer {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := wire.CertifyReplica(root, replica, pub, from, to)
	if err != nil {
		t.Fatal(err)
	}
	s, err := wire.NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w world) verifier() *wire.Verifier {
	return wire.NewVerifier(w.root.Public().(ed25519.PublicKey), "gw", "hospital")
}

var body = []byte(`{"items":["a"]}`)

func assertion() wire.Assertion {
	sum := sha256.Sum256(body)
	return wire.Assertion{
		Gateway: "gw", Owner: "hospital", Decision: "d", PatientID: "0001",
		Viewer: access.Viewer{User: "u", Facility: "clinic"}, Kinds: []clinical.Kind{clinical.KindLab},
		ViewerLink: true, Consent: true, Purpose: access.PurposeCare,
		CertSHA256: linkCert, Path: wire.PathContent, BodySHA256: hex.EncodeToString(sum[:]),
	}
}

func TestAssertion_roundTrip(t *testing.T) {
	w := newWorld(t)
	token, err := w.signer.Sign(assertion(), now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.verifier().Verify(token, linkCert, wire.PathContent, body, now)
	if err != nil {
		t.Fatal(err)
	}
	want := assertion()
	want.Replica, want.PolicyHash = "r1", access.PolicyHash()
	want.Signer = w.signer.KeySHA256()
	want.Issued, want.Expires = now.Unix(), now.Add(wire.AssertionLife).Unix()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wire.Assertion{}, "JTI")); diff != "" {
		t.Errorf("Verify (-want +got):\n%s", diff)
	}
}

func TestReq_AZ07_assertionRefused(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t)
	with := func(change func(*wire.Assertion)) wire.Assertion {
		a := assertion()
		change(&a)
		return a
	}
	for name, tc := range map[string]struct {
		signer *wire.Signer
		a      wire.Assertion
		cert   string
		path   string
		body   []byte
		at     time.Duration
	}{
		"after its minute":           {at: 61 * time.Second},
		"from a clock far ahead":     {at: -31 * time.Second},
		"for another gateway":        {a: with(func(a *wire.Assertion) { a.Gateway = "gw2" })},
		"for another facility":       {a: with(func(a *wire.Assertion) { a.Owner = "hospital2" })},
		"on another link":            {cert: "beef"},
		"on another path":            {path: wire.PathUnlink},
		"with another body":          {body: []byte(`{"items":["b"]}`)},
		"by a foreign root":          {signer: other.signer},
		"by an expired replica":      {signer: newSigner(t, w.root, "r2", now.Add(-2*time.Hour), now.Add(-time.Hour))},
		"by a replica not valid yet": {signer: newSigner(t, w.root, "r3", now.Add(time.Hour), now.Add(2*time.Hour))},
	} {
		t.Run(name, func(t *testing.T) {
			signer, a, cert, path, b := w.signer, assertion(), linkCert, wire.PathContent, body
			if tc.signer != nil {
				signer = tc.signer
			}
			if tc.a.Gateway != "" {
				a = tc.a
			}
			if tc.cert != "" {
				cert = tc.cert
			}
			if tc.path != "" {
				path = tc.path
			}
			if tc.body != nil {
				b = tc.body
			}
			token, err := signer.Sign(a, now)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.verifier().Verify(token, cert, path, b, now.Add(tc.at)); !fault.Is(err, fault.Denied) {
				t.Errorf("Verify = %v, want denied", err)
			}
		})
	}
}

func TestReq_AZ07_forgedTokensRefused(t *testing.T) {
	w := newWorld(t)
	token, err := w.signer.Sign(assertion(), now)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	encode := base64.RawURLEncoding.EncodeToString
	pub := w.root.Public().(ed25519.PublicKey)
	certificate, err := wire.CertifyReplica(w.root, "r1", pub, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]string{
		"empty":                   "",
		"not a token":             "a.b.c",
		"algorithm none":          encode([]byte(`{"alg":"none","typ":"mizuhiki-assertion+jws"}`)) + "." + parts[1] + ".",
		"another payload":         parts[0] + "." + encode([]byte(`{"jti":"x"}`)) + "." + parts[2],
		"without signature":       parts[0] + "." + parts[1] + ".",
		"a replica's certificate": certificate,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.verifier().Verify(forged, linkCert, wire.PathContent, body, now); !fault.Is(err, fault.Denied) {
				t.Errorf("Verify = %v, want denied", err)
			}
		})
	}
}

func TestNewSigner_refusesAnotherKeysCertificate(t *testing.T) {
	w := newWorld(t)
	pub, _, _ := ed25519.GenerateKey(nil)
	_, key, _ := ed25519.GenerateKey(nil)
	cert, err := wire.CertifyReplica(w.root, "r1", pub, now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.NewSigner(key, cert); err == nil {
		t.Error("NewSigner took a certificate for another key")
	}
}
