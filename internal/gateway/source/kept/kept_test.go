package kept

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var at = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Keeper {
	t.Helper()
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keep(t *testing.T, k *Keeper, class Class, n int, body string) {
	t.Helper()
	e := Entry{Class: class, Reason: ReasonNoPlace, Detail: "segment 1 (MSH), field 9", Listener: "ehr", Received: at.Add(time.Duration(n) * time.Second), ControlID: fmt.Sprint(n)}
	if err := k.Keep(e, [16]byte{byte(n >> 8), byte(n), byte(len(body))}, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func TestKeep_isListedNewestFirst(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	keep(t, k, Accepted, 1, "one")
	keep(t, k, Accepted, 2, "two")
	keep(t, k, Accepted, 2, "two") // filed again after a crash
	keep(t, k, Flagged, 3, "three")
	for _, k := range []*Keeper{k, open(t, dir)} {
		list, err := k.List(Accepted, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].ControlID != "2" || list[1].ControlID != "1" || list[0].Bytes != 3 {
			t.Fatalf("list = %+v", list)
		}
		if body, err := os.ReadFile(list[0].File); err != nil || string(body) != "two" {
			t.Errorf("body %q, %v", body, err)
		}
		if list, err := k.List(Accepted, 1); err != nil || len(list) != 1 {
			t.Errorf("list of one = %+v, %v", list, err)
		}
		flagged, err := k.List(Flagged, 10)
		if err != nil || len(flagged) != 1 || flagged[0].File != "" {
			t.Errorf("flagged = %+v, %v", flagged, err)
		}
		if diff := cmp.Diff(map[Class]int{Accepted: 2, Flagged: 1}, k.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	}
}

// What was refused is bounded, what was acknowledged is not.
func TestKeep_bounds(t *testing.T) {
	dir := t.TempDir()
	const maxRefused = 30
	k := open(t, dir)
	k.limit = maxRefused
	for n := range maxRefused + 5 {
		keep(t, k, Refused, n, "x")
	}
	keep(t, k, Refused, maxRefused+4, "x") // the same message again
	for n := range 20 {
		keep(t, k, Accepted, n, "x")
	}
	for _, k := range []*Keeper{k, open(t, dir)} {
		if diff := cmp.Diff(map[Class]int{Accepted: 20, Refused: maxRefused}, k.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	}
	list, err := k.List(Refused, maxRefused+1)
	if err != nil || len(list) != maxRefused || list[len(list)-1].ControlID != "5" {
		t.Errorf("%d are listed, the oldest %+v, %v", len(list), list[len(list)-1], err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2*(maxRefused+20) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// What nobody has to look at, of which some senders send nothing else, pushes out nothing
// that somebody has to, and what is listed is told from memory, also after a start.
func TestFlagged_bounds(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	k.limit = 5
	flag := func(n int, reason Reason) {
		t.Helper()
		if err := k.Keep(Entry{Class: Flagged, Reason: reason, Received: at.Add(time.Duration(n) * time.Second)}, [16]byte{byte(n), byte(n >> 8)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	count := func(k *Keeper) (look, rest int, full bool) {
		ids, full := k.Flagged()
		if !slices.IsSortedFunc(ids, func(a, b string) int {
			return strings.Compare(b[:len("flagged-20060102T150405.000000")], a[:len("flagged-20060102T150405.000000")])
		}) {
			t.Errorf("not newest first: %v", ids)
		}
		for _, id := range ids {
			if ReasonOf(id).NeedsLook() {
				look++
			} else {
				rest++
			}
		}
		return look, rest, full
	}
	flag(0, ReasonOtherDay)
	for n := range 60 {
		flag(1+n, ReasonCombined)
	}
	if look, rest, full := count(k); look != 1 || rest != 5 || full {
		t.Errorf("%d to look at, %d others, full %v", look, rest, full)
	}
	for n := range 60 {
		flag(100+n, ReasonReplacesMore)
	}
	if look, rest, full := count(k); look != 50 || rest != 5 || !full {
		t.Errorf("%d to look at, %d others, full %v", look, rest, full)
	}
	if look, rest, full := count(open(t, dir)); look != 50 || rest != 5 || full {
		t.Errorf("after a start: %d to look at, %d others, full %v", look, rest, full)
	}
	for _, id := range []string{"accepted-20261127T101112.000000-0123456789abcdef", "refused-20261127T101112.000000-0123456789abcdef-piece", "flagged-1", ""} {
		if r := ReasonOf(id); r != "" {
			t.Errorf("reason of %q is %q", id, r)
		}
	}
}

// A sender that tries what was refused again and again is told of by the last time, and by
// one entry.
func TestKeep_again(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	came := func(after time.Duration) {
		t.Helper()
		if err := k.Keep(Entry{Class: Refused, Reason: ReasonNotHL7, Received: at.Add(after), From: "after " + after.String()}, [16]byte{1}, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ after, want time.Duration }{{0, 0}, {30 * time.Second, 0}, {5 * time.Minute, 5 * time.Minute}, {5*time.Minute + time.Second, 5 * time.Minute}, {time.Hour, time.Hour}} {
		came(step.after)
		for _, k := range []*Keeper{k, open(t, dir)} {
			list, err := k.List(Refused, -1)
			if err != nil || len(list) != 1 || !list[0].Received.Equal(at) {
				t.Fatalf("after %v: %+v, %v", step.after, list, err)
			}
			want := time.Time{}
			if step.want > 0 {
				want = at.Add(step.want)
			}
			if from := "after " + step.want.String(); !list[0].Again.Equal(want) || list[0].From != from {
				t.Errorf("after %v: again %v from %q, want %v from %q", step.after, list[0].Again, list[0].From, want, from)
			}
		}
	}
}

func TestKeep_forSeveralReasons(t *testing.T) {
	k := open(t, t.TempDir())
	for range 2 { // filed again after a crash
		for _, r := range []Reason{ReasonChangedID, ReasonMerge} {
			if err := k.Keep(Entry{Class: Flagged, Reason: r, Received: at}, [16]byte{1}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	list, err := k.List(Flagged, 10)
	if err != nil || len(list) != 2 || list[0].Reason == list[1].Reason {
		t.Errorf("list = %+v, %v, want one of each reason", list, err)
	}
}

// A gateway removes the oldest while somebody beside it reads the list.
func TestList_besideRemoval(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	keep(t, k, Refused, 1, "one")
	if err := os.Symlink("gone", filepath.Join(dir, "refused-20261125T040000.000000-00"+metaExt)); err != nil {
		t.Fatal(err)
	}
	if list, err := k.List(Refused, 10); err != nil || len(list) != 1 {
		t.Errorf("list = %+v, %v, want the one that is there", list, err)
	}
}

func TestReason_hasTexts(t *testing.T) {
	for r, texts := range reasonTexts {
		if r.Text("ja") != texts.japanese || r.Text("en") != texts.english || texts.japanese == "" || texts.english == "" {
			t.Errorf("%s: %q, %q", r, r.Text("ja"), r.Text("en"))
		}
	}
	if got := Reason("of tomorrow").Text("ja"); got != "of tomorrow" {
		t.Errorf("an unknown reason reads %q", got)
	}
}

// Pieces of messages are bounded by themselves and push out no whole message.
func TestKeep_boundsPieces(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	keep(t, k, Refused, 0, "whole")
	piece := func(n int) {
		t.Helper()
		e := Entry{Class: Refused, Reason: ReasonCut, Listener: "ehr", From: "10.1.2.3", Received: at.Add(time.Duration(n) * time.Second)}
		if err := k.Keep(e, [16]byte{byte(n >> 8), byte(n)}, []byte("MSH|")); err != nil {
			t.Fatal(err)
		}
	}
	for n := range maxPieces + 20 {
		piece(n)
	}
	again := at.Add(time.Hour)
	if err := k.Keep(Entry{Class: Refused, Reason: ReasonStray, Received: again}, [16]byte{0, maxPieces}, nil); err != nil { // known by its content
		t.Fatal(err)
	}
	for name, k := range map[string]*Keeper{"in the process": k, "after a start": open(t, dir)} {
		list, err := k.List(Refused, -1)
		if err != nil || len(list) != maxPieces+1 || list[maxPieces].Reason != ReasonNoPlace || list[0].Received.Equal(again) {
			t.Errorf("%s: %d are listed, %v, the oldest %+v", name, len(list), err, list[len(list)-1])
		}
		if n := len(k.bounded[bin{class: Refused, piece: true}]); n != maxPieces {
			t.Errorf("%s: %d pieces are bounded", name, n)
		}
	}
}
