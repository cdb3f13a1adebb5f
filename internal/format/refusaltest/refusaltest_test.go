package refusaltest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Every format that refuses anything has its tables checked.
func TestEveryFormatIsChecked(t *testing.T) {
	folders, err := filepath.Glob("../*")
	if err != nil || len(folders) < 8 {
		t.Fatalf("%d formats, %v", len(folders), err)
	}
	for _, dir := range folders {
		if filepath.Base(dir) == "refusaltest" {
			continue
		}
		if has(t, dir, "*.go", "fault.Invalid") && !has(t, dir, "*_test.go", "refusaltest.Check(") {
			t.Errorf("%s refuses and no test checks its tables", filepath.Base(dir))
		}
	}
}

// has reports whether a file of a folder has a text.
func has(t *testing.T, dir, pattern, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}

func TestRowPattern(t *testing.T) {
	for _, c := range []struct {
		row, message string
		want         bool
	}{
		{"segment N (X), field F: no drug", "segment 12 (RXE), field 2: no drug", true},
		{"segment N (X), field F: no drug", "segment 12 (RXE), field 2: no drug, and more", false},
		{"segment N (X), field F: no drug", "file 1: segment 12 (RXE), field 2: no drug", false},
		{"<place>: not base64", "section 1: not base64", true},
		{"not a time: ...", "not a time: no such day", true},
		{"name of N fields", "name of six fields", false},
		{`the (N) is a "." sign`, `the (1) is a "." sign`, true},
		{`the (N) is a "." sign`, `the (1) is a "," sign`, false},
	} {
		if got := rowPattern(c.row).MatchString(c.message); got != c.want {
			t.Errorf("%q for %q: %v, want %v", c.row, c.message, got, c.want)
		}
	}
}

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		row, warned []string
		want        bool
	}{
		{[]string{"a"}, []string{"a"}, true},
		{[]string{"a"}, []string{"b"}, false},
		{[]string{"a"}, []string{"a", "b"}, false},
		{[]string{"a", "b"}, []string{"b", "a"}, true},
		{[]string{"a", "b"}, []string{"a"}, false},
		{[]string{"...", "b"}, []string{"a", "b"}, true},
		{[]string{"...", "b"}, []string{"a"}, false},
	} {
		if got := agree(c.row, c.warned); got != c.want {
			t.Errorf("row %q for %q: %v, want %v", c.row, c.warned, got, c.want)
		}
	}
}
