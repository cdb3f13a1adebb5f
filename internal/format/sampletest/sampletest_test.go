package sampletest

import (
	"os"
	"path/filepath"
	"testing"
)

// skipped is a test that goes on to see that it was skipped.
type skipped struct {
	testing.TB
	told bool
}

func (s *skipped) Skipf(string, ...any) { s.told = true }

func TestPath(t *testing.T) {
	top := t.TempDir()
	pkg, shared := filepath.Join(top, "checkout", "internal", "format"), filepath.Join(top, "shared", "samples")
	for _, dir := range []string{pkg, filepath.Join(shared, "ecg")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(shared, "ecg", "a.mwf"), []byte("MFER"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(pkg)
	for _, root := range []string{"", shared} {
		t.Setenv(folderVariable, root)
		if got := string(File(t, "ecg/a.mwf")); got != "MFER" {
			t.Errorf("%s=%q: %q", folderVariable, root, got)
		}
		missing := &skipped{TB: t}
		if Path(missing, "ecg/b.mwf"); !missing.told {
			t.Errorf("%s=%q: what is missing skips no test", folderVariable, root)
		}
	}
}
