package terminal

import (
	"crypto"
	"crypto/x509"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// What the memory holds after each enrolment or renewal: the last identity and the one
// before, with their keys only where the store gives no use of them.
func TestMemory(t *testing.T) {
	for name, withKey := range map[string]bool{"a store that gives no keys": true, "a store that signs": false} {
		t.Run(name, func(t *testing.T) {
			c := newCenter(t)
			m := Memory{Dir: filepath.Join(t.TempDir(), "user", "terminal")}
			if err := m.ready(); err != nil {
				t.Fatal(err)
			}
			if _, err := m.membership(); !fault.Is(err, fault.NotFound) {
				t.Errorf("before anything was enrolled: %v, want not found", err)
			}
			asked := 0
			stores := func(*x509.Certificate) (crypto.Signer, error) { // the store's own key
				asked++
				return tlsid.NewKey()
			}
			var before Identity
			for i := range 3 {
				var k, none kept
				if _, err := Enroll(t.Context(), c.request(), &k, &none); err != nil {
					t.Fatal(err)
				}
				id := k.ids[0]
				of := membership{"https://portal.example", tlsid.Fingerprint(id.Root), "d"}
				if err := m.keep(of, id, withKey); err != nil {
					t.Fatal(err)
				}
				if got, err := m.membership(); err != nil || got != of {
					t.Errorf("membership = %+v, %v", got, err)
				}
				holds(t, m.present(), id, withKey, stores)
				if i == 0 {
					if _, err := m.earlier().read(); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("an earlier identity of a new terminal: %v", err)
					}
				} else {
					holds(t, m.earlier(), before, withKey, stores)
				}
				before = id
			}
			if (asked > 0) == withKey {
				t.Errorf("the store was asked for keys %d times", asked)
			}
		})
	}
	if err := (Memory{}).keep(membership{}, Identity{}, true); err != nil {
		t.Errorf("a memory that remembers nothing: %v", err)
	}
}

func holds(t *testing.T, s slot, want Identity, withKey bool, stores func(*x509.Certificate) (crypto.Signer, error)) {
	t.Helper()
	chain, err := s.read()
	if err != nil || !chain[0].Equal(want.Chain[0]) || len(chain) != len(want.Chain) {
		t.Fatalf("%s: %d certificates, %v", s.cert, len(chain), err)
	}
	got, err := s.identity(chain, stores)
	if err != nil || !got.Leaf.Equal(want.Chain[0]) {
		t.Fatalf("%s: %v", s.cert, err)
	}
	if withKey && !tlsid.KeyOf(want.Chain[0], got.PrivateKey.(crypto.Signer)) {
		t.Errorf("%s has another key", s.key)
	}
}
