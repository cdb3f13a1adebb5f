package kept

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

// two keeps two messages and gives their ids, the older first.
func two(t *testing.T, k *Keeper) (older, newer string) {
	t.Helper()
	keep(t, k, Accepted, 1, "one")
	keep(t, k, Accepted, 2, "two")
	list, err := k.List(Accepted, -1)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	return list[1].ID, list[0].ID
}

func noRecord() error { return nil }

func decisionsOf(t *testing.T, k *Keeper) (out []Decided) {
	t.Helper()
	out, err := k.Decisions()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Of several messages all are decided on or none, and none twice.
func TestDecideOpen_allOrNothing(t *testing.T) {
	k := open(t, t.TempDir())
	one, two := two(t, k)
	first := Decided{ID: one, Decision: File, By: "taro", At: at}
	broken := errors.New("the disk is full")
	for name, tc := range map[string]struct {
		list   []Decided
		record func() error
		want   func(error) bool
		others []Decided // made before
	}{
		"one is not on the list":        {[]Decided{first, {ID: "accepted-none", Decision: File}}, noRecord, func(err error) bool { return fault.Is(err, fault.NotFound) }, nil},
		"one whose name is a path":      {[]Decided{first, {ID: "../kept/" + two, Decision: File}}, noRecord, func(err error) bool { return fault.Is(err, fault.NotFound) }, nil},
		"the history cannot be written": {[]Decided{first}, func() error { return broken }, func(err error) bool { return errors.Is(err, broken) }, nil},
		"one is decided on": {[]Decided{{ID: two, Decision: File}, first}, noRecord, func(err error) bool { return fault.Is(err, fault.Conflict) },
			[]Decided{{ID: one, Decision: Dismiss, By: "hanako", At: at, Why: "sent again"}}},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t, t.TempDir())
			keep(t, k, Accepted, 1, "one")
			keep(t, k, Accepted, 2, "two")
			for _, d := range tc.others {
				if err := k.Decide(d); err != nil {
					t.Fatal(err)
				}
			}
			if err := k.DecideOpen(tc.list, tc.record); !tc.want(err) {
				t.Errorf("DecideOpen = %v", err)
			}
			if diff := cmp.Diff(tc.others, decisionsOf(t, k)); diff != "" {
				t.Errorf("decisions (-want +got):\n%s", diff)
			}
		})
	}
	recorded := 0
	err := k.DecideOpen([]Decided{first, {ID: two, Decision: File, By: "taro", At: at}}, func() error {
		recorded++
		if n := len(decisionsOf(t, k)); n > 0 {
			t.Errorf("%d decisions stand before they are recorded", n)
		}
		return nil
	})
	if n := len(decisionsOf(t, k)); err != nil || recorded != 1 || n != 2 {
		t.Errorf("DecideOpen = %v, recorded %d times, %d decisions", err, recorded, n)
	}
}

