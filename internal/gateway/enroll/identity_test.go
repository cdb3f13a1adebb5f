package enroll_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// renewal is a gateway's identity with the CA that renews it.
type renewal struct {
	ca      *tlsid.Authority
	gateway ident.GatewayID
	dir     string
}

func newRenewal(t *testing.T) renewal {
	t.Helper()
	root, err := tlsid.NewRoot("Test root", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	caKey, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := root.Certify("Test issuing CA", caKey, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ca, err := tlsid.NewAuthority(root.Cert, cert, caKey, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r := renewal{ca: ca, gateway: ident.New[ident.GatewayID](), dir: t.TempDir()}
	key, err := tlsid.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := tlsid.WriteKey(r.keyFile(), key); err != nil {
		t.Fatal(err)
	}
	csr, err := tlsid.NewCSR(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.certFile(), []byte(r.issue(t, csr, r.gateway)), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r renewal) certFile() string { return filepath.Join(r.dir, "gateway.crt") }
func (r renewal) keyFile() string  { return filepath.Join(r.dir, "gateway.key") }

func (r renewal) issue(t *testing.T, csr []byte, id ident.GatewayID) string {
	t.Helper()
	cert, err := r.ca.IssueGateway(csr, id, "9910000001")
	if err != nil {
		t.Fatal(err)
	}
	return string(tlsid.EncodeCerts(cert, r.ca.Cert))
}

func (r renewal) open(t *testing.T) *enroll.Identity {
	t.Helper()
	id, err := enroll.OpenIdentity(r.certFile(), r.keyFile(), r.ca.Root, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func leaf(id *enroll.Identity) *x509.Certificate {
	cert, _ := id.Current()
	return cert.Leaf
}

func request(t *testing.T, id *enroll.Identity) []byte {
	t.Helper()
	r, err := id.Request(t.Context(), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	return r.CSR
}

func TestReq_CERT03_gatewayRenewsItself(t *testing.T) {
	r := newRenewal(t)
	id := r.open(t)
	before, changed := id.Current()
	if _, err := id.Install(t.Context(), wire.Renewed{Chain: r.issue(t, request(t, id), r.gateway)}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody is told that there is another certificate")
	}
	if leaf(id).Equal(before.Leaf) {
		t.Error("the certificate is the one before")
	}
	if again := r.open(t); !leaf(again).Equal(leaf(id)) {
		t.Error("after a restart it is another certificate")
	}
	left, err := os.ReadDir(r.dir)
	if err != nil || len(left) != 2 {
		t.Errorf("files = %v, %v, want the certificate and its key", left, err)
	}
}

func TestIdentity_refuses(t *testing.T) {
	for name, chain := range map[string]func(*testing.T, renewal, *enroll.Identity) string{
		"one that nobody asked for": func(t *testing.T, r renewal, _ *enroll.Identity) string {
			return r.issue(t, request(t, r.open(t)), r.gateway)
		},
		"one for an earlier request": func(t *testing.T, r renewal, id *enroll.Identity) string {
			first := r.issue(t, request(t, id), r.gateway)
			request(t, id)
			return first
		},
		"another gateway's": func(t *testing.T, r renewal, id *enroll.Identity) string {
			return r.issue(t, request(t, id), ident.New[ident.GatewayID]())
		},
		"another CA's": func(t *testing.T, r renewal, id *enroll.Identity) string {
			other := newRenewal(t)
			return other.issue(t, request(t, id), r.gateway)
		},
		"none": func(t *testing.T, _ renewal, id *enroll.Identity) string {
			request(t, id)
			return ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenewal(t)
			id := r.open(t)
			before := leaf(id)
			if _, err := id.Install(t.Context(), wire.Renewed{Chain: chain(t, r, id)}); !fault.Is(err, fault.Invalid) {
				t.Errorf("Install = %v, want invalid", err)
			}
			if !leaf(id).Equal(before) || !leaf(r.open(t)).Equal(before) {
				t.Error("the identity has changed")
			}
		})
	}
}

// A renewal may break off between any two writes: either identity is whole afterwards.
func TestOpenIdentity_finishesWhatWasBrokenOff(t *testing.T) {
	for name, tc := range map[string]struct {
		leave   func(t *testing.T, r renewal, key, cert []byte)
		renewed bool
	}{
		"the key was written": {func(t *testing.T, r renewal, key, _ []byte) { put(t, r.keyFile()+".next", key) }, false},
		"half of the certificate was written": {func(t *testing.T, r renewal, key, cert []byte) {
			put(t, r.keyFile()+".next", key)
			put(t, r.certFile()+".next", cert[:100])
		}, false},
		"both were written": {func(t *testing.T, r renewal, key, cert []byte) {
			put(t, r.keyFile()+".next", key)
			put(t, r.certFile()+".next", cert)
		}, true},
		"the key had taken its place": {func(t *testing.T, r renewal, key, cert []byte) {
			put(t, r.keyFile(), key)
			put(t, r.certFile()+".next", cert)
		}, true},
		"both had, and nothing is left to be done": {func(t *testing.T, r renewal, key, cert []byte) { put(t, r.keyFile(), key); put(t, r.certFile(), cert) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenewal(t)
			before := leaf(r.open(t))
			key, err := tlsid.NewKey()
			if err != nil {
				t.Fatal(err)
			}
			csr, err := tlsid.NewCSR(key)
			if err != nil {
				t.Fatal(err)
			}
			pem, err := tlsid.EncodeKey(key)
			if err != nil {
				t.Fatal(err)
			}
			tc.leave(t, r, pem, []byte(r.issue(t, csr, r.gateway)))
			id := r.open(t)
			if renewed := !leaf(id).Equal(before); renewed != tc.renewed {
				t.Errorf("renewed = %v, want %v", renewed, tc.renewed)
			}
			left, err := os.ReadDir(r.dir)
			if err != nil || len(left) != 2 {
				t.Errorf("files = %v, %v, want the certificate and its key", left, err)
			}
		})
	}
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
