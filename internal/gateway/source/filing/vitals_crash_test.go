package filing

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
)

// A monitor that sends every minute fills one content an hour.
func TestVitals_everyMinute(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	for minute := range 150 {
		when := time.Date(2026, 11, 25, 10, minute, 0, 0, time.UTC).Format("200601021504")
		o.mustFile(t, ward{sender: "MONITOR"}.says(fmt.Sprint(minute), obx(pulseRate, fmt.Sprint(60+minute%20), when, "F"), obx(temperature, "36.5", when, "F")))
	}
	if got := len(folders(t, o.cfg.Dir)); got != 3 {
		t.Errorf("%d folders after 150 minutes, want 3", got)
	}
	count := 0
	for _, list := range contents(t, o.cfg.Dir) {
		count += len(list)
	}
	if count != 300 {
		t.Errorf("%d measurements, want 300", count)
	}
}

// Killed at any step, filing leaves what was there or what is to be, and filing again ends
// the same.
func TestReq_REL01_filingOfVitalsKilledAtEveryStep(t *testing.T) {
	before := []string{ward{}.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F"))}
	in := []string{
		ward{}.says("2", obx(temperature, "36.5", "202611251430", "C"), obx(temperature, "37.0", "202611251500", "F")),
		ward{}.says("3", obx(pulseRate, "", "202611251430", "D")), prescription("4", "0000001", "77", "NW", "20261120"),
		ward{patient: "0000002"}.says("5", obx(pulseRate, "", "202611251430", "D")), ward{}.says("6", obx(temperature, "37.0", "202611251500", "D")),
	}
	file := func(dir string, fail func(string) error) error {
		o := newOffice(t, dir, nil)
		o.mustFile(t, before...)
		o.Close()
		o = newOffice(t, dir, fail)
		defer o.Close()
		o.seq = 1
		return o.file(t.Context(), o.records(in...), 1)
	}
	whole := t.TempDir()
	if err := file(whole, nil); err != nil {
		t.Fatal(err)
	}
	want := snapshot(t, whole)
	killed := errors.New("killed")
	for n := 1; ; n++ {
		dir, steps := t.TempDir(), 0
		var mu sync.Mutex
		err := file(dir, func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if steps++; steps >= n {
				return killed
			}
			return nil
		})
		if err == nil {
			if n < 14 {
				t.Errorf("only %d steps", n)
			}
			return
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		contents(t, dir) // what is current is whole
		again := newOffice(t, dir, nil)
		again.seq = 1
		again.mustFile(t, in...)
		if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
			t.Errorf("killed at step %d (-want +got):\n%s", n, diff)
		}
		again.seq = 0
		again.mustFile(t, append(slices.Clone(before), in...)...)
		if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
			t.Errorf("killed at step %d, all read again (-want +got):\n%s", n, diff)
		}
		if left, err := os.ReadDir(filepath.Join(dir, stagingDir)); err != nil || len(left) > 0 {
			t.Errorf("left in staging: %v %v", left, err)
		}
		again.Close()
	}
}

// What a disk has spoilt is set aside and listed, and holds up nothing.
func TestVitals_spoilt(t *testing.T) {
	for name, spoil := range map[string]func(file string) error{
		"cut":   func(file string) error { return os.WriteFile(file, []byte("MSH|^~\\&|"), 0o600) },
		"empty": func(file string) error { return os.WriteFile(file, nil, 0o600) },
		"gone":  os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, t.TempDir(), nil)
			o.mustFile(t, ward{}.says("1", obx(temperature, "36.5", "202611251430", "F")))
			if err := spoil(filepath.Join(ExtendedDir(o.cfg.Dir), folders(t, o.cfg.Dir)[0], mainDocument)); err != nil {
				t.Fatal(err)
			}
			o.mustFile(t, ward{}.says("2", obx(pulseRate, "70", "202611251430", "F")), ward{}.says("3", obx(pulseRate, "71", "202611251431", "F")))
			if diff := cmp.Diff(map[string][]string{"0000001 2026112514 05": {"9P300 1430 70", "9P300 1431 71"}}, contents(t, o.cfg.Dir)); diff != "" {
				t.Errorf("contents (-want +got):\n%s", diff)
			}
			if got := o.listedFor(t); !slices.Equal(got, []string{"2 replaces_more"}) {
				t.Errorf("listed %q", got)
			}
			if got := folders(t, o.cfg.Dir); len(got) != 2 || !strings.Contains(strings.Join(got, " "), spoilt+"_") {
				t.Errorf("folders %q, want what was spoilt beside", got)
			}
		})
	}
}

