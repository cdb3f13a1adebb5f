package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every fuzz target of the repository is found, and its page says how long it ran.
func TestTargetsAreDocumented(t *testing.T) {
	targets, err := find("../..")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(targets, target{"internal/format/hl7v2", "FuzzParse"}) {
		t.Fatalf("targets = %v", targets)
	}
	page, err := os.ReadFile("../../docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		if !strings.Contains(string(page), "`"+target.dir+"` `"+target.name+"`") {
			t.Errorf("docs/fuzzing.md has no row for `%s` `%s`", target.dir, target.name)
		}
	}
}

func TestKeep(t *testing.T) {
	root, cache := t.TempDir(), t.TempDir()
	of := target{"internal/x", "FuzzX"}
	found := filepath.Join(cache, "internal", "x", "FuzzX")
	if err := os.MkdirAll(found, 0o755); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Minute)
	for name, size := range map[string]int{"small": 10, "great": keptBytes + 1, "old": 5, "smaller": 3} {
		path := filepath.Join(found, name)
		if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
		if name == "old" {
			if err := os.Chtimes(path, began, began.Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, err := keep(root, cache, of, began)
	if err != nil || n != 2 {
		t.Fatalf("keep = %d, %v, want 2", n, err)
	}
	kept := names(t, filepath.Join(root, "internal", "x", "testdata", "fuzz", "FuzzX"))
	if want := []string{"small", "smaller"}; !slices.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
	if n, err := keep(root, t.TempDir(), of, began); err != nil || n != 0 {
		t.Errorf("keep of nothing = %d, %v", n, err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A run stands or falls with its targets; here with one that is broken from the start.
func TestRun(t *testing.T) {
	root := t.TempDir()
	for name, body := range map[string]string{
		"go.mod":         "module example.org/m\n\ngo 1.26\n",
		"m.go":           "package m\n",
		"good_test.go":   "package m\n\nimport \"testing\"\n\nfunc FuzzGood(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) {}) }\n",
		"broken_test.go": "package m\n\nimport \"testing\"\n\nfunc FuzzBroken(f *testing.F) { f.Add(\"\"); f.Fuzz(func(t *testing.T, s string) { t.Error(\"never\") }) }\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(body), fs.FileMode(0o644)); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	err := run(t.Context(), &out, root, 200*time.Millisecond, 1, ".")
	if err == nil || err.Error() != "broken: ..FuzzBroken" {
		t.Errorf("run = %v\n%s", err, out.String())
	}
	for _, want := range []string{"..FuzzGood ", "executions", "never"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if err := run(t.Context(), &out, root, time.Second, 1, "Nothing"); err == nil {
		t.Error("a run of no target is well")
	}
}

func TestRanOut(t *testing.T) {
	const end = "--- FAIL: FuzzX (15.12s)\n    context deadline exceeded\nFAIL\n"
	for output, want := range map[string]bool{
		end: true,
		"--- FAIL: FuzzX\n    Failing input written to testdata/fuzz/FuzzX/1\n" + end: false,
		"panic: index out of range\n" + end:                                           false,
		"FAIL example.org/m [build failed]\n":                                         false,
	} {
		if got := ranOut(output); got != want {
			t.Errorf("ranOut = %v, want %v of\n%s", got, want, output)
		}
	}
}
