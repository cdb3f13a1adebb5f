package filing

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// keepFirst keeps the first of the messages, as a gateway that could not read it did, and
// files the others. It gives the kept one's id.
func (o *office) keepFirst(t *testing.T, bodies ...string) (id string) {
	t.Helper()
	list := o.records(bodies...)
	if err := o.keep(list[0], kept.ReasonNoPlace, nil); err != nil {
		t.Fatal(err)
	}
	if err := o.file(t.Context(), list[1:], 1); err != nil {
		t.Fatal(err)
	}
	entries, err := o.cfg.Kept.List(kept.Accepted, -1)
	if err != nil || len(entries) == 0 {
		t.Fatalf("kept %v, %v", entries, err)
	}
	return entries[0].ID
}

func (o *office) decide(t *testing.T, id string, d kept.Decision) {
	t.Helper()
	if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: d}); err != nil {
		t.Fatal(err)
	}
	o.carryOut(t.Context())
	left, err := o.cfg.Kept.Decisions()
	if err != nil || len(left) > 0 {
		t.Errorf("decisions left: %v, %v", left, err)
	}
}

// A message that is filed late stands where it would have stood, as far as what came
// since allows: what holds now is never changed by it.
func TestLate(t *testing.T) {
	const order = "000000000000077"
	name := func(day, order string, second, flag int) string {
		return fmt.Sprintf("0000001_%s_OMP-01_%s_202611251200%02d000_-_%d", day, order, second, flag)
	}
	rx := func(id, control, day string) string { return prescription(id, "0000001", order, control, day) }
	for label, tc := range map[string]struct {
		before, in []string // filed before it; it and what is filed since
		want       map[string]string
	}{
		"nothing came since": {
			nil, []string{rx("2", "NW", "20261120")},
			map[string]string{name("20261120", order, 1, 1): "2"},
		},
		"a change of what was there, nothing since": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "XO", "20261120")},
			map[string]string{name("20261120", order, 1, 2): "1", name("20261120", order, 2, 1): "2"},
		},
		"a cancellation, nothing since": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "CA", "20261120")},
			map[string]string{name("20261120", order, 1, 0): "1", name("20261120", order, 2, 0): "2"},
		},
		"a cancellation that says no more than the order": {
			[]string{rx("1", "NW", "20261120")}, []string{msh("2", "RDE^O11") + "PID|||0000001\rORC|CA|" + order + "\r"},
			map[string]string{name("20261120", order, 1, 0): "1", name("20261120", order, 2, 0): "2"},
		},
		"changed since": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "XO", "20261120"), rx("3", "XO", "20261120")},
			map[string]string{name("20261120", order, 1, 2): "1", name("20261120", order, 2, 2): "2", name("20261120", order, 3, 1): "3"},
		},
		"changed twice since": {
			nil, []string{rx("2", "NW", "20261120"), rx("3", "XO", "20261120"), rx("4", "XO", "20261120")},
			map[string]string{name("20261120", order, 1, 2): "2", name("20261120", order, 2, 2): "3", name("20261120", order, 3, 1): "4"},
		},
		"cancelled since": {
			nil, []string{rx("2", "NW", "20261120"), rx("3", "CA", "20261120")},
			map[string]string{name("20261120", order, 1, 0): "2", name("20261120", order, 2, 0): "3"},
		},
		"ordered anew since its cancellation": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "CA", "20261120"), rx("3", "NW", "20261120")},
			map[string]string{name("20261120", order, 1, 0): "1", name("20261120", order, 2, 0): "2", name("20261120", order, 3, 1): "3"},
		},
		"moved to another day since": {
			nil, []string{rx("2", "NW", "20261120"), rx("3", "XO", "20261121")},
			map[string]string{name("20261120", order, 1, 0): "2", name("20261121", order, 2, 1): "3"},
		},
		"a move, nothing since": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "XO", "20261121")},
			map[string]string{name("20261120", order, 1, 0): "1", name("20261121", order, 2, 1): "2"},
		},
	} {
		t.Run(label, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			o.mustFile(t, tc.before...)
			id := o.keepFirst(t, tc.in...)
			for range 2 { // as after a crash before it is off the list
				reason, cause, err := o.late(t.Context(), o.loaded(t, id))
				if cause != nil || err != nil {
					t.Fatalf("late = %s, %v, %v", reason, cause, err)
				}
				if diff := cmp.Diff(tc.want, files(t, dir)); diff != "" {
					t.Fatalf("files (-want +got):\n%s", diff)
				}
			}
			o.decide(t, id, kept.File)
			if diff := cmp.Diff(tc.want, files(t, dir)); diff != "" {
				t.Errorf("files after the decision (-want +got):\n%s", diff)
			}
			if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 0 {
				t.Errorf("still listed: %v", c)
			}
			if o.soon["0000001"] == 0 {
				t.Error("nobody was told of the patient")
			}
		})
	}
}

