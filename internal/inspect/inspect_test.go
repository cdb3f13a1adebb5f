package inspect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/inspect"
)

const message = "MSH|^~\\&|HIS|H|G|C|20240601101500||RDE^O11^RDE_O11|1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" +
	"PID|||0000012345^^^^PI||MIZUHIKI^HANAKO||19480229|F\r" +
	"ORC|NW|777||777_01|||||20240601101500\r" +
	"RXE||103835401^DRUG A^HOT9|1||TAB^TAB^MR9P|TAB^TAB^MR9P||||21|TAB^TAB^MR9P|||||||||3^TAB\r" +
	"TQ1|1||1013044400000000&AFTER MEALS&JAMISDP01|||7^D|20240601\r" +
	"RXR|PO^ORAL^HL70162\r"

const file = "0000012345_20240601_OMP-01_000000000000777_20240601101500000_01_1"

func write(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run gives the lines that were printed, decoded.
func run(t *testing.T, paths ...string) (lines []map[string]any, problems string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = inspect.Run(t.Context(), &out, &errs, paths...)
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines, errs.String(), err
}

func TestRun_storage(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "000", "001", "0000012345", "20240601", "OMP-01")
	good := write(t, filepath.Join(folder, file), message)
	cut := write(t, filepath.Join(folder, strings.Replace(file, "777", "778", 1)), message[:40])
	foreign := write(t, filepath.Join(folder, strings.Replace(file, "0000012345", "0000099999", 1)), message)
	other := write(t, filepath.Join(root, "README.txt"), "hello")

	lines, problems, err := run(t, root)
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Run = %v, want %v", err, inspect.ErrUnreadable)
	}
	valid := map[string]any{}
	formats := map[string]any{}
	for _, l := range lines {
		valid[l["path"].(string)], formats[l["path"].(string)] = l["valid"], l["format"]
	}
	for path, want := range map[string]struct {
		valid  bool
		format string
	}{good: {true, "ssmix2"}, cut: {false, "ssmix2"}, foreign: {false, "ssmix2"}, other: {false, "unknown"}} {
		if valid[path] != want.valid || formats[path] != want.format {
			t.Errorf("%s: valid %v, format %v, want %v, %v", filepath.Base(path), valid[path], formats[path], want.valid, want.format)
		}
	}
	if !strings.Contains(problems, cut) || !strings.Contains(problems, foreign) || strings.Contains(problems, good) || strings.Contains(problems, other) {
		t.Errorf("problems name the wrong files:\n%s", problems)
	}
}

func TestRun_content(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), file), message) // copied out of its storage
	lines, _, err := run(t, path)
	if err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	got := lines[0]
	for key, want := range map[string]any{
		"path": path, "format": "ssmix2", "valid": true, "patient_id": "0000012345", "date": "20240601", "data_type": "OMP-01",
		"order_no": "000000000000777", "timestamp": "20240601101500000", "department": "01", "flag": "1", "message_type": "RDE^O11^RDE_O11",
	} {
		if got[key] != want {
			t.Errorf("%s = %v, want %v", key, got[key], want)
		}
	}
	entries, _ := got["entries"].([]any)
	if len(entries) != 1 {
		t.Fatalf("entries = %v", got["entries"])
	}
	entry := entries[0].(map[string]any)
	for key, want := range map[string]any{"drug": "DRUG A", "code": "103835401", "dose": "1", "usage": "AFTER MEALS", "days": 7.0, "total": "21"} {
		if entry[key] != want {
			t.Errorf("%s = %v, want %v", key, entry[key], want)
		}
	}
}

func TestRun_looseMessage(t *testing.T) {
	lines, _, err := run(t, write(t, filepath.Join(t.TempDir(), "a.hl7"), message))
	if err != nil || len(lines) != 1 || lines[0]["format"] != "hl7v2" || lines[0]["message_type"] != "RDE^O11^RDE_O11" {
		t.Errorf("lines = %v, %v", lines, err)
	}
}

func TestRun_refuses(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := run(t, filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing path: %v", err)
	}
	for name, body := range map[string]string{"a.bin": "\x00\x01", "empty.hl7": "", file: "nonsense"} {
		if _, problems, err := run(t, write(t, filepath.Join(dir, name), body)); !errors.Is(err, inspect.ErrUnreadable) || !strings.Contains(problems, name) {
			t.Errorf("%s: %v, problems %q", name, err, problems)
		}
	}
}

// The samples, where they are at hand: their own storage reads without an error.
func TestRun_samples(t *testing.T) {
	samples := os.Getenv("MIZUHIKI_SAMPLES")
	if samples == "" {
		t.Skip("MIZUHIKI_SAMPLES is not set: the samples were not read")
	}
	lines, problems, err := run(t, filepath.Join(samples, "ssmix2", "self-made", "storage"))
	if err != nil {
		t.Fatalf("%v\n%s", err, problems)
	}
	var values []any
	for _, l := range lines {
		if l["data_type"] == "OML-11" {
			for _, e := range l["entries"].([]any) {
				values = append(values, e.(map[string]any)["value"])
			}
		}
	}
	if !slices.Contains(values, any("<0.05")) {
		t.Errorf("values of OML-11 = %v, want <0.05 among them", values)
	}
}
