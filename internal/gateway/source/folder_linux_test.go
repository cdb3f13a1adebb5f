package source

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// setStepwise has folders opened as on a kernel without openat2, until it is undone.
func setStepwise(stepwise bool) (undo func()) {
	was := withoutOpenat2.Swap(stepwise)
	return func() { withoutOpenat2.Store(was) }
}

// Neither way of opening leads out of a folder.
func TestFolder_leadsNowhereElse(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o644))
	must(t, os.MkdirAll(filepath.Join(inside, "a", "b"), 0o755))
	must(t, os.WriteFile(filepath.Join(inside, "a", "b", "file"), []byte("body"), 0o644))
	must(t, os.Symlink(outside, filepath.Join(inside, "a", "link")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(inside, "a", "file")))
	for _, stepwise := range []bool{false, true} {
		t.Run(fmt.Sprintf("stepwise %v", stepwise), func(t *testing.T) {
			defer setStepwise(stepwise)()
			f, err := openFolder(inside)
			must(t, err)
			defer f.close()
			if body, at, err := f.read("a/b/file"); err != nil || string(body) != "body" || at.size != 4 {
				t.Errorf("read = %q, %+v, %v", body, at, err)
			}
			for _, path := range []string{"a/link/secret", "a/file", "../" + filepath.Base(outside) + "/secret", "a/../../" + filepath.Base(outside) + "/secret", "/etc/passwd", "a/b", "a/none", ""} {
				if body, _, err := f.read(path); err == nil {
					t.Errorf("read %q = %q", path, body)
				}
			}
			for _, path := range []string{"a/link", "..", "/"} {
				if names, _, err := f.list(path); err == nil {
					t.Errorf("list %q = %v", path, names)
				}
			}
			if names, _, err := f.list("a"); err != nil || len(names) != 3 {
				t.Errorf("list a = %v, %v", names, err)
			}
		})
	}
}

// What another program has for itself is in use, and not broken or forbidden.
func TestFolder_inUse(t *testing.T) {
	for err, want := range map[error]error{unix.EAGAIN: errInUse, unix.EBUSY: errInUse, unix.EACCES: unix.EACCES, unix.EIO: unix.EIO} {
		if got := refusal(err); got != want {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
}
