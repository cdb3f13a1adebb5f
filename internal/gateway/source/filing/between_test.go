package filing

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/inspect"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// While a late message is in the storage and what it supersedes is not flagged yet, and
// after a crash in between, whoever reads takes the younger version for the one that holds,
// be it a cancellation, and calls nothing damaged but the older file that is still flagged
// current.
func TestLate_readersInBetween(t *testing.T) {
	const order = "000000000000077"
	rx := func(id, control, day string) string {
		return msh(id, "RDE^O11^RDE_O11") + "PID|||0000001^^^^PI||MIZUHIKI^HANAKO||19480229|F\rORC|" + control + "|" + order + "|||||||" + day +
			"\rRXE||1^drug^HOT9|1||TAB||||||||||||||||OHO^^MR9P\rTQ1|1||1^M^99U\rRXR|PO\r"
	}
	for name, tc := range map[string]struct {
		late       string
		items, bad []string // of the source, by day and second of receipt: what is shown, what is listed
		states     []string // by inspect
		after      []string // when all is carried through
	}{
		"a change": {
			late: rx("3", "XO", "20261120"), items: []string{"20261120 03"}, bad: []string{"02 rival"},
			states: []string{"20261120 02 rival", "20261120 03 current"}, after: []string{"20261120 02 superseded", "20261120 03 current"},
		},
		"a cancellation": {
			late: rx("3", "CA", "20261120"), bad: []string{"02 deleted"},
			states: []string{"20261120 02 cancelled", "20261120 03 cancelled"}, after: []string{"20261120 02 cancelled", "20261120 03 cancelled"},
		},
		// Folders of two days are two entries to whoever reads them.
		"a move": {
			late: rx("3", "XO", "20261121"), items: []string{"20261120 02", "20261121 03"},
			states: []string{"20261120 02 current", "20261121 03 current"}, after: []string{"20261120 02 cancelled", "20261121 03 current"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, stopped := t.TempDir(), false
			o := newOffice(t, dir, func(step string) error {
				if stopped && step == "flag" {
					return syscall.EIO
				}
				return nil
			})
			who := msh("1", "ADT^A08^ADT_A01") + "EVN||20261125\rPID|||0000001^^^^PI||MIZUHIKI^HANAKO^^^^^L^A~ミズヒキ^ハナコ^^^^^L^P||19480229|F\rPV1||O\r"
			o.mustFile(t, who, rx("2", "NW", "20261120"))
			id := o.keepFirst(t, tc.late)
			if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
				t.Fatal(err)
			}
			stopped = true
			o.carryOut(t.Context())
			items, bad := read(t, StorageDir(dir))
			if diff := cmp.Diff(tc.items, items); diff != "" {
				t.Errorf("items of the source (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.bad, bad); diff != "" {
				t.Errorf("listed by the source (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.states, statesOf(t, StorageDir(dir))); diff != "" {
				t.Errorf("states by inspect (-want +got):\n%s", diff)
			}
			stopped = false
			o.carryOut(t.Context())
			if diff := cmp.Diff(tc.after, statesOf(t, StorageDir(dir))); diff != "" {
				t.Errorf("states afterwards (-want +got):\n%s", diff)
			}
			if _, bad := read(t, StorageDir(dir)); len(bad) > 0 {
				t.Errorf("listed afterwards: %v", bad)
			}
		})
	}
}

// follow has a gateway read what was filed, with the patient linked.
func follow(t *testing.T, standard, extended []string) (*index.Index, *source.Source) {
	t.Helper()
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.Open(t.Context(), source.Config{
		Roots: standard, ExtendedRoots: extended, Workers: 1, Poll: time.Second, Budget: 1000, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}, x)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
	})
	<-s.Walked()
	v, err := x.Link(t.Context(), wire.Claim{PatientID: "0000001", Name: "MIZUHIKI HANAKO", Kana: "ミズヒキ ハナコ", BirthDate: "1948-02-29", Sex: "F"})
	if err != nil || !v.Match {
		t.Fatalf("link: %+v, %v", v, err)
	}
	return x, s
}

// read gives what a gateway shows of the patient's orders in a storage, and what it lists.
func read(t *testing.T, root string) (items, bad []string) {
	t.Helper()
	x, s := follow(t, []string{root}, nil)
	if err := s.Refresh(t.Context(), "0000001", func(wire.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	entries, err := x.Entries(t.Context(), x.Reader(), "0000001")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.DataType == "OMP-01" {
			items = append(items, e.Date+" "+e.Updated[12:14])
		}
	}
	list, err := x.Unreadable(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		bad = append(bad, strings.Split(filepath.Base(u.Path), "_")[4][12:14]+" "+string(u.Reason))
	}
	slices.Sort(items)
	return items, bad
}

// statesOf gives what inspect says of the files of orders in a storage.
func statesOf(t *testing.T, root string) (states []string) {
	t.Helper()
	var out, problems bytes.Buffer
	if err := inspect.Run(t.Context(), &out, &problems, root); err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	for text := range strings.Lines(out.String()) {
		var line struct {
			inspect.Content
			Valid bool `json:"valid"`
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if !line.Valid {
			t.Errorf("not valid: %s", text)
		}
		if line.DataType == "OMP-01" {
			states = append(states, line.Date+" "+line.Timestamp[12:14]+" "+string(line.State))
		}
	}
	slices.Sort(states)
	return states
}
