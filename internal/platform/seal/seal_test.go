package seal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/seal"
)

func box(t *testing.T) (b *seal.Box, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "seal.json")
	if err := seal.Create(path); err != nil {
		t.Fatal(err)
	}
	b, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return b, path
}

func TestBox_opensWhatItSealed(t *testing.T) {
	b, path := box(t)
	for _, secret := range []string{"JBSWY3DPEHPK3PXP", "", "水引"} {
		sealed, err := b.Seal(secret, "totp:u1")
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Seal(secret, "totp:u1")
		if err != nil {
			t.Fatal(err)
		}
		if sealed == again || secret != "" && strings.Contains(sealed, secret) {
			t.Errorf("sealing tells something of %q: %q, %q", secret, sealed, again)
		}
		later, err := seal.Load(path) // after a restart
		if err != nil {
			t.Fatal(err)
		}
		if got, err := later.Open(sealed, "totp:u1"); err != nil || got != secret {
			t.Errorf("Open = %q, %v, want %q", got, err, secret)
		}
	}
}

func TestBox_refuses(t *testing.T) {
	b, _ := box(t)
	other, _ := box(t)
	sealed, err := b.Seal("secret", "totp:u1")
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(sealed)
	flipped[len(flipped)/2] ^= 1
	for name, tc := range map[string]struct {
		box             *seal.Box
		sealed, context string
	}{
		"another user's row": {b, sealed, "totp:u2"},
		"another keyset":     {other, sealed, "totp:u1"},
		"a changed byte":     {b, string(flipped), "totp:u1"},
		"a cut text":         {b, sealed[:len(sealed)-4], "totp:u1"},
		"clear text":         {b, "JBSWY3DPEHPK3PXP", "totp:u1"},
		"nothing":            {b, "", "totp:u1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := tc.box.Open(tc.sealed, tc.context); err == nil {
				t.Errorf("Open = %q, want an error", got)
			}
		})
	}
}

func TestLoad_refuses(t *testing.T) {
	_, path := box(t)
	if err := seal.Create(path); err == nil {
		t.Error("a keyset was written over")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Load(path); err == nil {
		t.Error("a keyset that everybody can read was taken")
	}
	if _, err := seal.Load(path + ".none"); err == nil {
		t.Error("a missing keyset was taken")
	}
}
