package secretfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
)

func TestWriteAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := secretfile.Write(path, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
		t.Errorf("mode = %04o, want %04o", got, want)
	}
	if err := secretfile.Write(path, []byte("another")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Write over a secret = %v, want that it exists", err)
	}
	got, err := secretfile.Read(path)
	if err != nil || string(got) != "secret" {
		t.Errorf("Read = %q, %v, want the first secret", got, err)
	}
}

func TestRead_refusesWhatOthersCanRead(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o644} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte("secret"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		if _, err := secretfile.Read(path); err == nil {
			t.Errorf("a secret of mode %04o was read", mode)
		}
	}
}