func (o *office) loaded(t *testing.T, id string) journal.Record {
	t.Helper()
	e, body, err := o.cfg.Kept.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return recordOf(e, body)
}

// Within a second time stamps may have been moved, so nothing is filed between them.
func TestLate_sameSecond(t *testing.T) {
	for _, later := range []time.Duration{0, 300 * time.Microsecond, 999 * time.Millisecond} {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		list := o.records(prescription("1", "0000001", "77", "CA", "20261120"), prescription("2", "0000001", "77", "XO", "20261120"))
		list[1].Received = list[0].Received.Add(later)
		if err := o.keep(list[0], kept.ReasonNoPlace, nil); err != nil {
			t.Fatal(err)
		}
		if err := o.file(t.Context(), list[1:], 1); err != nil {
			t.Fatal(err)
		}
		before := files(t, dir)
		entries, err := o.cfg.Kept.List(kept.Accepted, -1)
		if err != nil {
			t.Fatal(err)
		}
		o.decide(t, entries[0].ID, kept.File)
		if e, _, err := o.cfg.Kept.Load(entries[0].ID); err != nil || !strings.Contains(e.Detail, "must be sent again") {
			t.Errorf("%v later: listed as %+v, %v", later, e, err)
		}
		if diff := cmp.Diff(before, files(t, dir)); diff != "" {
			t.Errorf("%v later: files (-want +got):\n%s", later, diff)
		}
	}
}

// A message whose file somebody removed is not taken for one that was filed.
func TestLate_bodyGone(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	id := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	if err := os.Remove(filepath.Join(dir, "kept", id+".hl7")); err != nil {
		t.Fatal(err)
	}
	o.decide(t, id, kept.File)
	if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 1 {
		t.Errorf("counts = %v, want it listed", c)
	}
}

// What is kept, or was dismissed, is not filed because the journal gives it again: by a
// version that can read it, it would come to stand above what came since.
func TestFile_keptReadAgain(t *testing.T) {
	for _, dismissed := range []bool{false, true} {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		list := o.records(prescription("1", "0000001", "77", "NW", "20261120"), prescription("2", "0000001", "77", "XO", "20261120"), prescription("3", "0000001", "77", "XO", "20261120"))
		if err := o.keep(list[1], kept.ReasonNoPlace, nil); err != nil {
			t.Fatal(err)
		}
		if err := o.file(t.Context(), []journal.Record{list[0], list[2]}, 1); err != nil {
			t.Fatal(err)
		}
		before := files(t, dir)
		if dismissed {
			entries, err := o.cfg.Kept.List(kept.Accepted, -1)
			if err != nil {
				t.Fatal(err)
			}
			o.decide(t, entries[0].ID, kept.Dismiss)
		}
		counts := o.cfg.Kept.Counts()
		if err := o.file(t.Context(), list, 1); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, files(t, dir)); diff != "" {
			t.Errorf("dismissed %v: files (-want +got):\n%s", dismissed, diff)
		}
		if diff := cmp.Diff(counts, o.cfg.Kept.Counts()); diff != "" {
			t.Errorf("dismissed %v: listed (-want +got):\n%s", dismissed, diff)
		}
	}
}

// What the journal gives again after a crash must not take back what was ordered since.
func TestFile_cancellationReadAgain(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	bare := msh("1", "RDE^O11") + "PID|||0000001\rORC|CA|77\r"
	list := o.records(bare, "", prescription("2", "0000001", "77", "NW", "20261120"))
	list = []journal.Record{list[0], list[2]}
	for range 2 {
		if err := o.file(t.Context(), list, 1); err != nil {
			t.Fatal(err)
		}
		for name := range files(t, dir) {
			if !strings.HasSuffix(name, "_1") {
				t.Errorf("%s: the order was cancelled by what came before it", name)
			}
		}
	}
}

