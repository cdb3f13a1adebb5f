package filing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

var at = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC) // noon in Japan

// office is a filer with all that it needs.
type office struct {
	*Filer
	cfg    Config
	mu     sync.Mutex
	soon   map[ident.LocalPatientID]int
	merged []string
	seq    uint64
}

func newOffice(t *testing.T, dir string, fail func(string) error) *office {
	t.Helper()
	o := &office{soon: map[ident.LocalPatientID]int{}}
	k, err := kept.Open(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	o.cfg = Config{
		Dir: dir, Kept: k, By: "gateway", Clock: func() time.Time { return at.Add(24 * time.Hour) }, Log: slog.New(slog.DiscardHandler), fail: fail,
		Merge: func(_ context.Context, _ time.Time, prior, surviving ident.LocalPatientID) error {
			o.merged = append(o.merged, string(prior+">"+surviving))
			return nil
		},
		Soon: func(id ident.LocalPatientID) { o.mu.Lock(); defer o.mu.Unlock(); o.soon[id]++ },
	}
	if o.Filer, err = Open(o.cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// records gives messages as a journal would, a second apart.
func (o *office) records(bodies ...string) (out []journal.Record) {
	for _, b := range bodies {
		o.seq++
		out = append(out, journal.Record{
			Seq: o.seq, Received: at.Add(time.Duration(o.seq) * time.Second), Listener: "ehr", Body: []byte(b), Content: journal.Digest{byte(o.seq)},
		})
	}
	return out
}

func (o *office) mustFile(t *testing.T, bodies ...string) {
	t.Helper()
	if err := o.file(t.Context(), o.records(bodies...), 1); err != nil {
		t.Fatal(err)
	}
}

// files lists what the storage holds, with the message id that is in each.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := filepath.Join(dir, storageDir)
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(name)
		out[e.Name()] = strings.Split(string(body), "|")[9]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, stagingDir)); err != nil || len(left) > 0 {
		t.Errorf("left in staging: %v %v", left, err)
	}
	return out
}

func msh(id, typ string) string {
	return `MSH|^~\&|EHR|H|GW|M|20261125120000||` + typ + `|` + id + "|P|2.5||||||~ISO IR87\r"
}

func prescription(id, patient, order, control, day string) string {
	return msh(id, "RDE^O11^RDE_O11") + "PID|||" + patient + "^^^^PI\r" + "ORC|" + control + "|" + order + "|||||||" + day + "\rRXE||drug|1||TAB||||||||||||||||OHO^^MR9P\r"
}

func demographics(id, patient, event string) string {
	return msh(id, "ADT^"+event+"^ADT_A01") + "EVN||20261125\rPID|||" + patient + "^^^^PI||\rPV1||O\r"
}

