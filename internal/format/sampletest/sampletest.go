// Package sampletest finds the samples (見本) that other programs wrote and that are not part
// of the repository. For tests only.
package sampletest

import (
	"os"
	"path/filepath"
	"testing"
)

// folderVariable names the folder that holds them.
const folderVariable = "MIZUHIKI_SAMPLES"

// Path gives a file or folder below the samples, named with slashes: in the folder that
// MIZUHIKI_SAMPLES names, else in shared/samples beside the checkout. Without it the test is
// skipped aloud.
func Path(t testing.TB, below string) string {
	t.Helper()
	for _, root := range roots(t) {
		path := filepath.Join(root, filepath.FromSlash(below))
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("SKIPPED: sample %s not found; set %s to the folder that holds them", below, folderVariable)
	return ""
}

// File gives the bytes of a file below the samples, as [Path] finds it.
func File(t testing.TB, below string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(t, below))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// roots gives the folders in which samples may lie: beside each that the working directory,
// which is the package's, lies in.
func roots(t testing.TB) (out []string) {
	t.Helper()
	if root := os.Getenv(folderVariable); root != "" {
		return []string{root}
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		out = append(out, filepath.Join(filepath.Dir(dir), "shared", "samples"))
		dir = filepath.Dir(dir)
	}
	return out
}