// What cannot be filed later either stays on the list, with the reason that holds now.
func TestLate_stillKept(t *testing.T) {
	merge := msh("1", "ADT^A40^ADT_A39") + "PID|||0000002^^^^PI\rMRG|0000001^^^^PI\r"
	for name, tc := range map[string]struct {
		body   string
		reason kept.Reason
		detail string
	}{
		"no message": {"no message", kept.ReasonNotHL7, "MSH"},
		"no place":   {demographics("1", "", "A08"), kept.ReasonNoPlace, "PID"},
		"a merge":    {merge, kept.ReasonLate, "sent again"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			id := o.keepFirst(t, tc.body)
			o.decide(t, id, kept.File)
			e, body, err := o.cfg.Kept.Load(id)
			if err != nil || string(body) != tc.body {
				t.Fatalf("%q, %v", body, err)
			}
			if e.Reason != tc.reason || !strings.Contains(e.Detail, tc.detail) || !e.Tried.Equal(at.Add(24*time.Hour)) {
				t.Errorf("listed as %+v", e)
			}
			if len(o.merged) > 0 || len(files(t, dir)) > 0 {
				t.Errorf("merged %v, filed %v", o.merged, files(t, dir))
			}
		})
	}
}

// While the disk does not take it, the decision stands.
func TestLate_diskFails(t *testing.T) {
	for _, step := range []string{"stage", "sync contents", "folder", "rename", "sync names"} {
		t.Run(step, func(t *testing.T) {
			failing := false
			dir := t.TempDir()
			o := newOffice(t, dir, func(at string) error {
				if failing && at == step {
					return syscall.EIO
				}
				return nil
			})
			id := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
			if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
				t.Fatal(err)
			}
			failing = true
			o.carryOut(t.Context())
			if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 1 {
				t.Fatalf("counts = %v, want it listed", c)
			}
			failing = false
			o.carryOut(t.Context())
			if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 0 || len(files(t, dir)) != 1 {
				t.Errorf("counts = %v, files %v", c, files(t, dir))
			}
		})
	}
}

// What a late message would supersede or cancel holds until the message is in the
// storage; from there on filing it is carried through, also if it is dismissed.
func TestLate_failsHalfWayAndIsDismissed(t *testing.T) {
	const order = "000000000000077"
	first := prescription("1", "0000001", order, "NW", "20261120")
	for label, late := range map[string]string{
		"a change":            prescription("2", "0000001", order, "XO", "20261120"),
		"a cancellation":      prescription("2", "0000001", order, "CA", "20261120"),
		"a bare cancellation": msh("2", "RDE^O11") + "PID|||0000001\rORC|CA|" + order + "\r",
		"a move":              prescription("2", "0000001", order, "XO", "20261121"),
	} {
		for _, step := range []string{"stage", "sync contents", "folder", "rename", "sync folder", "flag", "sync names"} {
			t.Run(label+", "+step, func(t *testing.T) {
				failing := false
				dir := t.TempDir()
				o := newOffice(t, dir, func(at string) error {
					if failing && at == step {
						return syscall.ENOSPC
					}
					return nil
				})
				o.mustFile(t, first)
				before := files(t, dir)
				id := o.keepFirst(t, late)
				failing = true
				if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
					t.Fatal(err)
				}
				o.carryOut(t.Context())
				failing = false
				begun := len(files(t, dir)) > len(before)
				o.decide(t, id, kept.Dismiss)
				want := before
				if begun {
					sound := t.TempDir()
					other := newOffice(t, sound, nil)
					other.mustFile(t, first, late)
					want = files(t, sound)
				}
				if diff := cmp.Diff(want, files(t, dir)); diff != "" {
					t.Errorf("begun %v: files (-want +got):\n%s", begun, diff)
				}
				if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 0 {
					t.Errorf("still listed: %v", c)
				}
			})
		}
	}
}

