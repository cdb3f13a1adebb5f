package kept

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestDecide(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	keep(t, k, Accepted, 1, "one")
	keep(t, k, Accepted, 2, "two")
	keep(t, k, Refused, 3, "three")
	list, err := k.List(Accepted, -1)
	if err != nil {
		t.Fatal(err)
	}
	two, one := list[0].ID, list[1].ID
	refused, err := k.List(Refused, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"accepted-none", refused[0].ID, "../kept/" + one, ""} {
		if err := k.Decide(Decided{ID: id, Decision: File}); !fault.Is(err, fault.NotFound) {
			t.Errorf("Decide %q = %v, want not found", id, err)
		}
	}
	beside := open(t, dir) // as a command does while the gateway runs
	for _, d := range []Decided{
		{ID: two, Decision: File, By: "taro", At: at}, {ID: one, Decision: File, By: "taro", At: at}, {ID: one, Decision: Dismiss, By: "hanako", At: at, Why: "sent again"},
	} {
		if err := beside.Decide(d); err != nil {
			t.Fatal(err)
		}
	}
	got, err := k.Decisions()
	if diff := cmp.Diff([]Decided{{ID: one, Decision: Dismiss, By: "hanako", At: at, Why: "sent again"}, {ID: two, Decision: File, By: "taro", At: at}}, got); err != nil || diff != "" {
		t.Fatalf("%v, decisions (-want +got):\n%s", err, diff)
	}
	if list, err := k.List(Accepted, -1); err != nil || len(list) != 2 {
		t.Errorf("list = %+v, %v: a decision is not done yet", list, err)
	}
	for range 2 { // the second time after a crash
		if err := errors.Join(k.Filed(two), k.Dismissed(one)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[Class]int{Accepted: 0, Refused: 1}, k.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got, err := k.Decisions(); err != nil || len(got) > 0 {
		t.Errorf("decisions left: %v, %v", got, err)
	}
	if _, _, err := k.Load(two); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v", err)
	}
	body, err := os.ReadFile(filepath.Join(dir, dismissedDir, one+bodyExt))
	if err != nil || string(body) != "one" {
		t.Errorf("set aside: %q, %v", body, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "accepted*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// An entry that the disk damaged is listed and counted as that, also after a start, and
// hides no other.
func TestDamaged(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"cut":        func(path string) error { return os.Truncate(path, 20) },
		"empty":      func(path string) error { return os.Truncate(path, 0) },
		"unreadable": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			k := open(t, dir)
			keep(t, k, Accepted, 1, "one")
			keep(t, k, Accepted, 2, "two")
			before, err := k.List(Accepted, -1)
			if err != nil || k.Damaged() != 0 {
				t.Fatal(err, k.Damaged())
			}
			id := before[1].ID
			if err := spoil(k.path(id, metaExt)); err != nil {
				t.Fatal(err)
			}
			if n := open(t, dir).Damaged(); n != 1 {
				t.Errorf("%d damaged after a start", n)
			}
			list, err := k.List(Accepted, -1)
			if err != nil || len(list) != 2 || list[0].ControlID != "2" || list[1].Reason != ReasonDamaged || k.Damaged() != 1 {
				t.Fatalf("list = %+v, %v, %d damaged", list, err, k.Damaged())
			}
			if err := errors.Join(k.Decide(Decided{ID: id, Decision: Dismiss}), k.Dismissed(id)); err != nil {
				t.Fatal(err)
			}
			if k.Damaged() != 0 || k.Counts()[Accepted] != 1 {
				t.Errorf("%d damaged of %v", k.Damaged(), k.Counts())
			}
		})
	}
}