// A decision is withdrawn or carried out, never both.
func TestWithdraw(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	one, two := two(t, k)
	for _, id := range []string{one, two} {
		if err := k.Decide(Decided{ID: id, Decision: File, By: "taro", At: at}); err != nil {
			t.Fatal(err)
		}
	}
	found := decisionsOf(t, k) // as the filer finds them
	withdraw := func(id string) (recorded Decided, err error) {
		err = k.Withdraw(id, func(d Decided) error { recorded = d; return nil })
		return recorded, err
	}
	if err := k.Withdraw(one, func(Decided) error { return errors.New("full") }); err == nil || len(decisionsOf(t, k)) != 2 {
		t.Errorf("withdrawn without a record: %v", err)
	}
	if d, err := withdraw(one); err != nil || d.Decision != File || d.By != "taro" {
		t.Fatalf("Withdraw = %+v, %v", d, err)
	}
	if ok, err := k.Begin(found[0], at); ok || err != nil {
		t.Errorf("Begin of what is withdrawn = %v, %v", ok, err)
	}
	for range 2 { // the second time after a failure
		if ok, err := k.Begin(found[1], at.Add(time.Hour)); !ok || err != nil {
			t.Errorf("Begin = %v, %v", ok, err)
		}
	}
	k = open(t, dir) // also after a crash
	if _, err := withdraw(two); !fault.Is(err, fault.Conflict) {
		t.Errorf("Withdraw of what has begun = %v", err)
	}
	for _, decision := range []Decision{Dismiss, File} { // nor after another decision took its place
		if err := k.Decide(Decided{ID: two, Decision: decision, By: "taro", At: at}); err != nil {
			t.Fatal(err)
		}
		if _, err := withdraw(two); !fault.Is(err, fault.Conflict) {
			t.Errorf("Withdraw of what had begun as another = %v", err)
		}
	}
	for _, id := range []string{one, "accepted-none", "../" + two, ""} {
		if _, err := withdraw(id); !fault.Is(err, fault.NotFound) {
			t.Errorf("Withdraw %q = %v, want not found", id, err)
		}
	}
	want := []Decided{{ID: two, Decision: File, By: "taro", At: at, Begun: at.Add(time.Hour)}}
	if diff := cmp.Diff(want, decisionsOf(t, k)); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if list, err := k.List(Accepted, -1); err != nil || len(list) != 2 {
		t.Errorf("list %v, %v", list, err)
	}
}

// A decision of a former program is an empty file, and one may be damaged: what was decided
// is in the name.
func TestDecisions_ofAFormerProgram(t *testing.T) {
	for _, content := range []string{"", `{"by":"ta`, "\x00", "unreadable"} {
		dir := t.TempDir()
		k := open(t, dir)
		one, _ := two(t, k)
		path := k.path(one, ".dismiss")
		write := func() error { return os.WriteFile(path, []byte(content), 0o600) }
		if content == "unreadable" {
			write = func() error { return os.Mkdir(path, 0o700) }
		}
		if err := errors.Join(write(), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Decided{{ID: one, Decision: Dismiss, At: at}}, decisionsOf(t, k)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", content, diff)
		}
		if err := k.Dismissed(one); err != nil {
			t.Fatal(err)
		}
		if list, err := k.ListDismissed(-1); err != nil || len(list) != 1 || list[0].Decided.By != "" {
			t.Errorf("%q: dismissed %+v, %v", content, list, err)
		}
	}
}