// An entry of the list that the disk gave back damaged holds up nothing behind it, and can
// be decided on itself.
func TestLate_damagedEntry(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	list := o.records(prescription("1", "0000001", "77", "NW", "20261120"), prescription("2", "0000001", "78", "NW", "20261120"))
	for _, r := range list {
		if err := o.keep(r, kept.ReasonNoPlace, nil); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := o.cfg.Kept.List(kept.Accepted, -1)
	if err != nil || len(entries) != 2 {
		t.Fatalf("kept %v, %v", entries, err)
	}
	first := entries[1]
	if err := os.WriteFile(strings.TrimSuffix(first.File, ".hl7")+".json", []byte("{\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged, err := o.cfg.Kept.List(kept.Accepted, -1)
	if err != nil || len(damaged) != 2 || damaged[1].Reason != kept.ReasonDamaged || damaged[1].ID != first.ID || damaged[1].Bytes != first.Bytes ||
		damaged[1].Received.Sub(first.Received).Abs() > time.Microsecond {
		t.Fatalf("listed %+v, %v", damaged, err)
	}
	for _, e := range damaged {
		if err := o.cfg.Kept.Decide(kept.Decided{ID: e.ID, Decision: kept.File}); err != nil {
			t.Fatal(err)
		}
	}
	o.carryOut(t.Context())
	if got := files(t, dir); len(got) != 2 || o.cfg.Kept.Counts()[kept.Accepted] != 0 {
		t.Errorf("files %v, counts %v", got, o.cfg.Kept.Counts())
	}
}

// A message that the disk does not give back holds up nothing behind it either.
func TestLate_unreadable(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	first := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	second := o.keepFirst(t, prescription("2", "0000001", "78", "NW", "20261120"))
	body := filepath.Join(dir, "kept", first+".hl7")
	if err := errors.Join(os.Remove(body), os.Mkdir(body, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := o.cfg.Kept.Decide(kept.Decided{ID: first, Decision: kept.File}); err != nil {
		t.Fatal(err)
	}
	o.decide(t, second, kept.File)
	list, err := o.cfg.Kept.List(kept.Accepted, -1)
	if err != nil || len(list) != 1 || list[0].ID != first || !strings.Contains(list[0].Detail, "cannot be read") || len(files(t, dir)) != 1 {
		t.Errorf("listed %+v, %v; files %v", list, err, files(t, dir))
	}
	o.decide(t, first, kept.Dismiss)
	if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 0 {
		t.Errorf("still listed: %v", c)
	}
}

// A number that was merged away may be another person's by now: who has it does not get
// the message of who had it.
func TestLate_numberOfAnother(t *testing.T) {
	hour := func(n int, op ledger.Op, prior, surviving ident.LocalPatientID) ledger.Event {
		return ledger.Event{At: at.Add(time.Duration(n) * time.Hour), Op: op, Prior: prior, Surviving: surviving}
	}
	const had, other = "0000001", "0000002"
	for name, tc := range map[string]struct {
		events []ledger.Event
		filed  bool
	}{
		"never merged":                            {nil, true},
		"another was merged into it":              {[]ledger.Event{hour(1, ledger.Merge, other, had)}, true},
		"merged away since":                       {[]ledger.Event{hour(1, ledger.Merge, had, other)}, false},
		"merged away since and given free":        {[]ledger.Event{hour(1, ledger.Merge, had, other), hour(2, ledger.Unmerge, had, "")}, false},
		"merged away before and given free since": {[]ledger.Event{hour(-1, ledger.Merge, had, other), hour(2, ledger.Unmerge, had, "")}, false},
		"merged away before and back since":       {[]ledger.Event{hour(-1, ledger.Merge, had, other), hour(2, ledger.Merge, other, had)}, false},
		"merged away and given free before":       {[]ledger.Event{hour(-2, ledger.Merge, had, other), hour(-1, ledger.Unmerge, had, "")}, true},
	} {
		for label, body := range map[string]string{
			"order":                prescription("2", had, "77", "XO", "20261120"),
			"bare cancellation":    msh("2", "RDE^O11") + "PID|||" + had + "\rORC|CA|77\r",
			"patient's own record": demographics("2", had, "A08"),
		} {
			t.Run(name+", "+label, func(t *testing.T) {
				dir := t.TempDir()
				o := newOffice(t, dir, nil)
				o.mustFile(t, prescription("1", had, "77", "NW", "20261120"))
				before := files(t, dir)
				id := o.keepFirst(t, body)
				if err := ledger.Append(dir, tc.events...); err != nil {
					t.Fatal(err)
				}
				o.decide(t, id, kept.File)
				if filed := !cmp.Equal(before, files(t, dir)); filed != tc.filed {
					t.Errorf("files %v", files(t, dir))
				}
				if tc.filed {
					return
				}
				if e, _, err := o.cfg.Kept.Load(id); err != nil || e.Reason != kept.ReasonLate || !strings.Contains(e.Detail, "patient number") {
					t.Errorf("listed as %+v, %v", e, err)
				}
			})
		}
	}
}

// A ledger that is damaged holds up nothing that comes, of which it only tells what is listed, and
// lets nothing be filed late, of which it tells whose it is.
func TestFile_damagedLedger(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	write := func(events ...ledger.Event) {
		t.Helper()
		if err := ledger.Append(dir, events...); err != nil {
			t.Fatal(err)
		}
	}
	merge := func(prior ident.LocalPatientID) ledger.Event {
		return ledger.Event{At: at, Op: ledger.Merge, Prior: prior, Surviving: "0000009"}
	}
	rx := func(id, patient string) string { return prescription(id, patient, "77", "NW", "20261120") }
	write(merge("0000001"), merge("0000002"))
	o.mustFile(t, rx("1", "0000001"), rx("2", "0000002"))
	path := filepath.Join(dir, "merges.jsonl")
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, slices.Concat([]byte("\x00\x00\x00\n"), sound[bytes.IndexByte(sound, '\n')+1:]), 0o600); err != nil {
		t.Fatal(err)
	}
	write(merge("0000003"), ledger.Event{At: at, Op: ledger.Unmerge, Prior: "0000002"})
	o.mustFile(t, rx("3", "0000001"), rx("4", "0000002"), rx("5", "0000003"), rx("6", "0000004"))
	if want := []string{"1 merged_number", "2 merged_number", "3 merged_number", "5 merged_number"}; !cmp.Equal(want, o.listedFor(t)) {
		t.Errorf("listed %v, want %v", o.listedFor(t), want)
	}
	if got := holding(t, dir); len(got) != 4 {
		t.Errorf("current: %v, want that of four patients", got)
	}
	if err := o.LedgerDamaged(); err == nil || !strings.Contains(err.Error(), "merges.jsonl, line 1") {
		t.Errorf("LedgerDamaged = %v", err)
	}
	id := o.keepFirst(t, rx("7", "0000005"))
	told, err := o.Prospects([]string{id})
	if err != nil || told[id].Effect != kept.Unfit || told[id].Reason != kept.ReasonLate {
		t.Errorf("foretold %+v, %v", told[id], err)
	}
	o.decide(t, id, kept.File)
	if e, _, err := o.cfg.Kept.Load(id); err != nil || e.Reason != kept.ReasonLate || e.Detail != told[id].Detail || !strings.Contains(e.Detail, "merges.jsonl, line 1") {
		t.Errorf("listed as %+v, %v", e, err)
	}
	if err := os.WriteFile(path, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.LedgerDamaged(); err != nil {
		t.Errorf("mended: %v", err)
	}
	o.decide(t, id, kept.File)
	if got := holding(t, dir); len(got) != 5 {
		t.Errorf("current: %v, want that of five patients", got)
	}
}

// An order whose cancellation is kept must not come to hold by being filed without it,
// nor one with what it said before a change that is kept.
func TestLate_itsSuccessorIsKept(t *testing.T) {
	const order = "000000000000077"
	rx := func(control, day string) string { return prescription("2", "0000001", order, control, day) }
	bare := func(patient, order string) string {
		return msh("2", "RDE^O11") + "PID|||" + patient + "\rORC|CA|" + order + "\r"
	}
	unnamed := func(patient, order string) string { // its drug may be a prescription or an injection
		return msh("2", "RDE^O11") + "PID|||" + patient + "\rORC|XO|" + order + "|||||||20261120\rRXE||drug|1||TAB\r"
	}
	for name, tc := range map[string]struct {
		other    string
		first    bool // the other came before the order
		decision kept.Decision
		want     map[ssmix2.Flag]int // files of the storage
		refused  bool
	}{
		"a cancellation":                    {rx("CA", "20261120"), false, "", nil, true},
		"of another day":                    {rx("CA", "20261121"), false, "", nil, true},
		"that says no more than the order":  {bare("0000001", order), false, "", nil, true},
		"to be filed as well":               {rx("CA", "20261120"), false, kept.File, map[ssmix2.Flag]int{ssmix2.Deleted: 2}, false},
		"a bare one, to be filed as well":   {bare("0000001", order), false, kept.File, map[ssmix2.Flag]int{ssmix2.Deleted: 2}, false},
		"dismissed":                         {rx("CA", "20261120"), false, kept.Dismiss, map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"received before it":                {rx("CA", "20261120"), true, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a change":                          {rx("XO", "20261120"), false, "", nil, true},
		"a replacement":                     {rx("NW", "20261120") + "NTE|1\r", false, "", nil, true},
		"a move to another day":             {rx("XO", "20261121"), false, "", nil, true},
		"a change, to be filed as well":     {rx("XO", "20261120"), false, kept.File, map[ssmix2.Flag]int{ssmix2.Current: 1, ssmix2.Superseded: 1}, false},
		"a change, dismissed":               {rx("XO", "20261120"), false, kept.Dismiss, map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a change received before it":       {rx("XO", "20261120"), true, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a change that has no name":         {unnamed("0000001", order), false, "", nil, true},
		"one that has none, to be filed":    {unnamed("0000001", order), false, kept.File, nil, true},
		"one that has none, dismissed":      {unnamed("0000001", order), false, kept.Dismiss, map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a change of another order":         {unnamed("0000001", "78"), false, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a change of another patient":       {unnamed("0000002", order), false, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a cancellation of another order":   {bare("0000001", "78"), false, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"a cancellation of another patient": {bare("0000002", order), false, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
		"something that cannot be read":     {"no message", false, "", map[ssmix2.Flag]int{ssmix2.Current: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			var id, other string
			if tc.first {
				other = o.keepFirst(t, tc.other)
			}
			id = o.keepFirst(t, rx("NW", "20261120"))
			if !tc.first {
				other = o.keepFirst(t, tc.other)
			}
			if tc.decision != "" {
				if err := o.cfg.Kept.Decide(kept.Decided{ID: other, Decision: tc.decision}); err != nil {
					t.Fatal(err)
				}
			}
			o.decide(t, id, kept.File)
			var got map[ssmix2.Flag]int
			for file := range files(t, dir) {
				if got == nil {
					got = map[ssmix2.Flag]int{}
				}
				got[ssmix2.Flag(file[len(file)-1])]++
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("files by flag (-want +got):\n%s", diff)
			}
			e, _, err := o.cfg.Kept.Load(id)
			if tc.refused && (err != nil || e.Reason != kept.ReasonLate || !strings.Contains(e.Detail, other)) {
				t.Errorf("listed as %+v, %v", e, err)
			}
		})
	}
}

// What has no orders is succeeded by what would have its name.
func TestLate_theNextOfNoOrderIsKept(t *testing.T) {
	for name, tc := range map[string]struct {
		other string
		filed bool
	}{
		"younger demographics":       {demographics("2", "0000001", "A08"), false},
		"their deletion":             {demographics("2", "0000001", "A23"), false},
		"of another patient":         {demographics("2", "0000002", "A08"), true},
		"something else of the same": {prescription("2", "0000001", "77", "NW", "20261120"), true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			id := o.keepFirst(t, demographics("1", "0000001", "A08"))
			o.keepFirst(t, tc.other)
			o.decide(t, id, kept.File)
			if filed := len(files(t, dir)) == 1; filed != tc.filed {
				t.Errorf("filed %v, want %v: %v", filed, tc.filed, files(t, dir))
			}
		})
	}
}

// Decisions are written one by one: none is carried out while more are coming.
func TestSettled(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	ids := []string{o.keepFirst(t, demographics("1", "0000001", "A08")), o.keepFirst(t, demographics("2", "0000001", "A08"))}
	if o.settled() {
		t.Error("settled without a decision")
	}
	for _, id := range ids {
		if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
			t.Fatal(err)
		}
		if o.settled() {
			t.Error("settled while they are coming")
		}
	}
	if !o.settled() {
		t.Error("not settled when none has come")
	}
}

func TestDismiss(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	id := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	o.decide(t, id, kept.Dismiss)
	if c := o.cfg.Kept.Counts(); c[kept.Accepted] != 0 || len(files(t, dir)) != 0 {
		t.Errorf("counts = %v, files %v", c, files(t, dir))
	}
}