// A file where a folder should be holds up nobody else's messages.
func TestVitals_refusedByTheDisk(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	if err := os.WriteFile(filepath.Join(ExtendedDir(o.cfg.Dir), "000"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in := o.records(ward{}.says("1", obx(temperature, "36.5", "202611251430", "F")), ward{patient: "1000001"}.says("2", obx(temperature, "36.5", "202611251430", "F")))
	if err := o.file(t.Context(), in, 1); err == nil {
		t.Error("filed at the first try")
	}
	if err := o.file(t.Context(), in, patience); err != nil {
		t.Fatal(err)
	}
	if got := o.listedFor(t); !slices.Equal(got, []string{"1 filing"}) {
		t.Errorf("listed %q", got)
	}
	if diff := cmp.Diff(map[string][]string{"1000001 2026112514 05": {"9P100 1430 36.5"}}, contents(t, o.cfg.Dir)); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
}

// Kept vital signs that are filed late change nothing that came since.
func TestVitals_late(t *testing.T) {
	first := ward{}.says("1", obx(temperature, "63.5", "202611251430", "F"), obx(pulseRate, "70", "202611251430", "F"))
	for name, tc := range map[string]struct {
		since  []string
		want   map[string][]string
		effect kept.Effect
	}{
		"alone": {nil, map[string][]string{"0000001 2026112514 05": {"9P100 1430 63.5", "9P300 1430 70"}}, kept.Holds},
		"some of it was corrected since": {
			[]string{ward{}.says("2", obx(temperature, "36.5", "202611251430", "F"))},
			map[string][]string{"0000001 2026112514 05": {"9P100 1430 36.5", "9P300 1430 70"}}, kept.Holds,
		},
		"all of it was": {
			[]string{ward{}.says("2", obx(temperature, "36.5", "202611251430", "C"), obx(pulseRate, "", "202611251430", "D"))},
			map[string][]string{"0000001 2026112514 05": {"9P100 1430 36.5"}}, kept.Superseded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, t.TempDir(), nil)
			outcomes := o.told()
			id := o.keepFirst(t, append([]string{first}, tc.since...)...)
			prospects, err := o.Prospects([]string{id})
			if err != nil {
				t.Fatal(err)
			}
			if p := prospects[id]; p.Effect != tc.effect || p.Patient != "0000001" || p.Day != "20261125" {
				t.Errorf("prospect %+v, want %s", p, tc.effect)
			}
			o.decide(t, id, kept.File)
			if diff := cmp.Diff(tc.want, contents(t, o.cfg.Dir)); diff != "" {
				t.Errorf("contents (-want +got):\n%s", diff)
			}
			if got := *outcomes; len(got) != 1 || got[0].Result != Filed || !strings.HasPrefix(got[0].As, "0000001_20261125_"+vitalSigns+"_2026112514-") {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

// Under a number that was merged away vital signs are filed and listed, and those that were
// kept before are not filed late.
func TestVitals_ofMergedNumber(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	id := o.keepFirst(t, ward{}.says("1", obx(temperature, "36.5", "202611251430", "F")))
	if err := ledger.Append(o.cfg.Dir, ledger.Event{At: at.Add(time.Hour), Op: ledger.Merge, Prior: "0000001", Surviving: "0000002"}); err != nil {
		t.Fatal(err)
	}
	o.decide(t, id, kept.File)
	if got := contents(t, o.cfg.Dir); len(got) > 0 {
		t.Errorf("filed late under a number that is gone: %v", got)
	}
	o.mustFile(t, ward{}.says("2", obx(temperature, "36.6", "202611251431", "F")))
	if got := o.listedFor(t); !slices.Equal(got, []string{"1 late", "2 merged_number"}) {
		t.Errorf("listed %q", got)
	}
}

// What is filed is as large as what was sent and no larger, however often it is sent.
func TestVitals_growsByWhatIsNew(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	one := ward{}.says("1", obx(temperature, "36.5", "202611251430", "F"))
	o.mustFile(t, one)
	before := snapshot(t, o.cfg.Dir)
	for range 5 {
		o.mustFile(t, one) // under another moment of receipt
	}
	if diff := cmp.Diff(before, snapshot(t, o.cfg.Dir)); diff != "" {
		t.Errorf("sent again (-want +got):\n%s", diff)
	}
}

// What one message says is bounded, and so is what an hour grows to: beyond, it is kept.
func TestVitals_bounds(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	var hours, seconds []string
	for n := range maxHours + 1 {
		hours = append(hours, obx(pulseRate, "70", time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC).Format("200601021504"), "F"))
	}
	note := "\rNTE|1||" + strings.Repeat("x", 20_000)
	for n := range maxHour * 3 / 4 / len(note) {
		seconds = append(seconds, obx(pulseRate, "70", fmt.Sprintf("20261125%02d%02d%02d", 14, n/60, n%60), "F")+note)
	}
	o.mustFile(t, ward{}.says("1", hours...), ward{}.says("2", seconds...), ward{sent: "01"}.says("3", append(seconds, strings.ReplaceAll(strings.Join(seconds, "\r"), "|70|", "|71|"))...),
		ward{}.says("4", obx(temperature, "36.5", "202611251430", "F")))
	if got := o.listedFor(t); !slices.Equal(got, []string{"1 no_place", "3 filing"}) {
		t.Errorf("listed %q", got)
	}
	if got := contents(t, o.cfg.Dir)["0000001 2026112514 05"]; len(got) != len(seconds)+1 {
		t.Errorf("%d measurements, want %d", len(got), len(seconds)+1)
	}
}

func FuzzReadSheet(f *testing.F) {
	seed := func(bodies ...string) {
		var held []byte
		for i, b := range bodies {
			t, err := tell(journal.Record{Received: at.Add(time.Duration(i) * time.Second), Body: []byte(b), Content: journal.Digest{byte(i)}})
			if err != nil {
				f.Fatal(err)
			}
			out, err := t.onto(held, t.places()[0])
			if err != nil {
				f.Fatal(err)
			}
			held = out.body
		}
		f.Add(held)
	}
	seed(ward{}.says("1", obx(temperature, "36.5", "202611251430", "F"), obx(temperature, "36.6", "202611251430", "F"), "NTE|1||甲"),
		ward{}.says("2", obx(temperature, "36.7", "202611251430", "C")), ward{}.says("3", obx(temperature, "", "202611251430", "D")))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := readSheet(body)
		if err != nil {
			return
		}
		written := s.bytes()
		again, err := readSheet(written)
		if err != nil {
			t.Fatalf("%v\n%q", err, written)
		}
		if got := again.bytes(); !bytes.Equal(got, written) {
			t.Errorf("written %q, again %q", written, got)
		}
	})
}