func TestFile(t *testing.T) {
	const order = "000000000000077"
	name := func(day, typ, order string, second, flag int) string {
		return fmt.Sprintf("0000001_%s_%s_%s_202611251200%02d000_-_%d", day, typ, order, second, flag)
	}
	for label, tc := range map[string]struct {
		in   []string
		want map[string]string
	}{
		"a new order": {
			[]string{prescription("1", "0000001", order, "NW", "20261120")},
			map[string]string{name("20261120", "OMP-01", order, 1, 1): "1"},
		},
		"an order number that is not padded": {
			[]string{prescription("1", "0000001", "77", "NW", "20261120")},
			map[string]string{name("20261120", "OMP-01", "77", 1, 1): "1"},
		},
		"a change supersedes": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", order, "XO", "20261120"), prescription("3", "0000001", order, "XO", "20261120")},
			map[string]string{name("20261120", "OMP-01", order, 1, 2): "1", name("20261120", "OMP-01", order, 2, 2): "2", name("20261120", "OMP-01", order, 3, 1): "3"},
		},
		"a cancellation takes all versions along": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", order, "XO", "20261120"), prescription("3", "0000001", order, "CA", "20261120")},
			map[string]string{name("20261120", "OMP-01", order, 1, 0): "1", name("20261120", "OMP-01", order, 2, 0): "2", name("20261120", "OMP-01", order, 3, 0): "3"},
		},
		"an order after its cancellation": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", order, "CA", "20261120"), prescription("3", "0000001", order, "NW", "20261120")},
			map[string]string{name("20261120", "OMP-01", order, 1, 0): "1", name("20261120", "OMP-01", order, 2, 0): "2", name("20261120", "OMP-01", order, 3, 1): "3"},
		},
		"an order that moves to another day": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", order, "XO", "20261121")},
			map[string]string{name("20261120", "OMP-01", order, 1, 0): "1", name("20261121", "OMP-01", order, 2, 1): "2"},
		},
		"a cancellation on a later day": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", order, "CA", "20261121")},
			map[string]string{name("20261120", "OMP-01", order, 1, 0): "1", name("20261121", "OMP-01", order, 2, 0): "2"},
		},
		"a cancellation that says no more than the order": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", "000000000000078", "NW", "20261120"),
				msh("3", "RDE^O11^RDE_O11") + "PID|||0000001\rORC|CA|" + order + "\r"},
			map[string]string{name("20261120", "OMP-01", order, 1, 0): "1", name("20261120", "OMP-01", "000000000000078", 2, 1): "2", name("20261120", "OMP-01", order, 3, 0): "3"},
		},
		"another order is left alone": {
			[]string{prescription("1", "0000001", order, "NW", "20261120"), prescription("2", "0000001", "000000000000078", "CA", "20261120")},
			map[string]string{name("20261120", "OMP-01", order, 1, 1): "1", name("20261120", "OMP-01", "000000000000078", 2, 0): "2"},
		},
		"demographics replace each other": {
			[]string{demographics("1", "0000001", "A08"), demographics("2", "0000001", "A08")},
			map[string]string{name("-", "ADT-00", "999999999999999", 1, 2): "1", name("-", "ADT-00", "999999999999999", 2, 1): "2"},
		},
		"a deleted patient": {
			[]string{demographics("1", "0000001", "A08"), demographics("2", "0000001", "A23")},
			map[string]string{name("-", "ADT-00", "999999999999999", 1, 0): "1", name("-", "ADT-00", "999999999999999", 2, 0): "2"},
		},
	} {
		t.Run(label, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			o.mustFile(t, tc.in...)
			if diff := cmp.Diff(tc.want, files(t, dir)); diff != "" {
				t.Errorf("storage (-want +got):\n%s", diff)
			}
			o.seq = 0
			o.mustFile(t, tc.in...) // read from the journal again
			if diff := cmp.Diff(tc.want, files(t, dir)); diff != "" {
				t.Errorf("storage after filing again (-want +got):\n%s", diff)
			}
			if o.soon["0000001"] < 2 {
				t.Errorf("told of %v", o.soon)
			}
		})
	}
}

