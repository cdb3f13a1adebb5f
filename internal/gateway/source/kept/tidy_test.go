package kept

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a crash left half-written goes; messages and what is not the program's stay. To
// open beside the process that keeps removes nothing: it may be writing.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{Class: Accepted, Reason: ReasonNoPlace, Received: time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)}
	if err := k.Keep(e, [16]byte{1}, []byte("MSH|")); err != nil {
		t.Fatal(err)
	}
	names := func() (out []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	want := append(names(), ".gitignore", ".other.hl7")
	left := []string{".accepted-20261125T030000.000000-01.hl7", ".refused-20261125T030000.000000-02.json"}
	for _, name := range append(left, ".gitignore", ".other.hl7") {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("MSH"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	if k, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != len(want)+len(left) {
		t.Errorf("opening removed something: %v", got)
	}
	if err := k.Tidy(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, names()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if list, err := k.List(Accepted, 10); err != nil || len(list) != 1 {
		t.Errorf("messages = %v, %v", list, err)
	}
}
