package ledger_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

var at = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func merge(prior, surviving ident.LocalPatientID) ledger.Event {
	return ledger.Event{At: at, Op: ledger.Merge, Prior: prior, Surviving: surviving}
}

func unmerge(prior ident.LocalPatientID) ledger.Event {
	return ledger.Event{At: at, Op: ledger.Unmerge, Prior: prior, By: "command line"}
}

func TestAppend_isReadAsItWasWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "received")
	if got, err := ledger.Read(dir); err != nil || got != nil {
		t.Fatalf("of no folder: %v, %v", got, err)
	}
	want := []ledger.Event{merge("0012", "0034"), unmerge("0012"), merge("0056", "0034")}
	for _, events := range [][]ledger.Event{want[:2], nil, want[2:]} {
		if err := ledger.Append(dir, events...); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ledger.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, "merges.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600: patient numbers are in it", info.Mode(), err)
	}
}

// A crash in the middle of a line costs that line, which nobody was told is written, at
// whatever byte it was cut.
func TestRead_lineThatACrashCut(t *testing.T) {
	whole := t.TempDir()
	if err := ledger.Append(whole, merge("0056", "0034")); err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(filepath.Join(whole, "merges.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(line)-1; n++ {
		dir := t.TempDir()
		if err := ledger.Append(dir, merge("0012", "0034")); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(dir, "merges.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(line[:n]); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := ledger.Append(dir, unmerge("0012")); err != nil {
			t.Fatal(err)
		}
		got, err := ledger.Read(dir)
		if diff := cmp.Diff([]ledger.Event{merge("0012", "0034"), unmerge("0012")}, got); err != nil || diff != "" {
			t.Fatalf("cut after %d bytes: %v (-want +got):\n%s", n, err, diff)
		}
	}
}

func TestRead_refuses(t *testing.T) {
	for name, line := range map[string]string{
		"another text":            "0012 was merged",
		"a merge into nothing":    `{"at":"2026-11-25T03:00:00Z","op":"merge","prior":"0012"}`,
		"a merge into itself":     `{"at":"2026-11-25T03:00:00Z","op":"merge","prior":"0012","surviving":"0012"}`,
		"no number":               `{"at":"2026-11-25T03:00:00Z","op":"unmerge"}`,
		"an op of a newer ledger": `{"at":"2026-11-25T03:00:00Z","op":"split","prior":"0012"}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := ledger.Append(dir, merge("0056", "0034")); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(filepath.Join(dir, "merges.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(line + "\n"); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if err := ledger.Append(dir, unmerge("0056")); err != nil {
				t.Fatal(err)
			}
			sound, err := ledger.Read(dir)
			if diff := cmp.Diff([]ledger.Event{merge("0056", "0034"), unmerge("0056")}, sound); diff != "" {
				t.Errorf("sound lines (-want +got):\n%s", diff)
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "merges.jsonl, line 2") || strings.Contains(err.Error(), "0012") {
				t.Errorf("Read = %v, want an error of kind invalid with file and line and without the number", err)
			}
		})
	}
}

func TestAppend_refusesWhatItCouldNotRead(t *testing.T) {
	dir := t.TempDir()
	if err := ledger.Append(dir, merge("0012", "0012")); !fault.Is(err, fault.Invalid) {
		t.Errorf("Append = %v, want invalid", err)
	}
	if got, err := ledger.Read(dir); err != nil || got != nil {
		t.Errorf("after a refusal: %v, %v", got, err)
	}
}

func TestSum(t *testing.T) {
	for name, tc := range map[string]struct {
		events []ledger.Event
		want   []ledger.Event
	}{
		"none":                      {nil, nil},
		"told twice":                {[]ledger.Event{merge("1", "2"), merge("1", "2")}, []ledger.Event{merge("1", "2")}},
		"taken back":                {[]ledger.Event{merge("1", "2"), unmerge("1")}, nil},
		"taken back and told again": {[]ledger.Event{merge("1", "2"), unmerge("1"), merge("1", "3")}, []ledger.Event{merge("1", "3")}},
		"the other way round":       {[]ledger.Event{merge("1", "2"), merge("2", "1")}, []ledger.Event{merge("2", "1")}},
		"a chain":                   {[]ledger.Event{merge("1", "2"), merge("2", "3")}, []ledger.Event{merge("1", "2"), merge("2", "3")}},
		"another taken back":        {[]ledger.Event{merge("1", "2"), unmerge("2")}, []ledger.Event{merge("1", "2")}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, ledger.Sum(tc.events).Merged); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}