// Of messages within one millisecond, or after the clock went back, the later holds.
func TestFile_ordersByArrival(t *testing.T) {
	for name, back := range map[string]time.Duration{"one millisecond": 0, "the clock set back": time.Hour} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			list := o.records(demographics("1", "0000001", "A08"), demographics("2", "0000001", "A08"), demographics("3", "0000001", "A08"))
			for i := range list {
				list[i].Received = at.Add(-time.Duration(i) * back)
			}
			want := map[string]string{
				"0000001_-_ADT-00_999999999999999_20261125120000000_-_2": "1",
				"0000001_-_ADT-00_999999999999999_20261125120000001_-_2": "2",
				"0000001_-_ADT-00_999999999999999_20261125120000002_-_1": "3",
			}
			for range 2 {
				if err := o.file(t.Context(), list, 1); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, files(t, dir)); diff != "" {
					t.Errorf("storage (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// What has no place in a storage is kept with its reason, and others go on.
func TestFile_keeps(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	good := demographics("9", "0000009", "A08")
	changed := o.records(good)
	changed[0].Changed = true
	list := append(o.records(
		"no message",
		msh("2", "ADT^A08")+"PV1||O\r",
		demographics("3", "", "A08"),
		demographics("4", "../../etc", "A08"),
		demographics("5", "12", "A08"),
		msh("6", "ADT^A40")+"PID|||0000001\r",
		msh("7", "SIU^S12")+"PID|||0000001\r",
		msh("10", "RDE^O11")+"PID|||0000001\rORC|CA|4711\r",
		msh("11", "RDE^O11")+"PID|||0000001\rORC|NW|4711\r",
		prescription("12", "0000009", "4712", "NW", "20261120")+"PID|||0000008\rORC|NW|4712\r",
		msh("13", "RDE^O11")+"PID|||0000009~0000008\rORC|CA|4713\r",
		demographics("8", strings.Repeat("9", 300), "A08"),
	), changed...)
	list = append(o.records(prescription("14", "0000009", "4713", "NW", "20261120")), list...)
	for try := 1; ; try++ {
		err := o.file(t.Context(), list, try)
		if err == nil {
			break
		}
		if try == patience {
			t.Fatal(err)
		}
		if strings.Contains(err.Error(), "999") {
			t.Errorf("the error tells a patient's number: %v", err)
		}
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("storage = %v, want the good ones", got)
	}
	entries, err := o.cfg.Kept.List(kept.Accepted, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]kept.Reason{}
	for _, e := range entries {
		got[e.ControlID] = e.Reason
		if body, err := os.ReadFile(e.File); err != nil || len(body) != e.Bytes {
			t.Errorf("%s: body: %v", e.ID, err)
		}
		if strings.Contains(e.Detail, "etc") {
			t.Errorf("the list tells a value: %s", e.Detail)
		}
	}
	want := map[string]kept.Reason{"": kept.ReasonNotHL7, "10": kept.ReasonNoOrder}
	for _, id := range []string{"2", "3", "4", "5", "6", "7", "8", "11", "12", "13"} {
		want[id] = kept.ReasonNoPlace
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	flagged, err := o.cfg.Kept.List(kept.Flagged, 100)
	if err != nil || len(flagged) != 1 || flagged[0].Reason != kept.ReasonChangedID || flagged[0].ControlID != "9" {
		t.Errorf("flagged = %+v, %v", flagged, err)
	}
}

func TestFile_merges(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	o.mustFile(t,
		msh("1", "ADT^A40^ADT_A39")+"EVN||20261125\rPID|||0000002^^^^PI\rMRG|0000001^^^^PI\rPID|||0000004\rMRG|555^^^^PN~0000003^^^^PI\r",
		msh("2", "ADT^A35^ADT_A30")+"PID|||0000002\rMRG|0000002||ACC\r",
		msh("3", "ADT^A40^ADT_A39")+"PID|||0000006\rMRG|0000005^^^^PI~0000007^^^^PI\r",
		msh("4", "ADT^A40^ADT_A39")+"PID|||0000008~0000009\rMRG|0000008\r")
	want := []string{"0000001>0000002", "0000003>0000004", "0000005>0000006", "0000007>0000006", "0000008>0000009"}
	if diff := cmp.Diff(want, o.merged); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if o.soon["0000001"] != 1 || o.soon["0000004"] != 1 {
		t.Errorf("told of %v", o.soon)
	}
	if c := o.cfg.Kept.Counts(); c[kept.Flagged] != 4 || c[kept.Accepted] != 0 {
		t.Errorf("counts = %v", c)
	}
	flagged, err := o.cfg.Kept.List(kept.Flagged, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]kept.Reason{}
	for _, e := range flagged {
		got[e.ControlID] = e.Reason
	}
	// The second merges a number into itself: it says nothing, and is not called a merge.
	if diff := cmp.Diff(map[string]kept.Reason{"1": kept.ReasonMerge, "2": kept.ReasonMergeSelf, "3": kept.ReasonMerge, "4": kept.ReasonMerge}, got); diff != "" {
		t.Errorf("flagged (-want +got):\n%s", diff)
	}
}

// Killed at any step, filing leaves a storage in which the old holds or the new or, for
// a moment that the reader knows, neither; and filing again ends the same.
func TestReq_REL01_filingKilledAtEveryStep(t *testing.T) {
	in := []string{
		prescription("1", "0000001", "77", "NW", "20261120"), prescription("2", "0000001", "77", "XO", "20261121"),
		demographics("3", "0000001", "A08"), demographics("4", "0000001", "A08"), demographics("5", "0000002", "A08"), prescription("6", "0000001", "77", "CA", "20261121"),
	}
	whole := t.TempDir()
	newOffice(t, whole, nil).mustFile(t, in...)
	want := files(t, whole)
	killed := errors.New("killed")
	for n := 1; ; n++ {
		dir := t.TempDir()
		steps := 0
		var mu sync.Mutex
		o := newOffice(t, dir, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if steps++; steps >= n {
				return killed
			}
			return nil
		})
		err := o.file(t.Context(), o.records(in...), 1)
		if err == nil {
			if n < 20 {
				t.Errorf("only %d steps", n)
			}
			return
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		current := map[string]int{}
		for _, id := range []string{"0000001", "0000002"} {
			list, err := filepath.Glob(filepath.Join(dir, storageDir, id[:3], id[3:6], id, "*", "*", "*_1"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				current[filepath.Dir(f)]++
			}
		}
		for folder, count := range current {
			if count > 1 {
				t.Errorf("killed at step %d: %d current files in %s", n, count, folder)
			}
		}
		o.Close()
		again := newOffice(t, dir, nil)
		again.mustFile(t, in...)
		if diff := cmp.Diff(want, files(t, dir)); diff != "" {
			t.Errorf("killed at step %d (-want +got):\n%s", n, diff)
		}
	}
}

// What the storage refuses for what the message says is kept at the first try: it holds up
// the others of its batch, and no second try can end otherwise.
func TestFile_keepsAtOnceWhatNeverCanBeFiled(t *testing.T) {
	dir := t.TempDir()
	gone := false // the order, between finding it and filing the message
	var mu sync.Mutex
	o := newOffice(t, dir, func(step string) error {
		mu.Lock() // two patients are staged at the same time
		defer mu.Unlock()
		if step != "stage" || !gone {
			return nil
		}
		list, err := filepath.Glob(filepath.Join(dir, storageDir, "000", "000", "0000001", "*", "*", "*_1"))
		for _, f := range list {
			err = errors.Join(err, os.Rename(f, strings.TrimSuffix(f, "1")+"0"))
		}
		return err
	})
	o.mustFile(t, prescription("1", "0000001", order77, "NW", "20261120"))
	gone = true
	if err := o.file(t.Context(), o.records(stop("2", "RDE^O11^RDE_O11", "DC|"), demographics("3", "0000002", "A08")), 1); err != nil {
		t.Fatal(err)
	}
	if got := o.listedFor(t); !slices.Equal(got, []string{"2 filing"}) {
		t.Errorf("listed %v", got)
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("files %v", got)
	}
}

// A full disk loses nothing: the journal holds what cannot be filed until it can.
func TestRun_whenTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	full := true
	o := newOffice(t, dir, func(string) error {
		mu.Lock()
		defer mu.Unlock()
		if full {
			return syscall.ENOSPC
		}
		return nil
	})
	j, err := journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), Log: o.cfg.Log}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o.Filer.cfg.Journal = j
	for _, r := range o.records(demographics("1", "0000001", "A08"), demographics("2", "0000001", "A08")) {
		c, err := j.Append(t.Context(), r)
		if err == nil {
			err = c.Wait()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- o.Run(ctx) }()
	eventually(t, func() bool { return errors.Is(o.Trouble(), syscall.ENOSPC) })
	if j.State().Records != 2 {
		t.Errorf("journal = %+v", j.State())
	}
	mu.Lock()
	full = false
	mu.Unlock()
	eventually(t, func() bool { return o.Trouble() == nil && j.State().Records == 0 })
	eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
		return err == nil && len(left) == 0
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("storage = %v", got)
	}
}

func eventually(t *testing.T, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about")
		}
	}
}

// Contents are on the medium before any name stands for them, and names before the
// journal is told.
func TestFile_ordersItsSteps(t *testing.T) {
	var mu sync.Mutex
	var steps []string
	o := newOffice(t, t.TempDir(), func(step string) error {
		mu.Lock()
		defer mu.Unlock()
		if len(steps) == 0 || steps[len(steps)-1] != step {
			steps = append(steps, step)
		}
		return nil
	})
	o.mustFile(t, demographics("1", "0000001", "A08"))
	o.mustFile(t, demographics("2", "0000001", "A08"))
	want := []string{
		"stage", "sync contents", "folder", "rename", "sync names",
		"stage", "sync contents", "folder", "flag", "rename", "sync names",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}