// What was set aside is listed with who did it and why, and can be put back as it was.
func TestRestore(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	one, two := two(t, k)
	before, err := k.List(Accepted, -1)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := k.ListDismissed(-1); err != nil || len(list) != 0 {
		t.Errorf("dismissed before any was: %v, %v", list, err)
	}
	d := Decided{ID: one, Decision: Dismiss, By: "taro", At: at, Why: "sent again"}
	for _, d := range []Decided{d, {ID: two, Decision: Dismiss, By: "hanako", At: at.Add(time.Minute)}} {
		if err := errors.Join(k.Decide(d), k.Dismissed(d.ID)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := k.ListDismissed(-1)
	if err != nil || len(list) != 2 || list[0].ID != two || list[1].ControlID != "1" || list[1].Bytes != 3 {
		t.Fatalf("dismissed %+v, %v", list, err)
	}
	if diff := cmp.Diff(d, list[1].Decided); diff != "" {
		t.Errorf("decided (-want +got):\n%s", diff)
	}
	if list, err := k.ListDismissed(1); err != nil || len(list) != 1 {
		t.Errorf("one of them: %v, %v", list, err)
	}
	for _, id := range []string{"accepted-none", "../dismissed/" + one, "", "refused-x"} {
		if err := k.Restore(id, noRecord); !fault.Is(err, fault.NotFound) {
			t.Errorf("Restore %q = %v, want not found", id, err)
		}
	}
	if err := k.Restore(one, func() error { return errors.New("full") }); err == nil || k.Counts()[Accepted] != 0 {
		t.Errorf("restored without a record: %v", err)
	}
	for _, id := range []string{two, one} {
		if err := k.Restore(id, noRecord); err != nil {
			t.Fatal(err)
		}
		if err := k.Restore(id, noRecord); !fault.Is(err, fault.NotFound) {
			t.Errorf("Restore twice = %v", err)
		}
	}
	for _, k := range []*Keeper{k, open(t, dir)} {
		after, err := k.List(Accepted, -1)
		if diff := cmp.Diff(before, after); err != nil || diff != "" || k.Counts()[Accepted] != 2 {
			t.Errorf("%v, counts %v, list (-want +got):\n%s", err, k.Counts(), diff)
		}
	}
	if _, body, err := k.Load(one); err != nil || string(body) != "one" {
		t.Errorf("body %q, %v", body, err)
	}
	if left, err := os.ReadDir(k.path(dismissedDir, "")); err != nil || len(left) != 0 {
		t.Errorf("left aside: %v, %v", left, err)
	}
}

// A crash while a message is set aside or put back leaves it in one of the two lists, and
// the same again does the rest.
func TestRestore_crashes(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	one, _ := two(t, k)
	if err := errors.Join(k.Decide(Decided{ID: one, Decision: Dismiss, By: "taro", At: at}), os.Mkdir(k.path(dismissedDir, ""), 0o700)); err != nil {
		t.Fatal(err)
	}
	aside := func(ext string) string { return k.path(dismissedDir, "") + "/" + one + ext }
	// The body was moved, and then the program ended.
	if err := os.Rename(k.path(one, bodyExt), aside(bodyExt)); err != nil {
		t.Fatal(err)
	}
	k = open(t, dir)
	if err := k.Dismissed(one); err != nil {
		t.Fatal(err)
	}
	if list, err := k.ListDismissed(-1); err != nil || len(list) != 1 || list[0].Decided.By != "taro" {
		t.Fatalf("dismissed %+v, %v", list, err)
	}
	// The same on the way back.
	if err := os.Rename(aside(bodyExt), k.path(one, bodyExt)); err != nil {
		t.Fatal(err)
	}
	k = open(t, dir)
	if err := k.Restore(one, noRecord); err != nil {
		t.Fatal(err)
	}
	if _, body, err := k.Load(one); err != nil || string(body) != "one" || k.Counts()[Accepted] != 2 {
		t.Errorf("body %q, %v, counts %v", body, err, k.Counts())
	}
	// Everything was moved but the decision, which is still where it was made.
	if err := errors.Join(k.Decide(Decided{ID: one, Decision: Dismiss, By: "taro", At: at}), os.Rename(k.path(one, bodyExt), aside(bodyExt)), os.Rename(k.path(one, metaExt), aside(metaExt))); err != nil {
		t.Fatal(err)
	}
	k = open(t, dir)
	if err := k.Dismissed(one); err != nil {
		t.Fatal(err)
	}
	if list, err := k.ListDismissed(-1); err != nil || len(list) != 1 || list[0].Decided.By != "taro" || len(decisionsOf(t, k)) != 0 {
		t.Errorf("dismissed %+v, %v, decisions %v", list, err, decisionsOf(t, k))
	}
}

// An entry of what was set aside that the disk damaged hides no other.
func TestListDismissed_damaged(t *testing.T) {
	k := open(t, t.TempDir())
	one, two := two(t, k)
	for _, id := range []string{one, two} {
		if err := errors.Join(k.Decide(Decided{ID: id, Decision: Dismiss, By: "taro", At: at}), k.Dismissed(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(k.path(dismissedDir, "")+"/"+one+metaExt, 10); err != nil {
		t.Fatal(err)
	}
	list, err := k.ListDismissed(-1)
	if err != nil || len(list) != 2 || list[1].Reason != ReasonDamaged || list[1].Decided.By != "taro" || list[1].Bytes != 3 {
		t.Errorf("dismissed %+v, %v", list, err)
	}
	if err := k.Restore(one, noRecord); err != nil || k.Damaged() != 1 {
		t.Errorf("Restore = %v, %d damaged", err, k.Damaged())
	}
}
